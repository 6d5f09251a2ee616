"""The versions of aiohttp: which ones a project allows, and in which ones something exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Version: TypeAlias = tuple[int, int, int]
# The oldest aiohttp that the data knows; what it already has may be older.
OLDEST: Version = (3, 8, 0)
ALWAYS: Version = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Target:
    """The aiohttp versions that the linted project allows: from `minimum` on, `below` excluded."""

    minimum: Version
    below: Version

    def includes(self, version: Version) -> bool:
        """Tell whether the project may run on this version."""
        return self.minimum <= version < self.below

    def all_at_least(self, version: Version) -> bool:
        """Tell whether every allowed version is this one or newer."""
        return self.minimum >= version

    def any_below(self, version: Version) -> bool:
        """Tell whether some allowed version is older than this one."""
        return self.minimum < version

    def declares_below(self, version: Version) -> bool:
        """Tell whether the project says that it runs on older versions than this one; one that says nothing doesn't."""
        return self != DEFAULT_TARGET and self.any_below(version)


DEFAULT_TARGET = Target((3, 9, 0), (4, 0, 0))


@dataclass(frozen=True, slots=True)
class ApiDeprecation:
    """What aiohttp itself warns about, and since when (`OLDEST` may mean earlier)."""

    message: str
    since: Version


@dataclass(frozen=True, slots=True)
class ApiLifetime:
    """When something exists: from `since` on; `until`, if not None, is the first version without it.

    Both are read from released wheels. `dropped` is the major version to come that has it no more.
    """

    since: Version
    until: Version | None
    dropped: Version | None
    deprecated: ApiDeprecation | None

    def ends_within(self, target: Target) -> bool:
        """Tell whether some version that the project allows warns about it, or has it no more."""
        ends = [end for end in (self.until, self.dropped) if end is not None]
        if self.deprecated is not None:
            ends.append(self.deprecated.since)
        return any(target.below > end for end in ends)

    def covers(self, target: Target) -> bool:
        """Tell whether every version that the project allows has it."""
        ends = [end for end in (self.until, self.dropped) if end is not None]
        return target.all_at_least(self.since) and all(target.below <= end for end in ends)
