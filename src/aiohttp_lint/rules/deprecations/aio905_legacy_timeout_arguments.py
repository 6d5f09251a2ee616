"""AIO905."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import SESSION, WS_CONNECT
from aiohttp_lint.semantics.legacy_repairs import session_limits_repair, websocket_limits_repair
from aiohttp_lint.semantics.legacy_timeouts import session_limits, websocket_limits
from aiohttp_lint.semantics.module import Module

_ONE = "`{}_timeout` is deprecated, and gone in aiohttp 4; pass timeout=ClientTimeout(…)"
_WEBSOCKET = (
    "seconds as a WebSocket's limit are deprecated from aiohttp 3.11 on; pass timeout=ClientWSTimeout(…)"
)


class LegacyTimeoutArguments(Rule):
    """A limit of time in an argument of its own, or as a WebSocket's plain number, is deprecated.

    `read_timeout` and `conn_timeout` of a `ClientSession` give `DeprecationWarning: read_timeout is deprecated, use
    timeout argument instead`, a `ValueError` beside `timeout`, and a `TypeError` on aiohttp 4. In spite of its name,
    `read_timeout` is the total, and `conn_timeout` includes the wait for a free connection. From aiohttp 3.11 on, a number
    as `timeout` of `ws_connect` gives `DeprecationWarning: parameter 'timeout' of type 'float' is deprecated`, and so does
    `receive_timeout`: the first limits the closing only, the second the wait for a message.

    Bad:

    ```python
    async def listen(url: str) -> None:
        async with aiohttp.ClientSession(read_timeout=30, conn_timeout=5) as session:
            async with session.ws_connect(url, timeout=5, receive_timeout=60) as websocket:
                await websocket.receive()
    ```

    Good:

    ```python
    async def listen(url: str) -> None:
        timeout = aiohttp.ClientTimeout(total=30, connect=5, sock_connect=30)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            limits = aiohttp.ClientWSTimeout(ws_close=5, ws_receive=60)
            async with session.ws_connect(url, timeout=limits) as websocket:
                await websocket.receive()
    ```

    Fix: the same limits in a `ClientTimeout` or `ClientWSTimeout`. From aiohttp 3.10.9 on that includes the session's own
    `sock_connect=30`, and it is safe; where older ones are allowed besides newer ones it can't be the same on both, and is
    unsafe. For WebSockets it is safe, and offered where every allowed aiohttp has `ClientWSTimeout` (3.11).

    Silent for values of unknown type, for a `receive_timeout` that may be `None`, and where the warning is waited for or aiohttp's version asked for. A
    `ClientTimeout` as a WebSocket's timeout is matter of AIO201.
    """

    code = "AIO905"
    name = "legacy-timeout-arguments"
    message = "`read_timeout` and `conn_timeout` are deprecated, and gone in aiohttp 4; pass timeout=ClientTimeout(…)"
    fix = FixAvailability.MIXED
    practices = ("6.1", "7.5", "9.3", "9.7", "11.4")
    versions = "sessions: warns on 3.x, fails on 4.0; WebSockets: warns from 3.11 on"
    mentions = (
        any_of("read_timeout", "conn_timeout", WS_CONNECT),
        any_of(SESSION, WS_CONNECT),
        any_of("read_timeout", "conn_timeout", "timeout", "receive_timeout"),
    )
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession"

    def check(self, module: Module) -> Iterator[Finding]:
        for session in session_limits(module):
            edits, is_safe = session_limits_repair(module, session)
            given = [argument for argument in (session.read, session.connect) if argument.value is not None]
            message = (
                None if len(given) > 1 else _ONE.format("conn" if session.read.value is None else "read")
            )
            fix = "Put the limits into a ClientTimeout"
            yield self.finding(module, session.first, message, edits=edits, fix=fix, safe=is_safe)
        for websocket in websocket_limits(module):
            yield self.finding(
                module,
                websocket.place,
                _WEBSOCKET,
                edits=websocket_limits_repair(module, websocket),
                fix="Put the seconds into a ClientWSTimeout",
                safe=True,
            )
