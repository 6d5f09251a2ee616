"""What the files of a project folder prove for functions that other files define."""

from __future__ import annotations

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
        self._beside: Project | None = None

    def prove(self, path: str, share: int, shares: int) -> None:
        """Find out what some of the files prove that lie in the project folder of a file: every so-manieth of them.

        Args:
            path: The file.
            share: Which of them, from 0.
            shares: Among how many processes they are divided.
        """
        folder = self._project.folders.of(path)
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

    def roles_of(self, function: Function) -> frozenset[Proof]:
        """Give the roles that other files of the same project folder prove for a function."""
        return frozenset(proof for proof in self._given_to(function) if not proof.parameter)

    def given_argument(self, function: Function, name: str) -> str | None:
        """Give the class of what other files give for a parameter, where it is an application or its router."""
        classes = {proof.what for proof in self._given_to(function) if proof.parameter == name}
        return classes.pop() if len(classes) == 1 else None

    def paths_of(self, function: Function) -> list[str | None]:
        """Give the paths that other files register a handler for; None for one that can't be read."""
        return sorted(
            (proof.route or None for proof in self.roles_of(function) if proof.what == "HANDLER"),
            key=str,
        )

    def _given_to(self, function: Function) -> frozenset[Proof]:
        if self._project.is_beside:
            return frozenset()
        node = function.node
        given = self.given_in(self._project.path_of(function.owner))
        return given.get((node.lineno, node.col_offset), frozenset())

    def given_in(self, path: str) -> Mapping[tuple[int, int], frozenset[Proof]]:
        """Give the functions of a file, by line and column, for which other files prove something."""
        folder = self._project.folders.of(path)
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
        folder = self._project.folders.of(path)
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
    for path in project.folders.files_below(folder):
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
