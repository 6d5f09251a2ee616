"""What becomes of aiohttp's answers by exception: swallowed by a broad clause, or returned."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_good_and_fixed, run_source, serve

if TYPE_CHECKING:
    from yarl import URL

    from .harness import Variant

SWALLOWED = Example(
    "AIO717",
    bad="""
from aiohttp import web

@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except Exception as error:
        return web.json_response({"error": str(error)}, status=500)

async def account(request):
    raise web.HTTPFound("/login")

async def broken(request):
    raise KeyError("broken")

app = web.Application(middlewares=[errors])
app.add_routes([web.get("/account", account), web.get("/broken", broken)])
""",
    good="""
from aiohttp import web

@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:
        return web.json_response({"error": str(error)}, status=500)

async def account(request):
    raise web.HTTPFound("/login")

async def broken(request):
    raise KeyError("broken")

app = web.Application(middlewares=[errors])
app.add_routes([web.get("/account", account), web.get("/broken", broken)])
""",
)


async def status_of(url: URL) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as response:
        return response.status


@bad_good_and_fixed
async def test_redirect_and_unknown_path_become_errors(variant: Variant) -> None:
    example = SWALLOWED.load(variant)
    async with serve(example.app) as url:
        found = [await status_of(url.with_path(path)) for path in ("/account", "/nowhere", "/broken")]
    assert found == ([500, 500, 500] if variant == "bad" else [302, 404, 500])


RETURNED = Example(
    "AIO901",
    bad="""
from aiohttp import web

async def account(request):
    return web.HTTPFound("/login")

app = web.Application()
app.router.add_get("/account", account)
""",
    good="""
from aiohttp import web

async def account(request):
    raise web.HTTPFound("/login")

app = web.Application()
app.router.add_get("/account", account)
""",
)


@bad_good_and_fixed
async def test_returned_exception_is_deprecated(variant: Variant) -> None:
    example = RETURNED.load(variant)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with serve(example.app) as url:
            assert await status_of(url.with_path("/account")) == 302
    told = [str(warning.message) for warning in caught if warning.category is DeprecationWarning]
    assert any("returning HTTPException" in text for text in told) is (variant == "bad")


WITHIN_BROAD_TRY = """
from aiohttp import web

async def account(request):
    try:
        {} web.HTTPNotFound()
    except Exception:
        return web.Response(status=500)

app = web.Application()
app.router.add_get("/account", account)
"""


@pytest.mark.filterwarnings("ignore:returning HTTPException:DeprecationWarning")
@pytest.mark.parametrize(("word", "status"), [("return", 404), ("raise", 500)])
async def test_exception_raised_within_a_broad_try_is_another_answer(word: str, status: int) -> None:
    example = run_source(WITHIN_BROAD_TRY.format(word))
    async with serve(example.app) as url:
        assert await status_of(url.with_path("/account")) == status


CLASS_RETURNED = Example(
    "AIO901",
    bad=RETURNED.bad.replace('web.HTTPFound("/login")', "web.HTTPNotFound"),
    good=RETURNED.good.replace('web.HTTPFound("/login")', "web.HTTPNotFound"),
)


@bad_good_and_fixed
async def test_returned_class_drops_the_connection(variant: Variant) -> None:
    example = CLASS_RETURNED.load(variant)
    async with serve(example.app) as url:
        if variant == "bad":
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await status_of(url.with_path("/account"))
        else:
            assert await status_of(url.with_path("/account")) == 404
