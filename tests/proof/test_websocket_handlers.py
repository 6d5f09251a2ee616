"""What a WebSocket's peer meets when its handler is out of its reach, or does not listen."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType

from .harness import (
    LOST_PATIENCE,
    Example,
    bad_and_good,
    bad_good_and_fixed,
    closing_seen_by_peer,
    complaints,
    serve,
)

if TYPE_CHECKING:
    from .harness import Variant

WRONG_METHOD = Example(
    "AIO617",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_str("hello")
    return ws

app = web.Application()
app.router.add_post("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_str("hello")
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_handshake_finds_only_routes_for_get(variant: Variant) -> None:
    example = WRONG_METHOD.load(variant)
    async with serve(example.app) as url, aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                await session.ws_connect(url)
            assert refusal.value.status == 405
        else:
            async with session.ws_connect(url) as peer:
                assert await peer.receive_str(timeout=LOST_PATIENCE) == "hello"


UNANSWERED = Example(
    "AIO618",
    bad="""
from aiohttp import WSMsgType, web

async def handler(request):
    ws = web.WebSocketResponse(autoping=False)
    await ws.prepare(request)
    async for message in ws:
        if message.type is WSMsgType.TEXT:
            await ws.send_str(message.data)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import WSMsgType, web

async def handler(request):
    ws = web.WebSocketResponse(autoping=False)
    await ws.prepare(request)
    async for message in ws:
        if message.type is WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type is WSMsgType.PING:
            await ws.pong(message.data)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_ping_is_answered_by_somebody(variant: Variant) -> None:
    example = UNANSWERED.load(variant)
    async with (
        serve(example.app) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url, autoping=False) as peer,
    ):
        await peer.ping(b"there?")
        await peer.send_str("hello")
        first = await peer.receive(timeout=LOST_PATIENCE)
        assert first.type is (WSMsgType.TEXT if variant == "bad" else WSMsgType.PONG)


@bad_good_and_fixed
async def test_peer_with_heartbeat_hangs_up(variant: Variant) -> None:
    example = UNANSWERED.load(variant)
    async with (
        serve(example.app) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url, heartbeat=0.05) as peer,
    ):
        if variant == "bad":
            assert (await closing_seen_by_peer(peer)).frame is False
        else:
            receiving = asyncio.create_task(peer.receive())
            await asyncio.wait({receiving}, timeout=0.3)
            await peer.send_str("still here")
            assert (await asyncio.wait_for(receiving, LOST_PATIENCE)).data == "still here"


NEVER_READ = Example(
    "AIO620",
    bad="""
import asyncio
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    while not ws.closed:
        await ws.send_str("tick")
        await asyncio.sleep(0.01)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import asyncio
from aiohttp import web

async def send_ticks(ws):
    while True:
        await ws.send_str("tick")
        await asyncio.sleep(0.01)

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    sender = asyncio.create_task(send_ticks(ws))
    try:
        async for _ in ws:
            pass
    finally:
        sender.cancel()
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_close_hangs_while_nobody_reads(variant: Variant) -> None:
    example = NEVER_READ.load(variant)
    async with complaints(), serve(example.app) as url, aiohttp.ClientSession() as session:
        peer = await session.ws_connect(url)
        for _ in range(3):
            assert await peer.receive_str(timeout=LOST_PATIENCE) == "tick"
        closing = asyncio.create_task(peer.close())
        if variant == "bad":
            done, _ = await asyncio.wait({closing}, timeout=0.5)
            assert not done
            closing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await closing
        else:
            assert await asyncio.wait_for(closing, LOST_PATIENCE)
            assert peer.close_code == WSCloseCode.OK
