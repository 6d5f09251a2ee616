"""WebSockets that nothing tells when their peer is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import WS_CONNECT

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_WS_TIMEOUT = aiohttp_api.class_named("aiohttp.ClientWSTimeout").name


class Weakness(Enum):
    """Why a connection's heartbeat does not help."""

    MISSING = auto()
    OFF = auto()
    TOO_SLOW = auto()


def without_heartbeat(module: Module) -> Iterator[tuple[CallSite, Weakness]]:
    """Give the calls that open a WebSocket without a heartbeat that works, in source order."""
    openings = [*module.calls_to(websockets.SERVER), *module.calls_to(WS_CONNECT)]
    if not openings or next(websockets.calls(module, "ping"), None) is not None:
        return
    for call in sorted(openings, key=lambda opened: (opened.node.lineno, opened.node.col_offset)):
        heartbeat = call.argument("heartbeat")
        if heartbeat.is_unknown:
            continue
        timeout, is_limited = _receive_timeout(module, call)
        if heartbeat.value is None:
            if not is_limited and not _is_received_in_time(module, call):
                yield call, Weakness.MISSING
            continue
        literal = module.constant(heartbeat.value)
        if literal is None:
            continue
        if literal.value is None:
            if not is_limited and not _is_received_in_time(module, call):
                yield call, Weakness.MISSING
        elif isinstance(literal.value, int | float) and literal.value == 0:
            yield call, Weakness.OFF
        elif isinstance(literal.value, int | float) and timeout is not None and literal.value >= timeout:
            yield call, Weakness.TOO_SLOW


def _receive_timeout(module: Module, call: CallSite) -> tuple[float | None, bool]:
    """Give the literal limit of a receive, and whether there may be a limit at all."""
    given = call.argument("receive_timeout")
    if given.is_missing and not call.calls_only(websockets.SERVER):
        given = call.argument("timeout")
        if isinstance(given.value, ast.Call):
            timeout = module.call_site(given.value)
            if timeout.calls_only(_WS_TIMEOUT):
                given = timeout.argument("ws_receive")
        elif given.value is not None and module.constant(given.value) is not None:
            # A number is the limit of closing, not of receiving.
            return None, False
    if given.is_missing:
        return None, False
    literal = module.constant(given.value) if given.value is not None else None
    if literal is None:
        return None, True
    if isinstance(literal.value, int | float):
        return float(literal.value), True
    return None, literal.value is not None


def _is_received_in_time(module: Module, call: CallSite) -> bool:
    """Tell whether the function limits its receives one by one."""
    for receive in websockets.calls(module, *websockets.RECEIVES):
        if receive.function != call.function:
            continue
        if not receive.argument("timeout").is_missing:
            return True
        if module.use_of(receive.node).kind is UseKind.ARGUMENT:
            return True
    return False
