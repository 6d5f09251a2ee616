"""AIO614."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics import heartbeats
from aiohttp_lint.semantics.heartbeats import Weakness
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Weakness.MISSING: "no heartbeat (aiohttp's default): a peer that vanishes is never noticed; pass `heartbeat=30.0`",
    Weakness.OFF: "heartbeat of 0 is none: a peer that vanishes is never noticed; pass `heartbeat=30.0`",
    Weakness.TOO_SLOW: "heartbeat is not shorter than the receive timeout, which ends a quiet connection first",
}


class WsNoHeartbeat(Rule):
    """A WebSocket without heartbeat never notices that its peer is gone.

    aiohttp's default is `heartbeat=None`: it answers pings but sends none, and `receive()` waits without a
    limit. A peer that loses power or its network says nothing; the handler, its socket and its place in every
    registry stay for ever. With `heartbeat=30.0` a ping goes out after 30 quiet seconds, and the loop ends when
    no pong has come 15 seconds later.

    Bad:

    ```python
    async def listen(session: aiohttp.ClientSession) -> None:
        async with session.ws_connect("https://chat.example/") as ws:
            async for message in ws:
                print(message.data)
    ```

    Good:

    ```python
    async def listen(session: aiohttp.ClientSession) -> None:
        async with session.ws_connect("https://chat.example/", heartbeat=30.0) as ws:
            async for message in ws:
                print(message.data)
    ```

    Fix: unsafe; adds `heartbeat=30.0`, after which a peer that answers no pings is dropped.

    Opt-in, because the linter can't tell a short exchange from a long connection. Silent where the file pings by
    itself, where a timeout for receiving is set (by each receive of the file, too), where a class keeps the socket and
    gives out its messages one by one (who asks for them may ping as well), for a peer on this machine,
    for a `WebSocketResponse()` that is made as an argument, and where the arguments aren't all in sight. A
    heartbeat of 0, or one that is not shorter than the literal receive timeout beside it, is reported too.
    """

    code = "AIO614"
    name = "ws-no-heartbeat"
    message = "no heartbeat (aiohttp's default): a peer that vanishes is never noticed; pass `heartbeat=30.0`"
    fix = FixAvailability.UNSAFE
    opt_in = True
    practices = ("8.8", "9.3", "9.5", "11.8")
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#websocketresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for call, weakness in heartbeats.without_heartbeat(module):
            edits: list[Edit] = []
            if weakness is not Weakness.TOO_SLOW:
                edits.append(SetKeyword(module.span(call.node), "heartbeat", "30.0"))
            yield self.finding(module, call, _MESSAGES[weakness], edits=edits, fix="Set a heartbeat")
