"""The reference server and what stands around it: an archive, settings, a signed-out browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.fernet import Fernet
from examples.service.application import create_application
from examples.service.passwords import hash_password
from examples.service.settings import Settings
from examples.tests.visitors import PASSWORD
from yarl import URL

from .clients import browser, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LARGE_FILE = bytes(range(256)) * 4 * 5000


async def send_file(request: web.Request) -> web.StreamResponse:
    """Play the archive: a large file, a missing one, a broken one, and one that breaks off."""
    name = request.match_info["name"]
    if name == "missing":
        raise web.HTTPNotFound
    if name == "broken":
        return web.Response(status=503, body=LARGE_FILE)
    if name == "interrupted":
        response = web.StreamResponse()
        response.content_length = len(LARGE_FILE)
        await response.prepare(request)
        await response.write(LARGE_FILE[:1000])
        assert request.transport is not None
        request.transport.abort()
        return response
    return web.Response(body=LARGE_FILE)


async def send_health(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


@pytest.fixture
async def archive() -> AsyncIterator[URL]:
    application = web.Application()
    application.add_routes([web.get("/files/{name}", send_file), web.get("/health", send_health)])
    async with running(application) as server:
        yield server.make_url("/")


@pytest.fixture
def settings(archive: URL, tmp_path: Path) -> Settings:
    (tmp_path / "greeting.txt").write_text("grüß dich", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("note", encoding="utf-8")
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    return Settings(
        session_key=Fernet.generate_key().decode(),
        password_hashes={"ada": hash_password(PASSWORD), "root": hash_password(PASSWORD)},
        documents=tmp_path,
        archive=archive,
        token_key="the key of the tests, of any length",
        archive_check_interval=0.01,
        administrators=frozenset({"root"}),
        allowed_origins=frozenset({"https://app.example"}),
        uploads=uploads,
    )


@pytest.fixture
def application(settings: Settings) -> web.Application:
    return create_application(settings)


@pytest.fixture
async def unused_archive() -> URL:
    """Give an address where nobody listens any more."""
    async with running(web.Application()) as server:
        return server.make_url("/")


@pytest.fixture
async def server(application: web.Application) -> AsyncIterator[TestServer]:
    async with running(application) as server:
        yield server


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with browser(server) as client:
        yield client
