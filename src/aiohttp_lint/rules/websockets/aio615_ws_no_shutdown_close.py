"""AIO615."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import shutdown
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.shutdown import RUN_APP, RUNNER, Neglect
from aiohttp_lint.semantics.websockets import SERVER

_MESSAGES = {
    Neglect.NOT_CLOSED: "open WebSockets hold up the shutdown until its timeout, then break; close them in `on_shutdown`",
    Neglect.TOO_LATE: "WebSockets are closed after the shutdown has waited for them; close them in `on_shutdown`",
    Neglect.NO_LIMIT: (
        "`shutdown_timeout=0` is no limit: one open WebSocket holds up the shutdown for ever; close them in `on_shutdown`"
    ),
}


class WsNoShutdownClose(Rule):
    """A server that leaves its WebSockets open when it shuts down.

    The shutdown waits for every handler, and a handler in `async for` waits for its client. It waits for
    `shutdown_timeout` twice (once on 3.9): with 2 seconds, cleaning up takes 4.0; the default of 60 means two
    minutes, four times what Kubernetes grants. Then the connections break and the clients see 1006. With the
    sockets closed in `on_shutdown` it takes 0.00 s and they see 1001. Closing in `on_cleanup`, or after the
    `yield` of a cleanup context, comes too late: the wait is over by then.

    Bad:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws


    app = web.Application()
    app.router.add_get("/echo", echo)
    web.run_app(app)
    ```

    Good:

    ```python
    SOCKETS = web.AppKey("SOCKETS", weakref.WeakSet[web.WebSocketResponse])


    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        request.app[SOCKETS].add(ws)
        async for message in ws:
            await ws.send_str(message.data)
        return ws


    async def close_sockets(app: web.Application) -> None:
        for ws in list(app[SOCKETS]):
            await ws.close(code=WSCloseCode.GOING_AWAY, message=b"server shutdown")


    app = web.Application()
    app[SOCKETS] = weakref.WeakSet()
    app.on_shutdown.append(close_sockets)
    app.router.add_get("/echo", echo)
    web.run_app(app)
    ```

    Fix: none.

    Reported only where the application, the handler and `run_app` or `AppRunner` stand in one file. Silent where
    anything else may close the sockets, where the shutdown is limited to five seconds or less, where the file cleans no
    runner up (nothing waits then), and for handlers that end by themselves. `shutdown_timeout=0` means no limit, not no wait.
    """

    code = "AIO615"
    name = "ws-no-shutdown-close"
    message = (
        "open WebSockets hold up the shutdown until its timeout, then break; close them in `on_shutdown`"
    )
    relaxed_in_tests = True
    practices = ("1.5", "1.8", "9.7", "13.1", "16.8")
    mentions = (any_of(RUN_APP, RUNNER), any_of(SERVER))
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#graceful-shutdown"

    def check(self, module: Module) -> Iterator[Finding]:
        found = shutdown.sockets_left_open(module)
        if found is not None:
            related = [module.related(found.handler.node, "this handler runs as long as its client stays")]
            if found.late is not None:
                related.append(module.related(found.late, "this comes too late"))
            yield self.finding(module, found.server, _MESSAGES[found.neglect], related=related)
