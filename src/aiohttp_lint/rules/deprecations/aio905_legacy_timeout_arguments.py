"""AIO905."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import AddImport, Edit, RemoveKeyword, RenameKeyword, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import SESSION, WS_CONNECT
from aiohttp_lint.semantics.legacy_timeouts import (
    SOCKET_LIMIT_SINCE,
    WEBSOCKET_TIMEOUT_SINCE,
    SessionLimits,
    WebSocketLimits,
    session_limits,
    websocket_limits,
)
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.timeouts import CLIENT_TIMEOUT, WEBSOCKET_TIMEOUT, is_none_for_sure

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
            edits, is_safe = _session_edits(module, session)
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
                edits=_websocket_edits(module, websocket),
                fix="Put the seconds into a ClientWSTimeout",
                safe=True,
            )


def _session_edits(module: Module, limits: SessionLimits) -> tuple[list[Edit], bool]:
    read, connect = limits.read.value, limits.connect.value
    call = module.span(limits.call.node)
    if not limits.is_alone:
        return [], False
    if read is None and connect is not None and is_none_for_sure(module, connect):
        return [RemoveKeyword(call, "conn_timeout")], True
    is_newer = module.target.all_at_least(SOCKET_LIMIT_SINCE)
    # The first argument that is there becomes the new one, so that the others keep their places.
    parts = ["total={}"] if read is not None else ["total=300", "connect={}"]
    edits: list[Edit] = []
    if read is not None and connect is not None:
        parts.append(f"connect={verbatim(module.segment(connect))}")
        edits.append(RemoveKeyword(call, "conn_timeout"))
    if is_newer:
        parts.append("sock_connect=30")
    spelling, needed = module.name_for(CLIENT_TIMEOUT)
    kept, name = (read, "read_timeout") if read is not None else (connect, "conn_timeout")
    assert kept is not None, "one of both is given"
    edits.append(ReplaceExpression(module.span(kept), f"{spelling}({', '.join(parts)})"))
    edits.append(RenameKeyword(call, name, "timeout"))
    if needed is not None:
        edits.append(AddImport(*needed))
    return edits, is_newer or module.target.below <= SOCKET_LIMIT_SINCE


def _websocket_edits(module: Module, limits: WebSocketLimits) -> list[Edit]:
    if not limits.is_plain or not module.target.all_at_least(WEBSOCKET_TIMEOUT_SINCE):
        return []
    call = module.span(limits.call.node)
    spelling, needed = module.name_for(WEBSOCKET_TIMEOUT)
    edits: list[Edit] = []
    if limits.close is None:
        assert limits.receive is not None, "one of both is given"
        edits.append(ReplaceExpression(module.span(limits.receive), f"{spelling}(ws_receive={{}})"))
        edits.append(RenameKeyword(call, "receive_timeout", "timeout"))
    else:
        more = ""
        if limits.receive is not None:
            more = f", ws_receive={verbatim(module.segment(limits.receive))}"
            edits.append(RemoveKeyword(call, "receive_timeout"))
        edits.append(ReplaceExpression(module.span(limits.close), f"{spelling}(ws_close={{}}{more})"))
    if needed is not None:
        edits.append(AddImport(*needed))
    return edits
