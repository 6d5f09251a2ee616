"""The reference application lints clean under every rule, opt-in ones included."""

from __future__ import annotations

from pathlib import Path

from aiohttp_lint.engine import could_matter, lint_source
from aiohttp_lint.settings import Settings

HERE = Path(__file__).parent
FILES = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("test_"))


def test_reference_server_is_clean() -> None:
    relevant = [path for path in FILES if could_matter(path.read_bytes())]
    assert len(relevant) >= 10
    for path in relevant:
        # Under a path of its own: files of tests are looked at with less rigour.
        result = lint_source(
            path.read_text(encoding="utf-8"), f"service/{path.name}", Settings(select=("ALL",))
        )
        assert result.error is None
        assert result.findings == (), path.name
