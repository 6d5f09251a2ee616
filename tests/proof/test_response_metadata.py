"""What clients get when a response says something else of its body than it is, and how files are best sent."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed, complaints, serve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiohttp import web

    from .harness import Variant


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    cookies: frozenset[str]
    body: bytes


async def answer(application: web.Application, headers: Mapping[str, str] | None = None) -> Answer:
    async with (
        serve(application) as url,
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(url, headers=headers) as response,
    ):
        return Answer(response.status, response.headers, frozenset(response.cookies), await response.read())


def served(code: str, bad: str, good: str) -> Example:
    """Give an example whose variants are the body of a handler."""
    frame = """
import gzip, json
from aiohttp import web

async def page(request: web.Request):
    {}

app = web.Application()
app.router.add_get("/", page)
"""
    return Example(code, bad=frame.format(bad), good=frame.format(good))


HTML = served(
    "AIO734",
    'return web.Response(text="<html>hello</html>")',
    'return web.Response(text="<html>hello</html>", content_type="text/html")',
)
HTML_BYTES = served(
    "AIO734",
    'return web.Response(body=b"<html>hello</html>")',
    'return web.Response(body=b"<html>hello</html>", content_type="text/html")',
)


@bad_good_and_fixed
@pytest.mark.parametrize("example", [HTML, HTML_BYTES], ids=["text", "bytes"])
async def test_html_is_no_page_without_its_type(example: Example, variant: Variant) -> None:
    got = await answer(example.load(variant).app)
    assert got.headers["Content-Type"].startswith("text/html") == (variant != "bad")


JSON = served(
    "AIO734",
    'return web.Response(text=json.dumps({"id": 1}))',
    'return web.Response(text=json.dumps({"id": 1}), content_type="application/json")',
)


@bad_good_and_fixed
async def test_json_without_its_type_is_refused_by_the_client(variant: Variant) -> None:
    async with (
        serve(JSON.load(variant).app) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as response,
    ):
        if variant == "bad":
            with pytest.raises(aiohttp.ContentTypeError):
                await response.json()
        else:
            assert await response.json() == {"id": 1}


DROPPED = served(
    "AIO734", 'return web.Response(text="deleted", status=204)', 'return web.Response(text="deleted")'
)
COOKIES = served(
    "AIO734",
    """response = web.Response()
    response.headers["Set-Cookie"] = "a=1"
    response.headers["Set-Cookie"] = "b=2"
    return response""",
    """response = web.Response()
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response""",
)
COMPRESSED = served(
    "AIO734",
    """response = web.Response(body=gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"})
    response.enable_compression(web.ContentCoding.gzip)
    return response""",
    """return web.Response(body=gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"})""",
)


@bad_and_good
async def test_a_body_without_content_is_dropped(variant: Variant) -> None:
    got = await answer(DROPPED.load(variant).app)
    assert got.body == (b"" if variant == "bad" else b"deleted")


@bad_and_good
async def test_the_second_cookie_in_a_header_replaces_the_first(variant: Variant) -> None:
    got = await answer(COOKIES.load(variant).app)
    assert got.cookies == ({"b"} if variant == "bad" else {"a", "b"})


@bad_and_good
async def test_an_encoded_body_is_compressed_again(variant: Variant) -> None:
    got = await answer(COMPRESSED.load(variant).app)
    assert gzip.decompress(got.body) == (gzip.compress(b"hello") if variant == "bad" else b"hello")


STATUS = served("AIO734", "return web.Response(status=99)", "return web.Response(status=500)")


@bad_and_good
async def test_a_status_of_two_digits_can_not_be_read(variant: Variant) -> None:
    application = STATUS.load(variant).app
    if variant == "bad":
        with pytest.raises(aiohttp.ClientResponseError):
            await answer(application)
    else:
        assert (await answer(application)).status == 500


BY_HAND = served(
    "AIO735",
    'return web.Response(text=json.dumps({"id": 1}, indent=2), content_type="application/json", status=201)',
    'return web.json_response({"id": 1}, status=201, dumps=lambda data: json.dumps(data, indent=2))',
)


@bad_good_and_fixed
async def test_json_response_sends_the_same(variant: Variant) -> None:
    got = await answer(BY_HAND.load(variant).app)
    assert got.status == 201
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    assert got.body == b'{\n  "id": 1\n}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    path.write_bytes(b"0123456789")
    return path


FILE_OBJECT = served("AIO738", 'return web.FileResponse(open(FILE, "rb"))', "return web.FileResponse(FILE)")
READ = served(
    "AIO738",
    'return web.Response(body=open(FILE, "rb").read(), content_type="image/png")',
    "return web.FileResponse(FILE)",
)


@bad_good_and_fixed
async def test_a_file_object_is_no_path(variant: Variant, file: Path) -> None:
    async with complaints():
        got = await answer(FILE_OBJECT.load(variant, FILE=str(file)).app)
    assert got.status == (500 if variant == "bad" else 200)


@bad_good_and_fixed
async def test_a_file_that_was_read_can_not_be_asked_for_in_parts(variant: Variant, file: Path) -> None:
    async with complaints():
        got = await answer(READ.load(variant, FILE=str(file)).app, {"Range": "bytes=2-4"})
    assert (got.status, got.body) == ((200, b"0123456789") if variant == "bad" else (206, b"234"))
    assert ("ETag" in got.headers) == (variant != "bad")
    assert got.headers["Content-Type"] == "image/png"


PER_REQUEST = Example(
    "AIO741",
    bad="""
import redis.asyncio as redis
from aiohttp import web

async def page(request: web.Request):
    cache = redis.Redis(host="127.0.0.1")
    POOLS.append(cache.connection_pool)
    await cache.aclose()
    return web.Response()

app = web.Application()
app.router.add_get("/", page)
""",
    good="""
import redis.asyncio as redis
from aiohttp import web

CACHE = web.AppKey("cache", redis.Redis)

async def cache(app: web.Application):
    app[CACHE] = redis.Redis(host="127.0.0.1")
    yield
    await app[CACHE].aclose()

async def page(request: web.Request):
    POOLS.append(request.app[CACHE].connection_pool)
    return web.Response()

app = web.Application()
app.cleanup_ctx.append(cache)
app.router.add_get("/", page)
""",
)


@bad_and_good
async def test_each_request_makes_a_pool_of_its_own(variant: Variant) -> None:
    pools: list[object] = []
    async with (
        serve(PER_REQUEST.load(variant, POOLS=pools).app) as url,
        aiohttp.ClientSession(raise_for_status=True) as session,
    ):
        for _ in range(3):
            async with session.get(url) as response:
                await response.read()
    assert len(set(map(id, pools))) == (3 if variant == "bad" else 1)
