"""The values that cross every wall of the house: plain, frozen, and free of syntax trees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from aiohttp_lint.edits import Edit
from aiohttp_lint.spans import Span

__all__ = ["Applicability", "Finding", "Fix", "Related", "Span"]


class Applicability(Enum):
    """How far a fix may be trusted without reading it."""

    SAFE = "safe"
    """Behaviour is preserved, or what would surely fail is repaired."""
    UNSAFE = "unsafe"
    """Behaviour changes in a way that the author must accept."""


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains a finding."""

    path: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Fix:
    """The edits that cure a finding; all of them are applied, or none."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that is wrong, in words for a person.

    `message` is a single line: what happens, then what to do.
    """

    code: str
    name: str
    message: str
    path: str
    span: Span
    related: tuple[Related, ...] = ()
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[str, Span, str, str]:
        """Order of findings in every report: by file, place, code, text."""
        return (self.path, self.span, self.code, self.message)
