"""How the peer of a WebSocket learns that it is over."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType, web

from .harness import (
    LOST_PATIENCE,
    Example,
    bad_and_good,
    bad_good_and_fixed,
    closing_seen_by_peer,
    complaints,
    run_source,
    serve,
    until,
)
from .upstream import NO_FRAME, Closing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from yarl import URL

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


@contextlib.asynccontextmanager
async def connected(url: URL) -> AsyncIterator[aiohttp.ClientWebSocketResponse[bool]]:
    """Open a WebSocket of our own to an example's server."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as peer:
        yield peer


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Give what aiohttp's server logged as errors."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "aiohttp.server" and record.levelno >= logging.ERROR
    ]


NOT_PREPARED = Example(
    "AIO601",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.send_str("hello")
    return ws

app = web.Application()
app.router.add_get("/", handler)
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
async def test_unprepared_socket_fails_the_handshake(variant: Variant) -> None:
    example = NOT_PREPARED.load(variant)
    async with serve(example.app) as url:
        if variant == "bad":
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                async with connected(url):
                    pass
            assert refusal.value.status == 500
        else:
            async with connected(url) as peer:
                assert await peer.receive_str(timeout=LOST_PATIENCE) == "hello"


NOT_AWAITED = Example(
    "AIO602",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    ws.send_str("hello")
    return ws

app = web.Application()
app.router.add_get("/", handler)
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
async def test_message_that_is_not_awaited_is_never_sent(variant: Variant) -> None:
    example = NOT_AWAITED.load(variant)
    async with complaints() as heard, serve(example.app) as url, connected(url) as peer:
        message = await peer.receive(timeout=LOST_PATIENCE)
    if variant == "bad":
        assert message.type is not WSMsgType.TEXT
        assert any("was never awaited" in warning for warning in heard.warnings)
    else:
        assert message.data == "hello"
        assert heard.warnings == []


NO_RESULT = Example(
    "AIO603",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(message.data)

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
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
)


@bad_good_and_fixed
async def test_handler_without_result_logs_an_error(
    variant: Variant, caplog: pytest.LogCaptureFixture
) -> None:
    example = NO_RESULT.load(variant)
    async with serve(example.app) as url, connected(url) as peer:
        await peer.close()
    errors = errors_in(caplog)
    assert len(errors) == (variant == "bad")
    assert all("Missing return statement" in error for error in errors)


LATE_REFUSAL = Example(
    "AIO603",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    raise web.HTTPForbidden()

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    raise web.HTTPForbidden()

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_refusal_after_prepare_breaks_the_frames(variant: Variant) -> None:
    example = LATE_REFUSAL.load(variant)
    async with serve(example.app) as url:
        if variant == "bad":
            async with connected(url) as peer:
                message = await peer.receive(timeout=LOST_PATIENCE)
            assert message.type is WSMsgType.ERROR
            assert message.data.code == WSCloseCode.PROTOCOL_ERROR
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                async with connected(url):
                    pass
            assert refusal.value.status == 403


DEAD_BRANCH = Example(
    "AIO604",
    bad="""
import aiohttp

async def listen(session: aiohttp.ClientSession, url, seen):
    async with session.ws_connect(url) as ws:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.CLOSE:
                seen.append("closed")
""",
    good="""
import aiohttp

async def listen(session: aiohttp.ClientSession, url, seen):
    async with session.ws_connect(url) as ws:
        async for message in ws:
            print(message.data)
        seen.append("closed")
""",
)


@bad_and_good
async def test_iteration_does_not_give_the_closing_message(variant: Variant) -> None:
    example = DEAD_BRANCH.load(variant)
    seen: list[str] = []
    async with serve(closing_at_once) as url, aiohttp.ClientSession() as session:
        await example.listen(session, url, seen)
    assert seen == ([] if variant == "bad" else ["closed"])


DEAD_BREAK = Example(
    "AIO604",
    bad="""
import aiohttp

async def listen(session: aiohttp.ClientSession, url):
    async with session.ws_connect(url) as ws:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.CLOSE:
                break
        return ws.close_code
""",
    good="""
import aiohttp

async def listen(session: aiohttp.ClientSession, url):
    async with session.ws_connect(url) as ws:
        async for message in ws:
            pass
        return ws.close_code
""",
)


@bad_good_and_fixed
async def test_without_the_dead_branch_the_loop_ends_as_before(variant: Variant) -> None:
    example = DEAD_BREAK.load(variant)
    async with serve(closing_at_once) as url, aiohttp.ClientSession() as session:
        assert await example.listen(session, url) == WSCloseCode.OK


async def closing_at_once(request: web.Request) -> web.WebSocketResponse:
    """Close every connection as soon as it is open."""
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.close()
    return ws


ENDLESS = Example(
    "AIO605",
    bad="""
import aiohttp

async def listen(ws: aiohttp.ClientWebSocketResponse):
    while True:
        message = await ws.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            print(message.data)
""",
    good="""
import aiohttp

async def listen(ws: aiohttp.ClientWebSocketResponse):
    async for message in ws:
        if message.type is aiohttp.WSMsgType.TEXT:
            print(message.data)
""",
)


class GaveUpError(Exception):
    """The loop went on for longer than any loop that ends."""


@bad_good_and_fixed
async def test_receive_goes_on_for_ever_and_lets_nobody_else_run(variant: Variant) -> None:
    example = ENDLESS.load(variant)
    turns = rounds = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with serve(closing_at_once) as url, connected(url) as peer:
        await closing_seen_by_peer(peer)
        receive = peer.receive

        async def counting_receive(timeout: float | None = None) -> aiohttp.WSMessage:
            nonlocal rounds
            rounds += 1
            if rounds > 1000:
                raise GaveUpError
            return await receive(timeout)

        peer.receive = counting_receive  # type: ignore[method-assign]
        ticker = asyncio.create_task(tick())
        await asyncio.sleep(0)
        before = turns
        with contextlib.suppress(GaveUpError):
            await example.listen(peer)
        assert turns == before
        ticker.cancel()
    assert (rounds > 1000) == (variant == "bad")


TYPED = Example(
    "AIO606",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    while True:
        await ws.send_json(await ws.receive_json())

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        if message.type is web.WSMsgType.TEXT:
            await ws.send_json(message.json())
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_typed_receive_logs_an_error_for_each_client_that_leaves(
    variant: Variant, caplog: pytest.LogCaptureFixture
) -> None:
    example = TYPED.load(variant)
    async with serve(example.app) as url, connected(url) as peer:
        await peer.send_json({"a": 1})
        assert await peer.receive_json(timeout=LOST_PATIENCE) == {"a": 1}
    assert len(errors_in(caplog)) == (variant == "bad")


CONCURRENT = Example(
    "AIO607",
    bad="""
import asyncio
import aiohttp

async def pair(ws: aiohttp.ClientWebSocketResponse):
    return await asyncio.gather(ws.receive(), ws.receive())
""",
    good="""
import aiohttp

async def pair(ws: aiohttp.ClientWebSocketResponse):
    return [await ws.receive(), await ws.receive()]
""",
)


@bad_and_good
async def test_second_receive_fails(variant: Variant, upstream: Upstream) -> None:
    example = CONCURRENT.load(variant)
    async with connected(upstream.url / "websocket") as peer:
        await peer.send_str("one")
        await peer.send_str("two")
        if variant == "bad":
            with pytest.raises(RuntimeError, match="Concurrent call to receive"):
                await example.pair(peer)
        else:
            assert [message.data for message in await example.pair(peer)] == ["one", "two"]


LIVE = Example(
    "AIO608",
    bad="""
from aiohttp import web

PEERS: set[web.WebSocketResponse] = set()

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    PEERS.add(ws)
    try:
        async for message in ws:
            pass
    finally:
        PEERS.discard(ws)
    return ws

async def close_all():
    for ws in PEERS:
        await ws.close()

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import asyncio
from aiohttp import web

PEERS: set[web.WebSocketResponse] = set()

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    PEERS.add(ws)
    try:
        async for message in ws:
            pass
    finally:
        PEERS.discard(ws)
    return ws

async def close_all():
    await asyncio.gather(*[ws.close() for ws in PEERS])

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_peers_that_leave_break_the_loop_over_their_registry(variant: Variant) -> None:
    example = LIVE.load(variant)
    async with serve(example.app) as url, aiohttp.ClientSession() as session:
        peers = [await session.ws_connect(url) for _ in range(3)]
        await until(lambda: len(example.PEERS) == 3)
        closings = [asyncio.create_task(closing_seen_by_peer(peer)) for peer in peers]
        if variant == "bad":
            with pytest.raises(RuntimeError, match="changed size"):
                await example.close_all()
        else:
            await example.close_all()
            assert {closing.code for closing in await asyncio.gather(*closings)} == {WSCloseCode.OK}
        for peer in peers:
            await peer.close()
        await asyncio.gather(*closings)


AFTER_CLOSE = Example(
    "AIO613",
    bad="""
import aiohttp

async def listen(ws: aiohttp.ClientWebSocketResponse):
    await ws.close()
    await ws.send_str("bye")
""",
    good="""
import aiohttp

async def listen(ws: aiohttp.ClientWebSocketResponse):
    await ws.send_str("bye")
    await ws.close()
""",
)


@bad_and_good
async def test_send_after_close_fails(variant: Variant, upstream: Upstream) -> None:
    example = AFTER_CLOSE.load(variant)
    async with connected(upstream.url / "websocket") as peer:
        if variant == "bad":
            with pytest.raises(ConnectionResetError):
                await example.listen(peer)
        else:
            await example.listen(peer)


SILENT_PEER = Example(
    "AIO614",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        pass
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse(heartbeat=0.05)
    await ws.prepare(request)
    async for message in ws:
        pass
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_only_a_heartbeat_pings_a_silent_peer(variant: Variant) -> None:
    # The fixed one's thirty seconds are too long for a test: its pings come as often as the good one's.
    source = SILENT_PEER.source(variant).replace("heartbeat=30.0", "heartbeat=0.05")
    async with serve(run_source(source).app) as url, aiohttp.ClientSession() as session:
        peer = await session.ws_connect(url, autoping=False)
        if variant == "bad":
            with pytest.raises(asyncio.TimeoutError):
                await peer.receive(timeout=0.3)
        else:
            assert (await peer.receive(timeout=LOST_PATIENCE)).type is WSMsgType.PING
            assert (await closing_seen_by_peer(peer)).frame is False
        await peer.close()


LATE_HEARTBEAT = Example(
    "AIO614",
    bad="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse(heartbeat=60, receive_timeout=0.3)
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(message.data)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
from aiohttp import web

async def handler(request):
    ws = web.WebSocketResponse(heartbeat=0.05, receive_timeout=0.3)
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(message.data)
    return ws

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_receive_timeout_ends_a_quiet_connection_without_pings(variant: Variant) -> None:
    example = LATE_HEARTBEAT.load(variant)
    async with serve(example.app) as url, connected(url) as peer:
        receiving = asyncio.create_task(peer.receive())
        done, _ = await asyncio.wait({receiving}, timeout=LOST_PATIENCE if variant == "bad" else 1.0)
        if variant == "bad":
            assert receiving in done
            assert receiving.result().type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}
        else:
            await peer.send_str("still here")
            assert (await asyncio.wait_for(receiving, LOST_PATIENCE)).data == "still here"
