"""The text of a file as lines, and the difference between two texts."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.findings import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Only what Python's tokenizer takes for a line end: `str.splitlines` would also split at form feeds.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

_TOKEN = re.compile(r"\r\n|\w+|\W")
# Above this, the comparison of tokens would cost more than its result is worth.
_MANY_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Put `content` in the place of the text at `span` (an empty span inserts)."""

    span: Span
    content: str


def split_lines(text: str) -> list[str]:
    r"""Split a text into lines, each with its own line end (`\\n`, `\\r\\n` or `\\r`)."""
    return _LINE.findall(text)


def line_end(line: str) -> str:
    """Return the line end of a line, empty for the last line of a file that has none."""
    return line[len(line.rstrip("\r\n")) :]


def newline_style(lines: Sequence[str]) -> str:
    r"""Return the line end that most lines have, `\\n` where there is none."""
    counts = Counter(end for line in lines if (end := line_end(line)))
    return counts.most_common(1)[0][0] if counts else "\n"


def changed_ranges(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the stretches that differ, as index ranges `(start, end)` of `before` and then of `after`."""
    head = 0
    shorter = min(len(before), len(after))
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    matcher = difflib.SequenceMatcher(
        None, before[head : len(before) - tail], after[head : len(after) - tail], autojunk=False
    )
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield head + start, head + end, head + new_start, head + new_end


def difference(before: str, after: str) -> tuple[TextEdit, ...]:
    """Return the smallest edits, in order and apart from one another, that turn `before` into `after`."""
    old_lines = split_lines(before)
    new_lines = split_lines(after)
    edits: list[TextEdit] = []
    for start, end, new_start, new_end in changed_ranges(old_lines, new_lines):
        edits += _token_edits(old_lines, start, end, new_lines[new_start:new_end])
    return tuple(edits)


def _token_edits(lines: Sequence[str], start: int, end: int, new_lines: Sequence[str]) -> Iterator[TextEdit]:
    """Yield the edits, token by token, that turn the lines from index `start` to `end` into others."""
    old = _TOKEN.findall("".join(lines[start:end]))
    new = _TOKEN.findall("".join(new_lines))
    if len(old) + len(new) > _MANY_TOKENS:
        yield TextEdit(
            Span(*_advance(lines, start, 0), *_advance(lines, start, len("".join(old)))), "".join(new)
        )
        return
    offsets = [0]
    for token in old:
        offsets.append(offsets[-1] + len(token))
    for token_start, token_end, new_start, new_end in changed_ranges(old, new):
        first = _advance(lines, start, offsets[token_start])
        last = _advance(lines, start, offsets[token_end])
        yield TextEdit(Span(*first, *last), "".join(new[new_start:new_end]))


def _advance(lines: Sequence[str], index: int, characters: int) -> tuple[int, int]:
    """Return the line and column that lie `characters` after the start of the line at `index`."""
    while index < len(lines) and characters >= len(lines[index]) and line_end(lines[index]):
        characters -= len(lines[index])
        index += 1
    return index + 1, characters


def apply_text_edits(source: str, edits: Sequence[TextEdit]) -> str:
    """Carry out text edits that are in order and apart from one another.

    Args:
        source: The text whose lines and columns the spans name.
        edits: What `difference` returns.

    Returns:
        The changed text.
    """
    lines = split_lines(source)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts.append(source[done : starts[edit.span.line - 1] + edit.span.column])
        parts.append(edit.content)
        done = starts[edit.span.end_line - 1] + edit.span.end_column
    return "".join([*parts, source[done:]])


def unified_diff(path: str, before: str, after: str) -> str:
    """Return the difference as a patch that `git apply` and `patch -p1` take, empty for equal texts."""
    lines: list[str] = []
    for line in difflib.unified_diff(
        split_lines(before), split_lines(after), fromfile=f"a/{path}", tofile=f"b/{path}"
    ):
        lines.append(line if line_end(line) else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)
