"""Those who visit the service in a test.

Practices: 12.1.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TypeAlias

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

PASSWORD = "correct horse battery staple"

Client: TypeAlias = TestClient[web.Request, web.Application]


@contextlib.asynccontextmanager
async def visiting(application: web.Application) -> AsyncIterator[Client]:
    """Run an application, and visit it until the end of the block."""
    async with TestServer(application) as server:
        # Like a browser, the client takes the loopback interface for as good as TLS.
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/"))
        async with TestClient(server, cookie_jar=jar) as client:
            yield client


async def sign_in(client: Client | aiohttp.ClientSession, name: str = "ada") -> None:
    """Sign in as everybody does: a session made behind the service's back would prove less."""
    async with client.post("/session", data={"name": name, "password": PASSWORD}) as response:
        assert response.status == 200
