"""Questions about limits of time as old aiohttp took them: in arguments of their own, as plain numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import SESSION, WS_CONNECT
from aiohttp_lint.semantics.legacy import fails_now, is_provided_for
from aiohttp_lint.semantics.timeouts import (
    WEBSOCKET_TIMEOUT,
    TimeoutKind,
    alternatives,
    is_none_for_sure,
    kind_of,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import Argument, CallSite
    from aiohttp_lint.semantics.module import Module

TEST_WS_CONNECT = aiohttp_api.callable_named("aiohttp.test_utils.TestClient.ws_connect").name
WEBSOCKET_TIMEOUT_SINCE = aiohttp_api.class_named(WEBSOCKET_TIMEOUT).since
"""The aiohttp that begins to warn of plain numbers, since it has the class to put them into."""
SOCKET_LIMIT_SINCE = (3, 10, 9)
"""From here on, a session that is given no timeout has `sock_connect=30` besides `total=300`."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """A `ClientSession(…)` with `read_timeout`, `conn_timeout` or both; `is_alone` tells that nothing else says it."""

    call: CallSite
    read: Argument
    connect: Argument
    is_alone: bool

    @property
    def first(self) -> ast.expr:
        """What to underline."""
        given = [value for value in (self.read.value, self.connect.value) if value is not None]
        return min(given, key=lambda value: (value.lineno, value.col_offset))


@dataclass(frozen=True, slots=True)
class WebSocketLimits:
    """A `ws_connect(…)` with plain numbers. `close` and `receive` are None where the limit is not given.

    `is_plain` tells that nothing but numbers (or None) can be given, so that they can be put into a `ClientWSTimeout`.
    """

    call: CallSite
    place: ast.expr
    close: ast.expr | None
    receive: ast.expr | None
    is_plain: bool


def session_limits(module: Module) -> Iterator[SessionLimits]:
    """Give the sessions that are limited by `read_timeout` and `conn_timeout`."""
    for call in module.calls_to(SESSION):
        read, connect = call.argument("read_timeout"), call.argument("conn_timeout")
        if (not read.is_given and not connect.is_given) or is_provided_for(module, call.node, "TypeError"):
            continue
        if not read.is_given and connect.value is not None and is_none_for_sure(module, connect.value):
            # Before aiohttp 4, `conn_timeout=None` is as good as nothing, and nothing is said of it.
            if not fails_now(module):
                continue
        is_alone = call.argument("timeout").is_missing and not call.has_unknown_arguments
        yield SessionLimits(call, read, connect, is_alone)


def websocket_limits(module: Module) -> Iterator[WebSocketLimits]:
    """Give the calls of `ws_connect` that are given plain numbers of seconds."""
    if module.target.below > WEBSOCKET_TIMEOUT_SINCE:
        for call in module.calls_to(WS_CONNECT, TEST_WS_CONNECT):
            found = _plain_numbers(module, call)
            if found is not None and not is_provided_for(module, call.node, "TypeError"):
                yield found


def _plain_numbers(module: Module, call: CallSite) -> WebSocketLimits | None:
    close, receive = call.argument("timeout").value, call.argument("receive_timeout").value
    # Nothing is said of None, which wrappers hand on by default.
    if receive is not None and (is_none_for_sure(module, receive) or module.type_of(receive).may_be_none):
        receive = None
    number = None
    if close is not None:
        number = next(
            (value for value in alternatives(module, close) if kind_of(module, value) is TimeoutKind.SECONDS),
            None,
        )
    place = number or receive
    if place is None:
        return None
    is_certain = close is None or (number is close)
    return WebSocketLimits(call, place, close, receive, is_certain and not call.has_unknown_arguments)
