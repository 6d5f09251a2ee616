"""Questions about loops that send a request again after it failed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, SESSION, WS_CONNECT
from aiohttp_lint.semantics.destinations import names_in, stored_in
from aiohttp_lint.semantics.evaluation import running_nodes
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node, NodeKind
from aiohttp_lint.semantics.handlers_of_errors import CLIENT_ERROR
from aiohttp_lint.semantics.receive_loops import LOG_METHODS, loop_around
from aiohttp_lint.semantics.syntax import FUNCTIONS, TRIES, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_FAILURES = frozenset(
    {
        "builtins.Exception", "builtins.BaseException", "builtins.OSError", "builtins.ConnectionError",
        "builtins.TimeoutError", "builtins.ConnectionRefusedError", "builtins.ConnectionResetError", "asyncio.TimeoutError",
    }
)  # fmt: skip
_COUNTERS = ("builtins.range", "itertools.count")
_HARMLESS = ("builtins.", "logging.", "traceback.")


@dataclass(frozen=True, slots=True)
class HotRetry:
    """A request in a loop, the clause after which it is sent again at once, and whether the loop ends some time."""

    request: CallSite
    handler: ast.ExceptHandler
    is_counted: bool


def hot_retries(module: Module) -> Iterator[HotRetry]:
    """Give the `except` clauses from which a way leads to the same request again without any wait."""
    seen: set[ast.ExceptHandler] = set()
    for request in module.calls_to(*REQUESTS, WS_CONNECT, MODULE_REQUEST):
        loop = loop_around(module, request.node)
        if loop is None or not _repeats_the_same(module, request, loop):
            continue
        graph = module.graph_of(request.scope.function)
        if graph is None:
            continue
        for handler in _handlers_around(module, request.node, loop):
            if handler not in seen and _leads_back_at_once(module, graph, handler, request.node):
                seen.add(handler)
                yield HotRetry(request, handler, isinstance(loop, ast.For) or _may_leave(handler))


def _may_leave(handler: ast.ExceptHandler) -> bool:
    """Tell whether a clause has a way out of the loop: after so many attempts, it is to be hoped."""
    return any(isinstance(inner, ast.Raise | ast.Return | ast.Break) for inner in walk_scope(*handler.body))


def _leads_back_at_once(module: Module, graph: Graph, handler: ast.ExceptHandler, request: ast.Call) -> bool:
    """Tell whether a way leads from an `except` clause to the request and none of them waits."""
    goals = graph.nodes_evaluating(request)

    def may_wait(node: Node) -> bool:
        return node not in goals and _may_wait(module, node)

    def caught(edge: Edge) -> bool:
        return edge.source.ast is not handler or edge.kind is EdgeKind.TRUE

    starts = [node for node in graph.nodes_of(handler) if node.kind is NodeKind.HANDLER]
    if all(graph.paths_avoiding(start, may_wait, goals, follow=caught) is None for start in starts):
        return False
    # A wait on some of the ways (`if attempt < last: await sleep()`) is meant for all that go back.
    waits = [node for node in graph.nodes if may_wait(node) and graph.paths_avoiding(node, _nowhere, goals)]
    return not any(
        graph.paths_avoiding(start, goals.__contains__, {wait}, follow=caught)
        for start in starts
        for wait in waits
    )


def _nowhere(_: Node) -> bool:
    return False


def _repeats_the_same(module: Module, request: CallSite, loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Tell whether each turn of a loop sends the same request: nothing of it gets another value in the loop."""
    if isinstance(loop, ast.AsyncFor):
        return False
    if isinstance(loop, ast.For):
        counted = loop.iter
        if not isinstance(counted, ast.Call) or module.qualified_name(counted.func) not in _COUNTERS:
            return False
    changing = stored_in(loop)
    arguments = [*request.node.args, *(keyword.value for keyword in request.node.keywords)]
    session = request.receiver
    if isinstance(session, ast.Name) and session.id in changing:
        # A new session each time is no other request.
        session = None
    parts = arguments if session is None else [*arguments, session]
    return not any(names_in(part) & changing for part in parts)


def _handlers_around(
    module: Module, node: ast.AST, loop: ast.For | ast.AsyncFor | ast.While
) -> Iterator[ast.ExceptHandler]:
    """Give the clauses in the loop that catch a failed request."""
    came_from = node
    for ancestor in module.ancestors(node):
        if ancestor is loop or isinstance(ancestor, FUNCTIONS):
            return
        if isinstance(ancestor, TRIES):
            assert isinstance(ancestor, ast.Try)
            if any(came_from is statement for statement in ancestor.body):
                yield from (handler for handler in ancestor.handlers if _catches_failures(module, handler))
        came_from = ancestor


def _catches_failures(module: Module, handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_is_failure(module.qualified_name(kind)) for kind in kinds)


def _is_failure(name: str | None) -> bool:
    known = aiohttp_api.find_class(name) if name is not None else None
    return name in _FAILURES or (known is not None and known.is_subclass_of(CLIENT_ERROR))


def _may_wait(module: Module, node: Node) -> bool:
    """Tell whether other tasks run during a step, or it calls what may wait, raise or count for all we know."""
    if node.kind in (NodeKind.LEAVE, NodeKind.ENTER) or node.suspends:
        # The contexts around a request are left and entered within the turn.
        return node.kind is not NodeKind.LEAVE and not _opens_session(module, node)
    return any(
        isinstance(inner, ast.Call) and not _is_harmless(module, inner) for inner in running_nodes(node.ast)
    )


def _opens_session(module: Module, node: Node) -> bool:
    entered = node.ast.context_expr if isinstance(node.ast, ast.withitem) else None
    return isinstance(entered, ast.Call) and module.call_site(entered).calls_only(SESSION)


def _is_harmless(module: Module, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr in (*LOG_METHODS, "format", "append"):
        return True
    site = module.call_site(call)
    return bool(site.names) and all(name.startswith(_HARMLESS) for name in site.names)
