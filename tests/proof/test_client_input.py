"""What malformed input, a status that contradicts, and a client that leaves do to a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed, complaints, serve, until

if TYPE_CHECKING:
    from .harness import Variant

UNCHECKED = Example(
    "AIO733",
    bad="""
from aiohttp import web

async def orders(request: web.Request):
    page = int(request.query["page"])
    data = await request.json()
    return web.json_response([page, data])

app = web.Application()
app.router.add_post("/", orders)
""",
    good="""
from aiohttp import web

async def orders(request: web.Request):
    try:
        page = int(request.query["page"])
        data = await request.json()
    except (KeyError, ValueError) as error:
        raise web.HTTPBadRequest(text="invalid input") from error
    return web.json_response([page, data])

app = web.Application()
app.router.add_post("/", orders)
""",
)


@bad_good_and_fixed
async def test_malformed_input_is_an_error_of_the_server(variant: Variant) -> None:
    statuses = []
    async with (
        complaints(),
        serve(UNCHECKED.load(variant).app) as url,
        aiohttp.ClientSession() as session,
    ):
        for query, body in (("", "{}"), ("page=x", "{}"), ("page=1", "{"), ("page=1", ""), ("page=1", "{}")):
            async with session.post(url.with_query(query), data=body) as response:
                statuses.append(response.status)
    assert statuses == [500 if variant == "bad" else 400] * 4 + [200]


CONTRADICTING = Example(
    "AIO736",
    bad="""
from aiohttp import web

async def order(request: web.Request):
    return web.json_response({"error": "no such order"})

async def account(request: web.Request):
    raise web.HTTPUnauthorized()

app = web.Application()
app.router.add_get("/order", order)
app.router.add_get("/account", account)
""",
    good="""
from aiohttp import web

async def order(request: web.Request):
    return web.json_response({"error": "no such order"}, status=404)

async def account(request: web.Request):
    raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})

app = web.Application()
app.router.add_get("/order", order)
app.router.add_get("/account", account)
""",
)


@bad_and_good
async def test_clients_are_not_told_what_went_wrong(variant: Variant) -> None:
    is_bad = variant == "bad"
    async with serve(CONTRADICTING.load(variant).app) as url, aiohttp.ClientSession() as session:
        async with session.get(url.with_path("/order")) as response:
            assert response.ok == is_bad
        async with session.get(url.with_path("/account")) as response:
            assert response.status == 401
            assert ("WWW-Authenticate" in response.headers) != is_bad


ENDLESS = Example(
    "AIO740",
    bad="""
import asyncio
from aiohttp import web

async def poll(request: web.Request):
    try:
        STARTED.set()
        await asyncio.Queue().get()
    finally:
        ENDED.set()

app = web.Application()
app.router.add_get("/", poll)
""",
    good="""
import asyncio
from aiohttp import web

async def poll(request: web.Request):
    try:
        STARTED.set()
        await asyncio.wait_for(asyncio.Queue().get(), 0.01)
    except asyncio.TimeoutError:
        raise web.HTTPNoContent() from None
    finally:
        ENDED.set()

app = web.Application()
app.router.add_get("/", poll)
""",
)


@bad_and_good
async def test_a_handler_does_not_notice_that_its_client_left(variant: Variant) -> None:
    started, ended = asyncio.Event(), asyncio.Event()
    application = ENDLESS.load(variant, STARTED=started, ENDED=ended).app
    async with serve(application, shutdown_timeout=0.01) as url:
        async with aiohttp.ClientSession() as session:
            request = asyncio.create_task(session.get(url))
            await until(started.is_set)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
        if variant == "good":
            await until(ended.is_set)
        else:
            for _ in range(100):
                await asyncio.sleep(0.001)
            assert not ended.is_set()
