"""Which files of a project load which others when they run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_PACKAGE_FILE = "__init__.py"


class ImportGraph:
    """The imports among some files, those in functions included; what only type checkers import is left out.

    Args:
        modules: The files, by their absolute paths.
    """

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._named: dict[str, set[str]] = {}
        self._around: dict[str, set[str]] = {}
        self._importing: dict[str, set[str]] = {}
        self._loaded_with: dict[str, set[str]] = {}
        self.imported_names: set[str] = set()
        for path, module in modules.items():
            self._add(path, module)

    def _add(self, path: str, module: Module) -> None:
        named = self._named[path] = set()
        around = self._around[path] = set()
        for name in imported_names(module):
            self.imported_names.add(name)
            target = None if module.project is None else module.project.file_of(name, module)
            if target is not None and target in self._modules and target != path:
                named.add(target)
                around.update(self.packages_of(target))
        around.discard(path)
        for target in named | around:
            self._importing.setdefault(target, set()).add(path)

    def packages_of(self, path: str) -> set[str]:
        """Give the `__init__` files that run before a file is imported."""
        folder = os.path.dirname(path)
        count = len(self._modules[path].package) - path.endswith(os.sep + _PACKAGE_FILE)
        found: set[str] = set()
        if path.endswith(os.sep + _PACKAGE_FILE):
            folder = os.path.dirname(folder)
        for _ in range(count):
            found.add(os.path.join(folder, _PACKAGE_FILE))
            folder = os.path.dirname(folder)
        return found & self._modules.keys()

    def add(self, importer: str, target: str) -> None:
        """Take in an import that is going to be written."""
        self._named[importer].add(target)

    def imports(self, importer: str, target: str) -> bool:
        """Tell whether a file itself imports another one."""
        return target in self._named[importer]

    def would_close_circle(self, importer: str, target: str) -> bool:
        """Tell whether an import of `target` in `importer` could find a file that is only half executed."""
        begun = {importer, *self.packages_of(importer)}
        seen: set[str] = set()
        pending = [target, *(self.packages_of(target) - begun)]
        while pending:
            path = pending.pop()
            if path in seen:
                continue
            seen.add(path)
            pending.extend(self._named[path])
            pending.extend(self._around[path] - begun)
        return importer in seen

    def packages_loaded_by(self, paths: Iterable[str]) -> set[str]:
        """Give the top-level packages that files import as they are loaded themselves, or what they import does."""
        seen: set[str] = set()
        pending = list(paths)
        while pending:
            path = pending.pop()
            if path not in seen:
                seen.add(path)
                pending.extend(self._named[path] | self._around[path])
        return {package for path in seen for package in _packages_at_head(self._modules[path])}

    def loaded_with(self, path: str) -> set[str]:
        """Give the files that load a file, through others or themselves; it is one of them.

        By what is written already: who is to import whom changes nothing of which program runs what.
        """
        if path in self._loaded_with:
            return self._loaded_with[path]
        seen = self._loaded_with[path] = set()
        pending = [path]
        while pending:
            current = pending.pop()
            if current not in seen:
                seen.add(current)
                pending.extend(self._importing.get(current, ()))
        return seen


def _packages_at_head(module: Module) -> Iterator[str]:
    for statement in module.tree.body:
        if isinstance(statement, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module.partition(".")[0]


def imported_names(module: Module) -> Iterator[str]:
    """Give the dotted names that a file imports when it runs."""
    for scope in module.scope.descend():
        yield from _written(module, scope.all_nodes(ast.Import))
        for bindings in scope.bindings.values():
            for binding in bindings:
                alias = binding.node
                if binding.imported is None or not isinstance(alias, ast.alias):
                    continue
                statement = module.parent_of_alias(alias)
                if isinstance(statement, ast.ImportFrom) and not _is_for_type_checkers(module, statement):
                    yield binding.imported
        yield from scope.star_imports


def _written(module: Module, statements: Iterable[ast.AST]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.Import) and not _is_for_type_checkers(module, statement):
            yield from (alias.name for alias in statement.names)


def _is_for_type_checkers(module: Module, statement: ast.stmt) -> bool:
    return any(
        isinstance(ancestor, ast.If)
        and isinstance(ancestor.test, ast.Name | ast.Attribute)
        and module.qualified_name(ancestor.test)
        in ("typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING")
        for ancestor in module.ancestors(statement)
    )
