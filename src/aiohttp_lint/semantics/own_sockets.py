"""WebSockets that a function opens and keeps to itself: how it reads them, and whether it does at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import WS_CONNECT
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, NodeKind
from aiohttp_lint.semantics.receive_loops import is_field_of, member_of, types_compared
from aiohttp_lint.semantics.resources import EventKind
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import SCOPES, walk

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Holding

_QUIET_USES = frozenset(
    {
        UseKind.ATTRIBUTE, UseKind.ITERATED_ASYNC, UseKind.TESTED, UseKind.COMPARED, UseKind.FORMATTED,
        UseKind.DISCARDED,
    }
)  # fmt: skip
_ANSWERS = frozenset({"pong", "send_frame"})
_LIMITS = frozenset(
    {"asyncio.timeout", "asyncio.timeout_at", "async_timeout.timeout", "async_timeout.timeout_at"}
)


@dataclass(frozen=True, slots=True)
class OwnSocket:
    """A socket that no other code gets hold of, what is asked of it, and the loops over it."""

    opening: CallSite
    held: Holding
    attributes: tuple[ast.Attribute, ...]
    iterations: tuple[ast.AsyncFor, ...]

    def asked_for(self, *names: str) -> list[ast.Attribute]:
        """Give the uses of members of these names."""
        return [attribute for attribute in self.attributes if attribute.attr in names]


def own_sockets(module: Module) -> Iterator[OwnSocket]:
    """Give the sockets that stay in the function that opens them; a registered handler may return its own."""
    for call in module.calls_to(websockets.SERVER):
        held = resources.holding(module, call.node, websockets.SERVER_SOCKET)
        own = None if held is None else _kept(call, held)
        if own is not None:
            yield own
    for call in module.calls_to(WS_CONNECT):
        holder = module.parent(call.node)
        held = None
        if isinstance(holder, ast.withitem):
            held = resources.entering(module, holder, resources.CLIENT_WEBSOCKET)
        elif isinstance(holder, ast.Await):
            held = resources.holding(module, holder, resources.CLIENT_WEBSOCKET)
        own = None if held is None else _kept(call, held)
        if own is not None:
            yield own


def _kept(opening: CallSite, held: Holding) -> OwnSocket | None:
    if held.function is None or len(held.scope.bindings[held.name]) != 1:
        return None
    is_handler = Role.HANDLER in held.module.roles_of(held.function)
    attributes: list[ast.Attribute] = []
    iterations: list[ast.AsyncFor] = []
    for event in held.events:
        if event.use.kind is UseKind.RETURNED and is_handler:
            continue
        if event.kind is EventKind.ESCAPED or event.use.kind not in _QUIET_USES:
            return None
        if isinstance(event.use.node, ast.Attribute):
            attributes.append(event.use.node)
        elif isinstance(event.use.node, ast.AsyncFor):
            iterations.append(event.use.node)
        elif event.use.kind is UseKind.ITERATED_ASYNC:
            return None
    return OwnSocket(opening, held, tuple(attributes), tuple(iterations))


# Pings.


def unanswered_pings(module: Module) -> Iterator[OwnSocket]:
    """Give the sockets opened with `autoping=False` whose reader surely answers no ping.

    Not those with a heartbeat of their own: its traffic keeps an aiohttp peer content.
    """
    for own in own_sockets(module):
        if websockets.is_switched_off(module, own.opening, "autoping") is not True:
            continue
        heartbeat = own.opening.argument("heartbeat")
        literal = None if heartbeat.value is None else module.constant(heartbeat.value)
        if not heartbeat.is_missing and (literal is None or literal.value is not None):
            continue
        if own.asked_for(*_ANSWERS) or not (own.iterations or own.asked_for(*websockets.RECEIVES)):
            continue
        messages = _messages(own)
        if messages is not None and all(_is_blind_to_pings(own, name) for name in messages):
            yield own


def _messages(own: OwnSocket) -> set[str] | None:
    """Give the names of the messages that are read; None where one has no name of its own."""
    module = own.held.module
    values: list[ast.expr] = [loop.target for loop in own.iterations]
    for attribute in own.asked_for("receive"):
        awaited = module.parent(module.use_of(attribute).node)
        use = module.use_of(awaited) if isinstance(awaited, ast.Await) else None
        if use is None or use.kind is not UseKind.ASSIGNED or len(use.targets) != 1:
            return None
        values.extend(use.targets)
    names = [value.id for value in values if isinstance(value, ast.Name)]
    return set(names) if len(names) == len(values) else None


def _is_blind_to_pings(own: OwnSocket, message: str) -> bool:
    """Tell whether each use of a message is a test for another type, or stands below such a test."""
    module = own.held.module
    for load in module.uses(own.held.scope, message):
        field = module.parent(load)
        if not isinstance(field, ast.Attribute):
            return False
        if field.attr == "type":
            tested = _types_tested(module, field, message)
            if tested is None or "PING" in tested:
                return False
        elif not _stands_below_type_test(module, field, message):
            return False
    return True


def _types_tested(module: Module, field: ast.Attribute, message: str) -> frozenset[str] | None:
    holder = module.parent(field)
    if isinstance(holder, ast.Match) and holder.subject is field:
        patterns = [case.pattern for case in holder.cases]
        parts = [
            part
            for pattern in patterns
            for part in (pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern])
        ]
        names = [
            member_of(module, part.value) if isinstance(part, ast.MatchValue) else None
            for part in parts
            if not (isinstance(part, ast.MatchAs) and part.pattern is None and part.name is None)
        ]
        return None if None in names else frozenset(name for name in names if name is not None)
    compared = types_compared(module, holder, message) if isinstance(holder, ast.expr) else None
    return compared[0] if compared is not None else None


def _stands_below_type_test(module: Module, field: ast.Attribute, message: str) -> bool:
    came_from: ast.AST = field
    for ancestor in module.ancestors(field):
        if isinstance(ancestor, SCOPES):
            return False
        if isinstance(ancestor, ast.If) and came_from in ancestor.body:
            tests = _conjuncts(ancestor.test)
        elif isinstance(ancestor, ast.BoolOp) and isinstance(came_from, ast.expr):
            tests = _conjuncts(ancestor)
            tests = tests[: tests.index(came_from)] if came_from in tests else []
        else:
            tests = []
        compared = [types_compared(module, test, message) for test in tests]
        if any(found is not None and found[1] for found in compared):
            return True
        if isinstance(ancestor, ast.match_case) and isinstance(
            ancestor.pattern, ast.MatchValue | ast.MatchOr
        ):
            match = module.parent(ancestor)
            if isinstance(match, ast.Match) and is_field_of(match.subject, message, "type"):
                return True
        came_from = ancestor
    return False


def _conjuncts(test: ast.expr) -> list[ast.expr]:
    return test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]


# Sockets that nobody reads.


@dataclass(frozen=True, slots=True)
class UnreadSocket:
    """A handler's socket that is written to in a loop without end, and never read."""

    own: OwnSocket
    loop: ast.While


def unread_sockets(module: Module) -> Iterator[UnreadSocket]:
    """Give the sockets of registered handlers that are only written to, for as long as the writing works."""
    for own in own_sockets(module):
        function = own.held.function
        if function is None or not own.opening.calls_only(websockets.SERVER):
            continue
        if (
            own.iterations
            or own.asked_for(*websockets.RECEIVES)
            or Role.HANDLER not in module.roles_of(function)
        ):
            continue
        graph = module.graph(function)
        if graph is None:
            continue
        for sending in own.asked_for(*websockets.SENDS):
            loop = _endless_loop(own, graph, sending)
            if loop is not None:
                yield UnreadSocket(own, loop)
                break


def _endless_loop(own: OwnSocket, graph: Graph, sending: ast.Attribute) -> ast.While | None:
    """Give the outermost loop around a send that only an exception leaves."""
    module = own.held.module
    call = module.parent(sending)
    if not isinstance(call, ast.Call) or not websockets.is_awaited(module, module.call_site(call)):
        return None
    found: ast.While | None = None
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, SCOPES):
            break
        if isinstance(ancestor, ast.While) and _only_fails(own, graph, ancestor, call):
            found = ancestor
        if isinstance(ancestor, ast.With | ast.AsyncWith) and any(
            isinstance(item.context_expr, ast.Call)
            and module.qualified_name(item.context_expr.func) in _LIMITS
            for item in ancestor.items
        ):
            return None
    return found


def _only_fails(own: OwnSocket, graph: Graph, loop: ast.While, call: ast.Call) -> bool:
    inside = {id(node) for node in walk(loop.test, *loop.body)}
    starts = [node for node in graph.nodes_evaluating(call) if node in graph.reachable()]

    def in_order(edge: Edge) -> bool:
        if edge.kind is EdgeKind.EXCEPTION:
            return False
        if edge.source.kind is NodeKind.TEST and isinstance(edge.source.ast, ast.expr):
            outcome = resources.held_outcome(edge.source.ast, own.held.name)
            if isinstance(edge.source.ast, ast.Constant):
                outcome = bool(edge.source.ast.value)
            if outcome is not None and edge.kind in (EdgeKind.TRUE, EdgeKind.FALSE):
                return (edge.kind is EdgeKind.TRUE) is outcome
        return True

    outside = {node for node in graph.nodes if id(node.ast) not in inside}
    return bool(starts) and all(
        graph.paths_avoiding(start, lambda _: False, outside, follow=in_order) is None for start in starts
    )
