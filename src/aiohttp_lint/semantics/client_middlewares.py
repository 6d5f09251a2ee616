"""Questions about the middlewares of client sessions: which break the contract, and which call themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, RESPONSE, SESSION, VERBS, WS_CONNECT
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Node
from aiohttp_lint.semantics.responses import next_handler
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import is_none
from aiohttp_lint.semantics.types import FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.types import Member

_TAKERS = (SESSION, *REQUESTS, WS_CONNECT, MODULE_REQUEST)
_SENDING = frozenset({*VERBS, "ws_connect"})
_PARAMETERS = 2
"""What a middleware is called with: the request and the next handler."""


class Breach(Enum):
    """What a client middleware, or who registers it, gets wrong."""

    NO_SEQUENCE = auto()
    """`middlewares=` is given the function itself."""
    PARAMETERS = auto()
    """It can't be called with the request and the handler."""
    NO_RESULT = auto()
    """It can end without a response."""
    COROUTINE = auto()
    """It returns the coroutine of the handler."""
    RECURSION = auto()
    """It sends a request through the session that it belongs to, and so calls itself."""
    BODY_NOT_UPDATED = auto()
    """`update_body()` is not awaited."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One breach, and the place where it stands: an expression, or the statement or function that ends wrongly."""

    place: ast.AST
    breach: Breach


@dataclass(frozen=True, slots=True)
class _Middleware:
    function: Function
    is_bound: bool
    serves_session: bool

    @property
    def parameters(self) -> list[str]:
        names = [parameter.arg for parameter in self.function.positional]
        return names[1:] if self.is_bound else names


def broken_middlewares(module: Module) -> Iterator[Broken]:
    """Give the breaches of the contract by client middlewares that the file defines, and registers or annotates."""
    found: dict[Function, _Middleware] = {}
    for call in module.calls_to(*_TAKERS):
        given = call.argument("middlewares").value
        if given is None or fails_on_purpose(module, call.node, "TypeError"):
            continue
        types = module.type_of(given)
        if types.is_known and all(map(_is_no_sequence, types.members)):
            yield Broken(given, Breach.NO_SEQUENCE)
        for middleware in _registered(module, given, serves_session=call.calls_only(SESSION)):
            known = found.get(middleware.function)
            if known is None or middleware.serves_session:
                found[middleware.function] = middleware
    for function in module.functions():
        if function not in found and _is_declared(module, function):
            found[function] = _Middleware(function, function.class_scope is not None, serves_session=False)
    for middleware in found.values():
        if middleware.function.owner is module:
            yield from _breaches(module, middleware)


def _is_no_sequence(member: Member) -> bool:
    """Tell whether a value is a function, or an object that is called like one and has no length."""
    if isinstance(member, FunctionObject):
        return True
    definition = member.definition if isinstance(member, Instance) else None
    if definition is None or not definition.is_complete or definition.outside_bases:
        return False
    return definition.find_method("__call__") is not None and definition.find_method("__len__") is None


def _is_declared(module: Module, function: Function) -> bool:
    """Tell whether a function says by its annotations that it is a middleware: parameters and response."""
    returns = None if isinstance(function.node, ast.Lambda) else function.node.returns
    return (
        returns is not None
        and not function.decorators
        and not function.node.args.kwonlyargs
        and module.qualified_name(returns) == RESPONSE
        and next_handler(module, function) is not None
    )


def _registered(module: Module, given: ast.expr, *, serves_session: bool) -> Iterator[_Middleware]:
    """Give the undecorated functions, and the `__call__` of the objects, that a sequence of middlewares holds."""
    given = module.only_value(given) or given
    items = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
    for item in items:
        types = module.type_of(item)
        if not types.is_known or len(types.members) != 1:
            continue
        (member,) = types.members
        if isinstance(member, FunctionObject) and not member.function.decorators:
            yield _Middleware(member.function, member.is_bound, serves_session)
        elif isinstance(member, Instance) and member.definition is not None:
            called = member.definition.find_method("__call__")
            if called is not None and not called.decorators:
                yield _Middleware(called, True, serves_session)


def _breaches(module: Module, middleware: _Middleware) -> Iterator[Broken]:
    function = middleware.function
    if not _takes_two(middleware):
        yield Broken(function.node, Breach.PARAMETERS)
        return
    if not function.is_coroutine:
        return
    yield from _wrong_ends(module, middleware)
    request = middleware.parameters[0] if middleware.parameters else None
    for node in function.scope.all_nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if not isinstance(node.func, ast.Attribute) or request is None:
            continue
        if node.func.attr == "update_body" and _is_parameter(module, node.func.value, function, request):
            if module.use_of(node).kind is UseKind.DISCARDED:
                yield Broken(node, Breach.BODY_NOT_UPDATED)
        elif middleware.serves_session and _sends_on_own_session(module, node, function, request):
            if _always_runs(module, node, function):
                yield Broken(node, Breach.RECURSION)


def _takes_two(middleware: _Middleware) -> bool:
    arguments = middleware.function.node.args
    required = len(middleware.parameters) - len(arguments.defaults)
    takes_enough = len(middleware.parameters) >= _PARAMETERS or arguments.vararg is not None
    needs_keyword = any(default is None for default in arguments.kw_defaults)
    return required <= _PARAMETERS and takes_enough and not needs_keyword


def _wrong_ends(module: Module, middleware: _Middleware) -> Iterator[Broken]:
    function = middleware.function
    handler = middleware.parameters[1] if len(middleware.parameters) > 1 else None
    for node in function.scope.all_nodes(ast.Return):
        assert isinstance(node, ast.Return)
        if node.value is None or is_none(node.value):
            yield Broken(node, Breach.NO_RESULT)
        elif isinstance(node.value, ast.Call) and handler is not None:
            if _is_parameter(module, node.value.func, function, handler):
                yield Broken(node.value, Breach.COROUTINE)
    graph = module.graph(function)
    if graph is not None and not function.is_stub:

        def returns(node: Node) -> bool:
            return isinstance(node.ast, ast.Return)

        if graph.paths_avoiding(graph.entry, returns, {graph.exit}, follow=_as_planned) is not None:
            yield Broken(function.body[-1], Breach.NO_RESULT)


def _as_planned(edge: Edge) -> bool:
    return edge.kind is not EdgeKind.EXCEPTION


def _is_parameter(module: Module, node: ast.expr, function: Function, name: str) -> bool:
    """Tell whether an expression is this parameter as the function was given it."""
    if not isinstance(node, ast.Name) or node.id != name:
        return False
    binding = module.only_binding(node, BindingKind.PARAMETER)
    return binding is not None and binding.scope is function.scope


def _sends_on_own_session(module: Module, node: ast.Call, function: Function, request: str) -> bool:
    """Tell whether a call is `request.session.get(…)` or the like, with the session's middlewares."""
    assert isinstance(node.func, ast.Attribute)
    session = node.func.value
    if node.func.attr not in _SENDING or not isinstance(session, ast.Attribute) or session.attr != "session":
        return False
    if not _is_parameter(module, session.value, function, request):
        return False
    given = module.call_site(node).argument("middlewares")
    return given.is_missing or (given.value is not None and is_none(given.value))


def _always_runs(module: Module, node: ast.Call, function: Function) -> bool:
    """Tell whether no way through the function passes by the call: nothing guards it."""
    graph = module.graph(function)
    if graph is None:
        return False
    sending = graph.nodes_evaluating(node)
    ends = {graph.exit}
    return graph.paths_avoiding(graph.entry, lambda step: step in sending, ends, follow=_as_planned) is None
