"""The tests of a client: a server of the test plays the service, and nothing of aiohttp is replaced.

A mock of `ClientSession` would know neither timeouts nor broken connections, nor what the real one does with a body. What
may well be replaced is what the code was made to take from outside: the address, the pauses, the clock.

Practices: 12.2, 12.8.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from yarl import URL

from ..client.api import Document, service_client
from ..client.errors import ServiceUnavailableError
from ..client.settings import ClientSettings


@contextlib.asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[URL]:
    application = web.Application()
    application.router.add_get("/documents", handler)
    async with TestServer(application) as server:
        yield server.make_url("/")


def asking(service: URL) -> ClientSettings:
    return ClientSettings(service, total_timeout=5, first_pause=0.001)


async def test_answers_become_values() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response([{"name": "report", "size": 7}])

    async with serving(answer) as service, service_client(asking(service)) as client:
        assert await client.documents() == [Document("report", 7)]


async def test_it_asks_again_when_the_service_is_busy() -> None:
    statuses = [503, 200]

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response([], status=statuses.pop(0))

    async with serving(answer) as service, service_client(asking(service)) as client:
        assert await client.documents() == []
    assert statuses == []


async def test_a_service_that_is_gone() -> None:
    service = URL.build(scheme="http", host="127.0.0.1", port=unused_port())
    async with service_client(asking(service)) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.documents()
