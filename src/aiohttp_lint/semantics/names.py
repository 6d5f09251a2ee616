"""What a name means through imports and plain aliases: its dotted name, as far as it has only one."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import stars
from aiohttp_lint.semantics.scopes import Binding, BindingKind, Scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_BUILTINS = frozenset(dir(builtins))
_MAXIMUM_ALIAS_DEPTH = 20


def meant_name(module: Module, node: ast.AST, depth: int = 0) -> str | None:
    """Give the dotted name that an expression means through imports and plain aliases, `depth` of them followed so far."""
    if depth > _MAXIMUM_ALIAS_DEPTH:
        return None
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    name = _name_of_bindings(module, node, depth)
    for attribute in reversed(attributes):
        if name is None:
            return None
        name = module.canonical(f"{name}.{attribute}")
    return name


def _name_of_bindings(module: Module, node: ast.Name, depth: int) -> str | None:
    scope = module.scope_at(node)
    bindings = scope.lookup(node.id)
    if not bindings:
        return _unbound_name(module, node.id, scope)
    found: str | None = None
    imported: str | None = None
    for binding in bindings:
        if binding.kind is BindingKind.IMPORT and binding.imported is not None:
            # The same import again, as in files that are put together from parts, means the same again.
            if binding.imported == imported:
                continue
            imported = binding.imported
            name: str | None = module.canonical(imported)
        elif _is_placeholder(binding):
            continue
        elif binding.kind is BindingKind.ASSIGNMENT and isinstance(binding.value, ast.Name | ast.Attribute):
            is_itself = isinstance(binding.value, ast.Name) and binding.value.id == node.id
            name = None if is_itself else meant_name(module, binding.value, depth + 1)
        else:
            name = None
        # The first binding that means nothing, or another thing, settles it: `node = node.value` leads back here.
        if name is None or found not in (None, name):
            return None
        found = name
    return found


def _unbound_name(module: Module, name: str, scope: Scope) -> str | None:
    star = stars.starred(scope, name)
    if star is not None:
        return module.canonical(star)
    return f"builtins.{name}" if name in _BUILTINS and not module.scope.star_imports else None


def _is_placeholder(binding: Binding) -> bool:
    """Tell whether the binding is the `= None` of an optional import, or a bare declaration."""
    if binding.kind is BindingKind.DECLARATION:
        return True
    value = binding.value
    return binding.kind is BindingKind.ASSIGNMENT and isinstance(value, ast.Constant) and value.value is None
