"""Control-flow graphs: their nodes and edges, and what can be asked of their paths."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from aiohttp_lint.semantics.evaluation import running_nodes, suspends

if TYPE_CHECKING:
    from ast import AST
    from collections.abc import Callable, Collection, Iterable, Mapping


class NodeKind(Enum):
    """What step of the evaluation a node is; in brackets, the syntax node that it carries."""

    ENTRY = "entry"
    """Before anything ran (an empty module that belongs to no file)."""
    EXIT = "exit"
    """Normal completion, `return` included (an empty module that belongs to no file)."""
    RAISES = "raises"
    """An exception leaves the body (an empty module that belongs to no file)."""
    STATEMENT = "statement"
    """A simple statement, or the body of a lambda; of an `assert`, the failing half (the statement)."""
    TEST = "test"
    """The condition of `if`, `while`, `assert` or of a `case` guard (the expression)."""
    ITERABLE = "iterable"
    """What a `for` loop runs over is evaluated (the expression)."""
    ITERATE = "iterate"
    """The next item is taken and bound, or there is none (the `for` statement)."""
    ENTER = "enter"
    """The context expression is evaluated, entered and bound (the `with` item)."""
    LEAVE = "leave"
    """The context manager's exit runs (the `with` item)."""
    HANDLER = "handler"
    """The exception is matched and bound (the `except` handler)."""
    REST = "rest"
    """The handlers of an `except*` have run; what they left of the group goes on (the `try`)."""
    SUBJECT = "subject"
    """What a `match` looks at is evaluated (the expression)."""
    CASE = "case"
    """A pattern is matched and bound (the `case`)."""


class EdgeKind(Enum):
    """How control leaves a node. Under every kind but EXCEPTION, the node completed."""

    NEXT = "next"
    TRUE = "true"
    """The test holds; the pattern or the handler matches."""
    FALSE = "false"
    EXCEPTION = "exception"
    """The node raised: it did not complete, its bindings were not made."""
    PROPAGATE = "propagate"
    """The node completed while an exception is under way, which goes on."""
    RETURN = "return"
    BREAK = "break"
    CONTINUE = "continue"
    ITEM = "item"
    EXHAUSTED = "exhausted"


class Node:
    """One evaluation step; equal to itself only.

    Attributes:
        index: Place in `Graph.nodes`; smaller than that of every node after it, back edges of loops aside.
        kind: What step it is.
        ast: The syntax that it stands for; see `NodeKind`.
        may_raise: Whether it has an EXCEPTION edge.
        exceptional: Whether it is a LEAVE that runs because of an exception.
    """

    __slots__ = ("_suspends", "ast", "edges", "exceptional", "index", "kind", "may_raise")

    index: int
    edges: tuple[Edge, ...]

    def __init__(
        self,
        kind: NodeKind,
        ast: AST,
        may_raise: bool,
        *,
        suspends: bool | None = None,
        exceptional: bool = False,
    ) -> None:
        self.kind = kind
        self.ast = ast
        self.may_raise = may_raise
        self.exceptional = exceptional
        self._suspends = suspends

    @property
    def suspends(self) -> bool:
        """Whether other tasks can run during this step."""
        if self._suspends is None:
            self._suspends = suspends(self.ast)
        return self._suspends

    def __repr__(self) -> str:
        line = getattr(self.ast, "lineno", None)
        return f"<Node {self.index} {self.kind.value}{'' if line is None else f' line {line}'}>"


class Edge(NamedTuple):
    """A way from one node to another."""

    source: Node
    target: Node
    kind: EdgeKind


def _every_edge(_: Edge) -> bool:
    return True


_STEPS_THAT_RUN_NOTHING_OF_THEIR_SYNTAX = frozenset({NodeKind.LEAVE, NodeKind.REST})


class Graph:
    """The control-flow graph of one body; dead code is in it, but not in `reachable`."""

    def __init__(self, nodes: tuple[Node, ...], exit: Node, raises: Node) -> None:
        self.nodes = nodes
        self.entry = nodes[0]
        self.exit = exit
        self.raises = raises

    def successors(self, node: Node) -> tuple[Edge, ...]:
        """Give the edges that leave a node."""
        return node.edges

    def predecessors(self, node: Node) -> tuple[Edge, ...]:
        """Give the edges that arrive at a node, those from dead code included."""
        return self._predecessors[node.index]

    def nodes_of(self, syntax: AST) -> tuple[Node, ...]:
        """Give all copies of the steps that a syntax node stands for; see `NodeKind` for which do.

        A `with` item has ENTER and LEAVE nodes. Compound statements have none of their own (ask for their
        test, item, handler, …) but for `for`, which has ITERATE.
        """
        return self._nodes_by_syntax.get(id(syntax), ())

    def nodes_evaluating(self, syntax: AST) -> tuple[Node, ...]:
        """Give the steps in which an expression (or any syntax node) is evaluated.

        Returns:
            All copies of the step, or none where that is later or unknown: in the body of a nested function
            or lambda, and in a generator expression (but for its first iterable).
        """
        owner = self._steps_by_syntax.get(id(syntax))
        return () if owner is None else self._nodes_running[owner]

    def reachable(self) -> frozenset[Node]:
        """Give the nodes that some path from the entry reaches, the entry included."""
        return self._reachable

    def dominators(self) -> Mapping[Node, Node]:
        """Give for each reachable node but the entry its immediate dominator.

        That is the nearest node that every path from the entry to it passes through.
        """
        return self._immediate_dominators

    def dominates(self, dominator: Node, node: Node) -> bool:
        """Tell whether every path from the entry to a reachable node passes `dominator` (or is there)."""
        current: Node | None = node
        while current is not None and current.index > dominator.index:
            current = self._immediate_dominators.get(current)
        return current is dominator and node in self._reachable

    def paths_avoiding(
        self,
        start: Node,
        avoid: Callable[[Node], bool],
        goals: Collection[Node],
        *,
        follow: Callable[[Edge], bool] = _every_edge,
    ) -> Node | None:
        """Look for a path that reaches a goal and passes no node that is to be avoided.

        Args:
            start: Where the path begins; neither avoided nor a goal, unless a loop leads back to it.
            avoid: The nodes that the path must not enter; a goal that is avoided isn't reached.
            goals: The nodes looked for.
            follow: The edges that the path may take, for instance not the EXCEPTION edge of `start`.

        Returns:
            A goal that is reached, else None: on all paths, an avoided node comes before any goal.
        """
        seen = bytearray(len(self.nodes))
        stack = [start]
        while stack:
            for edge in stack.pop().edges:
                target = edge.target
                if seen[target.index] or not follow(edge):
                    continue
                seen[target.index] = True
                if avoid(target):
                    continue
                if target in goals:
                    return target
                stack.append(target)
        return None

    def surely_after(self, first: Collection[Node], then: Iterable[Node]) -> bool:
        """Tell whether every path to a later step passes by one of the first steps, which completed there."""
        reached = [node for node in then if node in self._reachable and node not in first]

        def follow(edge: Edge) -> bool:
            return edge.source not in first or edge.kind is EdgeKind.EXCEPTION

        return (
            bool(reached) and self.paths_avoiding(self.entry, lambda _: False, reached, follow=follow) is None
        )

    @cached_property
    def _predecessors(self) -> list[tuple[Edge, ...]]:
        arriving: list[list[Edge]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for edge in node.edges:
                arriving[edge.target.index].append(edge)
        return [tuple(edges) for edges in arriving]

    @cached_property
    def _nodes_by_syntax(self) -> dict[int, tuple[Node, ...]]:
        return _grouped(self.nodes)

    @cached_property
    def _nodes_running(self) -> dict[int, tuple[Node, ...]]:
        return _grouped(
            node for node in self.nodes if node.kind not in _STEPS_THAT_RUN_NOTHING_OF_THEIR_SYNTAX
        )

    @cached_property
    def _steps_by_syntax(self) -> dict[int, int]:
        return {
            id(syntax): step
            for step, nodes in self._nodes_running.items()
            for syntax in running_nodes(nodes[0].ast)
        }

    @cached_property
    def _reachable(self) -> frozenset[Node]:
        found = {self.entry}
        stack = [self.entry]
        while stack:
            for edge in stack.pop().edges:
                if edge.target not in found:
                    found.add(edge.target)
                    stack.append(edge.target)
        return frozenset(found)

    @cached_property
    def _immediate_dominators(self) -> dict[Node, Node]:
        # Cooper, Harvey and Kennedy; one round is enough, because loops have one way in and nodes are in order.
        nearest: dict[Node, Node] = {self.entry: self.entry}
        for node in self.nodes[1:]:
            common: Node | None = None
            for edge in self._predecessors[node.index]:
                other = edge.source
                if other not in nearest:
                    continue
                if common is None:
                    common = other
                while common is not other:
                    if common.index > other.index:
                        common = nearest[common]
                    else:
                        other = nearest[other]
            if common is not None:
                nearest[node] = common
        del nearest[self.entry]
        return nearest


def _grouped(nodes: Iterable[Node]) -> dict[int, tuple[Node, ...]]:
    groups: dict[int, list[Node]] = {}
    for node in nodes:
        groups.setdefault(id(node.ast), []).append(node)
    return {syntax: tuple(group) for syntax, group in groups.items()}
