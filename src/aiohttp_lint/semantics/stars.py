"""Star imports: which names a module gives away, and from which one a name came."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Scope

_GROWS = {"extend": True, "append": False}


def starred(scope: Scope, name: str, seen: frozenset[Module] = frozenset()) -> str | None:
    """Give the dotted name of what a star import of a scope, or of one around it, binds a name to.

    The last star wins; None where none has the name, or one that would win can't be looked into.
    """
    module = scope.owner
    current: Scope | None = scope
    is_certain = True
    while current is not None:
        for star in reversed(current.star_imports):
            candidate = f"{star}.{name}"
            known = aiohttp_api.canonical(candidate)
            if known is not None:
                return known
            if aiohttp_api.is_api_module(star):
                continue
            gives = _gives(module, star, name, seen)
            if gives and is_certain:
                return candidate
            is_certain = is_certain and gives is not None
        current = current.parent
    return None


def _gives(module: Module, star: str, name: str, seen: frozenset[Module]) -> bool | None:
    other = None if module.project is None else module.project.module_named(star, module)
    if other is None or other in seen:
        return None
    return exports(other, name, seen | {module})


def exports(module: Module, name: str, seen: frozenset[Module] = frozenset()) -> bool | None:
    """Tell whether `from module import *` binds a name; None where that can't be told."""
    listed, is_complete = module.exported_names or (None, True)
    if listed is not None:
        return True if name in listed else False if is_complete else None
    if name.startswith("_"):
        return False
    if name in module.scope.bindings:
        return True
    return starred(module.scope, name, seen) is not None if module.scope.star_imports else False


def collect_exported_names(module: Module) -> tuple[frozenset[str], bool] | None:
    """Give the names in a module's `__all__`, and whether those are all; None for a module without one."""
    bindings = module.scope.bindings.get("__all__")
    if not bindings:
        return None
    names: set[str] = set()
    is_complete = True
    for binding in bindings:
        value = binding.node.value if isinstance(binding.node, ast.AugAssign) else binding.value
        if binding.kind is BindingKind.DECLARATION:
            continue
        is_complete = _add(value, names) and is_complete
    for method, takes_many in _GROWS.items():
        for node, scope in module.facts.calls.get(method, ()):
            receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
            if scope is module.scope and isinstance(receiver, ast.Name) and receiver.id == "__all__":
                value = node.args[0] if node.args else None
                if value is not None and not takes_many:
                    value = ast.List([value], ast.Load())
                is_complete = _add(value, names) and is_complete
    return frozenset(names), is_complete


def _add(value: ast.expr | None, names: set[str]) -> bool:
    """Add the strings of a display, or of a sum of such; tell whether it held nothing else."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        left = _add(value.left, names)
        return _add(value.right, names) and left
    if not isinstance(value, ast.List | ast.Tuple):
        return False
    is_complete = True
    for item in value.elts:
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            names.add(item.value)
        else:
            is_complete = False
    return is_complete
