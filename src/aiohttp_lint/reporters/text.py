"""For people: each finding with the code that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aiohttp_lint.findings import Applicability
from aiohttp_lint.suppressions import split_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aiohttp_lint.findings import Finding, Span

_CONTEXT_LINES = 1
_FRAME_LINES = 6
"""A longer stretch of code is shown by its beginning."""
_FRAME_WIDTH = 160
"""A longer line is cut around the finding."""


class Piece(NamedTuple):
    """A stretch of text of one style, in rich's words."""

    text: str
    style: str = ""


Line: TypeAlias = list[Piece]


def render(
    findings: Sequence[Finding],
    source_of: Callable[[str], str],
    *,
    unsafe_fixes: bool = False,
    colour: bool = False,
) -> str:
    """Give each finding with its frame (see `Reporter.render`).

    Args:
        findings: What was found, in order.
        source_of: Gives the text of a file that a finding names.
        unsafe_fixes: Whether `[*]` also marks what only an unsafe fix cures.
        colour: Whether the text is for a terminal.
    """
    lines = [line for finding in findings for line in _lines(finding, source_of, unsafe_fixes=unsafe_fixes)]
    if colour:
        return _coloured(lines)
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in lines)


def _coloured(lines: list[Line]) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=StringIO(), force_terminal=True, color_system="standard", no_color=False, soft_wrap=True
    )
    with console.capture() as capture:
        for line in lines:
            console.print(Text.assemble(*line), highlight=False)
    return capture.get()


def _lines(finding: Finding, source_of: Callable[[str], str], *, unsafe_fixes: bool) -> Iterator[Line]:
    place = f"{finding.path}:{finding.span.line}:{finding.span.column + 1}"
    applicable = finding.fix is not None and (unsafe_fixes or finding.fix.applicability is Applicability.SAFE)
    mark = [Piece(" [*]", "cyan")] if applicable else []
    yield [
        Piece(place, "bold"),
        Piece(": "),
        Piece(finding.code, "bold red"),
        *mark,
        Piece(f" {finding.message}"),
    ]
    yield from _frame(finding.span, source_of(finding.path), "red")
    for related in finding.related:
        place = f"{related.path}:{related.span.line}:{related.span.column + 1}"
        yield [Piece("  = ", "blue"), Piece(place, "bold"), Piece(f": {related.message}")]
        yield from _frame(related.span, source_of(related.path), "blue", context=0)
    yield []


def _frame(span: Span, source: str, style: str, context: int = _CONTEXT_LINES) -> Iterator[Line]:
    """Show the lines of a span with what it covers underlined; nothing where the text doesn't have them."""
    code = split_lines(source)
    if span.line > len(code):
        return
    last = min(span.end_line, span.line + _FRAME_LINES - 1, len(code))
    first_shown, last_shown = max(1, span.line - context), min(len(code), last + context)
    margin = len(str(last_shown))
    yield [Piece(f"{'':{margin}} |", "blue")]
    for number in range(first_shown, last_shown + 1):
        text = code[number - 1].rstrip("\n")
        covered = span.line <= number <= last
        start = span.column if number == span.line else len(text) - len(text.lstrip())
        end = span.end_column if number == span.end_line else len(text.rstrip())
        cut = max(0, start - _FRAME_WIDTH // 4) if covered and len(text) > _FRAME_WIDTH else 0
        shown = text[cut : cut + _FRAME_WIDTH]
        yield [Piece(f"{number:{margin}} |", "blue"), Piece(f" {_printable(shown)}")]
        if covered and text.strip():
            width = max(1, _width(text[start : min(end, cut + _FRAME_WIDTH)]))
            indent = " " * _width(text[cut:start])
            yield [Piece(f"{'':{margin}} |", "blue"), Piece(f" {indent}"), Piece("^" * width, style)]
    if last < min(span.end_line, len(code)):
        yield [Piece(f"{'':{margin}} |", "blue"), Piece(" …")]
    yield [Piece(f"{'':{margin}} |", "blue")]


def _printable(text: str) -> str:
    """Replace what would move the cursor or change the terminal's state."""
    return "".join(character if character.isprintable() else _replacement(character) for character in text)


def _replacement(character: str) -> str:
    return "    " if character == "\t" else "�"


def _width(text: str) -> int:
    """Count the terminal columns of a text as `_printable` shows it."""
    from unicodedata import combining, east_asian_width

    return sum(
        4
        if character == "\t"
        else 0
        if combining(character)
        else 2
        if east_asian_width(character) in "WF"
        else 1
        for character in text
    )
