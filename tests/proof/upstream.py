"""The server that the examples of the proofs talk to.

It runs in a thread with an event loop of its own, so it goes on answering while an example blocks the loop of
the test. What it saw is there to be read at any time.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import trustme
from aiohttp import ClientConnectionError, WSMsgType, web
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp.typedefs import Handler

BIG = 5_000_000
"""The size of a big body: far past the limit at which a client stops reading ahead."""

HOLD_LIMIT = 1.0
"""Seconds after which `/slow` answers, although nobody released it."""

NO_FRAME = 1006
"""The code that stands for a WebSocket connection that ended without a closing frame (RFC 6455, 7.1.5)."""

_CHUNK = b"x" * 50_000


@dataclass
class Received:
    """A request as the upstream saw it."""

    method: str
    path: str
    body: bytes
    cookies: dict[str, str]
    completed: bool = False
    """The handler wrote everything that it had to say."""
    cut_off: bool = False
    """The client went before that."""


@dataclass(frozen=True)
class Closing:
    """How a WebSocket connection ended."""

    code: int
    frame: bool
    """A closing frame came, the connection did not just break."""


@dataclass
class Upstream:
    """A running upstream server: its addresses, and its record.

    Every path answers every method: `/small`, `/big` (`BIG` bytes), `/slow` (holds the request until `release`),
    `/stream` (endless), `/unavailable` (503 with a big body), `/cookies` (the request's cookies as JSON);
    `/websocket` echoes.
    """

    url: URL
    tls_url: URL
    authority: trustme.CA
    """Who signed the certificate of `tls_url`; nobody trusts it unless told to."""
    requests: list[Received] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    held: int = 0
    """Requests to `/slow` that wait at this moment."""
    _peers: set[tuple[str, int]] = field(default_factory=set)
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    @property
    def connections(self) -> int:
        """How many different connections have brought a request."""
        return len(self._peers)

    def release(self) -> None:
        """Let the requests to `/slow` go, the present ones and those to come."""
        self._loop.call_soon_threadsafe(self._released.set)

    @web.middleware
    async def record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keep what is asked, over which connection, and whether it was answered in full."""
        assert request.transport is not None
        self._peers.add(request.transport.get_extra_info("peername")[:2])
        received = Received(request.method, request.path, await request.read(), dict(request.cookies))
        self.requests.append(received)
        try:
            response = await handler(request)
        except (ConnectionError, ClientConnectionError):
            received.cut_off = True
            raise
        received.completed = True
        return response

    async def small(self, _request: web.Request) -> web.Response:
        """Answer with a body that fits a single packet."""
        return web.json_response({"small": True})

    async def big(self, request: web.Request) -> web.StreamResponse:
        """Answer with `BIG` bytes, or as many of them as the client takes."""
        return await _send_big(request, web.StreamResponse())

    async def unavailable(self, request: web.Request) -> web.StreamResponse:
        """Answer 503, at length."""
        return await _send_big(request, web.StreamResponse(status=503))

    async def slow(self, _request: web.Request) -> web.Response:
        """Hold the request until somebody releases it."""
        self.held += 1
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._released.wait(), HOLD_LIMIT)
        self.held -= 1
        return web.json_response({"slow": True})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send for as long as the client takes."""
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"tick\n")
            await asyncio.sleep(0.01)

    async def cookies(self, request: web.Request) -> web.Response:
        """Answer with the cookies that came."""
        return web.json_response(dict(request.cookies))

    async def websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Echo every text, and keep how the peer ended the connection."""
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        while (message := await websocket.receive()).type is WSMsgType.TEXT:
            await websocket.send_str(message.data)
        if message.type is WSMsgType.CLOSE:
            self.closings.append(Closing(message.data, frame=True))
        else:
            self.closings.append(Closing(NO_FRAME, frame=False))
        return websocket


async def _send_big(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    response.content_length = BIG
    await response.prepare(request)
    for _ in range(BIG // len(_CHUNK)):
        await response.write(_CHUNK)
    return response


async def _start() -> tuple[Upstream, web.AppRunner]:
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    application = web.Application()
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    upstream = Upstream(URL(), URL(), authority)
    application.middlewares.append(upstream.record)
    for name in ("small", "big", "slow", "stream", "unavailable", "cookies"):
        application.router.add_route("*", f"/{name}", getattr(upstream, name))
    application.router.add_get("/websocket", upstream.websocket)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    (_, port), (_, tls_port) = runner.addresses
    upstream.url = URL.build(scheme="http", host="127.0.0.1", port=port)
    upstream.tls_url = URL.build(scheme="https", host="127.0.0.1", port=tls_port)
    return upstream, runner


@contextlib.contextmanager
def run_upstream() -> Iterator[Upstream]:
    """Run an upstream server on loopback until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="upstream")
    thread.start()
    try:
        upstream, runner = asyncio.run_coroutine_threadsafe(_start(), loop).result(30)
        try:
            yield upstream
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
