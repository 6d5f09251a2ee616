"""The text of a file, and the way from `ast` positions to spans."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from aiohttp_lint.findings import Span

_LINE_END = re.compile(r"\r\n|\r|\n")
# Everything that no ASCII word is made of becomes a space.
_WORDS_ONLY = (
    bytes(code if chr(code).isalnum() or chr(code) == "_" else 32 for code in range(128)) + b" " * 128
)
_PLAIN_LITERAL = re.compile(r"""([rRuU]?)(["'])((?:(?!\2)[^\\]|\\.)*)\2""")


@lru_cache(maxsize=8)
def words_in(text: str) -> frozenset[str]:
    """Give the words of a file: every name that it can mention, and more (those of comments and strings)."""
    return frozenset(text.encode("ascii", "replace").translate(_WORDS_ONLY).decode("ascii").split())


class SourceText:
    """Source text by lines, split as Python's tokenizer does (not at form feeds or Unicode separators)."""

    __slots__ = ("_lines", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines: list[str] | None = None

    @property
    def words(self) -> frozenset[str]:
        """The words of the text, comments and strings included."""
        return words_in(self.text)

    @property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        if self._lines is None:
            self._lines = _LINE_END.split(self.text)
        return self._lines

    def column(self, line: int, byte_offset: int) -> int:
        """Turn a UTF-8 byte offset, as `ast` gives it, into a column in characters."""
        if not 1 <= line <= len(self.lines):
            return byte_offset
        text = self.lines[line - 1]
        if text.isascii():
            return byte_offset
        return len(text.encode()[:byte_offset].decode(errors="replace"))

    def span(self, node: ast.AST) -> Span:
        """Give the exact span of a node that has a position; decorators do not belong to a definition."""
        line: int = getattr(node, "lineno", 1)
        column: int = getattr(node, "col_offset", 0)
        end_line: int = getattr(node, "end_lineno", None) or line
        end_column: int | None = getattr(node, "end_col_offset", None)
        start = self.column(line, column)
        return Span(line, start, end_line, start if end_column is None else self.column(end_line, end_column))

    def segment(self, node: ast.AST) -> str:
        """Give the source of a node as it stands in the file."""
        span = self.span(node)
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column : span.end_column]
        first = self.lines[span.line - 1][span.column :]
        middle = self.lines[span.line : span.end_line - 1]
        return "\n".join([first, *middle, self.lines[span.end_line - 1][: span.end_column]])

    def restated(self, node: ast.Constant, text: str) -> str | None:
        """Give the source of a string literal as it would be with another text, in its own quotes.

        None where the literal has escapes, parts or lines that would have to be written anew.
        """
        match = _PLAIN_LITERAL.fullmatch(self.segment(node))
        if match is None:
            return None
        prefix, quote, body = match[1], match[2], match[3]
        is_raw = prefix in ("r", "R")
        if (body != node.value and not is_raw) or quote in text or not text.isprintable():
            return None
        if "\\" in text and not is_raw:
            prefix = "r"
        return None if text.endswith("\\") else f"{prefix}{quote}{text}{quote}"

    def header_span(self, node: ast.AST) -> Span:
        """Give the span of a compound statement's first line (to the end of that line, without comment)."""
        span = self.span(node)
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not body or body[0].lineno == span.line:
            return span
        line = self.lines[span.line - 1]
        return Span(span.line, span.column, span.line, len(line.rstrip()))
