"""Routes that nobody reaches, or that fail where they are registered or served."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp

from .harness import Example, bad_and_good, bad_good_and_fixed, serve

if TYPE_CHECKING:
    from aiohttp import web

    from .harness import Variant


async def statuses(application: web.Application, *paths: str) -> list[int]:
    """Request some paths, and give the statuses of the answers."""
    found: list[int] = []
    async with serve(application) as url, aiohttp.ClientSession() as session:
        for path in paths:
            async with session.get(url.with_path(path)) as response:
                found.append(response.status)
    return found


ABOVE = Example(
    "AIO722",
    bad="""
from aiohttp import web

routes = web.RouteTableDef()

def login_required(handler):
    async def wrapper(request):
        if "Authorization" not in request.headers:
            raise web.HTTPForbidden()
        return await handler(request)
    return wrapper

@login_required
@routes.get("/admin")
async def admin(request):
    return web.Response(text="secret")

app = web.Application()
app.add_routes(routes)
""",
    good="""
from aiohttp import web

routes = web.RouteTableDef()

def login_required(handler):
    async def wrapper(request):
        if "Authorization" not in request.headers:
            raise web.HTTPForbidden()
        return await handler(request)
    return wrapper

@routes.get("/admin")
@login_required
async def admin(request):
    return web.Response(text="secret")

app = web.Application()
app.add_routes(routes)
""",
)


@bad_good_and_fixed
async def test_decorator_above_route_lets_everybody_in(variant: Variant) -> None:
    answered = await statuses(ABOVE.load(variant).app, "/admin")
    assert answered == [HTTPStatus.OK if variant == "bad" else HTTPStatus.FORBIDDEN]


SLASH = Example(
    "AIO723",
    bad="""
from aiohttp import web

async def users(request):
    return web.Response()

def make():
    app = web.Application()
    app.router.add_get("users", users)
    return app
""",
    good="""
from aiohttp import web

async def users(request):
    return web.Response()

def make():
    app = web.Application()
    app.router.add_get("/users", users)
    return app
""",
)


@bad_good_and_fixed
async def test_path_without_slash_cannot_be_registered(variant: Variant) -> None:
    error = None
    try:
        answered = await statuses(SLASH.load(variant).make(), "/users")
    except ValueError as raised:
        error = str(raised)
    if variant == "bad":
        assert error == "path should be started with / or be empty"
    else:
        assert (error, answered) == (None, [HTTPStatus.OK])


FOREIGN = Example(
    "AIO723",
    bad="""
from aiohttp import web

async def found(request):
    return web.Response()

app = web.Application()
app.router.add_get("/a/{id:int}", found)
app.router.add_get("/b/<int:id>", found)
app.router.add_get("/c/:id", found)
app.router.add_get(r"/d/{id: \\d+}", found)
app.router.add_route("ANY", "/e/5", found)
""",
    good="""
from aiohttp import web

async def found(request):
    return web.Response()

app = web.Application()
app.router.add_get(r"/a/{id:\\d+}", found)
app.router.add_get(r"/b/{id:\\d+}", found)
app.router.add_get("/c/{id}", found)
app.router.add_get(r"/d/{id:\\d+}", found)
app.router.add_route("*", "/e/5", found)
""",
)


@bad_good_and_fixed
async def test_foreign_pattern_matches_nothing(variant: Variant) -> None:
    answered = await statuses(FOREIGN.load(variant).app, "/a/5", "/b/5", "/c/5", "/d/5", "/e/5")
    if variant == "bad":
        assert answered == [*[HTTPStatus.NOT_FOUND] * 4, HTTPStatus.METHOD_NOT_ALLOWED]
    else:
        assert answered == [HTTPStatus.OK] * 5


KEY = Example(
    "AIO726",
    bad="""
from aiohttp import web

async def user(request):
    return web.Response(text=request.match_info["user_id"])

app = web.Application()
app.router.add_get("/users/{id}", user)
""",
    good="""
from aiohttp import web

async def user(request):
    return web.Response(text=request.match_info["id"])

app = web.Application()
app.router.add_get("/users/{id}", user)
""",
)


@bad_and_good
async def test_unknown_key_fails_on_every_request(variant: Variant) -> None:
    answered = await statuses(KEY.load(variant).app, "/users/5")
    assert answered == [HTTPStatus.INTERNAL_SERVER_ERROR if variant == "bad" else HTTPStatus.OK]
