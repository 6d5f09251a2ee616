"""What happens on every path: the control-flow graph of a function, lambda or module, built from its syntax.

A node is one evaluation step: a simple statement, the test of an `if`, the entering or the leaving of a
`with` item. What runs on several ways out (`finally`, the leaving of a `with`) has one copy for each way, so
that a path through the graph is a path of the program. Copies share their syntax node.

Where the graph is coarser than Python: an exception raised by the handler of an `except*` leaves the `try`
at once, without the handlers that follow.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp_lint.semantics.evaluation import (
    exception_type_may_raise,
    expression_may_raise,
    iteration_may_raise,
    pattern_is_irrefutable,
    pattern_may_raise,
    statement_may_raise,
)
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Edge", "EdgeKind", "Graph", "Node", "NodeKind", "Policy", "build_graph"]


def _no(_: ast.AST) -> bool:
    return False


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id == "BaseException")


def _constant_truth(test: ast.expr) -> bool | None:
    return bool(test.value) if isinstance(test, ast.Constant) else None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a graph can't know from the syntax of one body alone.

    Attributes:
        swallows: Whether the context manager of a `with` item may end an exception (`contextlib.suppress`).
        never_returns: Whether a call surely raises (`sys.exit`). Asked of a call that is all that a statement
            evaluates, assigns or returns, awaited or not.
        catches_everything: Whether no exception passes by an `except` handler.
        truth: The outcome of a test, where it is always the same.
    """

    swallows: Callable[[ast.withitem], bool] = _no
    never_returns: Callable[[ast.Call], bool] = _no
    catches_everything: Callable[[ast.ExceptHandler], bool] = _catches_everything
    truth: Callable[[ast.expr], bool | None] = _constant_truth


def build_graph(
    body: Sequence[ast.stmt] | ast.expr, *, policy: Policy | None = None, limit: int = 20_000
) -> Graph | None:
    """Build the control-flow graph of the body of a function, lambda (its expression) or module.

    Args:
        body: The statements, or the expression, that run. Nothing of it is changed.
        policy: What is known beyond the syntax.
        limit: The number of nodes from which on the flow counts as unknown.

    Returns:
        The graph, or None when the body is too large or too deeply nested.
    """
    builder = _Builder(policy or Policy(), limit)
    try:
        return builder.build(body)
    except (_TooLargeError, RecursionError):
        return None


class _TooLargeError(Exception):
    """The graph has as many nodes as it may have."""


_NOTHING = ast.Module(body=[], type_ignores=[])

_JUMPS = {ast.Return: EdgeKind.RETURN, ast.Break: EdgeKind.BREAK, ast.Continue: EdgeKind.CONTINUE}

_TRY_STAR: type[ast.AST] | None = getattr(ast, "TryStar", None)

_Way: TypeAlias = tuple[EdgeKind, Node]


class _Region:
    """What surrounds a statement: where each way out of it leads, found when it is first taken.

    `leave` builds what runs on the way out of this region: it is given how it is left and what comes after.
    """

    __slots__ = ("leave", "outer", "targets")

    def __init__(
        self,
        outer: _Region | None,
        targets: dict[EdgeKind, Node],
        leave: Callable[[EdgeKind, Node], Node] | None = None,
    ) -> None:
        self.outer = outer
        self.targets = targets
        self.leave = leave

    def target(self, way: EdgeKind) -> Node:
        found = self.targets.get(way)
        if found is None:
            assert self.outer is not None, "the outermost region knows every way"
            found = self.outer.target(way)
            if self.leave is not None:
                found = self.leave(way, found)
            self.targets[way] = found
        return found


class _Builder:
    """Builds from the end: each method is given what comes next, and gives the first node of its part.

    A node is added after all that follow it (the head of a loop: after the body), so that the list, reversed,
    is in topological order.
    """

    def __init__(self, policy: Policy, limit: int) -> None:
        self.policy = policy
        self.limit = limit
        self.nodes: list[Node] = []
        self.compound: dict[type[ast.AST], Callable[[Any, Node, _Region], Node]] = {
            ast.If: self.if_statement,
            ast.While: self.while_statement,
            ast.For: self.for_statement,
            ast.AsyncFor: self.for_statement,
            ast.With: self.with_statement,
            ast.AsyncWith: self.with_statement,
            ast.Try: self.try_statement,
            ast.Match: self.match_statement,
            ast.Assert: self.assert_statement,
        }
        if _TRY_STAR is not None:
            self.compound[_TRY_STAR] = self.try_statement

    def build(self, body: Sequence[ast.stmt] | ast.expr) -> Graph:
        exit_node = Node(NodeKind.EXIT, _NOTHING, False)
        raises = Node(NodeKind.RAISES, _NOTHING, False)
        # `break` and `continue` outside of a loop parse, but don't compile: any target will do.
        function = _Region(
            None,
            {
                EdgeKind.EXCEPTION: raises,
                EdgeKind.RETURN: exit_node,
                EdgeKind.BREAK: exit_node,
                EdgeKind.CONTINUE: exit_node,
            },
        )
        self.add(raises, function)
        self.add(exit_node, function)
        if isinstance(body, ast.expr):
            result = Node(NodeKind.STATEMENT, body, expression_may_raise(body))
            first = self.add(result, function, (EdgeKind.RETURN, exit_node))
        else:
            first = self.block(body, exit_node, function)
        self.add(Node(NodeKind.ENTRY, _NOTHING, False), function, (EdgeKind.NEXT, first))
        self.nodes.reverse()
        for index, node in enumerate(self.nodes):
            node.index = index
        return Graph(tuple(self.nodes), exit_node, raises)

    def add(self, node: Node, region: _Region, *ways: _Way) -> Node:
        edges = [Edge(node, target, kind) for kind, target in ways]
        if node.may_raise:
            edges.append(Edge(node, region.target(EdgeKind.EXCEPTION), EdgeKind.EXCEPTION))
        node.edges = tuple(edges)
        if len(self.nodes) >= self.limit:
            raise _TooLargeError
        self.nodes.append(node)
        return node

    def block(self, statements: Sequence[ast.stmt], after: Node, region: _Region) -> Node:
        for statement in reversed(statements):
            build = self.compound.get(type(statement), self.simple_statement)
            after = build(statement, after, region)
        return after

    def simple_statement(self, statement: ast.stmt, after: Node, region: _Region) -> Node:
        node = Node(NodeKind.STATEMENT, statement, statement_may_raise(statement))
        if isinstance(statement, ast.Raise) or (node.may_raise and self.never_returns(statement)):
            return self.add(node, region)
        way = _JUMPS.get(type(statement))
        if way is None:
            return self.add(node, region, (EdgeKind.NEXT, after))
        return self.add(node, region, (way, region.target(way)))

    def never_returns(self, statement: ast.stmt) -> bool:
        if not isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)):
            return False
        value = statement.value
        if isinstance(value, ast.Await):
            value = value.value
        return isinstance(value, ast.Call) and self.policy.never_returns(value)

    def test(self, test: ast.expr, holds: Node, fails: Node, region: _Region) -> Node:
        return self.add(
            Node(NodeKind.TEST, test, expression_may_raise(test)), region, *self.outcomes(test, holds, fails)
        )

    def outcomes(self, test: ast.expr, holds: Node, fails: Node) -> list[_Way]:
        truth = self.policy.truth(test)
        ways: list[_Way] = []
        if truth is not False:
            ways.append((EdgeKind.TRUE, holds))
        if truth is not True:
            ways.append((EdgeKind.FALSE, fails))
        return ways

    def assert_statement(self, statement: ast.Assert, after: Node, region: _Region) -> Node:
        failing = self.add(Node(NodeKind.STATEMENT, statement, True), region)
        return self.test(statement.test, after, failing, region)

    def if_statement(self, statement: ast.If, after: Node, region: _Region) -> Node:
        # A chain of `elif` nests as deeply as it is long.
        chain = [statement]
        while len(statement.orelse) == 1 and isinstance(nested := statement.orelse[0], ast.If):
            statement = nested
            chain.append(statement)
        otherwise = self.block(statement.orelse, after, region)
        for branch in reversed(chain):
            body = self.block(branch.body, after, region)
            otherwise = self.test(branch.test, body, otherwise, region)
        return otherwise

    def while_statement(self, loop: ast.While, after: Node, region: _Region) -> Node:
        head = Node(NodeKind.TEST, loop.test, expression_may_raise(loop.test))
        orelse = self.block(loop.orelse, after, region)
        inside = _Region(region, {EdgeKind.BREAK: after, EdgeKind.CONTINUE: head})
        body = self.block(loop.body, head, inside)
        return self.add(head, region, *self.outcomes(loop.test, body, orelse))

    def for_statement(self, loop: ast.For | ast.AsyncFor, after: Node, region: _Region) -> Node:
        asynchronous = isinstance(loop, ast.AsyncFor)
        head = Node(
            NodeKind.ITERATE, loop, asynchronous or iteration_may_raise(loop), suspends=asynchronous or None
        )
        orelse = self.block(loop.orelse, after, region)
        inside = _Region(region, {EdgeKind.BREAK: after, EdgeKind.CONTINUE: head})
        body = self.block(loop.body, head, inside)
        self.add(head, region, (EdgeKind.ITEM, body), (EdgeKind.EXHAUSTED, orelse))
        # Asking even a name for its iterator can fail.
        may_raise = not isinstance(loop.iter, (ast.Tuple, ast.List)) or expression_may_raise(loop.iter)
        return self.add(Node(NodeKind.ITERABLE, loop.iter, may_raise), region, (EdgeKind.NEXT, head))

    def with_statement(self, statement: ast.With | ast.AsyncWith, after: Node, region: _Region) -> Node:
        asynchronous = isinstance(statement, ast.AsyncWith)
        outsides: list[_Region] = []
        for item in statement.items:
            outsides.append(region)
            leave = self.leaving(item, asynchronous, after, region)
            region = _Region(region, {}, leave)
            after = leave(EdgeKind.NEXT, after)
        first = self.block(statement.body, after, region)
        for item, outside in zip(reversed(statement.items), reversed(outsides), strict=True):
            enter = Node(NodeKind.ENTER, item, True, suspends=asynchronous or None)
            first = self.add(enter, outside, (EdgeKind.NEXT, first))
        return first

    def leaving(
        self, item: ast.withitem, asynchronous: bool, after: Node, outside: _Region
    ) -> Callable[[EdgeKind, Node], Node]:
        def leave(way: EdgeKind, onward: Node) -> Node:
            exceptional = way is EdgeKind.EXCEPTION
            node = Node(NodeKind.LEAVE, item, True, suspends=asynchronous, exceptional=exceptional)
            if not exceptional:
                return self.add(node, outside, (way, onward))
            if self.policy.swallows(item):
                return self.add(node, outside, (EdgeKind.NEXT, after), (EdgeKind.PROPAGATE, onward))
            return self.add(node, outside, (EdgeKind.PROPAGATE, onward))

        return leave

    def try_statement(self, statement: ast.Try, after: Node, region: _Region) -> Node:
        if statement.finalbody:
            outside, end = region, statement.finalbody
            after = self.block(end, after, outside)
            region = _Region(outside, {}, lambda _, onward: self.block(end, onward, outside))
        orelse = self.block(statement.orelse, after, region)
        if not statement.handlers:
            return self.block(statement.body, orelse, region)
        if type(statement) is _TRY_STAR:
            matching = self.group_handlers(statement, after, region)
        else:
            matching = self.handlers(statement.handlers, after, region)
        inside = _Region(_Region(region, {EdgeKind.EXCEPTION: matching}), {})
        first = self.block(statement.body, orelse, inside)
        if EdgeKind.EXCEPTION not in inside.targets and not first.may_raise and statement.body:
            # `try: unicode … except NameError:`: that there are handlers says that the body can fail.
            first.may_raise = True
            first.edges += (Edge(first, matching, EdgeKind.EXCEPTION),)
        return first

    def handlers(self, handlers: list[ast.ExceptHandler], after: Node, region: _Region) -> Node:
        unmatched: Node | None = None
        for handler in reversed(handlers):
            ways = [(EdgeKind.TRUE, self.block(handler.body, after, region))]
            if not self.policy.catches_everything(handler):
                ways.append((EdgeKind.FALSE, unmatched or region.target(EdgeKind.EXCEPTION)))
            unmatched = self.handler(handler, region, *ways)
        assert unmatched is not None, "there is at least one handler"
        return unmatched

    def group_handlers(self, statement: ast.Try, after: Node, region: _Region) -> Node:
        # Several handlers of an `except*` can match, one after the other. Each has two nodes: one for when no
        # handler before it has matched (then the whole group may go on), one for when one has.
        unmatched = region.target(EdgeKind.EXCEPTION)
        rest = Node(NodeKind.REST, statement, False)
        remaining = self.add(rest, region, (EdgeKind.NEXT, after), (EdgeKind.PROPAGATE, unmatched))
        for handler in reversed(statement.handlers):
            body = self.block(handler.body, remaining, region)
            ways = [(EdgeKind.TRUE, body)]
            if not self.policy.catches_everything(handler):
                ways.append((EdgeKind.FALSE, unmatched))
            unmatched = self.handler(handler, region, *ways)
            if handler is not statement.handlers[0]:
                remaining = self.handler(handler, region, (EdgeKind.TRUE, body), (EdgeKind.FALSE, remaining))
        return unmatched

    def handler(self, handler: ast.ExceptHandler, region: _Region, *ways: _Way) -> Node:
        may_raise = exception_type_may_raise(handler.type)
        return self.add(Node(NodeKind.HANDLER, handler, may_raise), region, *ways)

    def match_statement(self, statement: ast.Match, after: Node, region: _Region) -> Node:
        refused = after
        for case in reversed(statement.cases):
            matched = self.block(case.body, after, region)
            if case.guard is not None:
                matched = self.test(case.guard, matched, refused, region)
            ways = [(EdgeKind.TRUE, matched)]
            if not pattern_is_irrefutable(case.pattern):
                ways.append((EdgeKind.FALSE, refused))
            refused = self.add(Node(NodeKind.CASE, case, pattern_may_raise(case.pattern)), region, *ways)
        subject = Node(NodeKind.SUBJECT, statement.subject, expression_may_raise(statement.subject))
        return self.add(subject, region, (EdgeKind.NEXT, refused))
