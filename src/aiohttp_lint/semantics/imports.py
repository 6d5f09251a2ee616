"""From an imported name to what defines it: the modules of a project, parsed when an import leads to them."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aiohttp_lint.options import DEFAULT_OPTIONS, RuleOptions
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.aiohttp_api import DEFAULT_TARGET, Target
from aiohttp_lint.semantics.attributes import member_attribute
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import Types, union

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.roles import Role

_SUFFIXES = (".pyi", ".py")
_MAXIMUM_HOPS = 20
# A file that registers functions of other files has one of these; a cheap test before it is parsed.
_REGISTERING = (b"add_get", b"add_post", b"add_put", b"add_patch", b"add_delete", b"add_route", b"add_view", b"web.",
                b"middlewares", b"on_startup", b"on_shutdown", b"on_cleanup", b"on_response_prepare", b"cleanup_ctx")  # fmt: skip
_PROJECT_MARKS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".git"})
_MAXIMUM_FILES = 20_000
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})


class Project:
    """The modules that one run may look into, by the folders in which imports are looked up.

    Nothing is imported or executed. A module that is missing, can't be read or can't be parsed is unknown.
    """

    def __init__(
        self,
        roots: Sequence[str],
        read: Callable[[str], bytes | None],
        *,
        target: Target = DEFAULT_TARGET,
        python_minimum: tuple[int, int] = (3, 9),
        options: RuleOptions = DEFAULT_OPTIONS,
    ) -> None:
        self._roots = [os.path.abspath(root) for root in roots]
        self._read = read
        self._target = target
        self._python_minimum = python_minimum
        self._options = options
        self._modules: dict[str, Module | None] = {}
        self._paths: dict[str, str | None] = {}
        self._entries: dict[str, frozenset[str]] = {}
        self._relevant: dict[str, bool] = {}
        self._given_roles: dict[str, dict[Function, set[Role]]] = {}
        self._folders: dict[str, str | None] = {}
        self._resolving: set[str] = set()

    def known_tree(self, source: str, path: str) -> ast.Module | None:
        """Give the tree of a file that an import led to already, if it has this text still."""
        known = self._modules.get(os.path.abspath(path))
        return known.tree if known is not None and known.text.text == source else None

    def open(self, source: str, path: str, tree: ast.Module, place: str | None = None) -> Module:
        """Make the module of a file that is being linted, and know it from now on under its path.

        Text that differs from what was known of the file makes everything unknown that rests on it.
        """
        absolute = os.path.abspath(path)
        known = self._modules.get(absolute)
        if known is not None and known.text.text == source:
            known.path, known.place = path, path if place is None else place
            return known
        if known is not None:
            self._modules.clear()
            self._given_roles.clear()
        module = self._make(source, path, tree, place)
        self._modules[absolute] = module
        return module

    def _make(self, source: str, path: str, tree: ast.Module, place: str | None = None) -> Module:
        return Module(
            source,
            path,
            tree,
            place=place,
            target=self._target,
            python_minimum=self._python_minimum,
            options=self._options,
            package=self.package_of(path),
            project=self,
        )

    def package_of(self, path: str) -> tuple[str, ...]:
        """Give the package that holds a file; its root becomes one of the folders for imports."""
        folder = os.path.dirname(os.path.abspath(path))
        parts: list[str] = []
        current = folder
        while "__init__.py" in self._listing(current):
            current, name = os.path.split(current)
            parts.append(name)
        if not parts:
            for root in sorted(self._roots, key=len, reverse=True):
                if folder == root or folder.startswith(root + os.sep):
                    return tuple(part for part in folder[len(root) :].split(os.sep) if part)
        if current not in self._roots:
            self._roots.append(current)
            self._paths.clear()
        return tuple(reversed(parts))

    def types_of(self, name: str) -> Types | None:
        """Give what a dotted name of the project means; None where the project does not define it."""
        found = self._definition(name)
        if found is None:
            return None
        module, attributes = found
        if name in self._resolving:
            return None
        self._resolving.add(name)
        try:
            return self._attribute_of(module, attributes)
        finally:
            self._resolving.discard(name)

    def _attribute_of(self, module: Module, attributes: list[str]) -> Types | None:
        bindings = module.scope.bindings.get(attributes[0])
        if not bindings:
            for star in module.scope.star_imports:
                starred = module.inference.named(f"{star}.{attributes[0]}")
                if starred is not None and starred.is_known:
                    types = starred
                    break
            else:
                return None
        else:
            types = union(module.inference.type_of_binding(binding) for binding in bindings)
        for attribute in attributes[1:]:
            types = union(member_attribute(module.inference, member, attribute) for member in types.values)
        return types

    def canonical(self, name: str) -> str | None:
        """Follow re-exports from a dotted name to the one that it stands for, aiohttp's in canonical form."""
        for _ in range(_MAXIMUM_HOPS):
            known = aiohttp_api.canonical(name)
            if known is not None:
                return known
            found = self._definition(name, only_if_relevant=True)
            if found is None:
                return name
            module, attributes = found
            bindings = module.scope.bindings.get(attributes[0], [])
            imported = {binding.imported for binding in bindings if binding.kind is BindingKind.IMPORT}
            if len(bindings) != len(imported) or len(imported) != 1:
                return name
            (target,) = imported
            if target is None or target == name:
                return name
            name = ".".join([target, *attributes[1:]])
        return name

    def _definition(self, name: str, *, only_if_relevant: bool = False) -> tuple[Module, list[str]] | None:
        """Give the module that a dotted name goes through, and what follows in it.

        `only_if_relevant` leaves modules alone that never speak of aiohttp: they re-export nothing of it.
        """
        parts = name.split(".")
        if name.startswith(".") or not self._may_hold(parts[0]):
            return None
        for length in range(len(parts) - 1, 0, -1):
            path = self._path_of(".".join(parts[:length]))
            if path is None:
                continue
            if only_if_relevant and not self._speaks_of_aiohttp(path):
                return None
            module = self._module_at(path)
            if module is not None:
                return module, parts[length:]
        return None

    # Files.

    def _speaks_of_aiohttp(self, path: str) -> bool:
        known = self._relevant.get(path)
        if known is None:
            data = self._read(path)
            known = self._relevant[path] = data is not None and b"aiohttp" in data
        return known

    def _may_hold(self, top: str) -> bool:
        return any(
            top in listing or any(top + suffix in listing for suffix in _SUFFIXES)
            for listing in map(self._listing, self._roots)
        )

    def _path_of(self, name: str) -> str | None:
        if name not in self._paths:
            self._paths[name] = self._find(name)
        return self._paths[name]

    def _find(self, name: str) -> str | None:
        *folders, last = name.split(".")
        for root in self._roots:
            folder = os.path.join(root, *folders)
            listing = self._listing(folder)
            if last in listing:
                inner = self._listing(os.path.join(folder, last))
                for suffix in _SUFFIXES:
                    if "__init__" + suffix in inner:
                        return os.path.join(folder, last, "__init__" + suffix)
            for suffix in _SUFFIXES:
                if last + suffix in listing:
                    return os.path.join(folder, last + suffix)
        return None

    def _listing(self, folder: str) -> frozenset[str]:
        known = self._entries.get(folder)
        if known is None:
            try:
                known = frozenset(os.listdir(folder))
            except OSError:
                known = frozenset()
            self._entries[folder] = known
        return known

    def _module_at(self, path: str) -> Module | None:
        if path not in self._modules:
            self._modules[path] = None
            self._modules[path] = self._parse(path)
        return self._modules[path]

    def _parse(self, path: str) -> Module | None:
        data = self._read(path)
        if data is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(data, path)
            source = data.decode("utf-8-sig", errors="replace")
            return self._make(source, os.path.relpath(path), tree)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    # Registrations of other files.

    def roles_from_elsewhere(self, function: Function) -> set[Role]:
        """Give the roles that other files of the same project folder prove for a function."""
        folder = self._folder_of(os.path.abspath(function.owner.path))
        if folder is None:
            return set()
        if folder not in self._given_roles:
            # While they are being collected every file goes by its own registrations alone, so that the
            # order of the files can't matter; then all is inferred anew.
            self._given_roles[folder] = {}
            self._given_roles[folder] = self._collect_roles(folder)
            for module in self._modules.values():
                if module is not None:
                    module.forget_types()
        return self._given_roles[folder].get(function, set())

    def is_said_elsewhere(self, module: Module, *texts: bytes) -> bool:
        """Tell whether another file of the same project folder has one of these texts: a cheap test, and a generous one."""
        own = os.path.abspath(module.path)
        folder = self._folder_of(own)
        if folder is None:
            return False
        for path in _python_files(folder):
            data = self._read(path) if path != own else None
            if data is not None and any(text in data for text in texts):
                return True
        return False

    def _collect_roles(self, folder: str) -> dict[Function, set[Role]]:
        found: dict[Function, set[Role]] = {}
        for path in _python_files(folder):
            data = self._read(path)
            if data is None or b"aiohttp" not in data or not any(word in data for word in _REGISTERING):
                continue
            module = self._module_at(path)
            if module is not None:
                for function, roles in module.roles.given_to_other_files():
                    found.setdefault(function, set()).update(roles)
        return found

    def _folder_of(self, path: str) -> str | None:
        """Give the folder of the project that a file belongs to: marked as one, or else its outermost package."""
        folder = os.path.dirname(path)
        if folder not in self._folders:
            self._folders[folder] = self._find_folder(folder)
        return self._folders[folder]

    def _find_folder(self, folder: str) -> str | None:
        package: str | None = None
        current = folder
        while True:
            listing = self._listing(current)
            if not _PROJECT_MARKS.isdisjoint(listing):
                return current
            if "__init__.py" in listing:
                package = current
            parent = os.path.dirname(current)
            if parent == current:
                return package
            current = parent


def _python_files(folder: str) -> list[str]:
    found: list[str] = []
    for current, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS and not name.startswith(".")]
        found.extend(os.path.join(current, name) for name in names if name.endswith(".py"))
        if len(found) > _MAXIMUM_FILES:
            return []
    return sorted(found)
