"""Facts that flow along the paths of a control-flow graph, solved to a fixed point."""

from __future__ import annotations

from heapq import heappop, heappush
from operator import or_
from typing import TYPE_CHECKING, TypeVar

from aiohttp_lint.semantics.graph import EdgeKind, Graph, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

State = TypeVar("State")

_BINDING_EDGE = {
    NodeKind.ITERATE: EdgeKind.ITEM,
    NodeKind.HANDLER: EdgeKind.TRUE,
    NodeKind.CASE: EdgeKind.TRUE,
}


def binds_along(node: Node, kind: EdgeKind) -> bool:
    """Tell whether what a node binds is bound after it was left by an edge of this kind.

    A loop binds its target when there is an item, a handler and a pattern when they match, a `with` item when
    it is entered, and nothing is bound by a step that fails.
    """
    if kind is EdgeKind.EXCEPTION or node.kind is NodeKind.LEAVE:
        return False
    return _BINDING_EDGE.get(node.kind, kind) is kind


def solve(
    graph: Graph,
    initial: State,
    transfer: Callable[[Node, EdgeKind, State], State | None],
    join: Callable[[State, State], State],
    *,
    limit: int = 200_000,
) -> dict[Node, State] | None:
    """Run a forward analysis until nothing changes any more.

    Args:
        graph: The paths.
        initial: The state at the entry; states are compared with `==`.
        transfer: Gives the state after a node, from the state before it, along an edge of a kind; None where
            the edge can't be taken in that state.
        join: Gives the state where two paths meet.
        limit: How many edges may be followed, each time counted.

    Returns:
        The state before each node; a node without one can't be reached. None when the limit was hit: then
        nothing is known.
    """
    states: dict[int, State] = {0: initial}
    # Nodes are in topological order: taking the first that waits settles loops from the inside out.
    waiting = [0]
    is_waiting = bytearray(len(graph.nodes))
    followed = 0
    while waiting:
        index = heappop(waiting)
        is_waiting[index] = False
        node = graph.nodes[index]
        state = states[index]
        for edge in node.edges:
            followed += 1
            if followed > limit:
                return None
            after = transfer(node, edge.kind, state)
            if after is None:
                continue
            target = edge.target.index
            if target in states:
                joined = join(states[target], after)
                if joined == states[target]:
                    continue
                states[target] = joined
            else:
                states[target] = after
            if not is_waiting[target]:
                is_waiting[target] = True
                heappush(waiting, target)
    return {graph.nodes[index]: state for index, state in states.items()}


class ReachingDefinitions:
    """Which bindings of a name may be the one that a node sees; made by `reaching_definitions`."""

    def __init__(
        self, graph: Graph, definitions: list[Node], masks: dict[str, int], states: dict[Node, int]
    ) -> None:
        self._graph = graph
        self._definitions = definitions
        self._masks = masks
        self._states = states

    def at(self, node: Node, name: str) -> frozenset[Node]:
        """Give the nodes whose binding of a name may be in force right before a node.

        Returns:
            The binding nodes; the entry among them stands for a parameter or for no binding yet. The entry
            alone for a name that no node binds. Nothing for a node that can't be reached.
        """
        state = self._states.get(node)
        if state is None:
            return frozenset()
        mask = self._masks.get(name)
        if mask is None:
            return frozenset((self._graph.entry,))
        return frozenset(self._decoded(state & mask))

    def _decoded(self, bits: int) -> Iterable[Node]:
        while bits:
            lowest = bits & -bits
            yield self._definitions[lowest.bit_length() - 1]
            bits ^= lowest


def reaching_definitions(
    graph: Graph,
    names_bound: Callable[[Node], Mapping[str, object]],
    *,
    limit: int = 200_000,
) -> ReachingDefinitions | None:
    """Find out which bindings of the local names reach which nodes.

    Args:
        graph: The paths.
        names_bound: Gives the names that a node binds, once for each node; what they map to is the caller's.
            Each is taken to hide all earlier bindings (a `:=` that may be skipped had better be left out, or
            its name not be asked for). A `del` counts if it is given as a binding.
        limit: As for `solve`.

    Returns:
        The definitions, or None when the limit was hit.
    """
    definitions: list[Node] = []
    masks: dict[str, int] = {}
    made: dict[int, int] = {}
    bound_at: dict[int, tuple[str, ...]] = {}
    for node in graph.nodes:
        names = tuple(names_bound(node))
        if names:
            bound_at[node.index] = names
        for name in names:
            if name not in masks:
                masks[name] = 1 << len(definitions)
                definitions.append(graph.entry)
            bit = 1 << len(definitions)
            definitions.append(node)
            masks[name] |= bit
            made[node.index] = made.get(node.index, 0) | bit
    hidden: dict[int, int] = {}
    for index, names in bound_at.items():
        for name in names:
            hidden[index] = hidden.get(index, 0) | masks[name]

    def transfer(node: Node, kind: EdgeKind, state: int) -> int:
        made_here = made.get(node.index)
        if made_here is None or not binds_along(node, kind):
            return state
        return state & ~hidden[node.index] | made_here

    unbound = sum(1 << position for position, node in enumerate(definitions) if node is graph.entry)
    states = solve(graph, unbound, transfer, or_, limit=limit)
    return None if states is None else ReachingDefinitions(graph, definitions, masks, states)
