"""Where imports are looked up: the roots of the project, then the packages that are installed for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from aiohttp_lint.semantics import aiohttp_api

Installed: TypeAlias = Callable[[], tuple[Sequence[str], Sequence[str]]]
"""Gives the folders of installed packages, and those that their `.pth` files add; asked once, when it is needed."""

_SOURCE = ".py"
_STUB = ".pyi"
_STUBS = "-stubs"
_METADATA = ".dist-info"
_SEPARATORS = re.compile(r"[-_.]+")
_DISTRIBUTION_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
_SOURCES = "src"
_REPOSITORY = ".git"
_MAXIMUM_HEIGHT = 8
"""How many folders up a repository may begin."""


class SearchPath:
    """The folders in which imports are looked up, in their order.

    Args:
        roots: The source roots of the project.
        read: Gives the bytes of a file, None where it can't be read.
        installed: The packages of the project's environments, in which only annotations count.
    """

    def __init__(
        self, roots: Iterable[str], read: Callable[[str], bytes | None], installed: Installed | None = None
    ) -> None:
        self.roots = [os.path.abspath(root) for root in roots]
        self._own = list(self.roots)
        self._read = read
        self._ask_installed = installed
        self._installed: list[str] = []
        self._entries: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._held: dict[tuple[str, str], bool] = {}
        self._concerned: dict[tuple[str, str], bool] = {}
        self._metadata: dict[str, dict[str, str]] = {}
        self._beside: dict[str, list[str]] = {}

    def listing(self, folder: str) -> frozenset[str]:
        """Give the names in a folder, none where it can't be listed."""
        known = self._entries.get(folder)
        if known is None:
            try:
                known = frozenset(os.listdir(folder))
            except OSError:
                known = frozenset()
            self._entries[folder] = known
        return known

    def home_of(self, folder: str) -> tuple[str, tuple[str, ...]]:
        """Give the folder from which a file of this folder imports, besides the configured ones, and its package."""
        parts: list[str] = []
        current = folder
        while "__init__.py" in self.listing(current):
            current, name = os.path.split(current)
            parts.append(name)
        for root in sorted((*self.roots, *self._site_folders()), key=len, reverse=True):
            if folder == root or folder.startswith(root + os.sep):
                # What lies between a root and the outermost `__init__` is a namespace, if it can be one.
                package = tuple(part for part in folder[len(root) :].split(os.sep) if part)
                # A script that lies in it imports its neighbours by their bare names, though.
                if all(part.isidentifier() for part in package) or not parts:
                    return current, package
                break
        return current, tuple(reversed(parts))

    def may_hold(self, top: str, own_root: str) -> bool:
        """Tell whether there may be a package or module of this name, whatever is in it."""
        key = (own_root, top)
        if key not in self._held:
            names = {top, top + _SOURCE, top + _STUB, top + _STUBS}
            self._held[key] = any(
                not names.isdisjoint(self.listing(root)) and self._concerns_us(root, top)
                for root in self._roots_for(own_root)
            )
        return self._held[key]

    def find(self, name: str, own_root: str) -> str | None:
        """Give the file of a module by its dotted name; its stub where there is nothing else."""
        key = (own_root, name)
        if key not in self._found:
            self._found[key] = self._find(name.split("."), own_root)
        return self._found[key]

    def stub_of(self, path: str, package: tuple[str, ...], own_root: str) -> str | None:
        """Give the stub that declares types for a module: beside it, or in a `…-stubs` package of some root."""
        folder, file = os.path.split(path)
        if not file.endswith(_SOURCE):
            return None
        if file + "i" in self.listing(folder):
            return path + "i"
        stem = file.removesuffix(_SOURCE)
        parts = [*package, *([] if stem == "__init__" else [stem])]
        if not parts:
            return None
        for root in self._roots_for(own_root):
            found = self._in_stubs(root, parts)
            if found is not None:
                return found
        return None

    def is_installed(self, path: str) -> bool:
        """Tell whether a file belongs to an installed package, or is a stub for one: its annotations count alone."""
        return any(path.startswith(folder + os.sep) for folder in self._site_folders()) or (
            path.endswith(_STUB) and any(part.endswith(_STUBS) for part in path.split(os.sep)[:-1])
        )

    def limit_of(self, path: str) -> str | None:
        """Give the outermost root of the project that a file lies in."""
        around = [root for root in self._own if path.startswith(root + os.sep)]
        return min(around, key=len, default=None)

    def _find(self, parts: list[str], own_root: str) -> str | None:
        stub: str | None = None
        is_ours = False
        for root in self._roots_for(own_root):
            site = root in self._installed
            if site and (is_ours or not self._concerns_us(root, parts[0])):
                continue
            stub = stub or self._in_stubs(root, parts)
            found = self._below(root, parts, (_STUB, _SOURCE) if site else (_SOURCE, _STUB))
            if found is not None:
                # Of an installed package nothing but the declared types counts, and a stub has the last word there.
                return stub if site and stub is not None else found
            # A regular package of the project hides the installed one; a namespace goes on there.
            is_ours = is_ours or self._is_regular(os.path.join(root, parts[0]))
        return stub

    def _below(self, root: str, parts: Sequence[str], suffixes: tuple[str, ...]) -> str | None:
        folder = os.path.join(root, *parts[:-1])
        last = parts[-1]
        listing = self.listing(folder)
        if last in listing:
            inner = self.listing(os.path.join(folder, last))
            for suffix in suffixes:
                if "__init__" + suffix in inner:
                    return os.path.join(folder, last, "__init__" + suffix)
        for suffix in suffixes:
            if last + suffix in listing:
                return os.path.join(folder, last + suffix)
        return None

    def _in_stubs(self, root: str, parts: Sequence[str]) -> str | None:
        if parts[0] + _STUBS not in self.listing(root):
            return None
        return self._below(root, [parts[0] + _STUBS, *parts[1:]], (_STUB,))

    def _is_regular(self, folder: str) -> bool:
        return "__init__.py" in self.listing(folder)

    def _roots_for(self, own_root: str) -> list[str]:
        site = self._site_folders()
        own = [] if own_root in self.roots or own_root in site else [own_root]
        return [*self.roots, *own, *self._roots_beside(own_root), *site]

    def _roots_beside(self, own_root: str) -> list[str]:
        """Give the source folders of the distributions that one repository holds beside the one of a file."""
        if own_root not in self._beside:
            self._beside[own_root] = list(self._find_beside(own_root))
        return self._beside[own_root]

    def _find_beside(self, own_root: str) -> Iterator[str]:
        folder, name = os.path.split(own_root)
        distribution = folder if name == _SOURCES and self._is_distribution(folder) else own_root
        around = os.path.dirname(distribution)
        if not self._is_distribution(distribution) or not self._is_in_repository(around):
            return
        for name in sorted(self.listing(around)):
            other = os.path.join(around, name)
            if other != distribution and self._is_distribution(other):
                yield os.path.join(other, _SOURCES) if _SOURCES in self.listing(other) else other

    def _is_distribution(self, folder: str) -> bool:
        """Tell whether a folder holds the sources of a distribution that is no repository of its own."""
        names = self.listing(folder)
        return not _DISTRIBUTION_FILES.isdisjoint(names) and _REPOSITORY not in names

    def _is_in_repository(self, folder: str) -> bool:
        """Tell whether a folder belongs to one project or repository, as everything in it does."""
        if any(folder == root or folder.startswith(root + os.sep) for root in self._own):
            return True
        for _ in range(_MAXIMUM_HEIGHT):
            if _REPOSITORY in self.listing(folder):
                return True
            folder = os.path.dirname(folder)
        return False

    def _site_folders(self) -> list[str]:
        if self._ask_installed is not None:
            folders, added = self._ask_installed()
            self._ask_installed = None
            self._installed.extend(folders)
            for path in added:
                # What is installed in place from within the project is its own source.
                if any(path.startswith(root + os.sep) for root in self._own):
                    self.roots.append(path)
                elif path not in self.roots:
                    self._installed.append(path)
        return self._installed

    def _concerns_us(self, root: str, top: str) -> bool:
        """Tell whether the package may speak of aiohttp, by what its metadata say that it requires; project roots do."""
        if root not in self._installed:
            return True
        if top in aiohttp_api.PACKAGES:
            return False
        key = (root, top)
        if key not in self._concerned:
            self._concerned[key] = self._requires_aiohttp(root, top)
        return self._concerned[key]

    def _requires_aiohttp(self, root: str, top: str) -> bool:
        if root not in self._metadata:
            self._metadata[root] = {
                _normal(name.partition("-")[0]): name
                for name in self.listing(root)
                if name.endswith(_METADATA)
            }
        folder = self._metadata[root].get(_normal(top))
        data = None if folder is None else self._read(os.path.join(root, folder, "METADATA"))
        return data is None or b"aiohttp" in data or b"Requires-Dist:" not in data


def _normal(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()
