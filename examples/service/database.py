"""The database of the application: SQLite, open for as long as the application runs.

Practices: 1.8, 11.8, 15.1.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import aiosqlite

from .keys import DATABASE, SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, author TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (key TEXT PRIMARY KEY, data TEXT NOT NULL, expires REAL NOT NULL);
"""


async def database(application: web.Application) -> AsyncIterator[None]:
    """Open the database when the application starts, close it when the application ends.

    Every statement is a transaction of its own: handlers share the connection, and none commits another's half.
    """
    async with aiosqlite.connect(application[SETTINGS].database, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        await connection.executescript(SCHEMA)
        application[DATABASE] = connection
        yield
