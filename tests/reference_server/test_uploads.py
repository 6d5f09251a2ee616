"""Uploads: streamed, limited, and under names of the server's own."""

from __future__ import annotations

import re

import aiohttp
import pytest
from examples.service import uploads
from examples.service.settings import Settings
from examples.tests.visitors import sign_in


def form_with(content: bytes, filename: str, name: str = "file") -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field(name, content, filename=filename)
    return form


async def test_a_file_goes_and_comes_back(client: aiohttp.ClientSession, settings: Settings) -> None:
    await sign_in(client)
    content = bytes(range(256)) * 2000
    async with client.post("/uploads", data=form_with(content, "../../holiday.PNG")) as response:
        assert response.status == 201
        place = response.headers["Location"]
    assert re.fullmatch(r"/uploads/[0-9a-f]{32}\.png", place)
    assert [file.name for file in settings.uploads.iterdir()] == [place.rpartition("/")[2]]
    async with client.get(place) as response:
        assert await response.read() == content
        assert response.headers["Content-Disposition"] == "attachment"
    async with client.get(place, headers={"Range": "bytes=256-511"}) as response:
        assert response.status == 206
        assert await response.read() == bytes(range(256))
    async with client.get(f"/uploads/{'0' * 32}.png") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (form_with(b"", "program.exe"), 400),
        (form_with(b"", "png"), 400),
        (form_with(b"text", "a.txt", name="other"), 400),
        (form_with(bytes(uploads.LARGEST_FILE + 1), "a.txt"), 413),
        ({"file": "text"}, 415),
    ],
)
async def test_files_that_are_refused(
    client: aiohttp.ClientSession, settings: Settings, form: object, status: int
) -> None:
    await sign_in(client)
    async with client.post("/uploads", data=form) as response:
        assert response.status == status
    assert list(settings.uploads.iterdir()) == []


async def test_uploads_need_a_login(client: aiohttp.ClientSession) -> None:
    async with client.post("/uploads", data=form_with(b"text", "a.txt")) as response:
        assert response.status == 401
