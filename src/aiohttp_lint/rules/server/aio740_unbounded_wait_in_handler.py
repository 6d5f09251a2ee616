"""AIO740."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.endless_waits import endless_waits
from aiohttp_lint.semantics.module import Module


class UnboundedWaitInHandler(Rule):
    """A handler that waits without an end goes on waiting when its client has left.

    aiohttp does not cancel the handler of a client that closed the connection (`handler_cancellation` is off by default since 3.7):
    nothing tells it, and only the next write raises `ClientConnectionResetError`. A handler in `await queue.get()` or
    `await event.wait()` stays there for each client that gave up, with all that it holds, and takes the item that the next client
    waits for.

    Bad:

    ```python
    async def poll(request: web.Request) -> web.Response:
        return web.json_response(await queue.get())

    app.router.add_get("/poll", poll)
    ```

    Good:

    ```python
    async def poll(request: web.Request) -> web.Response:
        try:
            return web.json_response(await asyncio.wait_for(queue.get(), 25))
        except asyncio.TimeoutError:
            raise web.HTTPNoContent() from None

    app.router.add_get("/poll", poll)
    ```

    Fix: none, because only the author knows how long to wait and what to answer then. A stream of server-sent events writes
    a comment (`: keep-alive`) when the time is over, and so finds out that its client has left.

    Opt-in, because a wait may be known to end soon. Reported in registered handlers, for queues, events, conditions and
    futures of asyncio. Silent under `asyncio.timeout()`, `asyncio.wait_for()` and the like, in handlers that open a
    WebSocket, and in files that start the server with `handler_cancellation=True`.
    """

    code = "AIO740"
    name = "unbounded-wait-in-handler"
    message = (
        "the handler waits on when its client has left; wait for a limited time, with `asyncio.wait_for()`"
    )
    opt_in = True
    relaxed_in_tests = True
    practices = ("9.3", "11.4", "11.5", "16.1", "16.2", "16.3")
    versions = "3.7+"
    mentions = (any_of("await"),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#peer-disconnection"

    def check(self, module: Module) -> Iterator[Finding]:
        for waiting in endless_waits(module):
            yield self.finding(module, waiting)
