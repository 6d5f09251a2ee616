"""Folders: the project and the repository of a file, what lies in them, and whether a run was given all of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

_PROJECT_MARKS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".git"})
_MAXIMUM_FILES = 20_000
_TEMPLATES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".mako", ".mak", ".tpl", ".tmpl", ".xml", ".svg")
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})
_CONFTEST_FILE = "conftest.py"
_PACKAGE_FILE = "__init__.py"
_MAXIMUM_IN_ALL = 2_000
"""A repository with more files is not looked at as one."""


class Folders:
    """The folders that a run looks into: which one a file's project is, what lies below, and what the run was given.

    Args:
        listing: Gives the names in a folder, none where it can't be listed.
        given: The files and folders that the run was given.
        linted: The files that it lints, where they are known.
    """

    def __init__(
        self,
        listing: Callable[[str], frozenset[str]],
        given: Iterable[str] = (),
        linted: frozenset[str] | None = None,
    ) -> None:
        self._listing = listing
        self._given = [os.path.abspath(path) for path in given]
        self._linted = linted
        self._projects: dict[str, str | None] = {}
        self._below: dict[str, list[str]] = {}
        self._templates: dict[str, list[str]] = {}

    def of(self, path: str) -> str | None:
        """Give the folder of the project that a file belongs to: marked as one, or else its outermost package."""
        folder = os.path.dirname(path)
        if folder not in self._projects:
            self._projects[folder] = self._find(folder)
        return self._projects[folder]

    def _find(self, folder: str) -> str | None:
        package: str | None = None
        current = folder
        while True:
            listing = self._listing(current)
            if not _PROJECT_MARKS.isdisjoint(listing):
                return current
            if _PACKAGE_FILE in listing:
                package = current
            parent = os.path.dirname(current)
            if parent == current:
                return package
            current = parent

    def repository_of(self, path: str) -> str | None:
        """Give the folder of the repository that holds a file's project, which may hold others; else the project's own."""
        folder = current = self.of(path)
        while current is not None and ".git" not in self._listing(current):
            parent = os.path.dirname(current)
            if parent == current:
                return folder
            current = parent
        return current

    def around(self, path: str) -> str | None:
        """Give the folder of the repository that holds a file; without a mark of one, what the run was given of it."""
        folder = self.repository_of(path)
        if folder is not None and not self.is_package(folder):
            return folder
        given = (given for given in self._given if path.startswith(given.rstrip(os.sep) + os.sep))
        return min(given, key=len, default=folder)

    def is_package(self, folder: str) -> bool:
        """Tell whether a folder is a package: what stands beside it may use it, too."""
        return _PACKAGE_FILE in self._listing(folder)

    def files_below(self, folder: str) -> list[str]:
        """Give the Python files below a folder, none where there are too many to look at."""
        if folder not in self._below:
            self._below[folder] = python_files(folder)
        return self._below[folder]

    def every_file_around(self, path: str) -> list[str] | None:
        """Give all files of the repository that holds a file, templates of pages after the modules.

        Returns:
            Their paths; None where there are too many, or no folder is known.
        """
        folder = self.around(path)
        if folder is None:
            return None
        if folder not in self._templates:
            self._templates[folder] = _template_files(folder)
        found = [*self.files_below(folder), *self._templates[folder]]
        return found if path in found and len(found) <= _MAXIMUM_IN_ALL else None

    def conftest_above(self, path: str, limit: str | None) -> str | None:
        """Give the `conftest.py` in the folder of a file, or for one itself in those above; not above the project or a limit."""
        folder, file = os.path.split(path)
        limits = (self.of(path), limit)
        limit = min((name for name in limits if name is not None), key=len, default=folder)
        is_own = file == _CONFTEST_FILE
        while is_own or _CONFTEST_FILE not in self._listing(folder):
            is_own = False
            if folder == limit or not folder.startswith(limit):
                return None
            folder = os.path.dirname(folder)
        return os.path.join(folder, _CONFTEST_FILE)

    def is_given(self, path: str) -> bool:
        """Tell whether a file is among those that the run lints."""
        if self._linted is not None and path not in self._linted:
            return False
        return any(path.startswith(given.rstrip(os.sep) + os.sep) for given in self._given)

    def is_whole(self, folder: str) -> bool:
        """Tell whether the run was given all of a folder: itself, or one around it."""
        return any(
            folder == given or folder.startswith(given.rstrip(os.sep) + os.sep) for given in self._given
        )


def python_files(folder: str) -> list[str]:
    """Give the Python files below a folder, none where there are too many to look at."""
    return _files_ending(folder, (".py",))


def _template_files(folder: str) -> list[str]:
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
