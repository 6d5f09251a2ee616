"""Questions about cleanup contexts: whether each way through one comes to its `yield`, once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.graph import Edge, EdgeKind, Node, NodeKind
from aiohttp_lint.semantics.syntax import walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_CONTEXT_MANAGER = "contextlib.asynccontextmanager"


def is_context_manager(module: Module, function: Function) -> bool:
    """Tell whether a function is decorated with `asynccontextmanager` alone."""
    return [module.qualified_name(decorator) for decorator in function.decorators] == [_CONTEXT_MANAGER]


class Fault(Enum):
    """Which way through a cleanup context fails."""

    RETURN = auto()
    """A `return` before the `yield`."""
    END = auto()
    """The end of the function, past the `yield`."""
    SECOND = auto()
    """One that comes to another `yield`."""


def faults(function: Function) -> Iterator[tuple[Fault, ast.AST]]:
    """Give the ways through an asynchronous generator that don't have exactly one `yield`, one of each kind."""
    end = _end_without_yield(function.owner, function)
    if end is not None:
        yield Fault.RETURN if isinstance(end, ast.Return) else Fault.END, end
    second = _second_yield(function.owner, function)
    if second is not None:
        yield Fault.SECOND, second


def _second_yield(module: Module, function: Function) -> ast.AST | None:
    """Give a `yield` that the body of an asynchronous generator surely comes to after another one."""
    graph = module.graph(function)
    if graph is None:
        return None
    yields = {node for syntax in _yields(function) for node in graph.nodes_evaluating(syntax)}
    for first in sorted(yields & graph.reachable(), key=lambda node: node.index):
        goes_on = graph.paths_avoiding(
            first, yields.__contains__, {graph.exit, graph.raises}, follow=_as_planned
        )
        if goes_on is not None:
            continue
        for second in _yields(function):
            if graph.paths_avoiding(
                first, lambda _: False, graph.nodes_evaluating(second), follow=_as_planned
            ):
                return second
    return None


def _end_without_yield(module: Module, function: Function) -> ast.AST | None:
    """Give the `return`, or the last statement, by which an asynchronous generator can end before its first `yield`."""
    graph = module.graph(function)
    if graph is None:
        return None
    found = _yields(function)
    yields = {node for syntax in found for node in graph.nodes_evaluating(syntax)}
    loops = {
        ancestor
        for syntax in found
        for ancestor in module.ancestors(syntax)
        if isinstance(ancestor, ast.For | ast.AsyncFor)
    }

    def follow(edge: Edge) -> bool:
        # A loop that yields is taken to run at least once.
        return _as_planned(edge) and not (edge.kind is EdgeKind.EXHAUSTED and edge.source.ast in loops)

    def avoid(node: Node) -> bool:
        return node in yields or node.kind is NodeKind.HANDLER

    for node in function.scope.all_nodes(ast.Return):
        if graph.paths_avoiding(graph.entry, avoid, graph.nodes_of(node), follow=follow) is not None:
            return node

    def stops(node: Node) -> bool:
        return avoid(node) or isinstance(node.ast, ast.Return)

    if graph.paths_avoiding(graph.entry, stops, {graph.exit}, follow=follow) is not None:
        return function.body[-1]
    return None


def _yields(function: Function) -> list[ast.Yield]:
    found = [node for node in walk_scope(*function.body) if isinstance(node, ast.Yield)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _as_planned(edge: Edge) -> bool:
    return edge.kind not in (EdgeKind.EXCEPTION, EdgeKind.PROPAGATE)
