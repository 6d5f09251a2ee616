"""Both backends of the cache, and the cache before something slow: kept, over, shared, failing, asked once."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from examples.service.application import create_application
from examples.service.cache import CACHE, SCHEMA, Cache, CacheBackend, DatabaseBackend, MemoryBackend
from examples.service.settings import Settings
from examples.tests.archive import Archive, playing_archive
from examples.tests.visitors import sign_in, visiting


@pytest.fixture(params=["memory", "database"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CacheBackend]:
    if request.param == "memory":
        yield MemoryBackend()
        return
    async with aiosqlite.connect(tmp_path / "cache.db", isolation_level=None) as connection:
        await connection.executescript(SCHEMA)
        yield DatabaseBackend(connection)


async def test_texts_are_kept_until_they_are_over(backend: CacheBackend) -> None:
    assert await backend.get("a") is None
    await backend.keep("a", "first", 60)
    await backend.keep("b", "other", 60)
    await backend.keep("a", "second", 60)
    assert await backend.get("a") == "second"
    assert await backend.get("b") == "other"
    await backend.keep("a", "third", 0)
    assert await backend.get("a") is None


async def test_memory_drops_what_was_not_used_for_longest() -> None:
    backend = MemoryBackend(most=2)
    await backend.keep("a", "1", 60)
    await backend.keep("b", "2", 60)
    assert await backend.get("a") == "1"
    await backend.keep("c", "3", 60)
    assert [await backend.get(key) for key in "abc"] == ["1", None, "3"]


async def test_the_database_forgets_what_is_over(tmp_path: Path) -> None:
    file = tmp_path / "cache.db"
    async with aiosqlite.connect(file, isolation_level=None) as connection:
        await connection.executescript(SCHEMA)
        backend = DatabaseBackend(connection)
        await backend.keep("a", "1", 0)
        await backend.keep("b", "2", 60)
        with contextlib.closing(sqlite3.connect(file)) as other:
            assert other.execute("SELECT key FROM cache").fetchall() == [("b",)]


async def test_who_asks_together_is_answered_together(backend: CacheBackend) -> None:
    cache = Cache(backend)
    started, finish = asyncio.Event(), asyncio.Event()
    asked = 0

    async def ask() -> str:
        nonlocal asked
        asked += 1
        started.set()
        await finish.wait()
        return "the answer"

    first = asyncio.create_task(cache.get("key", 60, ask))
    await started.wait()
    others = [asyncio.create_task(cache.get("key", 60, ask)) for _ in range(3)]
    # The one who came first leaves: it is still asked for the others.
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    finish.set()
    assert await asyncio.gather(*others) == ["the answer"] * 3
    assert await cache.get("key", 60, ask) == "the answer"
    assert asked == 1


async def test_a_failure_is_for_all_who_wait(backend: CacheBackend) -> None:
    cache = Cache(backend)
    asked = 0

    async def ask() -> str:
        nonlocal asked
        asked += 1
        raise LookupError("not now")

    answers = await asyncio.gather(*(cache.get("key", 60, ask) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [LookupError] * 3
    assert asked == 1
    with pytest.raises(LookupError):
        await cache.get("key", 60, ask)
    assert asked == 2


async def test_nobody_is_asked_after_the_end(backend: CacheBackend) -> None:
    cache = Cache(backend)
    started = asyncio.Event()

    async def ask() -> str:
        started.set()
        await asyncio.Event().wait()
        return "never"

    waiting = asyncio.create_task(cache.get("key", 60, ask))
    await started.wait()
    await cache.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_cache_that_fails_is_empty(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "cache.db"
    async with aiosqlite.connect(file, isolation_level=None) as connection:
        await connection.executescript(SCHEMA)
        backend = DatabaseBackend(connection)
        await backend.keep("a", "1", 60)
        with contextlib.closing(sqlite3.connect(file)) as other:
            other.execute("DROP TABLE cache")
            other.commit()
        assert await backend.get("a") is None
        await backend.keep("a", "1", 60)
    assert [record.message for record in caplog.records] == [
        "the cache can't be read",
        "the cache can't be written",
    ]


@pytest.fixture
async def played_archive() -> AsyncIterator[Archive]:
    async with playing_archive() as played:
        yield played


@pytest.mark.parametrize(("is_shared", "asked"), [(True, 1), (False, 2)])
async def test_processes_share_a_file(
    is_shared: bool, asked: int, settings: Settings, played_archive: Archive, tmp_path: Path
) -> None:
    # Two applications with a connection each, as two workers have them.
    file = tmp_path / "cache.db" if is_shared else None
    settings = dataclasses.replace(settings, archive=played_archive.url, cache=file)
    played_archive.files["report"] = b""
    async with (
        visiting(create_application(settings)) as first,
        visiting(create_application(settings)) as second,
    ):
        for client in (first, second):
            await sign_in(client)
            async with client.get("/archive") as response:
                assert response.status == 200
                assert await response.json() == {"files": ["report"]}
    assert played_archive.asked == asked


async def test_a_list_that_is_none_is_a_bad_gateway(settings: Settings) -> None:
    async def no_json(_request: web.Request) -> web.Response:
        return web.Response(text="[", content_type="application/json")

    archive = web.Application()
    archive.router.add_get("/files", no_json)
    async with TestServer(archive) as server:
        application = create_application(dataclasses.replace(settings, archive=server.make_url("/")))
        async with visiting(application) as client:
            await sign_in(client)
            async with client.get("/archive") as response:
                assert response.status == 502
            assert CACHE in application
