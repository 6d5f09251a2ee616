"""A service to ask: applications that listen on the loopback interface, in the clear or with TLS of a private CA."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from examples.client.settings import ClientSettings
from yarl import URL

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[..., Awaitable[URL]]


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a service from its handlers by path, and give its address."""
    servers: list[TestServer] = []

    async def start(
        handlers: dict[str, Handler], *, host: str = "localhost", tls: ssl.SSLContext | None = None
    ) -> URL:
        application = web.Application(client_max_size=64 * 1024**2)
        for path, handler in handlers.items():
            application.router.add_route("*", path, handler)
        server = TestServer(application, host=host, scheme="https" if tls else "http")
        servers.append(server)
        await server.start_server(ssl=tls)
        return server.make_url("/")

    yield start
    for server in servers:
        await server.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """Give what a server of the private authority shows for `localhost`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def quick(service: URL, **changes: object) -> ClientSettings:
    """Give settings for a service on this machine: pauses and limits are short."""
    values: dict[str, object] = {"total_timeout": 5.0, "first_pause": 0.01, "stall_timeout": 5.0, **changes}
    return ClientSettings(service, **values)  # type: ignore[arg-type]
