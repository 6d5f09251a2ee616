"""What text of a client's comes to: scripts in pages, redirects to anywhere, files out of their folder, programs, logs."""

from __future__ import annotations

import logging
import os
import pickle
import sqlite3
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from .harness import Example, bad_and_good, bad_good_and_fixed, serve

if TYPE_CHECKING:
    from pathlib import Path

    from .harness import Variant


async def answer(url: URL, **options: object) -> tuple[int, str, str]:
    """Send one request; give status, `Location` and text of the answer."""
    async with (
        aiohttp.ClientSession() as session,
        session.request("GET", url, allow_redirects=False, **options) as response,  # type: ignore[arg-type]
    ):
        return response.status, response.headers.get("Location", ""), await response.text()


SCRIPT = "<script>steal()</script>"

PAGE = Example(
    "AIO514",
    bad="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    name = request.query["name"]
    return web.Response(text=f"<h1>Hello {name}</h1>", content_type="text/html")
""",
    good="""
import html
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    name = html.escape(request.query["name"])
    return web.Response(text=f"<h1>Hello {name}</h1>", content_type="text/html")
""",
)


@bad_good_and_fixed
async def test_script_comes_back_in_the_page(variant: Variant) -> None:
    async with serve(PAGE.load(variant).handler) as url:
        _, _, page = await answer(url.with_query(name=SCRIPT))
        assert (SCRIPT in page) is (variant == "bad")
        assert "Hello Ann" in (await answer(url.with_query(name="Ann")))[2]


async def test_text_without_a_type_is_no_page() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=f"<h1>{request.query['name']}</h1>")

    async with (
        serve(handler) as url,
        aiohttp.ClientSession() as session,
        session.get(url.with_query(name="a")) as page,
    ):
        assert page.content_type == "text/plain"


REDIRECT = Example(
    "AIO515",
    bad="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.query["next"])
""",
    good="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    target = request.query.get("next", "/")
    if not target.startswith("/") or target.startswith(("//", "/\\\\")):
        target = "/"
    raise web.HTTPFound(target)
""",
)


@bad_and_good
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
async def test_redirect_leaves_the_site(variant: Variant, target: str) -> None:
    async with serve(REDIRECT.load(variant).handler) as url:
        _, location, _ = await answer(url.with_query(next=target))
        assert (url.join(URL(location)).host == "evil.example") is (variant == "bad")
        assert (await answer(url.with_query(next="/basket")))[1] == "/basket"


@pytest.mark.parametrize(
    ("before", "path", "host"),
    [("/", "/evil.example/", "evil.example"), ("https://shop.example", ".evil.example/", "shop.example.evil.example"),
     ("/docs/", "//evil.example/", None), ("https://shop.example/", "/evil.example/", "shop.example")],
)  # fmt: skip
async def test_what_stands_before_decides(before: str, path: str, host: str | None) -> None:
    async def handler(request: web.Request) -> web.Response:
        raise web.HTTPFound(before + request.query["path"])

    async with serve(handler) as url:
        _, location, _ = await answer(url.with_query(path=path))
        assert url.join(URL(location)).host == (host or url.host)


DOWNLOAD = Example(
    "AIO516",
    bad="""
from aiohttp import web

async def handler(request: web.Request) -> web.FileResponse:
    return web.FileResponse(FOLDER / request.match_info["name"])
""",
    good="""
from aiohttp import web

async def handler(request: web.Request) -> web.FileResponse:
    path = (FOLDER / request.match_info["name"]).resolve()
    if not path.is_relative_to(FOLDER):
        raise web.HTTPNotFound
    return web.FileResponse(path)
""",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a file in it and a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.txt").write_text("public")
    return files.resolve()


async def served(handler: object, route: str, path: str) -> str:
    app = web.Application()
    app.router.add_get(route, handler)  # type: ignore[arg-type]
    async with serve(app) as url:
        return (await answer(URL(f"{url}/files/{path}", encoded=True)))[2]


@bad_and_good
async def test_file_beside_the_folder_is_served(variant: Variant, folder: Path) -> None:
    handler = DOWNLOAD.load(variant, FOLDER=folder).handler
    assert (await served(handler, "/files/{name}", "..%2fsecret.txt") == "secret") is (variant == "bad")
    assert await served(handler, "/files/{name}", "a.txt") == "public"


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ("[^/]+", True),
        (r"[\w.%-]+", True),
        (r"[^/]+\.txt", True),
        (".*", True),
        (r"[\w.-]+", False),
        (r"\w+", False),
    ],
)
async def test_which_routes_let_a_slash_through(pattern: str, passes: bool, folder: Path) -> None:
    from aiohttp_lint.semantics.routes import lets_everything_through

    handler = DOWNLOAD.load("bad", FOLDER=folder).handler
    route = f"/files/{{name:{pattern}}}"
    assert (await served(handler, route, "..%2fsecret.txt") == "secret") is passes
    assert lets_everything_through(route, "name") is passes


async def test_name_of_an_upload_arrives_as_it_was_written() -> None:
    names: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        field = (await request.post())["file"]
        assert isinstance(field, web.FileField)
        names.append(field.filename)
        return web.Response()

    async with serve(handler) as url, aiohttp.ClientSession() as session:
        body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="../../evil.txt"\r\n'
                b"Content-Type: text/plain\r\n\r\nx\r\n--b--\r\n")  # fmt: skip
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        async with session.post(url, data=body, headers=headers) as response:
            assert response.status == 200
    assert names == ["../../evil.txt"]


PREVIEW = Example(
    "AIO517",
    bad="""
import aiohttp
from aiohttp import web

HTTP = web.AppKey("http", aiohttp.ClientSession)

async def handler(request: web.Request) -> web.Response:
    async with request.app[HTTP].get(request.query["url"]) as response:
        return web.Response(text=await response.text())
""",
    good="""
import aiohttp
from aiohttp import web
from yarl import URL

HTTP = web.AppKey("http", aiohttp.ClientSession)

async def handler(request: web.Request) -> web.Response:
    url = URL(request.query["url"])
    if url.host not in {"news.example"}:
        raise web.HTTPBadRequest
    async with request.app[HTTP].get(url) as response:
        return web.Response(text=await response.text())
""",
)


@bad_and_good
async def test_service_of_this_machine_is_reached(variant: Variant) -> None:
    async def internal(_request: web.Request) -> web.Response:
        return web.Response(text="internal")

    example = PREVIEW.load(variant)
    app = web.Application()
    app.router.add_get("/", example.handler)
    async with aiohttp.ClientSession() as session, serve(internal) as inside:
        app[example.HTTP] = session
        async with serve(app) as url:
            _, _, text = await answer(url.with_query(url=str(inside)))
    assert (text == "internal") is (variant == "bad")


PICKLE = Example(
    "AIO521",
    bad="""
import pickle
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    return web.json_response(pickle.loads(await request.read()))
""",
    good="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    return web.json_response(await request.json())
""",
)


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self._folder),))


@bad_and_good
async def test_body_runs_when_it_is_unpickled(variant: Variant, tmp_path: Path) -> None:
    made = tmp_path / "made"
    async with serve(PICKLE.load(variant).handler) as url, aiohttp.ClientSession() as session:
        await session.post(url, data=pickle.dumps(Bomb(made)))
        assert made.exists() is (variant == "bad")
        async with session.post(url, data=pickle.dumps(1) if variant == "bad" else b"1") as response:
            assert await response.text() == "1"


SQL = Example(
    "AIO521",
    bad="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    rows = DATABASE.execute(f"SELECT name FROM users WHERE name = '{request.query['name']}'").fetchall()
    return web.json_response(rows)
""",
    good="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    rows = DATABASE.execute("SELECT name FROM users WHERE name = ?", [request.query["name"]]).fetchall()
    return web.json_response(rows)
""",
)


@bad_and_good
async def test_statement_gives_all_rows(variant: Variant) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE users (name)")
    database.executemany("INSERT INTO users VALUES (?)", [("Ann",), ("Bob",)])
    async with serve(SQL.load(variant, DATABASE=database).handler) as url:
        _, _, rows = await answer(url.with_query(name="' OR '1'='1"))
        assert ("Bob" in rows) is (variant == "bad")
        assert (await answer(url.with_query(name="Ann")))[2] == '[["Ann"]]'
    database.close()


LOGGED = Example(
    "AIO527",
    bad="""
import logging
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    logging.getLogger("shop").info("order from %s", request.headers)
    return web.Response()
""",
    good="""
import logging
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    logging.getLogger("shop").info("order from %s", request.headers.get("User-Agent"))
    return web.Response()
""",
)


@bad_and_good
async def test_token_stands_in_the_log(variant: Variant, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "shop")
    async with serve(LOGGED.load(variant).handler) as url:
        await answer(url, headers={"Authorization": "Bearer SECRET", "Cookie": "sid=1"})
    assert ("SECRET" in caplog.text and "sid=1" in caplog.text) is (variant == "bad")


async def test_access_log_writes_the_header(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiohttp.access")
    app = web.Application()
    runner = web.AppRunner(
        app, access_log_format="%a %{Authorization}i", access_log=logging.getLogger("aiohttp.access")
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        [(host, port)] = runner.addresses
        await answer(
            URL.build(scheme="http", host=host, port=port), headers={"Authorization": "Bearer SECRET"}
        )
    finally:
        await runner.cleanup()
    assert "SECRET" in caplog.text
