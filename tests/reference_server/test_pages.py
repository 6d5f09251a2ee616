"""The pages for people: templates, forms that can't be forged, static files."""

from __future__ import annotations

import re

import aiohttp
import pytest
from examples.tests.visitors import sign_in

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


async def token_of_page(client: aiohttp.ClientSession) -> str:
    async with client.get("/pages/notes") as response:
        found = TOKEN.search(await response.text())
    assert found
    return found[1]


async def test_what_is_written_is_text_on_the_page(client: aiohttp.ClientSession) -> None:
    await sign_in(client)
    form = {"form_token": await token_of_page(client), "text": "<script>alert(1)</script>"}
    async with client.post("/pages/notes", data=form, allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["Location"] == "/pages/notes"
    async with client.get("/pages/notes") as response:
        assert response.content_type == "text/html"
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        page = await response.text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page


@pytest.mark.parametrize("token", [None, "", "forged", "fÖrged"])
async def test_forged_forms_are_refused(client: aiohttp.ClientSession, token: str | None) -> None:
    await sign_in(client)
    await token_of_page(client)
    form = {"text": "not mine"} if token is None else {"text": "not mine", "form_token": token}
    async with client.post("/pages/notes", data=form) as response:
        assert response.status == 403
    async with client.get("/v1/notes") as response:
        assert await response.json() == []


@pytest.mark.parametrize("path", ["/pages/notes", "/session"])
async def test_what_is_no_form_is_refused(client: aiohttp.ClientSession, path: str) -> None:
    for body, charset in ((b"name=\xff", "utf-8"), (b"name=ada", "nonsense")):
        kind = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
        async with client.post(path, data=body, headers=kind) as response:
            assert response.status == 400


async def test_a_token_is_of_one_session(client: aiohttp.ClientSession) -> None:
    token = await token_of_page(client)
    assert await token_of_page(client) == token
    await sign_in(client)
    # A new session came with the login.
    async with client.post("/pages/notes", data={"text": "hello", "form_token": token}) as response:
        assert response.status == 403
    assert await token_of_page(client) != token


async def test_static_files(client: aiohttp.ClientSession) -> None:
    async with client.get("/pages/static/style.css") as response:
        assert response.content_type == "text/css"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        tag = response.headers["ETag"]
    async with client.get("/pages/static/style.css", headers={"If-None-Match": tag}) as response:
        assert response.status == 304
    for path in ("/pages/static/", "/pages/static/..%2Fpages.py", "/pages/static/absent.css"):
        async with client.get(path) as response:
            assert response.status in {403, 404}
