"""AIO617."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceCallee, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.routing import GETS, REGISTRATIONS
from aiohttp_lint.semantics.socket_routes import WrongRoute, wrong_routes


class WsRouteMethod(Rule):
    """A WebSocket handler that is registered for another method than GET.

    The handshake of a WebSocket is a GET request: browsers and every usual client get
    `405 Method Not Allowed` (`WSServerHandshakeError: 405`). aiohttp's server itself does not mind the method, and
    `ws_connect(url, method="POST")` is accepted, so only a client of one's own can reach such a route.

    Bad:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws


    app = web.Application()
    app.router.add_post("/echo", echo)
    ```

    Good:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws


    app = web.Application()
    app.router.add_get("/echo", echo)
    ```

    Fix: unsafe, because a client that asks with that method stops working. It registers the handler for GET; offered
    where no other route of the file has the path (two routes for GET raise `RuntimeError: Added route will never be
    executed`).

    Reported are handlers of which every way that does not raise upgrades the connection. Silent for those that
    ask `can_prepare()` or catch the refusal of `prepare()` (they answer plain requests too), where the handler has a
    route for GET or `*` as well, and in files whose `ws_connect` gives a method.
    """

    code = "AIO617"
    name = "ws-route-method"
    message = "WebSocket handshakes are GET requests and get 405 here; register the handler for GET"
    fix = FixAvailability.UNSAFE
    practices = ("1.2", "2.1", "9.1", "9.2")
    mentions = (any_of(*(name for name in REGISTRATIONS if name not in GETS)),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#websockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for wrong in wrong_routes(module):
            message = f"handshakes are GET requests: this {wrong.method} route answers them 405; register it for GET"
            handler = wrong.handler
            related = []
            if handler.owner is module:
                related.append(module.related(handler.node, "this handler serves WebSockets only"))
            yield self.finding(
                module,
                wrong.registration.node,
                message,
                related=related,
                edits=_edits(module, wrong),
                fix="Register it for GET",
            )


def _edits(module: Module, wrong: WrongRoute) -> list[Edit]:
    call = wrong.registration.node
    if not wrong.is_free or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return []
    name = call.func.attr
    if name in (wrong.method.lower(), f"add_{wrong.method.lower()}"):
        last = "add_get" if name.startswith("add_") else "get"
        return [ReplaceCallee(module.span(call), f"{module.segment(call.func.value)}.{last}")]
    given = module.call_site(call).argument("method", 0).value
    if isinstance(given, ast.Constant):
        return [ReplaceExpression(module.span(given), '"GET"')]
    return []
