"""One file at a time: what can't be parsed, and how fixing ends."""

from __future__ import annotations

import pytest

from aiohttp_lint.engine import fix_source, lint_source
from aiohttp_lint.settings import Settings


@pytest.mark.parametrize(
    "source", ["import aiohttp\ndef f(:\n", "x = '\0'\n", "x = " + "-" * 200_000 + "1\n"]
)
def test_file_that_does_not_parse_has_an_error_and_is_left_as_it_is(source: str) -> None:
    linted = lint_source(source, "service/module.py", Settings())
    assert linted.findings == ()
    assert linted.error is not None
    assert linted.error.path == "service/module.py"
    assert linted.error.message
    fixed = fix_source(source, "service/module.py", Settings(), unsafe=True)
    assert fixed.source == source
    assert fixed.error == linted.error


def test_line_of_a_syntax_error() -> None:
    error = lint_source("import aiohttp\ndef f(:\n", "module.py", Settings()).error
    assert error is not None
    assert error.line == 2
