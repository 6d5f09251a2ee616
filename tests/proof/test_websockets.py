"""How the peer of a WebSocket learns that it is over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import WSCloseCode

from .harness import Example, bad_and_good, bad_good_and_fixed, closing_seen_by_peer, serve, until
from .upstream import NO_FRAME, Closing

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

CLOSE_ARGUMENTS = Example(
    "AIO610",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.close(4001)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.close(code=4001)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_positional_close_code_breaks_the_connection(variant: Variant) -> None:
    example = CLOSE_ARGUMENTS.load(variant)
    async with serve(example.app) as url, aiohttp.ClientSession() as session, session.ws_connect(url) as peer:
        closing = await closing_seen_by_peer(peer)
    assert closing == (Closing(NO_FRAME, frame=False) if variant == "bad" else Closing(4001, frame=True))


CLIENT_NOT_CLOSED = Example(
    "AIO616",
    bad="""
import aiohttp

async def greet(session: aiohttp.ClientSession):
    ws = await session.ws_connect(URL)
    await ws.send_str("hello")
    print(await ws.receive_str())
""",
    good="""
import aiohttp

async def greet(session: aiohttp.ClientSession):
    async with session.ws_connect(URL) as ws:
        await ws.send_str("hello")
        print(await ws.receive_str())
""",
)


@bad_good_and_fixed
async def test_dropped_client_leaves_without_a_closing_frame(variant: Variant, upstream: Upstream) -> None:
    example = CLIENT_NOT_CLOSED.load(variant, URL=upstream.url / "websocket")
    async with aiohttp.ClientSession() as session:
        await example.greet(session)
    await until(lambda: len(upstream.closings) == 1)
    [closing] = upstream.closings
    assert closing == (
        Closing(NO_FRAME, frame=False) if variant == "bad" else Closing(WSCloseCode.OK, frame=True)
    )


NO_SHUTDOWN_CLOSE = Example(
    "AIO615",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(message.data)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import weakref
from aiohttp import WSCloseCode, web

SOCKETS = web.AppKey("sockets", weakref.WeakSet)

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    request.app[SOCKETS].add(ws)
    try:
        async for message in ws:
            await ws.send_str(message.data)
    finally:
        request.app[SOCKETS].discard(ws)
    return ws

async def close_sockets(app):
    for ws in list(app[SOCKETS]):
        await ws.close(code=WSCloseCode.GOING_AWAY, message=b"server shutdown")

app = web.Application()
app[SOCKETS] = weakref.WeakSet()
app.on_shutdown.append(close_sockets)
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_shutdown_breaks_open_connections(variant: Variant) -> None:
    example = NO_SHUTDOWN_CLOSE.load(variant)
    async with aiohttp.ClientSession() as session:
        async with serve(example.app, shutdown_timeout=0.2) as url:
            peer = await session.ws_connect(url)
            await peer.send_str("here")
            assert await peer.receive_str() == "here"
            closing = asyncio.create_task(closing_seen_by_peer(peer))
        expected = (
            Closing(WSCloseCode.GOING_AWAY, frame=True)
            if variant == "good"
            else Closing(NO_FRAME, frame=False)
        )
        assert await closing == expected
        await peer.close()
