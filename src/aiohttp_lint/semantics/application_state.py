"""Questions about what applications, requests and responses keep under keys: who changes it, and by which keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
REQUEST = aiohttp_api.class_named("aiohttp.web.BaseRequest").name
RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
KEYS = tuple(
    aiohttp_api.class_named(f"aiohttp.web.{name}").name for name in ("AppKey", "RequestKey", "ResponseKey")
)

_APP = aiohttp_api.callable_named("aiohttp.web.Request.app").name.rpartition(".")[2]
CONFIG = aiohttp_api.class_named("aiohttp.ChainMapProxy").name
_CHANGING_METHODS = ("pop", "popitem", "setdefault", "update", "clear")
_LOOKING_METHODS = ("get", "pop", "setdefault")
_AFTER_SERVING = frozenset({Role.SHUTDOWN, Role.CLEANUP})
_SERVING = frozenset({Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE})
_MAXIMUM_ALIASES = 5
_CONFIG_WORDS = frozenset({"config_dict", CONFIG.rpartition(".")[2]})


class Frozen(Enum):
    """Why the state of an application can't be changed any more."""

    SERVING = auto()
    ENDING = auto()
    """Shutdown and cleanup callbacks, and cleanup contexts after their `yield`."""
    READ_ONLY = auto()
    """`request.config_dict` is a view."""


@dataclass(frozen=True, slots=True)
class Change:
    """A place that changes what an application keeps, when that is too late."""

    node: ast.expr
    why: Frozen


def late_changes(module: Module) -> Iterator[Change]:
    """Give the changes of an application's keys that happen after it was started."""
    for node, holder in _changes(module):
        why = _frozen(module, node, holder)
        if why is not None:
            yield Change(node, why)


def _changes(module: Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Give what may change a mapping, and the expression of that mapping."""
    for scope in module.scope.descend():
        for node in scope.nodes.get(ast.Subscript, ()):
            assert isinstance(node, ast.Subscript)
            if not isinstance(node.ctx, ast.Load):
                yield node, node.value
    for name in _CHANGING_METHODS:
        for call, _ in module.facts.calls.get(name, ()):
            if isinstance(call.func, ast.Attribute):
                yield call, call.func.value


def _frozen(module: Module, node: ast.expr, holder: ast.expr) -> Frozen | None:
    source = _origin(module, holder)
    if isinstance(source, ast.Attribute) and source.attr == _APP:
        return Frozen.SERVING if module.is_instance(source.value, REQUEST) else None
    # Most of what is changed is a mapping of the file's own: what can't be told apart by words needs no types.
    if not _CONFIG_WORDS.isdisjoint(module.text.words) and module.is_instance(holder, CONFIG):
        return Frozen.READ_ONLY
    function = module.function_at(node) if isinstance(source, ast.Name) else None
    roles = frozenset[Role]() if function is None else module.roles_of(function)
    if not isinstance(source, ast.Name) or function is None or not roles:
        return None
    if not module.is_instance(holder, APPLICATION):
        return None
    if roles <= _AFTER_SERVING and _is_parameter(module, source, function):
        return Frozen.ENDING
    if roles == {Role.CLEANUP_CONTEXT} and _is_parameter(module, source, function):
        return Frozen.ENDING if _runs_after_yield(module, function, node) else None
    return Frozen.SERVING if roles <= _SERVING and _is_only_application(module, source) else None


def _origin(module: Module, node: ast.expr) -> ast.expr:
    """Follow plain local names (`app = request.app`) to the expression that gave the value."""
    for _ in range(_MAXIMUM_ALIASES):
        if not isinstance(node, ast.Name):
            break
        binding = module.only_binding(node, BindingKind.ASSIGNMENT)
        if binding is None or binding.scope.owner is not module:
            break
        if not isinstance(binding.value, ast.Name | ast.Attribute):
            break
        node = binding.value
    return node


def _is_parameter(module: Module, name: ast.Name, function: Function) -> bool:
    binding = module.only_binding(name, BindingKind.PARAMETER)
    return binding is not None and binding.scope is function.scope


def _runs_after_yield(module: Module, function: Function, node: ast.AST) -> bool:
    """Tell whether every way to a node passes a `yield` of the function."""
    graph = module.graph(function)
    if graph is None:
        return False
    steps = graph.nodes_evaluating(node)
    yields = [
        step
        for kind in (ast.Yield, ast.YieldFrom)
        for expression in function.scope.all_nodes(kind)
        for step in graph.nodes_evaluating(expression)
    ]
    return bool(steps) and all(
        any(step is not pause and graph.dominates(pause, step) for pause in yields) for step in steps
    )


def _is_only_application(module: Module, node: ast.expr) -> bool:
    """Tell whether a global name is the one application that the file makes."""
    if not isinstance(node, ast.Name):
        return False
    bindings = module.scope.bindings.get(node.id, [])
    if module.scope_at(node).binding_scope(node.id) is not module.scope or len(bindings) != 1:
        return False
    made = [site.node for site in module.calls_to(APPLICATION)]
    return len(made) == 1 and bindings[0].value is made[0]


def keys_made_inline(module: Module) -> Iterator[ast.Call]:
    """Give the keys that are made where they are used, and so are equal to no other key."""
    for call in module.calls_to(*KEYS):
        holder = _looked_up_in(module, call.node)
        if holder is not None and module.is_instance(holder, APPLICATION, REQUEST, RESPONSE, CONFIG):
            yield call.node


def _looked_up_in(module: Module, key: ast.expr) -> ast.expr | None:
    """Give the mapping in which a key is looked up or stored where it stands."""
    parent = module.parent(key)
    if isinstance(parent, ast.Subscript) and key is parent.slice:
        return parent.value
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.args[:1] == [key]:
        return parent.func.value if parent.func.attr in _LOOKING_METHODS else None
    if isinstance(parent, ast.Compare) and key is parent.left and len(parent.ops) == 1:
        return parent.comparators[0] if isinstance(parent.ops[0], ast.In | ast.NotIn) else None
    return None
