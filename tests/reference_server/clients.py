"""How the tests run the reference server, talk to it, and wait."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@contextlib.asynccontextmanager
async def running(application: web.Application) -> AsyncIterator[TestServer]:
    server = TestServer(application)
    async with server:
        yield server


@contextlib.asynccontextmanager
async def browser(server: TestServer) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a client with its own cookies, that takes loopback for as good as TLS (as browsers do)."""
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/"))
    async with aiohttp.ClientSession(server.make_url("/"), cookie_jar=jar) as client:
        yield client


async def until(condition: Callable[[], bool]) -> None:
    """Give other tasks turns until the condition holds; the limit only ends a broken test."""

    async def poll() -> None:
        while not condition():
            await asyncio.sleep(0.001)

    await asyncio.wait_for(poll(), 10)
