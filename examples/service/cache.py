"""Keeps what is slow to get, for a while: in this process, or in a file that all processes of the machine share.

Several machines share a cache through a service such as Redis: another class with the same two methods.

Practices: 11.6, 13.8, 15.4.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import OrderedDict
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Protocol

import aiosqlite
from aiohttp import web

from .keys import SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

log = logging.getLogger(__name__)

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS cache (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires REAL NOT NULL);
"""


class CacheBackend(Protocol):
    """Where texts are kept. Texts, never responses: a response is sent once, to one client."""

    async def get(self, key: str) -> str | None:
        """Give what is kept under a key and not over yet."""

    async def keep(self, key: str, value: str, seconds: float) -> None:
        """Keep a text for a while, in place of what was there."""


class MemoryBackend:
    """Keeps the texts of one process; those not used for longest are dropped."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def get(self, key: str) -> str | None:
        """Give the text, and remember that it was wanted."""
        value, expires = self._kept.get(key, (None, 0.0))
        if value is None or expires <= time.monotonic():
            return None
        self._kept.move_to_end(key)
        return value

    async def keep(self, key: str, value: str, seconds: float) -> None:
        """Keep the text, and at most so many."""
        self._kept[key] = (value, time.monotonic() + seconds)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


class DatabaseBackend:
    """Keeps the texts in an SQLite file. A cache that fails is an empty one: the service goes on, and slower."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def get(self, key: str) -> str | None:
        """Give the text that any of the processes kept."""
        statement = "SELECT value FROM cache WHERE key = ? AND expires > ?"
        try:
            # Not the monotonic clock: other processes, and this one after a reboot, have another.
            async with self._connection.execute(statement, (key, time.time())) as rows:
                row = await rows.fetchone()
        except sqlite3.Error:
            log.exception("the cache can't be read")
            return None
        return None if row is None else str(row[0])

    async def keep(self, key: str, value: str, seconds: float) -> None:
        """Keep the text, and forget what is over."""
        now = time.time()
        try:
            await self._connection.execute("DELETE FROM cache WHERE expires <= ?", (now,))
            await self._connection.execute("REPLACE INTO cache VALUES (?, ?, ?)", (key, value, now + seconds))
        except sqlite3.Error:
            log.exception("the cache can't be written")


class Cache:
    """Stands before something slow, which is asked once, however many wait for its answer."""

    def __init__(self, backend: CacheBackend) -> None:
        self._backend = backend
        self._finding: dict[str, asyncio.Task[str]] = {}

    async def get(self, key: str, seconds: float, ask: Callable[[], Awaitable[str]]) -> str:
        """Give what is kept, or ask, and keep the answer for `seconds`. A failure is for all who wait, and not kept."""
        finding = self._finding.get(key)
        if finding is None:
            finding = self._finding[key] = asyncio.create_task(self._find(key, seconds, ask))
            finding.add_done_callback(lambda _: self._finding.pop(key))
        # The visitor who came first may leave; the others still wait.
        return await asyncio.shield(finding)

    async def close(self) -> None:
        """Ask no longer."""
        finding = list(self._finding.values())
        for task in finding:
            task.cancel()
        await asyncio.gather(*finding, return_exceptions=True)

    async def _find(self, key: str, seconds: float, ask: Callable[[], Awaitable[str]]) -> str:
        known = await self._backend.get(key)
        if known is None:
            known = await ask()
            await self._backend.keep(key, known, seconds)
        return known


CACHE = web.AppKey("cache", Cache)


async def cache(application: web.Application) -> AsyncIterator[None]:
    """Choose the backend when the application starts, and close it when the application ends."""
    file = application[SETTINGS].cache
    async with AsyncExitStack() as stack:
        backend: CacheBackend = MemoryBackend()
        if file is not None:
            connection = await stack.enter_async_context(aiosqlite.connect(file, isolation_level=None))
            await connection.executescript(SCHEMA)
            backend = DatabaseBackend(connection)
        application[CACHE] = Cache(backend)
        yield
        await application[CACHE].close()
