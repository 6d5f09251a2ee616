"""What sessions cost when they are not shared, and what they leave behind when they are not closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .harness import Example, bad_and_good, bad_good_and_fixed, complaints, fetch, serve

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

SESSION_PER_REQUEST = Example(
    "AIO101",
    bad="""
import aiohttp
from aiohttp import web

async def handler(request):
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return web.json_response(await response.json())

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import aiohttp
from aiohttp import web

HTTP = web.AppKey("http", aiohttp.ClientSession)

async def http_client(app):
    async with aiohttp.ClientSession() as session:
        app[HTTP] = session
        yield

async def handler(request):
    async with request.app[HTTP].get(URL) as response:
        return web.json_response(await response.json())

app = web.Application()
app.cleanup_ctx.append(http_client)
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_session_per_request_is_a_connection_per_request(variant: Variant, upstream: Upstream) -> None:
    example = SESSION_PER_REQUEST.load(variant, URL=upstream.url / "small")
    async with serve(example.app) as url:
        for _ in range(5):
            assert await fetch(url) == b'{"small": true}'
    assert len(upstream.requests) == 5
    assert upstream.connections == (5 if variant == "bad" else 1)


SESSION_NOT_CLOSED = Example(
    "AIO103",
    bad="""
import aiohttp

async def main():
    session = aiohttp.ClientSession()
    async with session.get(URL) as response:
        print(await response.text())
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            print(await response.text())
""",
)


@bad_good_and_fixed
async def test_unclosed_session_is_an_error_in_the_log(variant: Variant, upstream: Upstream) -> None:
    example = SESSION_NOT_CLOSED.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        await example.main()
    assert [received.completed for received in upstream.requests] == [True]
    if variant == "bad":
        assert heard.loop == ["Unclosed client session", "Unclosed connector"]
        assert any(
            warning.startswith("ResourceWarning: Unclosed client session") for warning in heard.warnings
        )
    else:
        assert heard.loop == []
        assert heard.warnings == []
