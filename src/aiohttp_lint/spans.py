"""Places in the text of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file.

    Lines count from 1. Columns count from 0, in characters (not in UTF-8 bytes as in `ast`).
    The end column is exclusive.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    def contains(self, other: Span) -> bool:
        """Tell whether `other` lies within this span (equal spans contain each other)."""
        return (self.line, self.column) <= (other.line, other.column) and (
            other.end_line,
            other.end_column,
        ) <= (self.end_line, self.end_column)
