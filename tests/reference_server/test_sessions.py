"""Sessions that are kept in the database."""

from __future__ import annotations

import dataclasses

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from examples.service import session_store
from examples.service.application import COOKIE, TWELVE_HOURS, create_application
from examples.service.keys import DATABASE
from examples.service.settings import Settings
from examples.tests.visitors import sign_in

from .clients import browser


@pytest.fixture
def application(settings: Settings) -> web.Application:
    return create_application(dataclasses.replace(settings, sessions_in_database=True))


def key_of(client: aiohttp.ClientSession) -> str:
    return next(cookie.value for cookie in client.cookie_jar if cookie.key == COOKIE)


async def stored(application: web.Application) -> list[str]:
    async with application[DATABASE].execute("SELECT key FROM sessions") as rows:
        return [row["key"] async for row in rows]


async def status_with(server: TestServer, key: str) -> int:
    cookies = {COOKIE: key}
    async with (
        aiohttp.ClientSession(cookies=cookies) as thief,
        thief.get(server.make_url("/session")) as response,
    ):
        return response.status


async def test_a_session_ends_on_the_server(
    application: web.Application, server: TestServer, client: aiohttp.ClientSession
) -> None:
    await sign_in(client)
    key = key_of(client)
    async with client.get("/session") as response:
        assert (await response.json())["user"] == "ada"
    kept = await stored(application)
    assert len(kept) == 1 and key not in kept
    async with client.delete("/session") as response:
        assert response.status == 200
    assert await stored(application) == []
    # With cookies that hold the session this would still be 200.
    assert await status_with(server, key) == 401


async def test_login_leaves_no_key_from_before(
    application: web.Application, server: TestServer, client: aiohttp.ClientSession
) -> None:
    async with client.get("/pages/notes") as response:
        assert response.status == 200
    planted = key_of(client)
    await sign_in(client)
    assert key_of(client) != planted
    assert await status_with(server, planted) == 401
    assert len(await stored(application)) == 1


async def test_invented_keys_are_nobody(server: TestServer) -> None:
    assert await status_with(server, "invented") == 401


async def test_old_sessions_are_over(
    application: web.Application, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browser(server) as client:
        await sign_in(client)
        key = key_of(client)
    assert await status_with(server, key) == 200
    now = session_store.time.time()
    monkeypatch.setattr(session_store.time, "time", lambda: now + TWELVE_HOURS + 1)
    assert await status_with(server, key) == 401
    await session_store.forget_old_sessions(application)
    assert await stored(application) == []
