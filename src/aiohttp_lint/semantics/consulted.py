"""What a run looked at to judge a file: enough to tell later whether it would see the same again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

GivenRoles: TypeAlias = tuple[tuple[str, int, int, str], ...]
"""Sorted: the file of a function, the line and column at which it begins, and a proof (as text)."""


@dataclass(frozen=True, slots=True)
class Consulted:
    """One file as it was seen, and what was asked on its behalf. Paths are absolute."""

    digest: str
    """Of its bytes; empty where it could not be read, or was seen in two states."""
    package: tuple[str, ...] | None = None
    """The package that holds it; None where only its text was looked at."""
    lookups: dict[str, str | None] = field(default_factory=dict)
    """Names that were looked up for it, and the files that they led to: None is an answer as well."""
    said: dict[tuple[bytes, ...], bool] = field(default_factory=dict)
    """Texts that the other files of its project were searched for, and whether one has any of them."""
    heirs: dict[tuple[str, str], list[str] | None] = field(default_factory=dict)
    """Classes of the file and their methods, and the other files whose heirs may override them."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A module as the one that asks: where it stands, and what was asked for it so far."""

    path: str
    root: str
    package: tuple[str, ...]
    lookups: dict[str, str | None] = field(default_factory=dict)
    said: dict[tuple[bytes, ...], bool] = field(default_factory=dict)
    heirs: dict[tuple[str, str], list[str] | None] = field(default_factory=dict)


def digest_of(data: bytes) -> str:
    """Give the digest by which the content of a file is known again."""
    return blake2b(data, digest_size=16).hexdigest()


class Record:
    """All that the modules of a run asked, and the files as they were read.

    Args:
        read: Gives the bytes of a file, None where it can't be read.
    """

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._digests: dict[str, str] = {}
        self._askers: dict[str, Asker] = {}

    def read(self, path: str) -> bytes | None:
        """Read a file, and keep the digest of what was seen."""
        data = self._read(path)
        digest = "" if data is None else digest_of(data)
        if self._digests.setdefault(path, digest) != digest:
            self._digests[path] = ""
        return data

    def asker(self, path: str, root: str, package: tuple[str, ...]) -> Asker:
        """Give a module's place in the record; the same one for the same file."""
        known = self._askers.get(path)
        if known is None:
            known = self._askers[path] = Asker(path, root, package)
        return known

    def consulted(self) -> dict[str, Consulted]:
        """Give every file that was looked at; one that was handed over as text has no digest here."""
        found = {path: Consulted(digest) for path, digest in self._digests.items()}
        for path, asker in self._askers.items():
            digest = self._digests.get(path, "")
            found[path] = Consulted(
                digest, asker.package, dict(asker.lookups), dict(asker.said), dict(asker.heirs)
            )
        return found
