"""What handlers read from `match_info`, against the variables of all the routes that lead to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.route_patterns import keys
from aiohttp_lint.semantics.routing import Route, files_naming, value_of
from aiohttp_lint.semantics.types import ClassObject, FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_REQUEST = aiohttp_api.class_named("aiohttp.web.Request").name


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key of `match_info` that no route of the handler has. `known` are those that they have."""

    node: ast.Subscript
    key: str
    known: tuple[str, ...]
    routes: tuple[Route, ...]


def unknown_keys(module: Module) -> Iterator[UnknownKey]:
    """Give the keys that a handler asks for and that are in the pattern of none of its routes.

    Only where all of its routes are in sight: nothing but registrations, in this file and in the others of
    its project, may mention the handler.
    """
    known_routes: dict[Function, list[Route] | None] = {}
    for node, key in _reads(module):
        function = module.function_at(node)
        if function is None:
            continue
        if function not in known_routes:
            known_routes[function] = _routes_to(module, function)
        leading = known_routes[function]
        if not leading:
            continue
        found = [None if route.pattern is None else keys(route.pattern) for route in leading]
        names = sorted({name for part in found for name in part or ()})
        if None not in found and key not in names and not _is_asked_for(function, key):
            yield UnknownKey(node, key, tuple(names), tuple(leading))


def _reads(module: Module) -> Iterator[tuple[ast.Subscript, str]]:
    """Give the literal keys that are read from the `match_info` of a request, unless the file puts keys there itself."""
    named = module.attributes_named("match_info")
    uses = [module.use_of(node) for node in named]
    names = {target.id for use in uses for target in use.targets if isinstance(target, ast.Name)}
    found: list[tuple[ast.Subscript, str]] = []
    for node in _subscripts(module) if named else ():
        if not (
            isinstance(node.value, ast.Attribute)
            or (isinstance(node.value, ast.Name) and node.value.id in names)
        ):
            continue
        mapping = value_of(module, node.value)
        if not isinstance(mapping, ast.Attribute) or mapping.attr != "match_info":
            continue
        if not isinstance(node.ctx, ast.Load):
            return
        literal = module.constant(node.slice)
        if literal is not None and isinstance(literal.value, str):
            if module.is_instance(mapping.value, _REQUEST):
                found.append((node, literal.value))
    yield from found


def _subscripts(module: Module) -> Iterator[ast.Subscript]:
    for scope in module.scope.descend():
        for node in scope.nodes.get(ast.Subscript, ()):
            assert isinstance(node, ast.Subscript)
            yield node


def _is_asked_for(function: Function, key: str) -> bool:
    """Tell whether the function tests that a key is there."""
    return any(
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.In | ast.NotIn)
        and isinstance(node.left, ast.Constant)
        and node.left.value == key
        for node in function.scope.all_nodes(ast.Compare)
    )


def _routes_to(module: Module, function: Function) -> list[Route] | None:
    """Give all routes that lead to a function; None where other code may call it, or register it out of sight."""
    if isinstance(function.node, ast.Lambda) or function.enclosing_function is not None:
        return None
    scope = function.class_scope
    definition = None if scope is None else module.class_of(scope)
    is_view = definition is not None and "aiohttp.web.View" in definition.outside_bases
    name = definition.name if definition is not None and is_view else function.name
    files = files_naming(module, name)
    if files is None:
        return None
    found: list[Route] = []
    for owner in files:
        leading = [route for route in owner.routes if function in route.functions]
        explained = {
            node for route in leading if route.handler is not None for node in ast.walk(route.handler)
        }
        if any(_may_mean(owner, node, name, function) for node in _mentions(owner, name) - explained):
            return None
        found.extend(leading)
    return found


def _mentions(module: Module, name: str) -> set[ast.expr]:
    """Give where a file reads a name, plain or as an attribute."""
    attributes = [node for node in module.attributes_named(name) if isinstance(node.ctx, ast.Load)]
    return {*module.loads(module.scope).get(name, ()), *attributes}


def _may_mean(module: Module, node: ast.expr, name: str, function: Function) -> bool:
    """Tell whether a mention of a name may be of a handler, or of the view class that has it."""
    types = module.type_of(node)
    if types.is_open or not types.members:
        return True
    for member in types.members:
        if isinstance(member, FunctionObject) and member.function == function:
            return True
        if isinstance(member, ClassObject) and member.definition is not None and name == member.name:
            return True
        if isinstance(member, Instance) and member.definition is not None and name == member.definition.name:
            return True
    return False
