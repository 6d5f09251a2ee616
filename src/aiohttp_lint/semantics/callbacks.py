"""Which functions run when aiohttp calls what it is given: those that an expression means, holds, or wraps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.decorators import function_named, wrappers
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import ClassObject, FunctionObject, Instance, Member, in_order

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_VIEW_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "connect", "trace"})
_PARTIALS = frozenset({"functools.partial", "functools.partialmethod"})


def functions_in(module: Module, node: ast.expr) -> Iterator[tuple[Function, int]]:
    """Give the functions that an expression means, or holds as a list, with the arguments that they have already."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        for item in node.elts:
            yield from functions_in(module, item)
        return
    made = _partial(module, node)
    if made is not None:
        for function, skipped in functions_in(module, made.args[0]):
            yield function, skipped + len(made.args) - 1
        return
    types = module.type_of(node)
    for member in in_order(types.values):
        for runs in map(function_of, _members_in(member)):
            if runs is not None:
                yield runs, 0
        if isinstance(member, ClassObject) and member.definition is not None:
            for function in view_methods(member.definition):
                yield function, 0
    if types.is_open:
        decorated = _decorated(module, node)
        if decorated is not None and wrappers(decorated) is not None:
            yield decorated, 0


def _partial(module: Module, node: ast.expr) -> ast.Call | None:
    """Give the `functools.partial(…)` that an expression surely is."""
    binding = module.only_binding(node, BindingKind.ASSIGNMENT)
    if binding is not None and binding.value is not None:
        return None if binding.scope.owner is not module else _partial_call(module, binding.value)
    return _partial_call(module, node)


def _partial_call(module: Module, node: ast.expr) -> ast.Call | None:
    if not isinstance(node, ast.Call) or not node.args or isinstance(node.args[0], ast.Starred):
        return None
    return node if module.qualified_name(node.func) in _PARTIALS else None


def _decorated(module: Module, node: ast.expr) -> Function | None:
    """Give the function whose type its decorators hide."""
    found = function_named(module, node)
    if found is None and isinstance(node, ast.Attribute):
        for member in module.type_of(node.value).values:
            if isinstance(member, Instance) and member.definition is not None:
                found = member.definition.find_method(node.attr)
    return found


def _members_in(member: Member) -> list[Member]:
    """Give what a list or tuple holds; of anything else, itself."""
    if isinstance(member, Instance) and member.name in ("list", "tuple"):
        return [inner for part in member.arguments for inner in in_order(part.values)]
    return [member]


def function_of(member: Member) -> Function | None:
    """Give what runs when a value is called: a function, or the `__call__` of an object."""
    if isinstance(member, FunctionObject):
        return member.function
    if isinstance(member, Instance) and member.definition is not None:
        return member.definition.find_method("__call__")
    return None


def view_methods(definition: Class) -> Iterator[Function]:
    """Give the methods of a class-based view that answer requests; none of any other class."""
    if "aiohttp.web.View" not in definition.outside_bases:
        return
    for ancestor in definition.lineage():
        for function in ancestor.methods():
            if function.name in _VIEW_METHODS:
                yield function
