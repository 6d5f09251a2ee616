"""How a handler ends once the headers of its answer are sent: of a WebSocket, or of a stream."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, failures, resources, streaming, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node
from aiohttp_lint.semantics.resources import Lifecycle
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.streaming import STREAM_RESPONSE
from aiohttp_lint.semantics.types import ClassObject, Instance, is_instance_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Holding

HTTP_EXCEPTION = aiohttp_api.class_named("aiohttp.web.HTTPException").name


class OutcomeKind(Enum):
    """How a handler ends that is no way to end."""

    FALLS_OFF = auto()
    NOTHING = auto()
    OTHER_RESPONSE = auto()
    HTTP_EXCEPTION = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One wrong end: the statement (the last one where the handler falls off), and where the answer was prepared.

    `is_ended` tells that the body surely was ended before, `has_received` that the socket may have got a message.
    """

    kind: OutcomeKind
    place: ast.stmt
    answer: Holding
    prepared: ast.AST
    is_ended: bool = False
    has_received: bool = False


def socket_outcomes(module: Module) -> Iterator[Outcome]:
    """Give the wrong ends of the registered handlers that make one WebSocket and prepare it."""
    yield from _outcomes_with(module, websockets.SERVER, websockets.SERVER_SOCKET)


def stream_outcomes(module: Module) -> Iterator[Outcome]:
    """Give the wrong ends of the registered handlers that make one `StreamResponse` and prepare it."""
    yield from _outcomes_with(module, STREAM_RESPONSE, streaming.STREAMED)


def _outcomes_with(module: Module, made: str, lifecycle: Lifecycle) -> Iterator[Outcome]:
    for call in module.calls_to(made):
        function = call.function
        if function is None or not function.is_coroutine or Role.HANDLER not in module.roles_of(function):
            continue
        if not all(module.inference.is_transparent(decorator) for decorator in function.decorators):
            continue
        held = resources.holding(module, call.node, lifecycle)
        if held is None or len(held.scope.bindings[held.name]) != 1:
            continue
        graph = module.graph(function)
        if graph is not None:
            yield from _outcomes(module, held, graph)


def _outcomes(module: Module, held: Holding, graph: Graph) -> Iterator[Outcome]:
    prepared = [event.name for event in held.releases if _is_awaited_call(module, event.name)]
    upgrading = {node for name in prepared for node in graph.nodes_evaluating(name)}
    if not upgrading:
        return
    closing = {
        node
        for event in held.events
        if isinstance(event.use.node, ast.Attribute) and event.use.node.attr in ("close", "write_eof")
        for node in graph.nodes_evaluating(event.name)
    }

    receiving = {
        node
        for event in held.events
        if event.use.kind is UseKind.ITERATED_ASYNC
        or (isinstance(event.use.node, ast.Attribute) and event.use.node.attr in websockets.RECEIVES)
        for node in graph.nodes_evaluating(event.name)
    }

    def is_ended(nodes: tuple[Node, ...]) -> bool:
        return _is_behind(graph, closing, nodes)

    def is_upgraded(nodes: tuple[Node, ...]) -> bool:
        return graph.surely_after(upgrading, nodes)

    def unprepared(edge: Edge) -> bool:
        # A `prepare()` that raised has upgraded nothing.
        return edge.source not in upgrading or edge.kind is EdgeKind.EXCEPTION

    assert held.function is not None
    for node in held.function.scope.all_nodes(ast.Return):
        assert isinstance(node, ast.Return)
        if not is_upgraded(graph.nodes_of(node)):
            continue
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            ended = graph.surely_after(closing, graph.nodes_of(node))
            yield Outcome(OutcomeKind.NOTHING, node, held, prepared[0], ended)
        elif _is_other_response(module, node.value):
            if held.lifecycle is streaming.STREAMED and is_ended(graph.nodes_of(node)):
                # From aiohttp 3.12 on, nothing is written after the end of a body.
                continue
            yield Outcome(OutcomeKind.OTHER_RESPONSE, node, held, prepared[0])
        elif held.lifecycle is streaming.STREAMED and _is_http_exception(module, node.value):
            if not is_ended(graph.nodes_of(node)):
                yield Outcome(OutcomeKind.HTTP_EXCEPTION, node, held, prepared[0])
    for node in held.function.scope.all_nodes(ast.Raise):
        assert isinstance(node, ast.Raise)
        if node.exc is None or not _is_http_exception(module, node.exc):
            continue
        nodes = graph.nodes_of(node)
        if is_upgraded(nodes) and not is_ended(nodes):
            if not failures.goes_on_after(module, node, failures.catchers_of(module, node.exc)):
                received = _is_behind(graph, receiving, nodes)
                yield Outcome(OutcomeKind.HTTP_EXCEPTION, node, held, prepared[0], has_received=received)
    if _falls_off(graph, upgrading, unprepared):
        ended = graph.surely_after(closing, (graph.exit,))
        yield Outcome(OutcomeKind.FALLS_OFF, held.function.body[-1], held, prepared[0], ended)


def _is_behind(graph: Graph, starts: set[Node], nodes: tuple[Node, ...]) -> bool:
    """Tell whether a path leads from one of the starts to the nodes."""
    return any(graph.paths_avoiding(start, _never, nodes) for start in starts)


def _never(_: Node) -> bool:
    return False


def _is_awaited_call(module: Module, name: ast.Name) -> bool:
    called = module.use_of(module.use_of(name).node)
    return called.kind is UseKind.CALLED and module.use_of(called.node).kind is UseKind.AWAITED


def _falls_off(graph: Graph, upgrading: set[Node], unprepared: Callable[[Edge], bool]) -> bool:
    """Tell whether the end of the body is reached without a `return`, and only with a prepared socket."""

    def returns(node: Node) -> bool:
        return isinstance(node.ast, ast.Return)

    if graph.paths_avoiding(graph.entry, returns, {graph.exit}, follow=unprepared) is not None:
        return False
    return any(
        graph.paths_avoiding(start, returns, {graph.exit}, follow=_in_order) is not None
        for start in upgrading & graph.reachable()
    )


def _in_order(edge: Edge) -> bool:
    return edge.kind is not EdgeKind.EXCEPTION


def _is_other_response(module: Module, node: ast.expr) -> bool:
    types = module.type_of(node)
    return (
        types.is_only(STREAM_RESPONSE)
        and not types.may_be_none
        and not any(
            isinstance(member, Instance) and is_instance_of(member, (websockets.SERVER, HTTP_EXCEPTION))
            for member in types.values
        )
        and all(isinstance(member, Instance) and member.name != STREAM_RESPONSE for member in types.values)
    )


def _is_http_exception(module: Module, node: ast.expr) -> bool:
    types = module.type_of(node)
    return (
        not types.is_open
        and bool(types.values)
        and all(
            isinstance(member, Instance | ClassObject)
            and is_instance_of(Instance(member.name, (), member.definition), (HTTP_EXCEPTION,))
            for member in types.values
        )
    )
