"""Sockets that a handler takes out of a registry in each round of the loop that still serves them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node
from aiohttp_lint.semantics.syntax import LOOPS, SCOPES, TRIES, same_place

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Holding

_PUT = "add"
_REMOVALS = frozenset({"discard", "remove"})


@dataclass(frozen=True, slots=True)
class EarlyRemoval:
    """A socket that leaves its registry too early: where it is put in, where it is taken out, and the next use."""

    put: ast.stmt
    removal: ast.stmt
    use: ast.Attribute


def early_removals(module: Module) -> Iterator[EarlyRemoval]:
    """Give what a `finally` within a loop takes out of a registry, where the loop goes on with the socket."""
    for call in module.calls_to(websockets.SERVER):
        held = resources.holding(module, call.node, websockets.SERVER_SOCKET)
        graph = None if held is None else module.graph_of(held.scope)
        if held is None or graph is None:
            continue
        given = list(_given_to_methods(module, held))
        for method, removal in given:
            loop = _loop_around_finally(module, removal) if method.attr in _REMOVALS else None
            puts = [
                put for other, put in given if other.attr == _PUT and same_place(other.value, method.value)
            ]
            if loop is None or not puts or any(loop in module.ancestors(put) for put in puts):
                continue
            use = _use_after(held, graph, removal, loop)
            if use is not None:
                yield EarlyRemoval(puts[0], removal, use)


def _given_to_methods(module: Module, held: Holding) -> Iterator[tuple[ast.Attribute, ast.stmt]]:
    """Give the methods that are called with the socket alone, `peers.add(ws)`, each with its statement."""
    for event in held.events:
        call = event.use.node
        if event.use.kind is UseKind.ARGUMENT and isinstance(call, ast.Call) and call.args == [event.name]:
            if isinstance(call.func, ast.Attribute) and module.use_of(call).kind is UseKind.DISCARDED:
                yield call.func, module.statement(call)


def _loop_around_finally(module: Module, statement: ast.stmt) -> ast.AST | None:
    """Give the innermost loop that holds the `try` in whose `finally` a statement stands directly."""
    block = module.parent(statement)
    if not isinstance(block, TRIES) or statement not in getattr(block, "finalbody", ()):
        return None
    for ancestor in module.ancestors(block):
        if isinstance(ancestor, (*LOOPS, *SCOPES)):
            return ancestor if isinstance(ancestor, LOOPS) else None
    return None


def _use_after(held: Holding, graph: Graph, removal: ast.stmt, loop: ast.AST) -> ast.Attribute | None:
    """Give what the loop asks of the socket in a round after the removal."""
    served = frozenset(websockets.SENDS) | frozenset(websockets.RECEIVES)
    uses: dict[Node, ast.Attribute] = {}
    for event in held.events:
        asked = event.use.node
        if isinstance(asked, ast.Attribute) and asked.attr in served and loop in held.module.ancestors(asked):
            uses.update(dict.fromkeys(graph.nodes_evaluating(asked), asked))
    syntax = removal.value if isinstance(removal, ast.Expr) else removal
    for start in (node for node in graph.nodes_evaluating(syntax) if node in graph.reachable()):
        met = graph.paths_avoiding(start, lambda _: False, uses.keys(), follow=_goes_well)
        if met is not None:
            return uses[met]
    return None


def _goes_well(edge: Edge) -> bool:
    return edge.kind is not EdgeKind.EXCEPTION
