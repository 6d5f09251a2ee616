"""The session: its trust, its proxy, its cookies, its credentials, its end."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from aiohttp import web
from examples.client.api import ServiceClient, service_client
from examples.client.connection import open_session, trust
from examples.client.errors import ServiceUnavailableError
from examples.client.metrics import Metrics
from yarl import URL

from tests.reference_client.conftest import Serve, quick
from tests.reference_client.proxy import running_proxy


async def no_documents(_request: web.Request) -> web.Response:
    return web.json_response([])


async def test_the_private_authority_is_trusted(
    serve: Serve, tls: ssl.SSLContext, authority_file: Path
) -> None:
    service = await serve({"/documents": no_documents}, tls=tls)
    async with service_client(quick(service, authority=authority_file)) as client:
        assert await client.documents() == []


async def test_a_stranger_is_not_trusted(serve: Serve, tls: ssl.SSLContext) -> None:
    service = await serve({"/documents": no_documents}, tls=tls)
    async with service_client(quick(service, attempts=1)) as client:
        with pytest.raises(ServiceUnavailableError, match="CertificateError"):
            await client.documents()


async def test_the_certificate_is_for_another_host(
    serve: Serve, tls: ssl.SSLContext, authority_file: Path
) -> None:
    service = await serve({"/documents": no_documents}, tls=tls, host="127.0.0.1")
    async with service_client(quick(service, authority=authority_file, attempts=1)) as client:
        with pytest.raises(ServiceUnavailableError, match="IP address mismatch"):
            await client.documents()


async def test_a_proxy_passes_requests_on(serve: Serve) -> None:
    service = await serve({"/documents": no_documents})
    async with running_proxy() as proxy, service_client(quick(service, proxy=proxy.url)) as client:
        assert await client.documents() == []
    assert proxy.asked == [f"GET {service}documents HTTP/1.1"]


async def test_a_proxy_sees_nothing_of_tls(serve: Serve, tls: ssl.SSLContext, authority_file: Path) -> None:
    service = await serve({"/documents": no_documents}, tls=tls)
    async with running_proxy() as proxy:
        settings = quick(service, authority=authority_file, proxy=proxy.url)
        async with service_client(settings) as client:
            assert await client.documents() == []
    assert proxy.asked == [f"CONNECT localhost:{service.port} HTTP/1.1"]


async def test_cookies_and_the_token_stay_with_the_service(serve: Serve) -> None:
    seen: list[tuple[str, str | None, str | None]] = []

    async def documents(request: web.Request) -> web.StreamResponse:
        seen.append(("service", request.cookies.get("visit"), request.headers.get("Authorization")))
        if len(seen) == 1:
            response = web.json_response([])
            response.set_cookie("visit", "1")
            return response
        raise web.HTTPTemporaryRedirect(elsewhere / "documents")

    async def others(request: web.Request) -> web.Response:
        seen.append(("elsewhere", request.cookies.get("visit"), request.headers.get("Authorization")))
        return web.json_response([])

    service = await serve({"/documents": documents})
    elsewhere = await serve({"/documents": others}, host="127.0.0.1")
    async with service_client(quick(service, token="sesame")) as client:
        await client.documents()
        await client.documents()
    assert seen == [
        ("service", None, "Bearer sesame"),
        ("service", "1", "Bearer sesame"),
        ("elsewhere", None, None),
    ]


def test_the_token_is_not_shown() -> None:
    assert "sesame" not in repr(quick(URL("http://localhost"), token="sesame"))


async def test_a_service_below_a_path(serve: Serve) -> None:
    service = await serve({"/v1/documents": no_documents})
    async with service_client(quick(service / "v1/")) as client:
        assert await client.documents() == []


async def test_the_session_is_closed_at_the_end(serve: Serve) -> None:
    service = await serve({"/documents": no_documents})
    settings = quick(service)
    async with await open_session(settings, trust(settings), Metrics()) as session:
        async with session.get("documents") as response:
            assert response.status == 200
        connector = session.connector
        assert connector is not None and not connector.closed
    assert session.closed and connector.closed


async def test_the_client_closes_what_it_opened_when_the_program_fails(serve: Serve) -> None:
    service = await serve({"/documents": no_documents})
    clients: list[ServiceClient] = []

    async def program() -> None:
        async with service_client(quick(service)) as client:
            clients.append(client)
            assert await client.documents() == []
            raise LookupError("the program fails")

    with pytest.raises(LookupError, match="the program fails"):
        await program()
    with pytest.raises(RuntimeError, match="Session is closed"):
        await clients[0].documents()
