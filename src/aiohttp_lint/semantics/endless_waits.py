"""Questions about handlers that wait for something without an end, while nobody notices that the client has left."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.connector_arguments import is_literally
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.timeouts import is_under_deadline

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_WAITS = frozenset(
    f"asyncio.{name}"
    for name in (
        "Queue.get",
        "LifoQueue.get",
        "PriorityQueue.get",
        "Event.wait",
        "Condition.wait",
        "Condition.wait_for",
        "Future",
        "AbstractEventLoop.create_future",
    )
)
_SOCKET = aiohttp_api.class_named("aiohttp.web.WebSocketResponse").name
_SERVERS = (
    aiohttp_api.callable_named("aiohttp.web.run_app").name,
    aiohttp_api.class_named("aiohttp.web.AppRunner").name,
    aiohttp_api.class_named("aiohttp.web.ServerRunner").name,
)


def endless_waits(module: Module) -> Iterator[ast.Await]:
    """Give the awaits of registered handlers that only another task can end, and no time."""
    if _cancels_handlers(module):
        return
    for function in module.functions():
        if Role.HANDLER not in module.roles_of(function) or _opens_socket(module, function):
            continue
        for node in function.scope.all_nodes(ast.Await):
            assert isinstance(node, ast.Await)
            if _waits(module, node.value) and not is_under_deadline(module, node):
                yield node


def _waits(module: Module, awaited: ast.expr) -> bool:
    """Tell whether an expression surely is a queue's `get()`, an event's `wait()`, or a bare future."""
    if isinstance(awaited, ast.Call):
        return module.call_site(awaited).calls_only(*_WAITS)
    return module.is_instance(awaited, *_WAITS)


def _opens_socket(module: Module, function: Function) -> bool:
    return any(call.function == function for call in module.calls_to(_SOCKET))


def _cancels_handlers(module: Module) -> bool:
    """Tell whether the file starts a server that cancels the handler of a client that left."""
    return any(
        is_literally(module, call.argument("handler_cancellation").value, True) or call.has_unknown_arguments
        for call in module.calls_to(*_SERVERS)
    )
