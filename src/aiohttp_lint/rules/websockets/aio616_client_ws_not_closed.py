"""AIO616."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, WrapFollowing
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import failures, resources
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import (
    WS_CONNECT,
    AwaitedRequest,
    can_move_into_block,
    own_session_block,
    requests_awaited,
)
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.receive_loops import is_read_to_the_end
from aiohttp_lint.semantics.resources import Holding


class ClientWsNotClosed(Rule):
    """A client WebSocket that its function never closes.

    It is dropped without a closing handshake, so the peer sees 1006, as after a crash; and its connection stays
    out of the session's pool until the socket is collected.

    Bad:

    ```python
    async def greet(session: aiohttp.ClientSession) -> None:
        ws = await session.ws_connect("https://chat.example/")
        await ws.send_str("hello")
    ```

    Good:

    ```python
    async def greet(session: aiohttp.ClientSession) -> None:
        async with session.ws_connect("https://chat.example/") as ws:
            await ws.send_str("hello")
    ```

    Fix: unsafe, because a task that outlives the block stops working. It puts what follows in the block into
    `async with`; it is offered where nothing closes the socket yet.

    Silent when anything else may hold the socket (it is returned, stored, captured or passed on), when it is read
    until the peer closes, and when the function closes the session too.
    """

    code = "AIO616"
    name = "client-ws-not-closed"
    message = "WebSocket is never closed: the peer sees 1006, the connection leaks; open it with `async with`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("6.8", "9.3", "9.7", "11.8", "12.5")
    mentions = (any_of(WS_CONNECT), any_of("await"))
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#websockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for opened in requests_awaited(module, WS_CONNECT):
            if _is_session_closed_here(module, opened):
                continue
            if failures.goes_on_after(module, opened.value, frozenset()):
                continue
            if module.use_of(opened.value).kind is UseKind.DISCARDED:
                message = "WebSocket is opened and dropped: the peer sees 1006; open it with `async with`"
                yield self.finding(module, opened.request, message)
                continue
            held = resources.holding(module, opened.value, resources.CLIENT_WEBSOCKET)
            if held is None or held.escapes or is_read_to_the_end(held):
                continue
            leak = held.leak()
            if leak.at_exit or leak.rebound is not None:
                message = self.message
                if held.releases:
                    message = (
                        "WebSocket stays open on a way that ends without `close()`; open it with `async with`"
                    )
                edits = [] if held.releases else _block(module, opened, held)
                yield self.finding(
                    module, opened.request, message, edits=edits, fix="Open the WebSocket with `async with`"
                )


def _is_session_closed_here(module: Module, opened: AwaitedRequest) -> bool:
    """Tell whether the function closes the session that the socket goes through, and the connection with it."""
    if own_session_block(module, opened.request) is not None:
        return True
    session = opened.request.receiver
    if not isinstance(session, ast.Name):
        return False
    scope = module.scope_at(session).binding_scope(session.id)
    return scope is not None and any(
        isinstance(use.node, ast.Attribute) and use.node.attr == "close"
        for use in (module.use_of(load) for load in module.uses(scope, session.id))
    )


def _block(module: Module, opened: AwaitedRequest, held: Holding) -> list[Edit]:
    if not opened.is_direct or not can_move_into_block(held):
        return []
    header = f"async with {module.segment(opened.request.node)} as {held.name}:"
    return [WrapFollowing(module.span(module.statement(held.acquisition)), header)]
