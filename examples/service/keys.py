"""The typed keys under which the application keeps what its handlers share.

Practices: 1.7.
"""

from __future__ import annotations

import weakref
from typing import TypeAlias

import aiohttp
import aiosqlite
from aiohttp import web

from .archive_health import ArchiveHealth
from .feed import Feed
from .rate_limit import RateLimit
from .settings import Settings

Peers: TypeAlias = weakref.WeakSet[web.WebSocketResponse]
"""The open connections of the chat; one that its handler forgot goes by itself."""

SETTINGS = web.AppKey("settings", Settings)
HTTP_CLIENT = web.AppKey("http_client", aiohttp.ClientSession)
ARCHIVE_HEALTH = web.AppKey("archive_health", ArchiveHealth)
PEERS = web.AppKey("peers", Peers)
DATABASE = web.AppKey("database", aiosqlite.Connection)
FEED = web.AppKey("feed", Feed)
LOGINS = web.AppKey("logins", RateLimit)
