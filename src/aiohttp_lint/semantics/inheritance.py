"""Which classes of a project derive from a class, and which of its methods they override."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Class, Function
    from aiohttp_lint.semantics.imports import Project

# That it begins with plain text makes the search fast; what else it finds (in comments) does no harm.
_CLASS_STATEMENT = re.compile(rb"class[ \t]+(\w+)[ \t]*\(([^)]*)\)")
_BASE = re.compile(rb"(\w+)[ \t]*(?:\[[^,]*)?(?:,|$)", re.MULTILINE)
_MAXIMUM_FILES = 60
"""A class with heirs in more files than this may have any override."""
_KEEPING = (
    "abc.ABCMeta",
    "enum.",
    "builtins.type",
    "dataclasses.",
    "attr.",
    "attrs.",
    "typing.",
    "typing_extensions.",
    "functools.",
)
"""Metaclasses and decorators that leave the methods of a class alone."""


def overrides(definition: Class, name: str) -> list[Function] | None:
    """Give the methods that an heir of a class has in place of the class's own one.

    Args:
        definition: The class.
        name: The method.

    Returns:
        The other methods, in order of their places; None where there are too many heirs to look at.
    """
    modules = [definition.owner]
    project = definition.owner.project
    if project is not None:
        paths = project.files_saying(definition.owner, f"def {name}", heirs_of=definition.name)
        if paths is None:
            return None
        modules.extend(module for path in paths if (module := project.module_at(path)) is not None)
    own = definition.find_method(name)
    found: list[Function] = []
    for module in modules:
        for heir in module.classes():
            if heir == definition or definition not in heir.lineage():
                continue
            method = heir.find_method(name)
            if method is not None and method != own and method not in found:
                found.append(method)
    return found


def keeps_methods(definition: Class) -> bool:
    """Tell whether a class has its methods as they are written: no metaclass or decorator has its hands on them."""
    module = definition.owner
    metaclasses = [keyword.value for keyword in definition.node.keywords if keyword.arg == "metaclass"]
    decorators = [
        decorator.func if isinstance(decorator, ast.Call) else decorator
        for decorator in definition.node.decorator_list
    ]
    return all(
        (module.qualified_name(node) or "").startswith(_KEEPING) for node in (*metaclasses, *decorators)
    )


class Heirs:
    """The files of a project by what their text says, and by the classes from which those in them derive."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_base: dict[str, dict[bytes, set[tuple[bytes, str]]]] = {}
        self._found: dict[tuple[str, ...], list[str] | None] = {}

    def forget(self) -> None:
        """Drop what was found, because a file has changed."""
        self._by_base.clear()
        self._found.clear()

    def search(self, path: str, name: str, *texts: str) -> list[str] | None:
        """Give the files besides the one at `path` that have one of some texts, and heirs of its class of this name.

        Returns:
            Their paths, sorted; None where there are too many to look at.
        """
        question = (path, name, *texts)
        if question not in self._found:
            self._found[question] = self._search(path, name, [text.encode() for text in texts])
        return self._found[question]

    def _search(self, path: str, name: str, needles: list[bytes]) -> list[str] | None:
        paths = self._files_with_heirs(path, name) if name else self._files_around(path)
        if name and len(paths) > _MAXIMUM_FILES:
            return None
        found: list[str] = []
        for other in sorted(paths):
            data = self._project.glance(other) if other != path else None
            if data is not None and any(needle in data for needle in needles):
                found.append(other)
        return found if len(found) <= _MAXIMUM_FILES else None

    def _files_around(self, path: str) -> list[str]:
        folder = self._project.folders.of(path)
        return [] if folder is None else self._project.folders.files_below(folder)

    def _files_with_heirs(self, path: str, name: str) -> set[str]:
        folder = self._project.folders.of(path)
        if folder is None:
            return set()
        if folder not in self._by_base:
            self._by_base[folder] = self._index(folder)
        by_base = self._by_base[folder]
        paths: set[str] = set()
        seen = {name.encode()}
        queue = list(seen)
        while queue and len(paths) <= _MAXIMUM_FILES:
            for heir, place in by_base.get(queue.pop(), ()):
                paths.add(place)
                if heir not in seen:
                    seen.add(heir)
                    queue.append(heir)
        return paths

    def _index(self, folder: str) -> dict[bytes, set[tuple[bytes, str]]]:
        found: dict[bytes, set[tuple[bytes, str]]] = {}
        for path in self._project.folders.files_below(folder):
            data = self._project.glance(path)
            for heir, bases in () if data is None else _CLASS_STATEMENT.findall(data):
                for base in _BASE.findall(bases):
                    found.setdefault(base, set()).add((heir, path))
        return found
