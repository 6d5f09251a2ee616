"""How a file spells a name of another module: by what it imports already, or by the import that it needs."""

from __future__ import annotations

import ast
import builtins
import sys
from typing import TYPE_CHECKING

from aiohttp_lint.edits import AddImport
from aiohttp_lint.semantics.scopes import Binding, BindingKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.module import Module


def name_for(module: Module, name: str) -> tuple[str, tuple[str, str | None] | None]:
    """Give the source that spells a canonical name in this file, and the import that it still needs.

    The spelling follows what the file imports already at module level: `aiohttp.ClientTimeout` after
    `import aiohttp`, `ClientTimeout` after `from aiohttp import ClientTimeout` or another name from there. The
    import is `(module, name)`, with None for a plain `import module`.
    """
    home, _, last = name.rpartition(".")
    by_module: str | None = None
    for local, bindings in module.scope.bindings.items():
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.IMPORT or bindings[0].imported is None:
            continue
        if not _is_plain_import(module, bindings[0]):
            continue
        imported = bindings[0].imported
        if module.canonical(imported) == name:
            return local, None
        if (imported == home and local != home.partition(".")[0]) or imported == home == local:
            by_module = f"{local}.{last}"
    if by_module is None and any(
        alias.name == home and alias.asname is None
        for statement in module.tree.body
        if isinstance(statement, ast.Import)
        for alias in statement.names
    ):
        by_module = name
    if by_module is not None:
        return by_module, None
    is_free = not hasattr(builtins, last) and all(
        last not in scope.bindings for scope in module.scope.descend()
    )
    if "." in home:
        return (last, (home, last)) if is_free else (name, (home, None))
    is_extended = is_free and any(
        isinstance(statement, ast.ImportFrom) and statement.module == home and not statement.level
        for statement in module.tree.body
    )
    bound = module.scope.bindings.get(home, ())
    if is_extended or any(one.kind is not BindingKind.IMPORT or one.imported != home for one in bound):
        return last, (home, last)
    return name, (home, None)


def spelled(module: Module, name: str) -> tuple[str, list[Edit]]:
    """Give the source that spells a canonical name in this file, and the edits without which it means nothing."""
    spelling, needed = name_for(module, name)
    return spelling, [] if needed is None else [AddImport(*needed)]


def import_what_may_be_missing(module: Module, edits: Iterable[Edit]) -> bool:
    """Tell whether edits import, at the head of a file, what it imports in functions or under conditions only.

    Such a package may not be installed, or is loaded late on purpose.
    """
    packages = {edit.module.partition(".")[0] for edit in edits if isinstance(edit, AddImport)}
    wanted = {package for package in packages if package and package not in sys.stdlib_module_names}
    if not wanted:
        return False
    late: set[str] = set()
    for scope in module.scope.descend():
        for bindings in scope.bindings.values():
            for binding in bindings:
                package = (binding.imported or "").partition(".")[0]
                if binding.kind is BindingKind.IMPORT and package in wanted:
                    if _is_plain_import(module, binding):
                        wanted.discard(package)
                    else:
                        late.add(package)
    return not wanted.isdisjoint(late)


def _is_plain_import(module: Module, binding: Binding) -> bool:
    return any(binding.node in getattr(statement, "names", ()) for statement in module.tree.body)
