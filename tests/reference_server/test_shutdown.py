"""The service as a process of its own, told to stop under load: nothing that it took is lost, and it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import ssl
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import trustme
from aiohttp import WSCloseCode, WSMsgType, web
from cryptography.fernet import Fernet
from examples.service.passwords import hash_password
from examples.tests.visitors import PASSWORD, sign_in
from yarl import URL

from .clients import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parent.parent.parent
DOWNLOADS = 20
WRITERS = 8
COMMANDS = {
    "alone": ["-m", "examples.service"],
    "tls": ["-m", "examples.service"],
    "gunicorn": ["-m", "gunicorn", "--config", "examples/gunicorn.conf.py"],
}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes there are told to stop otherwise")


@dataclass
class SlowArchive:
    """Sends its file when it is told to, and counts who waits for it."""

    waiting: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes([web.get("/files/slow", self.send)])
        return application

    async def send(self, _request: web.Request) -> web.Response:
        self.waiting += 1
        await self.gate.wait()
        return web.Response(body=b"x" * 100_000)


@dataclass(frozen=True)
class Service:
    """The running process and how to speak with it."""

    process: asyncio.subprocess.Process
    url: URL
    tls: ssl.SSLContext | bool

    def client(self) -> aiohttp.ClientSession:
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=self.url)
        connector = aiohttp.TCPConnector(ssl=self.tls, limit=0)
        return aiohttp.ClientSession(self.url, cookie_jar=jar, connector=connector)

    async def is_listening(self) -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(self.url.host, self.url.port)
            writer.close()
            return True
        return False


@contextlib.asynccontextmanager
async def service(kind: str, archive: URL, folder: Path, grace: float) -> AsyncIterator[Service]:
    """Run the service in a process until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "SESSION_KEY": Fernet.generate_key().decode(),
        "PASSWORD_HASHES": json.dumps({"ada": hash_password(PASSWORD)}),
        "DOCUMENTS": str(folder),
        "ARCHIVE_URL": str(archive),
        "DATABASE": str(folder / "service.db"),
        "GRACE": str(grace),
        "TOKEN_KEY": "not needed by this test, and never used",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "REQUESTS_PER_SECOND": "1000000",
    }
    url, tls = URL(f"http://127.0.0.1:{port}/"), True
    if kind == "tls":
        authority = trustme.CA()
        certificate = folder / "service.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        environment["CERTIFICATE"] = str(certificate)
        url, tls = url.with_scheme("https"), ssl.create_default_context()
        authority.configure_trust(tls)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *COMMANDS[kind], cwd=ROOT, env={**os.environ, **environment}
    )
    try:
        started = Service(process, url, tls)
        while not await started.is_listening():
            assert process.returncode is None
            await asyncio.sleep(0.05)
        yield started
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def write_notes(client: aiohttp.ClientSession, acknowledged: set[int]) -> None:
    """Write one note after another until nobody answers; remember those that were acknowledged."""
    with contextlib.suppress(aiohttp.ClientConnectionError):
        while True:
            async with client.post("/v1/notes", json={"text": "under load"}) as response:
                assert response.status == 201
                note = await response.json()
            acknowledged.add(note["id"])


async def download(client: aiohttp.ClientSession) -> int:
    async with client.get("/archive/slow") as response:
        assert response.status == 200
        return len(await response.read())


@pytest.mark.parametrize("kind", COMMANDS)
async def test_told_to_stop_under_load(kind: str, tmp_path: Path) -> None:
    archive = SlowArchive()
    acknowledged: set[int] = set()
    async with (
        running(archive.application()) as server,
        service(kind, server.make_url("/"), tmp_path, grace=60) as started,
        started.client() as client,
    ):
        await sign_in(client)
        downloads = [asyncio.create_task(download(client)) for _ in range(DOWNLOADS)]
        writers = [asyncio.create_task(write_notes(client, acknowledged)) for _ in range(WRITERS)]
        chat = await client.ws_connect("/chat")
        stream = await client.get("/events")
        reading = asyncio.create_task(stream.read())
        while archive.waiting < DOWNLOADS or len(acknowledged) < 10 * WRITERS:
            assert not any(task.done() for task in downloads + writers)
            await asyncio.sleep(0.01)

        started.process.send_signal(signal.SIGTERM)
        farewell = await chat.receive(timeout=30)
        assert farewell.type is WSMsgType.CLOSE
        assert farewell.data == WSCloseCode.GOING_AWAY
        await asyncio.wait_for(reading, 30)
        await asyncio.wait_for(asyncio.gather(*writers), 30)
        while await started.is_listening():
            await asyncio.sleep(0.01)
        # The door is shut, and those inside still get what they came for.
        assert not any(task.done() for task in downloads)
        archive.gate.set()
        assert await asyncio.wait_for(asyncio.gather(*downloads), 30) == [100_000] * DOWNLOADS
        assert await asyncio.wait_for(started.process.wait(), 30) == 0

    with contextlib.closing(sqlite3.connect(tmp_path / "service.db")) as database:
        kept = {row[0] for row in database.execute("SELECT id FROM notes")}
    # What was kept was acknowledged: no request was taken and then left without its answer.
    assert kept == acknowledged


@pytest.mark.parametrize("kind", ["alone", "gunicorn"])
async def test_those_who_never_finish_are_not_waited_for(kind: str, tmp_path: Path) -> None:
    archive = SlowArchive()
    async with (
        running(archive.application()) as server,
        service(kind, server.make_url("/"), tmp_path, grace=0.2) as started,
        started.client() as client,
    ):
        await sign_in(client)
        endless = asyncio.create_task(download(client))
        while not archive.waiting:
            await asyncio.sleep(0.01)
        started.process.send_signal(signal.SIGTERM)
        # Without a limit the process would be here for as long as the archive keeps still.
        assert await asyncio.wait_for(started.process.wait(), 30) == 0
        with pytest.raises(aiohttp.ClientConnectionError):
            await endless
        archive.gate.set()
