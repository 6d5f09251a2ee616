"""Conditions around code that handlers reach: what it makes is kept, so that it runs once, or now and then."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import SCOPES, dotted, is_none, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

Place: TypeAlias = "tuple[str, ...]"
"""An attribute, or a name at the top of a file, by its parts: `("self", "pool")`."""

_CHANGES = frozenset({"update", "setdefault", "append", "add", "extend"})


def is_made_once(module: Module, node: ast.AST) -> bool:
    """Tell whether code runs only where something is missing that it, or what runs with it, then keeps.

    `if self.pool is None: self.pool = …`, `if not SETTINGS: load()` with a `load` that fills `SETTINGS`, and what
    stands behind `if self.key: return self.key`.
    """
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES):
            break
        if isinstance(ancestor, ast.If) and came_from in ancestor.body and _makes_missing(module, ancestor):
            return True
        came_from = ancestor
    return is_found_later(module, node)


def makes_only_one(module: Module, call: ast.expr) -> bool:
    """Tell whether a call makes the one object that a whole process keeps, where that is missing yet.

    `if not hasattr(App.local, "app"): App.local.app = App()`, and the like for names at the top of a file. Who asks
    first is not known: most often what is imported, or starts, before any request.
    """
    statement = module.parent(call)
    if not isinstance(statement, ast.Assign) or statement.value is not call:
        return False
    around = module.parent(statement)
    if not isinstance(around, ast.If) or statement not in around.body:
        return False
    missing = _missing_place(module, around.test)
    return missing is not None and any(
        _lasting_place(module, target) == missing and _belongs_to_file(module, target)
        for target in statement.targets
    )


def _missing_place(module: Module, test: ast.expr) -> Place | None:
    """Name the lasting place that a test finds missing, be it by `hasattr()`."""
    missing = _missing(test)
    if isinstance(missing, ast.Call) and module.qualified_name(missing.func) == "builtins.hasattr":
        match missing.args:
            case [holder, ast.Constant(value=str(name))]:
                place = dotted(holder)
                return None if place is None else (*place, name)
        return None
    return None if missing is None else _lasting_place(module, missing)


def _belongs_to_file(module: Module, target: ast.expr) -> bool:
    """Tell whether what an attribute or name begins with stands at the top of the file: a class, a global."""
    while isinstance(target, ast.Attribute):
        target = target.value
    return isinstance(target, ast.Name) and module.scope_at(target).binding_scope(target.id) is module.scope


def _makes_missing(module: Module, statement: ast.If) -> bool:
    """Tell whether a statement runs its body where something is missing, and the body then keeps it."""
    missing, body = _missing(statement.test), list(walk_scope(*statement.body))
    if missing is None:
        return False
    if _asks_for_none(statement.test) and any(
        isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) for part in body
    ):
        return True
    place = _lasting_place(module, missing)
    return place is not None and any(_keeps(module, part, place) for part in body)


def is_found_later(module: Module, node: ast.AST) -> bool:
    """Tell whether code runs only where a function finds nothing to return in what it then keeps its result in."""
    function = module.function_at(node)
    if function is None:
        return False
    found: list[Place] = []
    came_from = node
    for ancestor in module.ancestors(node):
        for block in (getattr(ancestor, field, None) for field in ("body", "orelse", "finalbody")):
            if isinstance(block, list) and came_from in block:
                for statement in block[: block.index(came_from)]:
                    found.extend(_returned_places(module, statement))
        if isinstance(ancestor, SCOPES):
            break
        came_from = ancestor
    return bool(found) and any(_stores(module, part) in found for part in walk_scope(*function.body))


def _asks_for_none(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and is_none(test.comparators[0])


def _missing(test: ast.expr) -> ast.expr | None:
    """Give what a test finds missing: `not x`, `x is None`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return test.left if isinstance(test, ast.Compare) and _asks_for_none(test) else None


def _lasting_place(module: Module, node: ast.expr) -> Place | None:
    """Name the attribute or the name at the top of a file that an expression reads; None for anything else."""
    if isinstance(node, ast.Attribute):
        return dotted(node)
    if isinstance(node, ast.Name) and module.scope_at(node).binding_scope(node.id) is module.scope:
        return (node.id,)
    return None


def _returned_places(module: Module, statement: ast.stmt) -> Iterator[Place]:
    """Give the lasting places from which an `if` statement returns what it finds there."""
    if not isinstance(statement, ast.If):
        return
    for last in statement.body[-1:]:
        value = last.value if isinstance(last, ast.Return) else None
        binding = module.only_binding(value, BindingKind.ASSIGNMENT)
        if binding is not None:
            value = binding.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
            value = value.func.value
        if isinstance(value, ast.Subscript):
            value = value.value
        place = None if value is None else _lasting_place(module, value)
        if place is not None:
            yield place


def _keeps(module: Module, part: ast.AST, place: Place) -> bool:
    """Tell whether a node stores into a place, or calls a function of the same file that does."""
    if _stores(module, part) == place:
        return True
    return isinstance(part, ast.Call) and any(
        function.owner is module
        and any(_stores(module, inner) == place for inner in walk_scope(*function.body))
        for function in module.call_site(part).functions
    )


def _stores(module: Module, part: ast.AST) -> Place | None:
    """Name the lasting place that a node assigns, or puts something into."""
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _CHANGES:
        return _lasting_place(module, part.func.value)
    if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
        return _lasting_place(module, part.value)
    if isinstance(part, ast.Attribute | ast.Name) and isinstance(part.ctx, ast.Store):
        return _lasting_place(module, part)
    return None
