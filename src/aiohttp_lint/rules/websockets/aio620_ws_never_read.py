"""AIO620."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.own_sockets import unread_sockets
from aiohttp_lint.semantics.websockets import SENDS, SERVER


class WsNeverRead(Rule):
    """A WebSocket handler that sends in an endless loop and never receives.

    aiohttp acts upon closing messages and pings when somebody receives. Here nobody does: the peer's `close()`
    waits for an answer that never comes (each frame that still arrives starts its timeout anew; 6 seconds and more
    while frames came), its pings stay unanswered, and `ws.closed` stays False however long one looks at it. The
    loop ends when a send fails, once the peer has given up.

    Bad:

    ```python
    async def ticks(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        while not ws.closed:
            await ws.send_str("tick")
            await asyncio.sleep(1)
        return ws


    app = web.Application()
    app.router.add_get("/ticks", ticks)
    ```

    Good:

    ```python
    async def send_ticks(ws: web.WebSocketResponse) -> None:
        while True:
            await ws.send_str("tick")
            await asyncio.sleep(1)


    async def ticks(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        sender = asyncio.create_task(send_ticks(ws))
        try:
            async for _ in ws:
                pass
        finally:
            sender.cancel()
        return ws


    app = web.Application()
    app.router.add_get("/ticks", ticks)
    ```

    Fix: none. Send in a task of its own, and let the handler receive until the peer closes.

    Reported for registered handlers and loops that nothing but an exception leaves (`while True`, `while not
    ws.closed`). Silent for a socket that other code gets hold of (it may read), for loops with another way out, and
    under a timeout.
    """

    code = "AIO620"
    name = "ws-never-read"
    message = (
        "nobody receives, so the peer's `close()` hangs and pings stay unanswered; receive beside this loop"
    )
    relaxed_in_tests = True
    practices = ("9.3", "9.5", "9.7")
    mentions = (any_of(SERVER), any_of("while"), any_of(*SENDS))
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#websockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for unread in unread_sockets(module):
            related = [module.related(unread.own.opening.node, "the socket is made here")]
            yield self.finding(module, unread.loop, related=related)
