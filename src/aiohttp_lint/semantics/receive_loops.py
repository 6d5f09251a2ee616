"""What a loop around `receive()` does once the connection is closed, followed along its paths."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, websockets
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.evaluation import running_nodes
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node, NodeKind
from aiohttp_lint.semantics.syntax import LOOPS, SCOPES, same_place, walk, walk_scope
from aiohttp_lint.semantics.types import ApiFunction

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Holding

MESSAGE_TYPE = aiohttp_api.class_named("aiohttp.WSMsgType")
CLOSING_TYPES = frozenset({"CLOSE", "CLOSING", "CLOSED"})
"""The types that only `receive()` gives: iteration ends instead."""
AUTOMATIC_TYPES = frozenset({"PING", "PONG"})
"""The types that aiohttp answers and keeps to itself, unless `autoping=False`."""

LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
_HARMLESS = ("builtins.", "logging.", "asyncio.", "time.")
_MESSAGE_FIELDS = ("type", "tp", "data", "extra", "json")


class Ending(Enum):
    """What happens in the round after the connection was closed."""

    LEAVES = auto()
    """Some way out of the loop is taken, or nobody can tell."""
    FAILS = auto()
    """The round raises, because it uses what a closing message does not have."""
    ENDLESS = auto()
    """Every way leads back to `receive()`."""


@dataclass(frozen=True, slots=True)
class ReceiveLoop:
    """A `while` loop around one awaited `receive()`; `failing` is what raises where the ending is FAILS."""

    receive: CallSite
    socket: ast.expr
    loop: ast.While
    message: str | None
    ending: Ending
    failing: ast.AST | None = None


def member_of(module: Module, node: ast.expr) -> str | None:
    """Give the upper-case name of the message type that an expression means."""
    owner, _, name = (module.qualified_name(node) or "").rpartition(".")
    if owner != MESSAGE_TYPE.name or name not in MESSAGE_TYPE.members:
        return None
    return name.upper()


def members_of(module: Module, node: ast.expr) -> frozenset[str] | None:
    """Give the message types that a tuple, list or set display holds, or the one that an expression means."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    names = [member_of(module, part) for part in parts]
    return None if not names or None in names else frozenset(name for name in names if name is not None)


def is_field_of(node: ast.AST, message: str, *fields: str) -> bool:
    """Tell whether an expression is a field of the message in a name: `msg.type`, `(msg := …).type`."""
    if not isinstance(node, ast.Attribute) or node.attr not in fields:
        return False
    value = node.value.target if isinstance(node.value, ast.NamedExpr) else node.value
    return isinstance(value, ast.Name) and value.id == message


def types_compared(module: Module, test: ast.expr, message: str) -> tuple[frozenset[str], bool] | None:
    """Read a test of a message's type.

    Returns:
        The types, and whether the test holds for them (`==`, `is`, `in`) or for all others; None for any
        other test.
    """
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, operator, right = test.left, test.ops[0], test.comparators[0]
    if not is_field_of(left, message, "type", "tp"):
        left, right = right, left
        if isinstance(operator, ast.In | ast.NotIn) or not is_field_of(left, message, "type", "tp"):
            return None
    found = members_of(module, right)
    if found is None:
        return None
    return found, isinstance(operator, ast.Eq | ast.Is | ast.In)


def loop_around(module: Module, node: ast.AST) -> ast.For | ast.AsyncFor | ast.While | None:
    """Give the innermost loop of the function that repeats a node."""
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES):
            return None
        if isinstance(ancestor, LOOPS):
            repeated = [*ancestor.body, ancestor.test] if isinstance(ancestor, ast.While) else ancestor.body
            if any(came_from is part for part in repeated):
                return ancestor
        came_from = ancestor
    return None


def is_opened_in(module: Module, call: CallSite, loop: ast.While) -> bool:
    """Tell whether each round of the loop has a socket of its own."""
    inside = set(walk(*loop.body))
    receiver = call.receiver
    return isinstance(receiver, ast.Name) and any(
        binding.node in inside for binding in module.reaching(receiver)
    )


def is_read_to_the_end(held: Holding) -> bool:
    """Tell whether a loop receives from the socket: it may run until the peer has closed."""
    for event in held.events:
        attribute = event.use.node
        if isinstance(attribute, ast.Attribute) and attribute.attr in websockets.RECEIVES:
            loop = loop_around(held.module, attribute)
            if loop is not None and held.acquisition not in set(walk(loop)):
                return True
    return False


def receive_loops(module: Module) -> Iterator[ReceiveLoop]:
    """Give the `while` loops that await exactly one `receive()` of one socket."""
    for call in websockets.calls(module, "receive"):
        if not websockets.is_awaited(module, call) or call.receiver is None:
            continue
        loop = loop_around(module, call.node)
        if not isinstance(loop, ast.While) or _receives_more(loop, call.node):
            continue
        message = _message_name(module, call)
        ending, failing = _ending(module, loop, call, message)
        yield ReceiveLoop(call, call.receiver, loop, message, ending, failing)


def _receives_more(loop: ast.While, receive: ast.Call) -> bool:
    return any(
        isinstance(node, ast.Call)
        and node is not receive
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in websockets.RECEIVES
        for node in walk_scope(loop)
    )


def _message_name(module: Module, call: CallSite) -> str | None:
    """Give the name that the received message is assigned to; the empty name where it is dropped."""
    value: ast.AST = call.node
    use = module.use_of(value)
    while use.kind in (UseKind.AWAITED, UseKind.ARGUMENT):
        value = use.node
        use = module.use_of(value)
    if use.kind is UseKind.DISCARDED:
        return ""
    if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
        return use.targets[0].id
    return None


def _ending(
    module: Module, loop: ast.While, call: CallSite, message: str | None
) -> tuple[Ending, ast.AST | None]:
    graph = module.graph_of(call.scope.function)
    if graph is None or message is None or call.receiver is None:
        return Ending.LEAVES, None
    round_ = _Round(module, graph, loop, call.node, call.receiver, message)
    return round_.follow()


@dataclass(slots=True)
class _Round:
    """One round of a loop in which `receive()` gives CLOSED."""

    module: Module
    graph: Graph
    loop: ast.While
    receive: ast.Call
    socket: ast.expr
    message: str

    def follow(self) -> tuple[Ending, ast.AST | None]:
        inside = {id(node) for node in walk(self.loop.test, *self.loop.body)}
        starts = [
            node for node in self.graph.nodes_evaluating(self.receive) if node in self.graph.reachable()
        ]
        seen = set(starts)
        queue = list(starts)
        failing: ast.AST | None = None
        returns_to_receive = False
        while queue:
            node = queue.pop()
            if node not in starts:
                stops = self._stop(node)
                if stops is Ending.LEAVES:
                    return Ending.LEAVES, None
                if stops is Ending.FAILS:
                    failing = failing or node.ast
                    continue
            for edge in node.edges:
                if not self._is_taken(edge, node in starts):
                    continue
                if edge.target in starts:
                    returns_to_receive = True
                elif id(edge.target.ast) not in inside:
                    return Ending.LEAVES, None
                elif edge.target not in seen:
                    seen.add(edge.target)
                    queue.append(edge.target)
        if failing is not None:
            return (Ending.LEAVES, None) if returns_to_receive else (Ending.FAILS, failing)
        return (Ending.ENDLESS, None) if returns_to_receive else (Ending.LEAVES, None)

    def _is_taken(self, edge: Edge, is_start: bool) -> bool:
        node = edge.source
        if edge.kind is EdgeKind.EXCEPTION:
            # What can only raise, does; that anything else fails is no part of the story.
            return not is_start and all(other.kind is EdgeKind.EXCEPTION for other in node.edges)
        if node.kind is NodeKind.TEST and isinstance(node.ast, ast.expr):
            outcome = self.outcome(node.ast)
        elif node.kind is NodeKind.CASE and isinstance(node.ast, ast.match_case):
            outcome = self._matches(node.ast)
        else:
            outcome = None
        if outcome is None or edge.kind not in (EdgeKind.TRUE, EdgeKind.FALSE):
            return True
        return (edge.kind is EdgeKind.TRUE) is outcome

    def outcome(self, test: ast.expr) -> bool | None:
        """Give the outcome of a test after CLOSED was received; None: it could be both."""
        if isinstance(test, ast.Constant):
            return bool(test.value)
        held = test.target if isinstance(test, ast.NamedExpr) else test
        if isinstance(held, ast.Name) and held.id == self.message:
            # No message is false, that of a closed connection neither.
            return True
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self.outcome(test.operand)
            return None if inner is None else not inner
        if isinstance(test, ast.BoolOp):
            outcomes = [self.outcome(value) for value in test.values]
            decisive = isinstance(test.op, ast.Or)
            if decisive in outcomes:
                return decisive
            return None if None in outcomes else not decisive
        compared = types_compared(self.module, test, self.message)
        if compared is not None:
            types, holds = compared
            return ("CLOSED" in types) is holds
        if is_field_of(test, self.message, "data"):
            return False
        if isinstance(test, ast.Attribute) and test.attr == "closed" and same_place(test.value, self.socket):
            return True
        if (
            isinstance(test, ast.Compare)
            and len(test.ops) == 1
            and is_field_of(test.left, self.message, "data")
        ):
            right = test.comparators[0]
            if isinstance(right, ast.Constant) and right.value is None:
                return isinstance(test.ops[0], ast.Is | ast.Eq)
        return None

    def _matches(self, case: ast.match_case) -> bool | None:
        match = self.module.parent(case)
        if not isinstance(match, ast.Match) or not is_field_of(match.subject, self.message, "type", "tp"):
            return None
        return self._pattern(case.pattern)

    def _pattern(self, pattern: ast.pattern) -> bool | None:
        if isinstance(pattern, ast.MatchValue):
            name = member_of(self.module, pattern.value)
            return None if name is None else name == "CLOSED"
        if isinstance(pattern, ast.MatchOr):
            outcomes = [self._pattern(part) for part in pattern.patterns]
            return True if True in outcomes else None if None in outcomes else False
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            return True
        return None

    def _stop(self, node: Node) -> Ending | None:
        """Tell what a step does to the round: it may leave, surely fails, or lets it go on."""
        if node.kind in (NodeKind.LEAVE, NodeKind.REST, NodeKind.HANDLER, NodeKind.CASE):
            return None
        if (
            node.kind is NodeKind.TEST
            and isinstance(node.ast, ast.expr)
            and self.outcome(node.ast) is not None
        ):
            return None
        if node.kind is NodeKind.SUBJECT and is_field_of(node.ast, self.message, "type", "tp"):
            return None
        fails = False
        for inner in running_nodes(node.ast):
            if isinstance(inner, ast.Yield | ast.YieldFrom):
                return Ending.LEAVES
            if isinstance(inner, ast.Name) and inner.id == self.message:
                kind = self._use_of_message(inner)
                if kind is Ending.LEAVES:
                    return kind
                fails = fails or kind is Ending.FAILS
            if isinstance(inner, ast.Call) and not self._is_json_of_data(inner):
                kind = self._call(inner)
                if kind is Ending.LEAVES:
                    return kind
                fails = fails or kind is Ending.FAILS
        return Ending.FAILS if fails else None

    def _use_of_message(self, name: ast.Name) -> Ending | None:
        field = self.module.parent(name)
        if isinstance(name.ctx, ast.Store):
            return Ending.LEAVES
        if not isinstance(field, ast.Attribute) or field.attr not in _MESSAGE_FIELDS:
            return Ending.LEAVES
        use = self.module.use_of(field)
        if field.attr == "json":
            return Ending.FAILS if use.kind is UseKind.CALLED else Ending.LEAVES
        if field.attr == "data":
            if use.kind in (UseKind.ATTRIBUTE, UseKind.SUBSCRIPTED, UseKind.ITERATED):
                return Ending.FAILS
            if isinstance(use.node, ast.Call) and self._is_json_of_data(use.node):
                return Ending.FAILS
        if use.kind is UseKind.FORMATTED:
            return None
        if isinstance(use.node, ast.Call) and self._call(use.node) is None:
            return None
        return Ending.LEAVES

    def _is_json_of_data(self, call: ast.Call) -> bool:
        return (
            len(call.args) == 1
            and is_field_of(call.args[0], self.message, "data")
            and self.module.call_site(call).calls_only("json.loads")
        )

    def _call(self, call: ast.Call) -> Ending | None:
        """Tell what a call does; an unknown one may raise, or set what ends the loop."""
        if is_field_of(call.func, self.message, "json"):
            return Ending.FAILS
        if isinstance(call.func, ast.Attribute):
            if call.func.attr in LOG_METHODS:
                return None
            if is_field_of(call.func.value, self.message, "data"):
                return Ending.FAILS
            if same_place(call.func.value, self.socket):
                return Ending.FAILS if call.func.attr in websockets.SENDS else None
        site = self.module.call_site(call)
        if not site.is_certain or not site.names:
            return Ending.LEAVES
        if any(isinstance(member, ApiFunction) for member in self.module.type_of(call.func).values):
            return Ending.LEAVES
        if site.functions:
            raising = any(function.scope.all_nodes(ast.Raise) for function in site.functions)
            return Ending.LEAVES if raising or len(site.functions) != len(site.names) else None
        return None if all(name.startswith(_HARMLESS) for name in site.names) else Ending.LEAVES
