"""The health check, and the background task that keeps it up to date.

Practices: 1.8, 8.8, 11.3, 13.7.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from .keys import ARCHIVE_HEALTH, DATABASE, HTTP_CLIENT, SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger(__name__)

TASK_NAME = "archive checks"


async def health(request: web.Request) -> web.Response:
    """Tell the load balancer that we are alive, and what we know of the archive."""
    archive = request.app[ARCHIVE_HEALTH]
    return web.json_response(
        {"alive": True, "archive": {"checks": archive.checks, "healthy": archive.healthy}}
    )


async def ready(request: web.Request) -> web.Response:
    """Tell the load balancer whether to send us requests: not while what we can't do without is away."""
    try:
        async with request.app[DATABASE].execute("SELECT 1"):
            return web.json_response({"ready": True})
    except sqlite3.Error:
        log.exception("the database does not answer")
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None


async def archive_checks(application: web.Application) -> AsyncIterator[None]:
    """Keep the task for as long as the application runs; a task that nobody holds may be collected."""
    task = asyncio.create_task(check_archive_for_ever(application), name=TASK_NAME)
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def check_archive_for_ever(application: web.Application) -> None:
    """Look at the archive again and again."""
    settings = application[SETTINGS]
    archive = application[ARCHIVE_HEALTH]
    while True:
        archive.healthy = await archive_is_healthy(application)
        archive.checks += 1
        await asyncio.sleep(settings.archive_check_interval)


async def archive_is_healthy(application: web.Application) -> bool:
    """Ask the archive once."""
    try:
        async with application[HTTP_CLIENT].get(application[SETTINGS].archive / "health") as response:
            return response.ok
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        log.warning("the archive does not answer: %r", error)
        return False
