"""Loops that send to every peer of a registry, while peers come and go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import registries, websockets
from aiohttp_lint.semantics.graph import Edge, EdgeKind, NodeKind
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import COMPREHENSIONS, SCOPES

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A loop (or comprehension clause) over a live registry, the collection itself, and the awaited calls."""

    loop: ast.For | ast.comprehension
    collection: ast.expr
    calls: tuple[CallSite, ...]


def broadcasts(module: Module) -> Iterator[Broadcast]:
    """Give the loops over live registries that await sends (or closes) between one peer and the next."""
    found: dict[ast.For | ast.comprehension, list[CallSite]] = {}
    for call in websockets.calls(module, *websockets.SENDS, "close"):
        if websockets.is_awaited(module, call):
            loop = _loop_of(module, call)
            if loop is not None and _goes_on(module, loop, call):
                found.setdefault(loop, []).append(call)
    for loop, calls in found.items():
        collection = registries.live_collection(module, loop.iter)
        if collection is not None and _can_break(module, collection, calls[0]):
            yield Broadcast(loop, collection, tuple(calls))


def _can_break(module: Module, collection: ast.expr, call: CallSite) -> bool:
    """Tell whether peers that come are enough to break the loop, or some are seen to go.

    A list takes newcomers in its stride, and nobody comes any more when the server shuts down.
    """
    function = call.function
    is_shutdown = function is not None and bool(module.roles_of(function) & {Role.SHUTDOWN, Role.CLEANUP})
    if not is_shutdown and not module.is_instance(collection, "list"):
        return True
    place = registries.place_of(module, collection)
    return place is not None and registries.loses_members(module, place)


def live_loop_around(module: Module, call: CallSite) -> ast.expr | None:
    """Give what the loop runs over that gives the receiver of a call, where that is a live registry."""
    loop = _loop_of(module, call)
    if loop is None or registries.live_collection(module, loop.iter) is None:
        return None
    return loop.iter


def _loop_of(module: Module, call: CallSite) -> ast.For | ast.comprehension | None:
    """Give the loop around the call whose variable is its receiver, or holds it: `peer`, `peer.ws`."""
    receiver = call.receiver
    if isinstance(receiver, ast.Attribute):
        receiver = receiver.value
    if not isinstance(receiver, ast.Name):
        return None
    binding = module.only_binding(receiver, BindingKind.LOOP)
    loop = None if binding is None else binding.node
    if binding is None or not isinstance(loop, ast.For | ast.comprehension) or binding.is_async:
        return None
    for ancestor in module.ancestors(call.node):
        if ancestor is loop:
            return loop
        if isinstance(ancestor, SCOPES):
            return None
        if isinstance(ancestor, COMPREHENSIONS) and loop in ancestor.generators:
            return None if isinstance(ancestor, ast.GeneratorExp) else loop
    return None


def _goes_on(module: Module, loop: ast.For | ast.comprehension, call: CallSite) -> bool:
    """Tell whether the loop takes another item after the call."""
    if isinstance(loop, ast.comprehension):
        return True
    graph = module.graph_of(call.scope.function)
    if graph is None:
        return False
    steps = [node for node in graph.nodes_of(loop) if node.kind is NodeKind.ITERATE]
    return any(
        graph.paths_avoiding(node, _never, steps, follow=_in_order) is not None
        for node in graph.nodes_evaluating(call.node)
        if node in graph.reachable()
    )


def _never(_: object) -> bool:
    return False


def _in_order(edge: Edge) -> bool:
    return edge.kind not in (EdgeKind.EXCEPTION, EdgeKind.BREAK, EdgeKind.RETURN)
