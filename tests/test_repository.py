"""The repository's own promises: clean by its tools, clean by itself, generated pages up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
        ("-m", "aiohttp_lint", "src", "scripts"),
        ("scripts/generate_rules.py", "--check"),
        ("scripts/accuracy.py", "--check"),
        ("scripts/generate_coverage.py", "--check"),
        ("scripts/generate_messages.py", "--check"),
    ],
    ids=[
        "ruff",
        "format",
        "mypy",
        "layers",
        "itself",
        "rules.md",
        "accuracy.md",
        "coverage.md",
        "messages.md",
    ],
)
def test_clean(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_plugin_loads_light() -> None:
    code = (
        "import sys; before = set(sys.modules); import aiohttp_lint.flake8_plugin; from aiohttp_lint.rules import all_rules; all_rules();"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = set(run("-c", code).stdout.split())
    assert "aiohttp_lint" in loaded
    assert loaded - {"aiohttp_lint"} <= set(sys.stdlib_module_names)
