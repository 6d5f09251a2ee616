"""What a proof is made of: an example in its variants, a server to run it on, and measurements.

A proof runs the bad, the good and the fixed variant of an example through one and the same test, and expects
harm of the bad one only. Measurements are structural (how many connections, did another task get a turn, which
code did the peer see): seconds say little on a busy machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import warnings
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from yarl import URL

from .upstream import NO_FRAME, Closing

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp.typedefs import Handler

    from .upstream import Upstream

Variant: TypeAlias = Literal["bad", "good", "fixed"]

bad_and_good = pytest.mark.parametrize("variant", ["bad", "good"])
"""For a rule without a fix: the test takes a `variant`."""

bad_good_and_fixed = pytest.mark.parametrize("variant", ["bad", "good", "fixed"])
"""For a rule with a fix: the test takes a `variant`."""

TURNS_ENOUGH = 3
"""So many turns of the loop during a call show that the call does not block it."""

LOST_PATIENCE = 30.0
"""Seconds after which a broken proof is given up; no proof that works comes near."""


# Examples


@dataclass(frozen=True)
class Example:
    """The source text of an example: what the rule reports, and what it asks for instead."""

    code: str
    bad: str
    good: str

    def source(self, variant: Variant) -> str:
        """Give the text of a variant; the fixed one is the bad one after the linter's fix."""
        if variant == "fixed":
            return fixed(self.bad, self.code)
        return self.bad if variant == "bad" else self.good

    def load(self, variant: Variant, **names: object) -> SimpleNamespace:
        """Run the module that the variant is, and give what it defined."""
        return run_source(self.source(variant), **names)


def fixed(source: str, code: str) -> str:
    """Apply the linter's fix of one rule.

    Raises:
        AssertionError: The rule changed nothing.

    """
    from aiohttp_lint.engine import fix_source
    from aiohttp_lint.settings import Settings

    result: str = fix_source(source, "example.py", Settings(select=(code,)), unsafe=True).source
    assert result != source, f"{code} fixed nothing"
    return result


def run_source(source: str, **names: object) -> SimpleNamespace:
    """Execute one of our own examples as a module in which `names` are already known."""
    namespace: dict[str, Any] = {"__name__": "example", **names}
    exec(compile(source, "<example>", "exec", dont_inherit=True), namespace)
    return SimpleNamespace(**{name: value for name, value in namespace.items() if not name.startswith("__")})


# Servers


@contextlib.asynccontextmanager
async def serve(
    served: web.Application | Handler,
    *,
    ssl_context: ssl.SSLContext | None = None,
    shutdown_timeout: float = 1.0,
) -> AsyncIterator[URL]:
    """Serve an application, or one handler for everything, on loopback; give the address."""
    if not isinstance(served, web.Application):
        handler, served = served, web.Application()
        served.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(served, shutdown_timeout=shutdown_timeout, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
        [(host, port)] = runner.addresses
        yield URL.build(scheme="https" if ssl_context else "http", host=host, port=port)
    finally:
        await runner.cleanup()


async def fetch(url: URL, method: str = "GET") -> bytes:
    """Send one request that has to succeed, and give the body of the answer."""
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.request(method, url) as response,
    ):
        return await response.read()


async def until(condition: Callable[[], bool]) -> None:
    """Give other tasks turns until the condition holds.

    Raises:
        TimeoutError: It never does.

    """

    async def poll() -> None:
        while not condition():
            await asyncio.sleep(0.001)

    await asyncio.wait_for(poll(), LOST_PATIENCE)


# Measurements


async def pool_runs_dry(
    call: Callable[[aiohttp.ClientSession], Awaitable[object]], *, calls: int = 3, limit: int = 2
) -> bool:
    """Make calls one after the other on one session, and tell whether one finds no free connection.

    The earlier calls are over when the next one starts, so whoever waits in the queue waits for a slot that
    nobody is going to give back.
    """
    queued, resumed = asyncio.Event(), asyncio.Event()

    async def on_queued(*_: object) -> None:
        queued.set()

    async def on_resumed(*_: object) -> None:
        resumed.set()

    trace = aiohttp.TraceConfig()
    trace.on_connection_queued_start.append(on_queued)
    trace.on_connection_queued_end.append(on_resumed)
    connector = aiohttp.TCPConnector(limit=limit)
    async with complaints(), aiohttp.ClientSession(connector=connector, trace_configs=[trace]) as session:

        async def make_calls() -> None:
            for _ in range(calls):
                await call(session)

        work, wait = asyncio.create_task(make_calls()), asyncio.create_task(queued.wait())
        await asyncio.wait({work, wait}, timeout=LOST_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if queued.is_set():
            # A slot that was about to be free any moment does not count.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(resumed.wait(), 0.5)
        dry = queued.is_set() and not resumed.is_set()
        wait.cancel()
        if dry:
            work.cancel()
        await asyncio.wait({work, wait}, timeout=LOST_PATIENCE)
        if not dry:
            work.result()
        return dry


async def turns_while_held(upstream: Upstream, work: Awaitable[object]) -> int:
    """Count the turns that other tasks of this loop get while the upstream's `/slow` holds a request of `work`.

    None for a call that blocks the loop: then the upstream gives up by itself. Otherwise the request is
    released after `TURNS_ENOUGH` turns.
    """
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while turns < TURNS_ENOUGH:
            await asyncio.sleep(0)
            turns += bool(upstream.held)
        upstream.release()

    ticker = asyncio.create_task(tick())
    try:
        await work
    finally:
        ticker.cancel()
    return turns


async def turns_in_handler(application: web.Application, path: str = "/") -> int:
    """Request `path` once, and count the turns that other tasks get between the handler's begin and end."""
    turns = 0
    counted: list[int] = []

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        before = turns
        response = await handler(request)
        counted.append(turns - before)
        return response

    application.middlewares.append(count)
    ticker = asyncio.create_task(tick())
    try:
        async with serve(application) as url:
            await fetch(url.with_path(path))
    finally:
        ticker.cancel()
    return counted[0]


@dataclass
class Complaints:
    """What Python and the event loop complained about."""

    warnings: list[str] = field(default_factory=list)
    """Texts of the warnings (`ResourceWarning`, `RuntimeWarning`…), also those that only garbage collection gives."""
    loop: list[str] = field(default_factory=list)
    """Messages that reached the loop's exception handler: by default, errors in the log."""


@contextlib.asynccontextmanager
async def complaints() -> AsyncIterator[Complaints]:
    """Collect the complaints about what runs in the block; complete once the block is over."""
    heard = Complaints()
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: heard.loop.append(context["message"]))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield heard
            for _ in range(4):
                gc.collect()
                await asyncio.sleep(0)
                # A kept warning keeps what it is about alive, and that may have something to complain about too.
                heard.warnings.extend(f"{warning.category.__name__}: {warning.message}" for warning in caught)
                caught.clear()
    finally:
        loop.set_exception_handler(before)


async def cookies_set_by(application: web.Application, path: str = "/", method: str = "GET") -> SimpleCookie:
    """Request `path` once, and give the cookies as the `Set-Cookie` headers describe them."""
    cookies = SimpleCookie()
    async with (
        serve(application) as url,
        aiohttp.ClientSession() as session,
        session.request(method, url.with_path(path), allow_redirects=False) as response,
    ):
        for header in response.headers.getall("Set-Cookie", []):
            cookies.load(header)
    return cookies


async def closing_seen_by_peer(websocket: aiohttp.ClientWebSocketResponse[bool]) -> Closing:
    """Read until the connection ends, and tell how it did."""
    while True:
        message = await websocket.receive(timeout=LOST_PATIENCE)
        if message.type is WSMsgType.CLOSE:
            return Closing(message.data, frame=True)
        if message.type in {WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}:
            return Closing(websocket.close_code or NO_FRAME, frame=False)
