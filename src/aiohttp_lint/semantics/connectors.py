"""Questions about connectors: which sessions share one, and which one nobody closes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.client import SESSION, VERBS
from aiohttp_lint.semantics.creation import CONNECTORS
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.graph import Graph, Node, NodeKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Holding

_OPENING = frozenset({*VERBS, "ws_connect"})


@dataclass(frozen=True, slots=True)
class ClosedWithFirst:
    """A session on a connector that an earlier session, which owns it too, has closed.

    `owners` are all sessions on it that own it.
    """

    later: CallSite
    earlier: CallSite
    owners: tuple[CallSite, ...]


def connectors_closed_with_first(module: Module) -> Iterator[ClosedWithFirst]:
    """Give the sessions that are opened on a connector after another one, or their own last turn, has closed it."""
    for made in module.calls_to(*CONNECTORS):
        held = _held(module, made)
        graph = module.graph_of(held.scope) if held is not None else None
        if held is None or graph is None or _asks_if_closed(held):
            continue
        owners = list(_owners(module, held))
        fresh = set(graph.nodes_evaluating(made.node))
        for later in owners:
            if fails_on_purpose(module, later.node, "RuntimeError"):
                continue
            earlier = next((one for one in owners if _fails_after(module, graph, one, later, fresh)), None)
            if earlier is not None:
                yield ClosedWithFirst(later, earlier, tuple(owners))


def _asks_if_closed(held: Holding) -> bool:
    return any(
        isinstance(event.use.node, ast.Attribute) and event.use.node.attr == "closed" for event in held.events
    )


def _held(module: Module, made: CallSite) -> Holding | None:
    use = module.use_of(made.node)
    if isinstance(use.node, ast.withitem):
        return resources.entering(module, use.node, resources.CONNECTOR)
    return resources.holding(module, made.node, resources.CONNECTOR)


def _owners(module: Module, held: Holding) -> Iterator[CallSite]:
    """Give the sessions that get the connector and close it with themselves."""
    for event in held.events:
        keyword = event.use.node
        call = module.parent(keyword) if isinstance(keyword, ast.keyword) else None
        if (
            not isinstance(call, ast.Call)
            or not isinstance(keyword, ast.keyword)
            or keyword.arg != "connector"
        ):
            continue
        site = module.call_site(call)
        if site.calls_only(SESSION) and site.argument("connector_owner").is_missing:
            yield site


def _fails_after(module: Module, graph: Graph, earlier: CallSite, later: CallSite, fresh: set[Node]) -> bool:
    """Tell whether a way leads from the closing of one session to a use of the other, on one connector."""
    if (
        earlier != later
        and _has_own_condition(module, earlier, later)
        and _has_own_condition(module, later, earlier)
    ):
        # What one condition asks may well exclude the other.
        return False
    uses = [node for name in _uses(module, later) for node in graph.nodes_evaluating(name)]
    return any(
        graph.paths_avoiding(end, lambda node: node in fresh, uses) is not None
        for end in _closings(module, graph, earlier)
        if end in graph.reachable()
    )


def _has_own_condition(module: Module, one: CallSite, other: CallSite) -> bool:
    around = set(module.ancestors(other.node))
    return any(isinstance(node, ast.If) and node not in around for node in module.ancestors(one.node))


def _uses(module: Module, session: CallSite) -> Iterator[ast.Name]:
    """Give the names by which requests go through a session, here or in what it is given to."""
    held = _session(module, session)
    for event in held.events if held is not None else ():
        attribute = event.use.node
        if event.use.kind is UseKind.ARGUMENT or (
            isinstance(attribute, ast.Attribute) and attribute.attr in _OPENING
        ):
            yield event.name


def _session(module: Module, session: CallSite) -> Holding | None:
    use = module.use_of(session.node)
    if isinstance(use.node, ast.withitem) and use.kind is UseKind.ENTERED:
        return resources.entering(module, use.node, resources.SESSION)
    return resources.holding(module, session.node, resources.SESSION)


def _closings(module: Module, graph: Graph, session: CallSite) -> list[Node]:
    """Give the steps that close a session where its function goes on as planned."""
    use = module.use_of(session.node)
    if isinstance(use.node, ast.withitem) and use.kind is UseKind.ENTERED:
        return [
            node for node in graph.nodes_of(use.node) if node.kind is NodeKind.LEAVE and not node.exceptional
        ]
    held = resources.holding(module, session.node, resources.SESSION)
    found: list[Node] = []
    for event in held.events if held is not None else ():
        attribute = event.use.node
        call = module.parent(attribute) if isinstance(attribute, ast.Attribute) else None
        if isinstance(call, ast.Call) and isinstance(attribute, ast.Attribute) and attribute.attr == "close":
            if module.use_of(call).kind is UseKind.AWAITED:
                found.extend(graph.nodes_evaluating(event.name))
    return found


def anonymous_connectors(module: Module) -> Iterator[CallSite]:
    """Give the sessions that disown a connector which nobody else has: `connector=TCPConnector(), connector_owner=False`."""
    for session in module.calls_to(SESSION):
        connector = session.argument("connector").value
        owner = session.argument("connector_owner").value
        literal = module.constant(owner) if owner is not None else None
        if literal is None or literal.value is not False or not isinstance(connector, ast.Call):
            continue
        if module.call_site(connector).calls_only(*CONNECTORS) and not _takes_connector(module):
            yield session


def _takes_connector(module: Module) -> bool:
    """Tell whether the file asks some session for its connector, and so may close it by that."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("connector", "_connector")
        for node in ast.walk(module.tree)
    )
