"""What depends on another service: that service is played by a server, which can also be broken or gone.

Nothing of the code under test is replaced: it finds the other service by its settings.

Practices: 12.2, 12.8.
"""

from __future__ import annotations

import asyncio
import dataclasses

from aiohttp.test_utils import unused_port
from yarl import URL

from ..service.application import create_application
from ..service.settings import Settings
from .archive import Archive
from .visitors import Client, sign_in, visiting


async def test_a_file_is_passed_through(client: Client, archive: Archive) -> None:
    archive.files["report"] = bytes(range(256)) * 1000
    await sign_in(client)
    async with client.get("/archive/report") as response:
        assert response.status == 200
        assert await response.read() == archive.files["report"]
    async with client.get("/archive/missing") as response:
        assert response.status == 404


async def test_the_list_is_asked_for_once(client: Client, archive: Archive) -> None:
    archive.files["report"] = b""
    await sign_in(client)

    async def listed() -> object:
        async with client.get("/archive") as response:
            assert response.status == 200
            return await response.json()

    assert await asyncio.gather(*(listed() for _ in range(5))) == [{"files": ["report"]}] * 5
    assert archive.asked == 1


async def test_a_failure_is_not_kept(client: Client, archive: Archive) -> None:
    await sign_in(client)
    archive.is_broken = True
    async with client.get("/archive") as response:
        assert response.status == 502
    archive.is_broken = False
    async with client.get("/archive") as response:
        assert response.status == 200
        assert await response.json() == {"files": []}


async def test_an_archive_that_is_gone(settings: Settings) -> None:
    nobody = URL.build(scheme="http", host="127.0.0.1", port=unused_port())
    async with visiting(create_application(dataclasses.replace(settings, archive=nobody))) as client:
        await sign_in(client)
        for path in ("/archive", "/archive/report"):
            async with client.get(path) as response:
                assert response.status == 502
