"""The one client session of the application.

Practices: 6.1, 6.8, 7.5, 11.1, 15.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

from .keys import HTTP_CLIENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10, sock_connect=10)


async def http_client(application: web.Application) -> AsyncIterator[None]:
    """Open the session when the application starts, close it when the application ends."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        application[HTTP_CLIENT] = session
        yield
