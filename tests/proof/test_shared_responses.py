"""What the second request gets of a response that answered the first, and the client of one that is dropped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import LOST_PATIENCE, Example, bad_and_good, bad_good_and_fixed, cookies_set_by, serve

if TYPE_CHECKING:
    from aiohttp import web
    from yarl import URL

    from .harness import Variant


def example_of(made: str, kind: str) -> Example:
    """Give an example of a handler that returns or raises what is made at module level."""
    source = """
from aiohttp import web
{}
async def health(request):
    {} {}

app = web.Application()
app.router.add_get("/", health)
"""
    return Example(
        "AIO713", source.format(f"\nANSWER = {made}\n", kind, "ANSWER"), source.format("", kind, made)
    )


SHARED = {
    "response": example_of("web.Response(text='ok')", "return"),
    "empty response": example_of("web.Response(status=204)", "return"),
    "exception": example_of("web.HTTPNotFound()", "raise"),
}


async def answered(url: URL, session: aiohttp.ClientSession) -> None:
    async with session.get(url) as response:
        await response.read()


async def second_hangs(app: web.Application) -> bool:
    """Send two requests, and tell whether the second is still without an answer when a third, to another path, has one."""
    async with serve(app) as url, aiohttp.ClientSession() as session:
        await asyncio.wait_for(answered(url, session), LOST_PATIENCE)
        second = asyncio.create_task(answered(url, session))
        async with aiohttp.ClientSession() as other:
            for _ in range(20):
                await answered(url.with_path("/nowhere"), other)
        hangs = not second.done()
        second.cancel()
        await asyncio.wait({second})
        return hangs


@bad_good_and_fixed
@pytest.mark.parametrize("example", SHARED.values(), ids=SHARED)
async def test_second_request_hangs(example: Example, variant: Variant) -> None:
    assert await second_hangs(example.load(variant).app) == (variant == "bad")


DROPPED = Example(
    "AIO714",
    bad="""
from aiohttp import web

async def login(request):
    response = web.Response()
    response.set_cookie("theme", "dark")
    raise web.HTTPFound("/")

app = web.Application()
app.router.add_get("/", login)
""",
    good="""
from aiohttp import web

async def login(request):
    redirect = web.HTTPFound("/")
    redirect.set_cookie("theme", "dark")
    raise redirect

app = web.Application()
app.router.add_get("/", login)
""",
)


@bad_and_good
async def test_cookie_of_dropped_response_is_lost(variant: Variant) -> None:
    assert list(await cookies_set_by(DROPPED.load(variant).app)) == ([] if variant == "bad" else ["theme"])
