"""Collections that live longer than one call: the peers of a server, kept in an application, an object or a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.attributes import member_attribute
from aiohttp_lint.semantics.client import runs_once
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.types import UNKNOWN, Instance, Types, union

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

Place: TypeAlias = tuple[object, ...]
"""What tells one registry from another: `("key", "sockets")`, `("attribute", <class>, "peers")`, `("name", "peers")`."""

_PUT = {"add": 0, "append": 0, "appendleft": 0, "insert": 1, "put_nowait": 0}
"""The methods that put something in, with the place of what is put."""
_REMOVALS = (
    "remove", "discard", "pop", "popleft", "popitem", "clear", "difference_update", "intersection_update",
)  # fmt: skip
_CHANGES = (*_PUT, *_REMOVALS, "update", "extend", "setdefault")
_COPIES = frozenset(
    f"builtins.{name}" for name in ("list", "set", "tuple", "sorted", "frozenset", "reversed")
)
_MAKERS = frozenset({"__init__", "__post_init__", "__new__"})
_VIEWS = ("values", "items", "keys")
_MAXIMUM_ALIASES = 5


def place_of(module: Module, node: ast.expr) -> Place | None:
    """Tell which registry an expression is; None for a local collection, a parameter, or what is unknown."""
    for _ in range(_MAXIMUM_ALIASES):
        if not isinstance(node, ast.Name):
            return _place(module, node)
        scope = module.scope_at(node).binding_scope(node.id)
        if scope is None:
            return None
        if scope.kind is ScopeKind.MODULE:
            return ("name", node.id)
        binding = module.only_binding(node, BindingKind.ASSIGNMENT)
        if binding is None:
            return None
        value = binding.value
        if isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
            node = value
        elif scope is not module.scope_at(node).function:
            return ("name", node.id, scope.node)
        else:
            return None
    return None


def _place(module: Module, node: ast.expr) -> Place | None:
    if isinstance(node, ast.Subscript):
        if not module.is_instance(node.value, "aiohttp.web.Application"):
            return None
        if isinstance(node.slice, ast.Constant):
            return ("key", node.slice.value)
        if isinstance(node.slice, ast.Name | ast.Attribute):
            return ("key", ast.unparse(node.slice).rpartition(".")[2])
        return None
    if isinstance(node, ast.Attribute):
        owners = module.type_of(node.value).values
        if len(owners) == 1:
            (owner,) = owners
            if isinstance(owner, Instance) and owner.definition is not None:
                return ("attribute", owner.definition.node, node.attr)
    return None


def is_changed(module: Module, place: Place) -> bool:
    """Tell whether this file changes a registry while the program serves, not only when it is made."""
    return any(
        _happens_again(module, node) for node in _changes(module, place, _CHANGES, ast.Assign, ast.Delete)
    )


def loses_members(module: Module, place: Place) -> bool:
    """Tell whether this file takes something out of a registry."""
    return next(_changes(module, place, _REMOVALS, ast.Delete), None) is not None


def _changes(
    module: Module, place: Place, methods: tuple[str, ...], *statements: type[ast.AST]
) -> Iterator[ast.AST]:
    for name in methods:
        for node, _ in module.facts.calls.get(name, ()):
            if isinstance(node.func, ast.Attribute) and place_of(module, node.func.value) == place:
                yield node
    for scope in module.scope.descend():
        for statement in (node for kind in statements for node in scope.nodes.get(kind, ())):
            for target in getattr(statement, "targets", ()):
                if isinstance(target, ast.Subscript) and place_of(module, target.value) == place:
                    yield statement


def _happens_again(module: Module, node: ast.AST) -> bool:
    function = module.function_at(node)
    return function is not None and function.name not in _MAKERS and not runs_once(module, function)


def _puts(module: Module, place: Place) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    """Give the key (of a mapping) and the value of what the file puts into a registry."""
    for name, position in _PUT.items():
        for node, _ in module.facts.calls.get(name, ()):
            if isinstance(node.func, ast.Attribute) and len(node.args) == position + 1 and not node.keywords:
                if place_of(module, node.func.value) == place:
                    yield None, node.args[position]
    for scope in module.scope.descend():
        for statement in scope.nodes.get(ast.Assign, ()):
            assert isinstance(statement, ast.Assign)
            for target in statement.targets:
                if isinstance(target, ast.Subscript) and place_of(module, target.value) == place:
                    yield target.slice, statement.value


def type_in_loop(module: Module, node: ast.expr) -> Types:
    """Give what is known of a value, a loop variable's by what the file puts into the collection."""
    types = module.type_of(node)
    if types.is_known and types.values:
        return types
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
        if bindings and all(binding.kind is BindingKind.LOOP for binding in bindings):
            return union(_looped(module, binding) for binding in bindings)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = type_in_loop(module, node.value)
        if owner.is_known:
            return union(member_attribute(module.inference, member, node.attr) for member in owner.values)
    return types


def _looped(module: Module, binding: Binding) -> Types:
    if binding.value is None or binding.is_async:
        return UNKNOWN
    collection, view = viewed(module, binding.value)
    place = place_of(module, collection)
    if place is None:
        return UNKNOWN
    parts: list[Types] = []
    for key, value in _puts(module, place):
        if key is not None and view != "values":
            if view == "items" and binding.position == 1:
                parts.append(module.type_of(value))
            else:
                parts.append(module.type_of(key))
        else:
            parts.append(_part(module.type_of(value), binding.position))
    return union(parts)


def _part(types: Types, position: int | None) -> Types:
    if position is None:
        return types
    parts: list[Types] = []
    for member in types.values:
        if not isinstance(member, Instance) or member.name != "tuple" or position >= len(member.arguments):
            return UNKNOWN
        parts.append(member.arguments[position])
    return UNKNOWN if types.is_open else union(parts)


def viewed(module: Module, iterable: ast.expr) -> tuple[ast.expr, str]:
    """Give the collection that a loop runs over, through copies, and the view of it: `values`, `items` or none."""
    view = ""
    while True:
        if isinstance(iterable, ast.Subscript) and isinstance(iterable.slice, ast.Slice):
            iterable = iterable.value
        elif not isinstance(iterable, ast.Call):
            return iterable, view
        elif len(iterable.args) == 1 and module.call_site(iterable).calls_only(*_COPIES):
            iterable = iterable.args[0]
        elif isinstance(iterable.func, ast.Attribute) and not iterable.args and not iterable.keywords:
            if iterable.func.attr in _VIEWS and not view:
                view = iterable.func.attr
            elif iterable.func.attr != "copy":
                return iterable, view
            iterable = iterable.func.value
        else:
            return iterable, view


def live_collection(module: Module, iterable: ast.expr) -> ast.expr | None:
    """Give the registry that a loop runs over itself, not a copy of it; None for everything else."""
    collection = iterable
    if isinstance(iterable, ast.Call):
        if not isinstance(iterable.func, ast.Attribute) or iterable.func.attr not in _VIEWS:
            return None
        if iterable.args or iterable.keywords:
            return None
        collection = iterable.func.value
    if not isinstance(collection, ast.Name | ast.Attribute | ast.Subscript):
        return None
    place = place_of(module, collection)
    return collection if place is not None and is_changed(module, place) else None
