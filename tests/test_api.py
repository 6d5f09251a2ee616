"""The package's own interface, and the names of aiohttp's that its code holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import aiohttp_lint
from aiohttp_lint.semantics.aiohttp_api import exists
from aiohttp_lint.semantics.legacy_names import GONE
from aiohttp_lint.settings import Settings

SOURCES = sorted(Path(aiohttp_lint.__file__).parent.rglob("*.py"))
_API_NAME = re.compile(r"aiohttp(?:_session|_security|_cors|_jinja2|_sse)?(?:\.\w+)*\.\w*[a-zA-Z0-9]")
# A version, another name of what propcache defines, and a constant of a form that the data leaves out.
_OUTSIDE_THE_DATA = {"aiohttp.__version__", "aiohttp.helpers.reify", "aiohttp_jinja2.APP_KEY"}


def test_what_the_package_offers() -> None:
    found = aiohttp_lint.lint_source(
        "import aiohttp\naiohttp.ClientSession(timeout=10)\n", "app.py", Settings()
    ).findings
    assert all(isinstance(finding, aiohttp_lint.Finding) for finding in found)
    assert "AIO201" in {finding.code for finding in found}
    for name in aiohttp_lint.__all__:
        assert getattr(aiohttp_lint, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = aiohttp_lint.nothing


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_names_of_the_api_are_in_its_data(path: Path) -> None:
    """A name that the data doesn't have would make a rule silent for ever."""
    literals = {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _API_NAME.fullmatch(node.value)
    }
    assert {name for name in literals - _OUTSIDE_THE_DATA - GONE.keys() if not exists(name)} == set()


def test_names_that_are_gone_are_not_in_the_data() -> None:
    assert {name for name in GONE if exists(name)} == set()
