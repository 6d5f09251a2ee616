"""What the others do while a handler blocks the event loop: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .harness import (
    TURNS_ENOUGH,
    Example,
    bad_and_good,
    bad_good_and_fixed,
    fetch,
    serve,
    turns_in_handler,
    turns_while_held,
)

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

BLOCKING_NETWORK_CALL = Example(
    "AIO402",
    bad="""
import urllib.request
from aiohttp import web

async def handler(request):
    with urllib.request.urlopen(URL) as response:
        return web.Response(body=response.read())

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
        return web.Response(body=await response.read())

app = web.Application()
app.cleanup_ctx.append(http_client)
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_blocking_network_call_stops_every_other_task(variant: Variant, upstream: Upstream) -> None:
    example = BLOCKING_NETWORK_CALL.load(variant, URL=str(upstream.url / "slow"))
    async with serve(example.app) as url:
        turns = await turns_while_held(upstream, fetch(url))
    assert [received.completed for received in upstream.requests] == [True]
    assert turns == (0 if variant == "bad" else TURNS_ENOUGH)


BLOCKING_SLEEP = Example(
    "AIO401",
    bad="""
import time
from aiohttp import web

async def handler(request):
    time.sleep(0.05)
    return web.Response(text="done")

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import asyncio
from aiohttp import web

async def handler(request):
    await asyncio.sleep(0.05)
    return web.Response(text="done")

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_blocking_sleep_stops_every_other_task(variant: Variant) -> None:
    turns = await turns_in_handler(BLOCKING_SLEEP.load(variant).app)
    if variant == "bad":
        assert turns == 0
    else:
        assert turns > 0
