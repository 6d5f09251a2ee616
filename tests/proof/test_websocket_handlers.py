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
from .upstream import NO_FRAME, Closing

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


REGISTRY = Example(
    "AIO609",
    bad="""
from aiohttp import web

PEERS: set[web.WebSocketResponse] = set()

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    PEERS.add(ws)
    async for message in ws:
        await ws.send_json(message.json())
    PEERS.discard(ws)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

PEERS: set[web.WebSocketResponse] = set()

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    PEERS.add(ws)
    try:
        async for message in ws:
            await ws.send_json(message.json())
    finally:
        PEERS.discard(ws)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_failure_leaves_the_socket_in_its_registry(variant: Variant) -> None:
    example = REGISTRY.load(variant)
    async with serve(example.app) as url, aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as peer:
            await peer.send_json({"a": 1})
            assert await peer.receive_json(timeout=LOST_PATIENCE) == {"a": 1}
            await peer.send_str("no JSON")
            await closing_seen_by_peer(peer)
        assert len(example.PEERS) == (variant == "bad")
        for ws in example.PEERS:
            with pytest.raises(ConnectionResetError):
                await ws.send_str("hello")


WRONG_PAYLOAD = Example(
    "AIO611",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_str({"ok": True})
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_json({"ok": True})
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)

FOREIGN_METHOD = Example(
    "AIO611",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_text('{"ok": true}')
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_str('{"ok": true}')
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@pytest.mark.parametrize("example", [WRONG_PAYLOAD, FOREIGN_METHOD], ids=["payload", "method"])
@bad_good_and_fixed
async def test_wrong_method_breaks_the_connection(variant: Variant, example: Example) -> None:
    loaded = example.load(variant)
    async with serve(loaded.app) as url, aiohttp.ClientSession() as session, session.ws_connect(url) as peer:
        if variant == "bad":
            assert await closing_seen_by_peer(peer) == Closing(NO_FRAME, frame=False)
        else:
            assert await peer.receive_json(timeout=LOST_PATIENCE) == {"ok": True}


ALWAYS_TRUE = Example(
    "AIO611",
    bad="""
import aiohttp

async def has_failed(ws: aiohttp.ClientWebSocketResponse):
    return True if ws.exception else False
""",
    good="""
import aiohttp

async def has_failed(ws: aiohttp.ClientWebSocketResponse):
    return True if ws.exception() else False
""",
)


@bad_good_and_fixed
async def test_method_that_is_not_called_is_always_true(variant: Variant) -> None:
    example = ALWAYS_TRUE.load(variant)
    served = REGISTRY.load("good").app
    async with serve(served) as url, aiohttp.ClientSession() as session, session.ws_connect(url) as peer:
        assert await example.has_failed(peer) is (variant == "bad")


TEXT_TYPE = Example(
    "AIO619",
    bad="""
import aiohttp

async def listen(ws: aiohttp.ClientWebSocketResponse, seen):
    async for message in ws:
        if message.type == "text":
            seen.append(message.data)
""",
    good="""
import aiohttp

async def listen(ws: aiohttp.ClientWebSocketResponse, seen):
    async for message in ws:
        if message.type is aiohttp.WSMsgType.TEXT:
            seen.append(message.data)
""",
)


@bad_good_and_fixed
async def test_branch_for_text_never_runs(variant: Variant) -> None:
    example = TEXT_TYPE.load(variant)
    seen: list[str] = []
    served = WRONG_PAYLOAD.load("good").app
    async with serve(served) as url, aiohttp.ClientSession() as session, session.ws_connect(url) as peer:
        await example.listen(peer, seen)
    assert len(seen) == (variant != "bad")


FOREIGN_PAGE = Example(
    "AIO525",
    bad="""
from aiohttp import web

async def handler(request):
    user = request.cookies["user"]
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_str(user)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    origin = request.headers.get("Origin")
    if origin is not None and origin != "https://app.example":
        raise web.HTTPForbidden()
    user = request.cookies["user"]
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_str(user)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_foreign_page_speaks_as_the_user(variant: Variant) -> None:
    example = FOREIGN_PAGE.load(variant)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        serve(example.app) as url,
        aiohttp.ClientSession(cookies={"user": "me"}, cookie_jar=jar) as session,
    ):
        for origin in (None, "https://app.example"):
            async with session.ws_connect(url, origin=origin) as peer:
                assert await peer.receive_str(timeout=LOST_PATIENCE) == "me"
        if variant == "bad":
            async with session.ws_connect(url, origin="https://evil.example") as peer:
                assert await peer.receive_str(timeout=LOST_PATIENCE) == "me"
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                await session.ws_connect(url, origin="https://evil.example")
            assert refusal.value.status == 403
