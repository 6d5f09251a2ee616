"""AIO618."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import RemoveKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import WS_CONNECT
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.own_sockets import unanswered_pings
from aiohttp_lint.semantics.websockets import SERVER


class WsAutopingDisabled(Rule):
    """A WebSocket with `autoping=False` whose reader answers no ping.

    Pings then arrive as messages, and nobody sends the pong. A peer with a heartbeat takes the connection for
    dead: `ServerTimeoutError: No PONG received after 0.1 seconds` and code 1006 (aiohttp 3.9 just closes). Browsers,
    proxies and clients differ in whether they ping, so it shows in production first.

    Bad:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                await ws.send_str(message.data)
        return ws
    ```

    Good:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                await ws.send_str(message.data)
            elif message.type is WSMsgType.PING:
                await ws.pong(message.data)
        return ws
    ```

    Fix: unsafe, because pings and pongs are no messages any more; removes `autoping=False`.

    Silent where the socket leaves the function (proxies), where a message is passed on whole or its data is used whatever
    its type, where PING is among the types that are tested, and for a socket with a heartbeat of its own.
    """

    code = "AIO618"
    name = "ws-autoping-disabled"
    message = "pings stay unanswered with `autoping=False`: a peer with a heartbeat hangs up (1006); `pong()`, or drop it"
    fix = FixAvailability.UNSAFE
    practices = ("9.3", "9.4", "9.5")
    mentions = (any_of(SERVER, WS_CONNECT), any_of("autoping"))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#websocketresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for own in unanswered_pings(module):
            related = [module.related(loop, "no ping is answered here") for loop in own.iterations[:1]]
            edits = []
            if own.opening.keyword("autoping") is not None:
                edits.append(RemoveKeyword(module.span(own.opening.node), "autoping"))
            yield self.finding(
                module, own.opening, related=related, edits=edits, fix="Let aiohttp answer pings"
            )
