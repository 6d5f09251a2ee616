"""Server-sent events and long polling over real connections."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from examples.service.application import create_application
from examples.service.feed import Feed
from examples.service.keys import FEED
from examples.service.settings import Settings

from .clients import browser, running


@pytest.fixture
def feed(application: web.Application) -> Feed:
    return application[FEED]


@pytest.fixture
def impatient(settings: Settings) -> web.Application:
    return create_application(dataclasses.replace(settings, patience=0.01))


async def event(stream: aiohttp.ClientResponse) -> list[str]:
    return (await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 10)).decode().splitlines()


async def test_events_arrive_as_they_happen(feed: Feed, client: aiohttp.ClientSession) -> None:
    feed.publish("before")
    async with client.get("/events") as response:
        assert response.content_type == "text/event-stream"
        feed.publish("one")
        assert await event(response) == ["id: 2", "data: one", ""]
        feed.publish("two\nlines")
        assert await event(response) == ["id: 3", "data: two", "data: lines", ""]


async def test_who_comes_back_misses_nothing(feed: Feed, client: aiohttp.ClientSession) -> None:
    for text in ("one", "two", "three"):
        feed.publish(text)
    async with client.get("/events", headers={"Last-Event-ID": "1"}) as response:
        assert await event(response) == ["id: 2", "data: two", ""]
        assert await event(response) == ["id: 3", "data: three", ""]


async def test_quiet_streams_stay_alive(impatient: web.Application) -> None:
    async with running(impatient) as server, browser(server) as client, client.get("/events") as response:
        assert await event(response) == [": nothing new", ""]


async def test_long_poll_waits_for_news(feed: Feed, client: aiohttp.ClientSession) -> None:
    poll = asyncio.create_task(changes_after(client, 0))
    feed.publish("one")
    assert await asyncio.wait_for(poll, 10) == [{"number": 1, "text": "one"}]
    feed.publish("two")
    assert await changes_after(client, 1) == [{"number": 2, "text": "two"}]


async def changes_after(client: aiohttp.ClientSession, number: int) -> object:
    async with client.get("/changes", params={"after": number}) as response:
        assert response.status == 200
        return (await response.json())["changes"]


async def test_long_poll_ends_with_nothing(impatient: web.Application) -> None:
    async with running(impatient) as server, browser(server) as client:
        async with client.get("/changes") as response:
            assert response.status == 204
        async with client.get("/changes?after=x") as response:
            assert response.status == 400


async def test_shutdown_ends_streams(application: web.Application) -> None:
    server = TestServer(application)
    await server.start_server()
    async with browser(server) as client, client.get("/events") as stream:
        poll = asyncio.create_task(client.get("/changes"))
        await asyncio.wait_for(server.close(), 30)
        assert await stream.read() == b""
        # One that was too late finds the door shut.
        with contextlib.suppress(aiohttp.ClientConnectionError):
            assert (await poll).status == 204
