"""Changes of an aiohttp-session session that are never saved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import Use, UseKind
from aiohttp_lint.semantics.graph import EdgeKind, Node
from aiohttp_lint.semantics.handlers import HTTP_EXCEPTION
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind, Scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

GETTERS = tuple(
    aiohttp_api.callable_named(f"aiohttp_session.{name}").name for name in ("get_session", "new_session")
)
_RESPONSE = aiohttp_api.class_named("aiohttp.web.Response").name
_ANY_RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
_PREPARES = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name
    for name in (
        "StreamResponse.prepare",
        "WebSocketResponse.prepare",
        "FileResponse.prepare",
        "WebSocketResponse.can_prepare",
    )
)
_MUTATORS = frozenset(
    {
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "popitem",
        "clear",
        "update",
        "setdefault",
        "sort",
        "reverse",
    }
)
_CHANGING = frozenset(
    {"changed", "invalidate", "pop", "popitem", "clear", "update", "setdefault", "set_new_identity"}
)
_READING = frozenset(
    {"get", "keys", "values", "items", "new", "empty", "identity", "created", "max_age", *_CHANGING}
)
# What takes the request and leaves the session alone.
_INNOCENT = (
    "aiohttp_jinja2.render_template", "aiohttp_jinja2.render_string", *_PREPARES, *GETTERS,
    "aiohttp_security.check_authorized", "aiohttp_security.check_permission", "aiohttp_security.authorized_userid",
    "aiohttp_security.permits", "aiohttp_security.is_anonymous",
)  # fmt: skip


class Loss(Enum):
    """Why a change of a session is lost."""

    NESTED = auto()
    """A value in the session changed, and nothing told the session."""
    STREAM = auto()
    """The response is no `web.Response`: the session is not saved for it."""
    PREPARED = auto()
    """The response has been sent: saving the session fails."""


@dataclass(frozen=True, slots=True)
class LostChange:
    """A change that is lost; `session` is the name that holds the session."""

    node: ast.AST
    loss: Loss
    session: str


def lost_changes(module: Module) -> Iterator[LostChange]:
    """Give the changes of sessions that no response carries, in functions that answer requests."""
    for site in module.calls_to(*GETTERS):
        function = site.function
        use = module.use_of(site.node)
        if function is None or use.kind is not UseKind.AWAITED or not _answers(module, function):
            continue
        use = module.use_of(use.node)
        if (
            use.kind is not UseKind.ASSIGNED
            or len(use.targets) != 1
            or not isinstance(use.targets[0], ast.Name)
        ):
            continue
        name = use.targets[0].id
        if len(function.scope.bindings.get(name, ())) == 1:
            yield from _lost_in(module, function, name)


def _answers(module: Module, function: Function) -> bool:
    """Tell whether a function answers a request: registered, or it returns nothing but responses."""
    if function.is_generator or Role.MIDDLEWARE in module.roles_of(function):
        return False
    if Role.HANDLER in module.roles_of(function):
        return True
    returns = _returns(function)
    return bool(returns) and all(
        node.value is not None and module.is_instance(node.value, _ANY_RESPONSE) for node in returns
    )


def _returns(function: Function) -> list[ast.Return]:
    return [node for node in function.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]


def _lost_in(module: Module, function: Function, name: str) -> Iterator[LostChange]:
    changes: list[ast.AST] = []
    nested: list[ast.AST] = []
    for load in module.uses(function.scope, name):
        if module.function_at(load) != function:
            return
        use = module.use_of(load)
        if use.kind is UseKind.SUBSCRIPTED and isinstance(use.node, ast.Subscript):
            if isinstance(use.node.ctx, ast.Load):
                nested.extend(_changes_of_value(module, function.scope, use.node))
            else:
                changes.append(module.statement(load))
        elif use.kind is UseKind.ATTRIBUTE and isinstance(use.node, ast.Attribute):
            if use.node.attr not in _READING:
                return
            if use.node.attr in _CHANGING:
                changes.append(module.statement(load))
            elif use.node.attr == "get" and isinstance(call := module.parent(use.node), ast.Call):
                nested.extend(_changes_of_value(module, function.scope, call))
        elif not _only_looks(use):
            return
    if _lets_others_change_it(module, function):
        return
    if changes:
        for change in changes:
            loss = _loss_of(module, function, change)
            if loss is not None:
                yield LostChange(change, loss, name)
    else:
        for node in nested:
            yield LostChange(node, Loss.NESTED, name)


def _only_looks(use: Use) -> bool:
    return use.kind in (UseKind.COMPARED, UseKind.TESTED, UseKind.FORMATTED, UseKind.ITERATED)


def _changes_of_value(module: Module, scope: Scope, value: ast.expr) -> Iterator[ast.AST]:
    """Give what changes a value taken from the session in place: `session["cart"].append(x)`."""
    use = module.use_of(value)
    if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
        name = use.targets[0].id
        bindings = scope.bindings.get(name, ())
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT and bindings[0].value is value:
            for load in module.uses(scope, name):
                yield from _change(module, load)
    else:
        yield from _change(module, value)


def _change(module: Module, value: ast.expr) -> Iterator[ast.AST]:
    parent = module.parent(value)
    while isinstance(parent, ast.Subscript) and parent.value is value:
        if not isinstance(parent.ctx, ast.Load):
            yield module.statement(parent)
            return
        value, parent = parent, module.parent(parent)
    if isinstance(parent, ast.Attribute) and parent.attr in _MUTATORS:
        call = module.parent(parent)
        if isinstance(call, ast.Call) and call.func is parent:
            yield call


def _lets_others_change_it(module: Module, function: Function) -> bool:
    """Tell whether the request is given to code that may change or save the session."""
    if not function.positional:
        return False
    index = 1 if function.class_scope is not None and len(function.positional) > 1 else 0
    for load in module.uses(function.scope, function.positional[index].arg):
        use = module.use_of(load)
        if use.kind in (UseKind.ATTRIBUTE, UseKind.SUBSCRIPTED, UseKind.COMPARED, UseKind.TESTED):
            continue
        call = module.parent(use.node) if isinstance(use.node, ast.keyword) else use.node
        if not isinstance(call, ast.Call) or not module.call_site(call).calls_only(*_INNOCENT):
            return True
    return False


def _loss_of(module: Module, function: Function, change: ast.AST) -> Loss | None:
    """Tell why a change of the session itself is lost, where every way on from it loses it."""
    graph = module.graph(function)
    if graph is None:
        return None
    seen: set[Node] = set()
    queue = [node for node in graph.nodes if node.ast is change]
    found: set[Loss | None] = set()
    while queue:
        node = queue.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node.ast, ast.Return):
            found.add(_loss_with(module, function, node.ast))
            continue
        if isinstance(node.ast, ast.Raise) and _may_be_http(module, node.ast):
            found.add(None)
        for edge in node.edges:
            if edge.target is graph.exit:
                found.add(None)
            elif edge.kind is not EdgeKind.EXCEPTION:
                queue.append(edge.target)
    return found.pop() if len(found) == 1 else None


def _may_be_http(module: Module, statement: ast.Raise) -> bool:
    types = None if statement.exc is None else module.type_of(statement.exc)
    return types is None or types.is_open or types.may_be(HTTP_EXCEPTION)


def _loss_with(module: Module, function: Function, statement: ast.Return) -> Loss | None:
    value = statement.value
    if value is None or not module.is_instance(value, _ANY_RESPONSE):
        return None
    if not module.type_of(value).may_be(_RESPONSE):
        return Loss.STREAM
    if isinstance(value, ast.Name) and any(
        isinstance(call.receiver, ast.Name)
        and call.receiver.id == value.id
        and call.function == function
        and module.statement(call.node) in function.body
        for call in module.calls_to(_PREPARES[0])
    ):
        return Loss.PREPARED
    return None
