"""The feed: its messages arrive, and it comes back after every kind of loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from examples.client import listener
from examples.client.connection import open_session, trust
from examples.client.listener import Listener
from examples.client.metrics import Metrics
from yarl import URL

from tests.reference_client.conftest import Handler, Serve, quick

Talk = Callable[[web.WebSocketResponse, web.Request], Awaitable[None]]


def feed(*talks: Talk) -> Handler:
    """Give a feed whose first connection is the first talk, and so on; the last one is held open."""
    left = iter(talks)

    async def handler(request: web.Request) -> web.StreamResponse:
        websocket = web.WebSocketResponse()
        talk = next(left, None)
        if talk is None:
            raise web.HTTPServiceUnavailable
        await websocket.prepare(request)
        await talk(websocket, request)
        return websocket

    return handler


def saying(*texts: str, then: Talk | None = None) -> Talk:
    async def talk(websocket: web.WebSocketResponse, request: web.Request) -> None:
        for text in texts:
            await websocket.send_str(text)
        if then is not None:
            await then(websocket, request)

    return talk


async def held_open(websocket: web.WebSocketResponse, _request: web.Request) -> None:
    async for message in websocket:
        assert message.type is WSMsgType.TEXT


async def torn_off(_websocket: web.WebSocketResponse, request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


@asynccontextmanager
async def listening(service: URL, **settings: object) -> AsyncIterator[asyncio.Queue[Any]]:
    """Listen to the feed of a service, and give what arrives."""
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    chosen = quick(service, attempts=1, failures_to_open=1000, **settings)
    async with await open_session(chosen, trust(chosen), Metrics()) as session:
        task = asyncio.create_task(Listener(session, "feed", arrived.put, first_pause=0.01).run())
        yield arrived
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert not session.closed
    assert arrived.empty()


async def next_of(arrived: asyncio.Queue[Any], count: int) -> list[Any]:
    return [await asyncio.wait_for(arrived.get(), 20) for _ in range(count)]


async def test_messages_arrive_in_order(serve: Serve) -> None:
    service = await serve({"/feed": feed(saying('{"n": 1}', "[2]", "3", then=held_open))})
    async with listening(service) as arrived:
        assert await next_of(arrived, 3) == [{"n": 1}, [2], 3]


@pytest.mark.parametrize("loss", [None, torn_off], ids=["closed", "torn-off"])
async def test_it_comes_back(loss: Talk | None, serve: Serve) -> None:
    service = await serve(
        {"/feed": feed(saying("1", then=loss), saying("2", then=loss), saying("3", then=held_open))}
    )
    async with listening(service) as arrived:
        assert await next_of(arrived, 3) == [1, 2, 3]


async def test_it_comes_back_to_a_service_that_was_away(serve: Serve) -> None:
    asked: list[int] = []
    there = feed(saying('"back"', then=held_open))

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(1)
        if len(asked) == 1:
            raise web.HTTPNotFound
        if len(asked) == 2:
            return web.Response(text="no WebSocket")
        return await there(request)

    service = await serve({"/feed": handler})
    async with listening(service) as arrived:
        assert await next_of(arrived, 1) == ["back"]
    assert len(asked) == 3


async def test_bad_json_is_left_out(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    service = await serve({"/feed": feed(saying("1", "{broken", "", "2", then=held_open))})
    async with listening(service) as arrived:
        assert await next_of(arrived, 2) == [1, 2]
    assert [record.message for record in caplog.records if "JSON" in record.message] == [
        "the feed sent what is no JSON"
    ] * 2


async def test_a_message_that_is_too_long_ends_the_connection_only(serve: Serve) -> None:
    long = '"' + "x" * listener.LONGEST_MESSAGE + '"'
    service = await serve({"/feed": feed(saying("1", long, then=held_open), saying("2", then=held_open))})
    async with listening(service) as arrived:
        assert await next_of(arrived, 2) == [1, 2]


async def test_binary_messages_are_not_for_it(serve: Serve) -> None:
    async def talk(websocket: web.WebSocketResponse, request: web.Request) -> None:
        await websocket.send_bytes(b"0")
        await saying("1", then=held_open)(websocket, request)

    service = await serve({"/feed": feed(talk)})
    async with listening(service) as arrived:
        assert await next_of(arrived, 1) == [1]


async def test_a_quiet_feed_outlives_the_limit_of_a_request(serve: Serve) -> None:
    async def talk(websocket: web.WebSocketResponse, request: web.Request) -> None:
        await asyncio.sleep(0.6)
        await saying('"still here"', then=held_open)(websocket, request)

    service = await serve({"/feed": feed(talk)})
    async with listening(service, total_timeout=0.3) as arrived:
        assert await next_of(arrived, 1) == ["still here"]


async def test_a_dead_peer_is_noticed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEARTBEAT", 0.1)
    gone = asyncio.Event()

    async def dead(_websocket: web.WebSocketResponse, _request: web.Request) -> None:
        # It does not read, so it answers no ping.
        await gone.wait()

    service = await serve({"/feed": feed(dead, saying('"alive"', then=held_open))})
    async with listening(service) as arrived:
        assert await next_of(arrived, 1) == ["alive"]
        gone.set()


async def test_pauses_grow_until_something_comes(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "LONGEST_PAUSE", 0.04)
    waited: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waited.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(listener.asyncio, "sleep", noted)
    silent = saying()
    talks = [silent, silent, silent, silent, saying("1"), saying("2", then=held_open)]
    service = await serve({"/feed": feed(*talks)})
    async with listening(service) as arrived:
        assert await next_of(arrived, 2) == [1, 2]
    assert [seconds for seconds in waited if seconds] == [0.01, 0.02, 0.04, 0.04, 0.01]
