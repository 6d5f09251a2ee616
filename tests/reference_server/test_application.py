"""The reference server over real HTTP and WebSocket connections."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
import threading
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestServer
from examples.service import health
from examples.service.application import create_application
from examples.service.keys import ARCHIVE_HEALTH, HTTP_CLIENT, PEERS
from examples.service.passwords import hash_password, password_matches
from examples.service.settings import Settings, settings_from_environment
from examples.tests.visitors import PASSWORD, sign_in
from yarl import URL

from .clients import browser, running, until
from .conftest import LARGE_FILE


def cookies_of(response: aiohttp.ClientResponse) -> SimpleCookie:
    cookies = SimpleCookie()
    for header in response.headers.getall("Set-Cookie"):
        cookies.load(header)
    return cookies


async def test_sign_in_and_out(client: aiohttp.ClientSession) -> None:
    async with client.get("/session") as response:
        assert response.status == 401
        assert "WWW-Authenticate" in response.headers
    await sign_in(client)
    async with client.get("/session") as response:
        assert await response.json() == {"user": "ada", "theme": "light"}
    async with client.delete("/session") as response:
        assert response.status == 200
    async with client.get("/session") as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"name": "ada", "password": "wrong"}, 403),
        ({"name": "eve", "password": PASSWORD}, 403),
        ({"name": "ada"}, 400),
    ],
)
async def test_sign_in_refused(client: aiohttp.ClientSession, form: dict[str, str], status: int) -> None:
    async with client.post("/session", data=form) as response:
        assert response.status == status
        assert "Set-Cookie" not in response.headers


async def test_every_cookie_is_protected(client: aiohttp.ClientSession) -> None:
    async with client.post("/session", data={"name": "ada", "password": PASSWORD}) as response:
        cookies = cookies_of(response)
    async with client.put("/preferences/theme/dark") as response:
        cookies.update(cookies_of(response))
    assert set(cookies) == {"__Host-session", "theme"}
    for cookie in cookies.values():
        assert cookie["httponly"] is True
        assert cookie["secure"] is True
        assert cookie["samesite"] == "Lax"
    assert "ada" not in cookies["__Host-session"].value
    await sign_in(client)
    async with client.get("/session") as response:
        assert (await response.json())["theme"] == "dark"


async def test_requests_of_other_origins_are_refused(
    server: TestServer, client: aiohttp.ClientSession
) -> None:
    await sign_in(client)
    elsewhere = {"Origin": "https://elsewhere.example"}
    async with client.delete("/session", headers=elsewhere) as response:
        assert response.status == 403
    async with client.get("/chat", headers=elsewhere) as response:
        assert response.status == 403
    own = {"Origin": str(server.make_url("/").origin())}
    async with client.delete("/session", headers=own) as response:
        assert response.status == 200


async def test_document_is_read_in_a_thread(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()
    read_text = Path.read_text

    def recording_read_text(path: Path, encoding: str | None = None) -> str:
        threads.add(threading.get_ident())
        return read_text(path, encoding=encoding)

    monkeypatch.setattr(Path, "read_text", recording_read_text)
    async with client.get("/documents/greeting") as response:
        assert await response.text() == "grüß dich"
    assert threads
    assert threading.get_ident() not in threads
    async with client.get("/documents/absent") as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/documents/..%2Fsecret", "/documents/a.b", "/nowhere"])
async def test_unknown_paths_stay_404(client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(URL(path, encoded=True)) as response:
        assert response.status == 404
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_document_list_is_streamed(client: aiohttp.ClientSession) -> None:
    async with client.get("/documents") as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        lines = [json.loads(line) async for line in response.content]
    assert lines == [{"name": "greeting", "size": 11}, {"name": "notes", "size": 4}]


async def test_large_file_passes_through_the_shared_session(
    application: web.Application, client: aiohttp.ClientSession
) -> None:
    await sign_in(client)
    for _ in range(3):
        async with client.get("/archive/large") as response:
            assert response.status == 200
            assert await response.read() == LARGE_FILE
    for name, status in (("missing", 404), ("broken", 502)):
        async with client.get(f"/archive/{name}") as response:
            assert response.status == status
    assert not application[HTTP_CLIENT].closed


async def test_broken_off_download_breaks_off(client: aiohttp.ClientSession) -> None:
    await sign_in(client)
    async with client.get("/archive/interrupted") as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_unexpected_error_is_json_without_details(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise OSError("/secret/place: input/output error")

    monkeypatch.setattr(Path, "read_text", fail)
    async with client.get("/documents/greeting") as response:
        assert response.status == 500
        assert await response.json() == {"error": "internal error"}
    async with client.post("/documents") as response:
        assert response.status == 405


async def test_chat_reaches_everybody_and_survives_a_lost_peer(
    application: web.Application, server: TestServer
) -> None:
    async with browser(server) as ada, browser(server) as second, browser(server) as third:
        for client in (ada, second, third):
            await sign_in(client)
        async with ada.ws_connect("/chat") as first_socket, second.ws_connect("/chat") as second_socket:
            lost = await third.ws_connect("/chat")
            await until(lambda: len(application[PEERS]) == 3)
            # The line goes dead without a closing frame.
            lost.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            for number in range(3):
                await first_socket.send_str(f"hello {number}")
                for peer in (first_socket, second_socket):
                    assert await peer.receive_str(timeout=10) == f"ada: hello {number}"
            await until(lambda: len(application[PEERS]) == 2)
        await until(lambda: len(application[PEERS]) == 0)


async def test_chat_needs_a_login(client: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await client.ws_connect("/chat")
    assert refusal.value.status == 401


async def test_shutdown_says_goodbye_to_open_sockets(application: web.Application) -> None:
    server = TestServer(application)
    await server.start_server()
    async with browser(server) as ada, browser(server) as second:
        await sign_in(ada)
        await sign_in(second)
        peers = [await ada.ws_connect("/chat"), await second.ws_connect("/chat")]
        await until(lambda: len(application[PEERS]) == 2)
        closings = [asyncio.create_task(peer.receive()) for peer in peers]
        shared_session = application[HTTP_CLIENT]
        # Far below the time that shutdown waits for connections which nobody closes.
        await asyncio.wait_for(server.close(), 30)
        for message, peer in zip(await asyncio.gather(*closings), peers, strict=True):
            assert message.type is WSMsgType.CLOSE
            assert message.data == WSCloseCode.GOING_AWAY
            assert message.extra == "server shutdown"
            assert peer.close_code == WSCloseCode.GOING_AWAY
    assert shared_session.closed
    assert not application[PEERS]


async def test_background_task_checks_until_the_end(application: web.Application) -> None:
    archive_health = application[ARCHIVE_HEALTH]
    async with running(application) as server:
        await until(lambda: archive_health.checks >= 2)
        assert archive_health.healthy
        async with browser(server) as client, client.get("/health") as response:
            assert (await response.json())["archive"]["healthy"] is True
        assert health.TASK_NAME in {task.get_name() for task in asyncio.all_tasks()}
    assert health.TASK_NAME not in {task.get_name() for task in asyncio.all_tasks()}


async def test_archive_that_is_down_is_unhealthy(settings: Settings, unused_archive: URL) -> None:
    application = create_application(dataclasses.replace(settings, archive=unused_archive))
    archive_health = application[ARCHIVE_HEALTH]
    async with running(application) as server, browser(server) as client:
        await until(lambda: archive_health.checks >= 1)
        assert not archive_health.healthy
        await sign_in(client)
        async with client.get("/archive/large") as response:
            assert response.status == 502


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SESSION_KEY", "key")
    monkeypatch.setenv("PASSWORD_HASHES", '{"ada": "00$00"}')
    monkeypatch.setenv("DOCUMENTS", str(tmp_path))
    monkeypatch.setenv("ARCHIVE_URL", "http://archive.example/")
    monkeypatch.setenv("TOKEN_KEY", "another key")
    assert settings_from_environment() == Settings(
        "key", {"ada": "00$00"}, tmp_path, URL("http://archive.example/"), "another key"
    )
    monkeypatch.setenv("PORT", "8443")
    monkeypatch.setenv("ADMINISTRATORS", "ada root")
    monkeypatch.setenv("SESSIONS_IN_DATABASE", "yes")
    settings = settings_from_environment()
    assert (settings.port, settings.sessions_in_database) == (8443, True)
    assert settings.administrators == {"ada", "root"}
    monkeypatch.delenv("SESSION_KEY")
    with pytest.raises(KeyError, match="SESSION_KEY"):
        settings_from_environment()


def test_password_hashes() -> None:
    stored = hash_password("one")
    assert password_matches("one", stored)
    assert not password_matches("two", stored)
    assert stored != hash_password("one")
