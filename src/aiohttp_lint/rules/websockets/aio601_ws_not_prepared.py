"""AIO601."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import InsertBefore
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import failures, resources, websockets
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.resources import Event, Holding
from aiohttp_lint.semantics.syntax import blocks, walk_scope


class WsNotPrepared(Rule):
    """A WebSocketResponse that is used before `prepare()` fails the handshake.

    Sending, receiving, pinging, closing and iterating raise `RuntimeError: Call .prepare() first`; the client
    gets status 500 instead of 101, and the log gets a traceback for each attempt. Setting headers and cookies,
    `can_prepare()`, `closed` and `prepared` are for the time before, and stay silent.

    Bad:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        async for message in ws:
            await ws.send_str(message.data)
        return ws
    ```

    Good:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws
    ```

    Fix: puts `await ws.prepare(request)` before the first use, where nothing prepares the socket. Safe where the
    first use follows the construction in the same block and no `return`, `raise`, header or cookie stands
    between: a refusal after `prepare()` would no longer be an HTTP answer. Unsafe elsewhere.

    Silent where the socket was handed to other code before (it may prepare it), and where the error is caught.
    """

    code = "AIO601"
    name = "ws-not-prepared"
    message = "WebSocket is used before `prepare()`: the handshake is answered 500; `await ws.prepare(request)` first"
    fix = FixAvailability.MIXED
    practices = ("9.1", "9.2", "9.3")
    mentions = (any_of(websockets.SERVER),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.WebSocketResponse.prepare"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in module.calls_to(websockets.SERVER):
            held = resources.holding(module, call.node, websockets.SERVER_SOCKET)
            if held is None:
                continue
            used = websockets.first_unprepared_use(held)
            if used is None or failures.goes_on_after(module, used.name, websockets.RUNTIME_ERRORS):
                continue
            edits, is_safe = _preparation(held, used)
            yield self.finding(
                module,
                used.name,
                related=[module.related(call.node, "the socket is made here")],
                edits=edits,
                fix="Prepare the socket first",
                safe=is_safe,
            )


def _preparation(held: Holding, used: Event) -> tuple[list[InsertBefore], bool]:
    module, function = held.module, held.function
    request = websockets.request_in(module, function) if function is not None and function.is_async else None
    if request is None or held.releases:
        return [], False
    made, first = module.statement(held.acquisition), module.statement(used.name)
    holder = module.parent(made)
    around = {first, *module.ancestors(first)}
    siblings = blocks(holder) if isinstance(holder, ast.stmt) else []
    block = next((part for part in siblings if made in part), [])
    following = block[block.index(made) + 1 :] if block else []
    place = next((statement for statement in following if statement in around), None)
    if place is None:
        return [], False
    between = following[: following.index(place)]
    other_uses = [event for event in held.events if event is not used]
    is_safe = (
        place is first
        and not any(isinstance(node, ast.Return | ast.Raise) for node in walk_scope(*between))
        and not any(set(between) & set(module.ancestors(event.name)) for event in other_uses)
    )
    return [InsertBefore(module.span(place), f"await {held.name}.prepare({request})")], is_safe
