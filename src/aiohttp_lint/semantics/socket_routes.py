"""Routes of WebSocket handlers that no WebSocket client finds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, failures, websockets
from aiohttp_lint.semantics.client import WS_CONNECT

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.graph import Node
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.roles import Registration

_HANDSHAKE = frozenset({"GET", "*"})
_HANDSHAKE_ERRORS = frozenset(
    {
        "builtins.Exception",
        "builtins.BaseException",
        *aiohttp_api.class_named("aiohttp.web.HTTPBadRequest").mro,
    }
)
"""What catches the refusal of a request that is no handshake."""


@dataclass(frozen=True, slots=True)
class WrongRoute:
    """A route of a handler that serves nothing but WebSockets, for a method that is no handshake's.

    `is_free`: no other route of the file is known to have the same path.
    """

    registration: Registration
    method: str
    handler: Function
    is_free: bool


def wrong_routes(module: Module) -> Iterator[WrongRoute]:
    """Give the routes for other methods than GET whose handlers serve WebSockets only."""
    registrations = module.registrations()
    if all(found.method is None or found.method in _HANDSHAKE for found in registrations):
        return
    if any(not call.argument("method").is_missing for call in module.calls_to(WS_CONNECT)):
        # A client that shakes hands with another method may be this server's.
        return
    reachable = {
        function
        for found in registrations
        if found.method is None or found.method in _HANDSHAKE
        for function in found.functions
    }
    for found in registrations:
        if found.method is None or found.method in _HANDSHAKE or len(found.functions) != 1:
            continue
        handler = found.functions[0]
        if handler not in reachable and serves_sockets_only(handler):
            others = [other for other in registrations if other is not found]
            is_free = all(not _share_path(module, found, other) for other in others)
            yield WrongRoute(found, found.method, handler, is_free)


def serves_sockets_only(handler: Function) -> bool:
    """Tell whether every way through a handler upgrades the connection, but for those that raise."""
    module = handler.owner
    graph = module.graph(handler) if handler.is_coroutine else None
    if graph is None or module.attributes_named("can_prepare"):
        return False
    if not all(module.inference.is_transparent(decorator) for decorator in handler.decorators[1:]):
        return False
    upgrading: set[Node] = set()
    for call in websockets.calls(module, "prepare"):
        if call.function == handler and websockets.is_awaited(module, call):
            if failures.goes_on_after(module, call.node, _HANDSHAKE_ERRORS):
                return False
            upgrading.update(graph.nodes_evaluating(call.node))
    if not upgrading & graph.reachable():
        return False
    return graph.paths_avoiding(graph.entry, upgrading.__contains__, {graph.exit}) is None


def _share_path(module: Module, left: Registration, right: Registration) -> bool:
    if left.path is None or right.path is None:
        return True
    first, second = module.constant(left.path), module.constant(right.path)
    if first is None or second is None:
        return ast.dump(left.path) == ast.dump(right.path)
    return bool(first.value == second.value)
