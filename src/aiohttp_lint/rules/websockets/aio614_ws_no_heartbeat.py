"""AIO614."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import heartbeats
from aiohttp_lint.semantics.client import WS_CONNECT
from aiohttp_lint.semantics.heartbeats import Weakness
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.websockets import SERVER

_MESSAGES = {
    Weakness.MISSING: "no heartbeat (aiohttp's default): a peer that vanishes is never noticed; pass `heartbeat=30.0`",
    Weakness.OFF: "heartbeat of 0 drops every connection at once (is none on aiohttp 3.9); pass `heartbeat=30.0`",
    Weakness.TOO_SLOW: (
        "receive timeout ends a quiet connection before its heartbeat keeps it alive; make the heartbeat shorter"
    ),
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

    A missing heartbeat is reported only when the rule is named, because the linter can't tell a short exchange from a
    long connection. Silent then where the file pings by itself, where a timeout for receiving is set (by each receive of the
    file, too), where a class keeps the socket and gives out its messages one by one (who asks for them may ping as
    well), for a peer on this machine, for a `WebSocketResponse()` that is made as an argument, and where the arguments aren't
    all in sight.

    Always reported are heartbeats that don't work: one of 0 (aiohttp 3.14 pings at once, waits no time for the pong and drops
    the connection with 1006; 3.9 sends none), and one that is not shorter than the literal receive timeout beside it: a peer
    that is well but quiet gets `TimeoutError` before its first ping. (Its pong would have started that timeout anew.)
    """

    code = "AIO614"
    name = "ws-no-heartbeat"
    message = "no heartbeat (aiohttp's default): a peer that vanishes is never noticed; pass `heartbeat=30.0`"
    fix = FixAvailability.UNSAFE
    practices = ("8.8", "9.3", "9.5", "11.8")
    mentions = (any_of(SERVER, WS_CONNECT),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#websocketresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        is_named = self.is_named(module)
        for call, weakness in heartbeats.without_heartbeat(module):
            if weakness is Weakness.MISSING and not is_named:
                continue
            edits: list[Edit] = []
            if weakness is not Weakness.TOO_SLOW:
                edits.append(SetKeyword(module.span(call.node), "heartbeat", "30.0"))
            yield self.finding(module, call, _MESSAGES[weakness], edits=edits, fix="Set a heartbeat")
