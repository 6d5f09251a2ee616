"""WebSockets that nothing tells when their peer is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import LOOPBACK, WS_CONNECT, url_start
from aiohttp_lint.semantics.receive_loops import loop_around

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_LOCAL = tuple(f"{scheme}://{host}" for scheme in ("http", "https", "ws", "wss") for host in LOOPBACK)
_URLS_OF_TESTS = tuple(
    aiohttp_api.callable_named(f"aiohttp.test_utils.{name}.make_url").name
    for name in ("TestClient", "BaseTestServer")
)
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
        literal = module.constant(heartbeat.value) if heartbeat.value is not None else None
        if heartbeat.value is None or (literal is not None and literal.value is None):
            if not (
                is_limited
                or _is_received_in_time(module, call)
                or _is_read_elsewhere(module, call)
                or _cannot_vanish(module, call)
            ):
                yield call, Weakness.MISSING
        elif literal is None:
            continue
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
    """Tell whether the function limits its receives one by one, or the whole file does."""
    receives = list(websockets.calls(module, *websockets.RECEIVES))
    limited = [
        receive
        for receive in receives
        if not receive.argument("timeout").is_missing or module.use_of(receive.node).kind is UseKind.ARGUMENT
    ]
    if any(receive.function == call.function for receive in limited):
        return True
    return bool(limited) and limited == receives and next(websockets.iterations(module), None) is None


def _is_read_elsewhere(module: Module, call: CallSite) -> bool:
    """Tell whether a wrapper class of the file gives messages out one by one: who waits for them may ping as well."""
    use = module.use_of(call.node)
    if use.kind is UseKind.AWAITED:
        use = module.use_of(use.node)
    if use.kind is not UseKind.ASSIGNED or not all(
        isinstance(target, ast.Attribute) for target in use.targets
    ):
        return False
    receives = list(websockets.calls(module, *websockets.RECEIVES))
    return (
        bool(receives)
        and all(loop_around(module, receive.node) is None for receive in receives)
        and next(websockets.iterations(module), None) is None
    )


def _cannot_vanish(module: Module, call: CallSite) -> bool:
    """Tell whether the peer is on this machine, whose kernel says when it ends, or code out of sight has the socket."""
    if call.calls_only(websockets.SERVER):
        # What is made for a call may never be connected.
        return module.use_of(call.node).kind is UseKind.ARGUMENT
    url = call.argument("url").value
    if isinstance(url, ast.Call) and module.call_site(url).calls_only(*_URLS_OF_TESTS):
        return True
    start = url_start(module, url) if url is not None else None
    return start is not None and start.lower().startswith(_LOCAL)
