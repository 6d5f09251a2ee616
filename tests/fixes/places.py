"""Naming places in test sources by their text."""

from __future__ import annotations

from aiohttp_lint.edits import Edit
from aiohttp_lint.findings import Applicability, Fix, Span
from aiohttp_lint.fixes import apply_fixes


def _position(text: str) -> tuple[int, int]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1])


def place(source: str, text: str, occurrence: int = 0) -> Span:
    """Return the span of a text in a source, of its first occurrence or a later one (from 0)."""
    start = -1
    for _ in range(occurrence + 1):
        start = source.index(text, start + 1)
    return Span(*_position(source[:start]), *_position(source[: start + len(text)]))


def fix(*edits: Edit) -> Fix:
    """Return a fix with these edits."""
    return Fix("test", Applicability.SAFE, edits)


def changed(source: str, *edits: Edit) -> str | None:
    """Return the changed source, None where the fix is refused."""
    outcome = apply_fixes(source, [fix(*edits)])
    assert not outcome.deferred
    if outcome.refused:
        assert outcome.source == source
        return None
    assert outcome.applied
    return outcome.source
