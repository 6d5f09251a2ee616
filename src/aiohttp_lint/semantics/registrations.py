"""What the files of a project folder prove for functions that other files define."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.proofs import Proof, parameter_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiohttp_lint.semantics.consulted import GivenRoles
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.imports import Project

# What a file has that registers functions of other files; a cheap test before it is parsed. Each expression begins with
# plain text, which is what makes searching for it fast.
_ADDERS = re.compile(rb"add_(?:get|post|put|patch|delete|head|options|route|view)")
_SIGNALS = re.compile(rb"on_(?:startup|shutdown|cleanup|response_prepare)")
_PROJECT_MARKS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".git"})
_MAXIMUM_FILES = 20_000
_TEMPLATES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".mako", ".mak", ".tpl", ".tmpl", ".xml", ".svg")
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})


class Registrations:
    """The roles that are proven from elsewhere, by project folder, collected when they are first asked for.

    Each file is judged by its own registrations alone, in a project beside the one that is being linted: what it
    proves depends on its bytes and on what it imports, and neither on the order of the files nor on what is
    under way. So what it proved in an earlier run can be adopted where none of those changed.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_file: dict[str, GivenRoles] = {}
        self._given: dict[str, dict[str, dict[tuple[int, int], frozenset[Proof]]]] = {}
        self._folders: dict[str, str | None] = {}
        self._beside: Project | None = None

    def prove(self, path: str, share: int, shares: int) -> None:
        """Find out what some of the files prove that lie in the project folder of a file: every so-manieth of them.

        Args:
            path: The file.
            share: Which of them, from 0.
            shares: Among how many processes they are divided.
        """
        folder = self.folder_of(path)
        if folder is not None:
            for registering in list(registering_files(self._project, folder))[share::shares]:
                self._proven_by(registering)

    def _proven_by(self, path: str) -> GivenRoles:
        if path not in self._by_file:
            if self._beside is None:
                self._beside = self._project.beside()
            self._by_file[path] = self._beside.proven_by(path)
        return self._by_file[path]

    def adopt(self, known: Mapping[str, GivenRoles]) -> None:
        """Take over what files proved in an earlier run, or in another process of this one."""
        self._by_file.update(known)

    def by_file(self) -> dict[str, GivenRoles]:
        """Give what each file that was looked at proves for functions of other files."""
        return dict(self._by_file)

    def forget(self) -> None:
        """Drop everything, because a file has other text now."""
        self._by_file.clear()
        self._given.clear()
        self._beside = None

    def given_to(self, function: Function, path: str) -> frozenset[Proof]:
        """Give what files of the same project folder prove for a function of the file at `path`."""
        node = function.node
        return self.given_in(path).get((node.lineno, node.col_offset), frozenset())

    def given_in(self, path: str) -> Mapping[tuple[int, int], frozenset[Proof]]:
        """Give the functions of a file, by line and column, for which other files prove something."""
        folder = self.folder_of(path)
        if folder is None:
            return {}
        if folder not in self._given:
            self._given[folder] = self._collect(folder)
        return self._given[folder].get(path, {})

    def plainly_given_in(self, path: str) -> tuple[tuple[int, int, str], ...]:
        """Give the same as plain values, in order."""
        return tuple(
            sorted(
                (line, column, str(proof))
                for (line, column), proofs in self.given_in(path).items()
                for proof in proofs
            )
        )

    def were_asked(self, path: str) -> bool:
        """Tell whether the registrations for a file are collected already; without a folder there are none."""
        folder = self.folder_of(path)
        return folder is None or folder in self._given

    def _collect(self, folder: str) -> dict[str, dict[tuple[int, int], frozenset[Proof]]]:
        claims = [
            _Claim(path, target, line, column, Proof.parse(text))
            for path in registering_files(self._project, folder)
            for target, line, column, text in self._proven_by(path)
        ]
        self._beside = None
        given: dict[str, dict[tuple[int, int], frozenset[Proof]]] = {}
        for claim in _fulfilled(claims):
            places = given.setdefault(claim.target, {})
            place = (claim.line, claim.column)
            places[place] = places.get(place, frozenset()) | {claim.proof}
        return given

    def folder_of(self, path: str) -> str | None:
        """Give the folder of the project that a file belongs to: marked as one, or else its outermost package."""
        folder = os.path.dirname(path)
        if folder not in self._folders:
            self._folders[folder] = self._find_folder(folder)
        return self._folders[folder]

    def repository_of(self, path: str) -> str | None:
        """Give the folder of the repository that holds a file's project, which may hold others; else the project's own."""
        folder = current = self.folder_of(path)
        while current is not None and ".git" not in self._project.listing(current):
            parent = os.path.dirname(current)
            if parent == current:
                return folder
            current = parent
        return current

    def _find_folder(self, folder: str) -> str | None:
        package: str | None = None
        current = folder
        while True:
            listing = self._project.listing(current)
            if not _PROJECT_MARKS.isdisjoint(listing):
                return current
            if "__init__.py" in listing:
                package = current
            parent = os.path.dirname(current)
            if parent == current:
                return package
            current = parent


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the file at `source` proves for a function that begins at a place of the file at `target`."""

    source: str
    target: str
    line: int
    column: int
    proof: Proof


def _fulfilled(claims: list[_Claim]) -> list[_Claim]:
    """Give the claims that hold: those without a condition, and those whose condition another one fulfils."""
    waiting: dict[tuple[str, str], list[_Claim]] = {}
    held = [claim for claim in claims if not claim.proof.condition]
    for claim in claims:
        if claim.proof.condition:
            waiting.setdefault((claim.source, claim.proof.condition), []).append(claim)
    for claim in held:
        if claim.proof.parameter:
            key = parameter_key(claim.line, claim.column, claim.proof.parameter)
            held.extend(waiting.pop((claim.target, key), ()))
    return [replace(claim, proof=replace(claim.proof, condition="")) for claim in held]


def registering_files(project: Project, folder: str) -> Iterator[str]:
    """Give the files below a folder that may register something."""
    for path in project.files_below(folder):
        data = project.glance(path)
        if data is not None and _may_register(data):
            yield path


def _may_register(data: bytes) -> bool:
    return (
        (b"aiohttp" in data and b"web." in data)
        or _ADDERS.search(data) is not None
        or _SIGNALS.search(data) is not None
        or b"middlewares" in data
        or b"cleanup_ctx" in data
    )


def python_files(folder: str) -> list[str]:
    """Give the Python files below a folder, none where there are too many to look at."""
    return _files_ending(folder, (".py",))


def template_files(folder: str) -> list[str]:
    """Give the files below a folder that may be templates of pages, none where there are too many to look at."""
    return _files_ending(folder, _TEMPLATES)


def _files_ending(folder: str, endings: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for current, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS and not name.startswith(".")]
        found.extend(os.path.join(current, name) for name in names if name.endswith(endings))
        if len(found) > _MAXIMUM_FILES:
            return []
    return sorted(found)
