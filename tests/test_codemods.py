"""The fixes as libcst codemods, run by libcst's own tool."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SOURCE = """\
import aiohttp


async def report(shared: aiohttp.ClientSession, url: str) -> None:
    await shared.post(url, json={"a": 1})
    with aiohttp.ClientSession() as session:
        print(session.closed)
"""


def codemod(name: str, path: Path, *options: str) -> str:
    """Run a codemod on a file, and give the file's new text."""
    command = ["-m", "libcst.tool", "codemod", "-x", "--no-format", f"aiohttp_lint.codemods.{name}"]
    done = subprocess.run(
        [sys.executable, *command, *options, path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return path.read_text(encoding="utf-8")


def test_safe_fixes(tmp_path: Path) -> None:
    path = tmp_path / "client.py"
    path.write_text(SOURCE, encoding="utf-8")
    assert codemod("SafeFixes", path) == SOURCE.replace("    with aiohttp", "    async with aiohttp")


def test_all_fixes_of_one_rule(tmp_path: Path) -> None:
    path = tmp_path / "client.py"
    path.write_text(SOURCE, encoding="utf-8")
    fixed = 'async with shared.post(url, json={"a": 1}) as response:\n        await response.read()'
    expected = SOURCE.replace('await shared.post(url, json={"a": 1})', fixed)
    assert codemod("AllFixes", path, "--select", "AIO301") == expected


def test_nothing_to_fix(tmp_path: Path) -> None:
    path = tmp_path / "client.py"
    path.write_text("import aiohttp\n", encoding="utf-8")
    assert codemod("AllFixes", path) == "import aiohttp\n"
