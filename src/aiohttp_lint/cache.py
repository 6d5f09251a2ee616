"""Results of earlier runs: what was found in a file, for as long as nothing that it rests on has changed.

A store is one file for the settings of one project. It holds a graph (each file that was looked at, its digest and
what was looked up for it) and, beside that, the findings of linted files and what files prove for functions of
others. An entry holds while every file that can be reached from it stands as it was; what is written is read back
as JSON under a checksum, and whatever is wrong with it only costs the time of a fresh run.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from aiohttp_lint.edits import Edit
from aiohttp_lint.findings import Applicability, Finding, Fix, Related, Span
from aiohttp_lint.semantics.consulted import Consulted, GivenRoles, Seen, digest_of
from aiohttp_lint.version import __version__

if TYPE_CHECKING:
    from aiohttp_lint.engine import Projects
    from aiohttp_lint.semantics.imports import Project
    from aiohttp_lint.settings import Settings

_MAXIMUM_STORES = 16
_MAXIMUM_AGE = 30 * 24 * 3600
_A_DAY = 24 * 3600
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# This file marks a folder of aiohttp-lint's cache.\n"
    "# See https://bford.info/cachedir/\n"
)
_BROKEN_STORE = (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run found in a file, and the bytes that it speaks of."""

    findings: tuple[Finding, ...]
    content: bytes


class ResultCache:
    """The cache of one run: looks up before, remembers during, and saves after it.

    `known` and `linted` are the files that were taken from it and those that were linted anew.
    """

    def __init__(self, folders: Sequence[str] = ()) -> None:
        self._folders = folders
        self.known: list[str] = []
        self.linted: list[str] = []
        self._stores: dict[Settings, _Store] = {}

    def look_up(self, files: Mapping[str, Settings], projects: Projects) -> dict[str, Known]:
        """Give what is known of files and holds still.

        Args:
            files: The paths, each with its settings.
            projects: The projects of the run; they take over what is known of registrations.
        """
        by_settings: dict[Settings, list[str]] = {}
        for path, settings in files.items():
            by_settings.setdefault(settings, []).append(path)
        found: dict[str, Known] = {}
        for settings, paths in by_settings.items():
            found.update(self._store(settings).look_up(paths, projects, settings))
        return found

    def remember(
        self, path: str, settings: Settings, content_digest: str, findings: tuple[Finding, ...]
    ) -> None:
        """Keep what was found in a file."""
        self._store(settings).remember(path, content_digest, findings)

    def save(self, seen: Mapping[object, Seen], projects: Projects) -> None:
        """Write what is new, with all that the run saw, by the key of its project; say nothing where that can't be done."""
        for settings, store in self._stores.items():
            with contextlib.suppress(*_BROKEN_STORE):
                store.save(seen.get(projects.key_of(settings), Seen()))

    def _store(self, settings: Settings) -> _Store:
        store = self._stores.get(settings)
        if store is None:
            store = self._stores[settings] = _Store(settings, self._folders)
        return store


class _Store:
    """What is known for one set of settings. Paths are absolute here, and relative to the root in the file."""

    def __init__(self, settings: Settings, folders: Sequence[str]) -> None:
        self._root = os.path.abspath(settings.root)
        self._folder = Path(self._root, settings.cache_dir)
        self._path = self._folder / f"{_fingerprint(settings, self._folder, folders)}.json"
        self._files: dict[str, Consulted] = {}
        self._proven: dict[str, GivenRoles] = {}
        self._findings: dict[str, tuple[Finding, ...]] = {}
        self._digests: dict[str, str] = {}
        self._is_changed = False
        with contextlib.suppress(*_BROKEN_STORE):
            self._files, self._proven, self._findings = _decoded(self._path.read_bytes(), self._root)

    def look_up(self, paths: Iterable[str], projects: Projects, settings: Settings) -> dict[str, Known]:
        asked = {path: os.path.abspath(path) for path in paths}
        stored = {absolute for absolute in asked.values() if absolute in self._findings}
        if not stored:
            return {}
        project = projects.of(settings)
        relevant = _reachable({*stored, *self._proven}, self._files)
        contents: dict[str, bytes] = {}
        broken = {path for path in relevant if not self._stands(path, project, contents, keep=path in stored)}
        broken |= _resting_on(broken, self._files)
        project.registrations.adopt(
            {path: proven for path, proven in self._proven.items() if path not in broken}
        )
        otherwise = {path for path in relevant - broken if not self._is_used_alike(path, project)}
        broken |= _resting_on(otherwise, self._files) | otherwise
        self._forget(broken)
        return {
            path: Known(
                tuple(_spelled(finding, path) for finding in self._findings[absolute]), contents[absolute]
            )
            for path, absolute in asked.items()
            if absolute in self._findings
        }

    def _stands(self, path: str, project: Project, contents: dict[str, bytes], *, keep: bool) -> bool:
        seen = self._files.get(path)
        if seen is None:
            return False
        data = project.read(path)
        if data is not None and keep:
            contents[path] = data
        return digest_of(data) == seen.digest and project.would_see_again(path, seen)

    def _is_used_alike(self, path: str, project: Project) -> bool:
        given = self._files[path].given
        return given is None or given == project.registrations.plainly_given_in(path)

    def _forget(self, broken: Collection[str]) -> None:
        for path in broken:
            self._is_changed = True
            self._files.pop(path, None)
            self._proven.pop(path, None)
            self._findings.pop(path, None)

    def remember(self, path: str, content_digest: str, findings: tuple[Finding, ...]) -> None:
        absolute = os.path.abspath(path)
        self._is_changed = True
        self._findings[absolute] = tuple(_neutral(finding) for finding in findings)
        self._digests[absolute] = content_digest

    def save(self, seen: Seen) -> None:
        if not self._is_changed:
            if self._path.exists() and time.time() - self._path.stat().st_mtime > _A_DAY:
                os.utime(self._path)
            return
        for path, consulted in seen.files.items():
            linted = self._digests.get(path)
            if linted is not None:
                consulted = consulted.together_with(Consulted(linted))
            known = self._files.get(path)
            self._files[path] = consulted if known is None else known.together_with(consulted)
        self._proven.update({path: proven for path, proven in seen.proven.items() if path in self._files})
        self._findings = {path: found for path, found in self._findings.items() if os.path.exists(path)}
        self._proven = {path: proven for path, proven in self._proven.items() if os.path.exists(path)}
        kept = _reachable({*self._findings, *self._proven}, self._files)
        files = {path: consulted for path, consulted in self._files.items() if path in kept}
        _write(self._path, _encoded(files, self._proven, self._findings, self._root))


def _reachable(start: Collection[str], files: Mapping[str, Consulted]) -> set[str]:
    """Give the files that some files rest on, themselves included."""
    found = set(start)
    stack = list(start)
    while stack:
        consulted = files.get(stack.pop())
        if consulted is None:
            continue
        for target in consulted.leads_to() - found:
            found.add(target)
            stack.append(target)
    return found


def _resting_on(changed: Collection[str], files: Mapping[str, Consulted]) -> set[str]:
    """Give the files that rest on one of those that have changed."""
    users: dict[str, list[str]] = {}
    for path, consulted in files.items():
        for target in consulted.leads_to():
            users.setdefault(target, []).append(path)
    found: set[str] = set()
    stack = list(changed)
    while stack:
        for user in users.get(stack.pop(), ()):
            if user not in found:
                found.add(user)
                stack.append(user)
    return found


# What decides which store is read.


def _fingerprint(settings: Settings, folder: Path, given: Sequence[str]) -> str:
    """Name a store by the tool, the Python, the settings and the folders of the run; the project may lie anywhere."""
    place = os.path.relpath(settings.root, folder)
    folders = sorted(os.path.relpath(path, settings.root) for path in given)
    plain = replace(settings, root="", environments=(), exclude=(), extend_exclude=(), cache_dir="")
    text = repr((_tool(), platform.python_implementation(), sys.version, place, plain, folders))
    return digest_of(text.encode(errors="surrogatepass"))


@cache
def _tool() -> str:
    """Give the version of the tool with the digest of its own files, which change without it in a checkout."""
    digest = blake2b(__version__.encode(), digest_size=16)
    home = Path(__file__).parent
    for path in sorted(found for found in home.rglob("*") if found.suffix in (".py", ".json")):
        digest.update(path.relative_to(home).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


# Findings, whoever asks for them and from wherever.


def _neutral(finding: Finding) -> Finding:
    """Take the spelling of its file's path out of a finding; other files by their absolute paths."""
    return replace(
        finding,
        path="",
        related=tuple(
            replace(related, path="" if related.path == finding.path else os.path.abspath(related.path))
            for related in finding.related
        ),
    )


def _spelled(finding: Finding, path: str) -> Finding:
    """Put paths back into a finding, in the way in which its own file is named."""
    spell = os.path.abspath if os.path.isabs(path) else os.path.relpath
    return replace(
        finding,
        path=path,
        related=tuple(
            replace(related, path=spell(related.path) if related.path else path)
            for related in finding.related
        ),
    )


# The file of a store: a checksum, a line end, and JSON in which a path is a number.


class _Paths:
    """The table of a store's paths."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._numbers: dict[str, int] = {}

    def number(self, path: str | None) -> int | None:
        return None if path is None else self._numbers.setdefault(path, len(self._numbers))

    def table(self) -> list[str]:
        return [os.path.relpath(path, self._root) for path in self._numbers]


def _encoded(
    files: Mapping[str, Consulted],
    proven: Mapping[str, GivenRoles],
    findings: Mapping[str, tuple[Finding, ...]],
    root: str,
) -> bytes:
    paths = _Paths(root)
    document = {
        "files": [
            [
                paths.number(path),
                seen.digest,
                seen.package,
                {name: paths.number(target) for name, target in seen.lookups.items()},
                [
                    [question, None if found is None else [paths.number(other) for other in found]]
                    for question, found in seen.searches.items()
                ],
                seen.given,
            ]
            for path, seen in files.items()
        ],
        "proven": [
            [paths.number(path), [[paths.number(target), *rest] for target, *rest in proofs]]
            for path, proofs in proven.items()
        ],
        "findings": [
            [paths.number(path), [_packed(finding, paths) for finding in found]]
            for path, found in findings.items()
        ],
    }
    body = json.dumps({"paths": paths.table(), **document}, separators=(",", ":")).encode()
    return digest_of(body).encode() + b"\n" + body


def _decoded(
    data: bytes, root: str
) -> tuple[dict[str, Consulted], dict[str, GivenRoles], dict[str, tuple[Finding, ...]]]:
    """Read a store back; any of `_BROKEN_STORE` where it isn't whole."""
    checksum, _, body = data.partition(b"\n")
    if digest_of(body).encode() != checksum:
        raise ValueError("not the bytes that were written")
    document = json.loads(body)
    paths: list[str] = [os.path.normpath(os.path.join(root, path)) for path in document["paths"]]
    files = {
        paths[number]: Consulted(
            digest,
            None if package is None else tuple(package),
            {name: None if target is None else paths[target] for name, target in lookups.items()},
            {
                tuple(question): None if found is None else [paths[other] for other in found]
                for question, found in searches
            },
            None if given is None else tuple((line, column, proof) for line, column, proof in given),
        )
        for number, digest, package, lookups, searches, given in document["files"]
    }
    proven = {
        paths[number]: tuple((paths[target], line, column, proof) for target, line, column, proof in proofs)
        for number, proofs in document["proven"]
    }
    findings = {
        paths[number]: tuple(_unpacked(finding, paths) for finding in found)
        for number, found in document["findings"]
    }
    return files, proven, findings


_TYPES: dict[str, Any] = {
    kind.__name__: kind for kind in (Applicability, Finding, Fix, Related, Span, *get_args(Edit))
}


def _packed(value: Any, paths: _Paths) -> Any:
    """Turn a finding, or a part of one, into what JSON knows."""
    if isinstance(value, Related):
        number = paths.number(value.path) if value.path else None
        return ["Related", number, _packed(value.span, paths), value.message]
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if is_dataclass(value):
        return [
            type(value).__name__,
            *(_packed(getattr(value, entry.name), paths) for entry in fields(value)),
        ]
    if isinstance(value, tuple):
        return ["", *(_packed(item, paths) for item in value)]
    return value


def _unpacked(value: Any, paths: list[str]) -> Any:
    if not isinstance(value, list):
        return value
    kind, *parts = value
    parts = [_unpacked(part, paths) for part in parts]
    if kind == "":
        return tuple(parts)
    if kind == "Related":
        number, *rest = parts
        return Related("" if number is None else paths[number], *rest)
    return _TYPES[kind](*parts)


def _write(path: Path, data: bytes) -> None:
    """Put a store in its place at once, and remove those that nobody has used for long.

    Raises:
        OSError: It can't be written.
    """
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("CACHEDIR.TAG", _TAG), (".gitignore", "# Made by aiohttp-lint.\n*\n")):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    descriptor, temporary = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    for old in _outlived(folder):
        with contextlib.suppress(OSError):
            old.unlink()


def _outlived(folder: Path) -> Iterator[Path]:
    """Give the stores that were not used for a month, the oldest of too many, and what was left half written."""
    now = time.time()
    ages: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        if path.suffix in (".json", ".tmp"):
            with contextlib.suppress(OSError):
                ages.append((now - path.stat().st_mtime, path))
    stores = sorted(found for found in ages if found[1].suffix == ".json")
    for position, (age, path) in enumerate(stores):
        if age > _MAXIMUM_AGE or position >= _MAXIMUM_STORES:
            yield path
    yield from (path for age, path in ages if path.suffix == ".tmp" and age > _A_DAY)
