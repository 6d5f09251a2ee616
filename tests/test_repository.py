"""The repository's own promises: clean by its tools, clean by itself, generated pages up to date."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_RULE = 90
"""Lines, without docstrings: what is longer lacks a question in `semantics/`."""
LONGEST_MODULE = 500
"""Lines: what is longer has more than one subject."""


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


def lines_without_docstrings(source: str) -> int:
    """Count the lines of a module, without those of the docstrings of itself, its classes and its functions."""
    count = len(source.splitlines())
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node) is not None:
                docstring = node.body[0]
                assert docstring.end_lineno is not None
                count -= docstring.end_lineno - docstring.lineno + 1
    return count


def test_a_rule_is_a_page() -> None:
    lengths = {
        path.stem: lines_without_docstrings(path.read_text(encoding="utf-8"))
        for path in (ROOT / "src" / "aiohttp_lint" / "rules").rglob("aio*.py")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST_RULE} == {}


def test_a_module_has_one_subject() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "src").rglob("*.py")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}
