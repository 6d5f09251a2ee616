"""What a run looked at to judge a file: enough to tell later whether it would see the same again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from aiohttp_lint.semantics.registrations import Registrations

GivenRoles: TypeAlias = tuple[tuple[str, int, int, str], ...]
"""Sorted: the file of a function, the line and column at which it begins, and a proof (as text)."""

_TWO_STATES = "?"
_UNREADABLE = "-"


@dataclass(frozen=True, slots=True)
class Consulted:
    """One file as it was seen, and what was asked on its behalf. Paths are absolute."""

    digest: str
    """Of its bytes, as `digest_of` gives it; empty where only its text was handed over, none where it changed."""
    package: tuple[str, ...] | None = None
    """The package that holds it; None where only its text was looked at."""
    lookups: dict[str, str | None] = field(default_factory=dict)
    """Names that were looked up for it, and the files that they led to: None is an answer as well."""
    searches: dict[tuple[str, ...], list[str] | None] = field(default_factory=dict)
    """A class (or none) and texts, and the other files that have one of them, and heirs of the class; None: too many."""
    given: tuple[tuple[int, int, str], ...] | None = None
    """Line, column and proof, for its functions of which other files proved something; None where nobody asked."""

    def leads_to(self) -> set[str]:
        """Give the files that it rests on."""
        found = {path for path in self.lookups.values() if path is not None}
        return found.union(*(paths for paths in self.searches.values() if paths is not None))

    def together_with(self, other: Consulted) -> Consulted:
        """Give what two processes, or two runs between which it did not change, saw of the same file."""
        digests = {self.digest, other.digest} - {""}
        givens = {self.given, other.given} - {None}
        return Consulted(
            _TWO_STATES if len(digests) > 1 or len(givens) > 1 else max(self.digest, other.digest),
            other.package if self.package is None else self.package,
            self.lookups | other.lookups,
            self.searches | other.searches,
            other.given if self.given is None else self.given,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run saw: the files, and what each of them proves for functions of its project."""

    files: dict[str, Consulted] = field(default_factory=dict)
    proven: dict[str, GivenRoles] = field(default_factory=dict)

    def add(self, other: Seen) -> None:
        """Take in what was seen later, or by another process."""
        for path, consulted in other.files.items():
            known = self.files.get(path)
            self.files[path] = consulted if known is None else known.together_with(consulted)
        self.proven.update(other.proven)


@dataclass(frozen=True, slots=True)
class Asker:
    """A module as the one that asks: where it stands, and what was asked for it so far."""

    path: str
    root: str
    package: tuple[str, ...]
    lookups: dict[str, str | None] = field(default_factory=dict)
    searches: dict[tuple[str, ...], list[str] | None] = field(default_factory=dict)


def digest_of(data: bytes | None) -> str:
    """Give the digest by which the content of a file is known again; of one that can't be read, None, as well."""
    return _UNREADABLE if data is None else blake2b(data, digest_size=16).hexdigest()


class Record:
    """All that the modules of a run asked, and the files as they were read.

    Args:
        read: Gives the bytes of a file, None where it can't be read.
    """

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._digests: dict[str, str] = {}
        self._askers: dict[str, Asker] = {}
        self._told: dict[str, Consulted] = {}

    def read(self, path: str) -> bytes | None:
        """Read a file, and keep the digest of what was seen."""
        data = self._read(path)
        self.note(path, data)
        return data

    def see(self, path: str) -> None:
        """Read a file that nothing was asked of yet, so that its digest is kept."""
        if path not in self._digests and path not in self._askers:
            self.read(path)

    def note(self, path: str, data: bytes | None) -> None:
        """Keep the digest of a file that was read."""
        digest = digest_of(data)
        if self._digests.setdefault(path, digest) != digest:
            self._digests[path] = _TWO_STATES

    def asker(self, path: str, root: str, package: tuple[str, ...]) -> Asker:
        """Give a module's place in the record; the same one for the same file."""
        known = self._askers.get(path)
        if known is None:
            known = self._askers[path] = Asker(path, root, package)
        return known

    def digest(self, path: str) -> str:
        """Give the digest of a file as it was read; empty for one that was handed over as text."""
        return self._digests.get(path, "")

    def asked_for(self, path: str) -> Asker | None:
        """Give what was asked for a file; None where only its text was looked at."""
        return self._askers.get(path)

    def paths(self) -> set[str]:
        """Give every file that was looked at."""
        return {*self._digests, *self._askers}

    def news(self, registrations: Registrations) -> Seen:
        """Give what was seen since this was asked last; a file of which more is known now, in full."""
        news = Seen(proven=registrations.by_file())
        for path in self.paths():
            asker = self.asked_for(path)
            digest = self.digest(path)
            if asker is None:
                consulted = Consulted(digest)
            else:
                were_asked = registrations.were_asked(path)
                given = registrations.plainly_given_in(path) if were_asked else None
                consulted = Consulted(digest, asker.package, dict(asker.lookups), dict(asker.searches), given)
            if self._told.get(path) != consulted:
                news.files[path] = self._told[path] = consulted
        return news
