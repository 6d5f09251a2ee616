"""How a file spells a name of another module: by what it imports already, or by the import that it needs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.edits import AddImport
from aiohttp_lint.semantics.scopes import Binding, BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.module import Module


def name_for(module: Module, name: str) -> tuple[str, tuple[str, str | None] | None]:
    """Give the source that spells a canonical name in this file, and the import that it still needs.

    The spelling follows what the file imports already at module level: `aiohttp.ClientTimeout` after
    `import aiohttp`, `ClientTimeout` after `from aiohttp import ClientTimeout`. The import is
    `(module, name)`, with None for a plain `import module`.
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
    if home.partition(".")[0] in module.scope.bindings and "." not in home:
        return last, (home, last)
    return (f"{home}.{last}", (home, None)) if "." not in home else (last, (home, last))


def spelled(module: Module, name: str) -> tuple[str, list[Edit]]:
    """Give the source that spells a canonical name in this file, and the edits without which it means nothing."""
    spelling, needed = name_for(module, name)
    return spelling, [] if needed is None else [AddImport(*needed)]


def _is_plain_import(module: Module, binding: Binding) -> bool:
    return any(binding.node in getattr(statement, "names", ()) for statement in module.tree.body)
