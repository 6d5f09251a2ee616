"""The archive, played: a real server in place of a mock, so that timeouts, statuses and bodies are what they are.

Practices: 12.2, 12.8.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL


class Archive:
    """Has its files in memory, counts who asks for the list, and fails when it is told to."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked = 0
        self.is_broken = False
        self.url = URL()

    def application(self) -> web.Application:
        """Build the application, to be run by a test server."""
        application = web.Application()
        application.add_routes(
            [web.get("/files", self.list), web.get("/files/{name}", self.send), web.get("/health", self.tell)]
        )
        return application

    async def list(self, _request: web.Request) -> web.Response:
        """Say which files there are."""
        self.asked += 1
        self._fail()
        return web.json_response(sorted(self.files))

    async def send(self, request: web.Request) -> web.Response:
        """Send a file."""
        self._fail()
        body = self.files.get(request.match_info["name"])
        if body is None:
            raise web.HTTPNotFound
        return web.Response(body=body)

    async def tell(self, _request: web.Request) -> web.Response:
        """Say how it is."""
        self._fail()
        return web.Response(text="well")

    def _fail(self) -> None:
        if self.is_broken:
            raise web.HTTPServiceUnavailable(text="out of order")


@contextlib.asynccontextmanager
async def playing_archive() -> AsyncIterator[Archive]:
    """Run an archive until the end of the block, on a port that the system chooses."""
    archive = Archive()
    async with TestServer(archive.application()) as server:
        archive.url = server.make_url("/")
        yield archive
