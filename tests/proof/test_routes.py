"""Routes that nobody reaches, or that fail where they are registered or served."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed, fetch, serve

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


TWICE = Example(
    "AIO724",
    bad="""
from aiohttp import web

async def one(request):
    return web.Response(text="one")

async def two(request):
    return web.Response(text="two")

app = web.Application()
app.router.add_get("/a", one)
app.router.add_get("/u/{id}", one)
app.router.add_get("/f/{tail:.*}", one)
app.router.add_get("/u/{name}", two)
app.router.add_get("/f/{id}", two)
app.router.add_get("/a", two)
""",
    good="""
from aiohttp import web

async def one(request):
    return web.Response(text="one")

async def two(request):
    return web.Response(text="two")

app = web.Application()
app.router.add_get("/b", one)
app.router.add_get("/u/{name}", two)
app.router.add_get("/f/{id}", two)
app.router.add_get("/a", two)
""",
)


@bad_and_good
async def test_second_of_two_routes_never_runs(variant: Variant) -> None:
    async with serve(TWICE.load(variant).app) as url:
        answers = {await fetch(url.with_path(path)) for path in ("/a", "/u/5", "/f/x")}
    assert answers == ({b"one"} if variant == "bad" else {b"two"})


MOUNTED = Example(
    "AIO724",
    bad="""
from aiohttp import web

async def found(request):
    return web.Response()

users, orders, app = web.Application(), web.Application(), web.Application()
users.router.add_get("/users", found)
orders.router.add_get("/orders", found)
app.add_subapp("/api", users)
app.add_subapp("/api", orders)
""",
    good="""
from aiohttp import web

async def found(request):
    return web.Response()

users, orders, app = web.Application(), web.Application(), web.Application()
users.router.add_get("/users", found)
orders.router.add_get("/orders", found)
app.add_subapp("/api/v1", users)
app.add_subapp("/api", orders)
""",
)


@bad_and_good
async def test_second_subapplication_at_a_prefix_answers_404(variant: Variant) -> None:
    answered = await statuses(MOUNTED.load(variant).app, "/api/orders")
    assert answered == [HTTPStatus.NOT_FOUND if variant == "bad" else HTTPStatus.OK]


NAMES = Example(
    "AIO725",
    bad="""
from aiohttp import web

async def user(request: web.Request) -> web.Response:
    return web.Response(text=str(request.app.router["user"].url_for(id=5)))

app = web.Application()
app.router.add_get("/users/{id}", user, name="user")
""",
    good="""
from aiohttp import web

async def user(request: web.Request) -> web.Response:
    return web.Response(text=str(request.app.router["user"].url_for(id="5")))

app = web.Application()
app.router.add_get("/users/{id}", user, name="user")
""",
)


@bad_good_and_fixed
async def test_url_for_takes_text(variant: Variant) -> None:
    answered = await statuses(NAMES.load(variant).app, "/users/5")
    assert answered == [HTTPStatus.INTERNAL_SERVER_ERROR if variant == "bad" else HTTPStatus.OK]


LATE = Example(
    "AIO727",
    bad="""
from aiohttp import web

routes = web.RouteTableDef()
app = web.Application()
app.add_routes(routes)

@routes.get("/")
async def index(request):
    return web.Response()
""",
    good="""
from aiohttp import web

routes = web.RouteTableDef()
app = web.Application()

@routes.get("/")
async def index(request):
    return web.Response()

app.add_routes(routes)
""",
)


@bad_and_good
async def test_route_that_comes_after_its_table_answers_404(variant: Variant) -> None:
    answered = await statuses(LATE.load(variant).app, "/")
    assert answered == [HTTPStatus.NOT_FOUND if variant == "bad" else HTTPStatus.OK]


SINGLE = Example(
    "AIO727",
    bad="""
from aiohttp import web

async def index(request):
    return web.Response()

def make():
    app = web.Application()
    app.add_routes(web.get("/", index))
    return app
""",
    good="""
from aiohttp import web

async def index(request):
    return web.Response()

def make():
    app = web.Application()
    app.add_routes([web.get("/", index)])
    return app
""",
)


@bad_good_and_fixed
async def test_single_route_is_no_list(variant: Variant) -> None:
    example = SINGLE.load(variant)
    if variant == "bad":
        with pytest.raises(TypeError, match="not iterable"):
            example.make()
    else:
        assert await statuses(example.make(), "/") == [HTTPStatus.OK]


NEEDS_OBJECT = Example(
    "AIO727",
    bad="""
from aiohttp import web

routes = web.RouteTableDef()

class Api:
    @routes.get("/")
    async def index(self, request):
        return web.Response()

app = web.Application()
app.add_routes(routes)
""",
    good="""
from aiohttp import web

class Api:
    async def index(self, request):
        return web.Response()

app = web.Application()
app.router.add_get("/", Api().index)
""",
)


@bad_and_good
async def test_method_without_its_object(variant: Variant) -> None:
    answered = await statuses(NEEDS_OBJECT.load(variant).app, "/")
    assert answered == [HTTPStatus.INTERNAL_SERVER_ERROR if variant == "bad" else HTTPStatus.OK]


PARAMETER = Example(
    "AIO728",
    bad="""
from aiohttp import web

class User(web.View):
    async def get(self, request):
        return web.Response(text=request.match_info["id"])

app = web.Application()
app.router.add_view("/users/{id}", User)
""",
    good="""
from aiohttp import web

class User(web.View):
    async def get(self):
        return web.Response(text=self.request.match_info["id"])

app = web.Application()
app.router.add_view("/users/{id}", User)
""",
)
NOT_ASYNC = Example(
    "AIO728",
    bad="""
from aiohttp import web

class User(web.View):
    def get(self):
        return web.Response()

app = web.Application()
app.router.add_view("/users/{id}", User)
""",
    good="""
from aiohttp import web

class User(web.View):
    async def get(self):
        return web.Response()

app = web.Application()
app.router.add_view("/users/{id}", User)
""",
)


@bad_good_and_fixed
@pytest.mark.parametrize("example", [PARAMETER, NOT_ASYNC], ids=["parameter", "not async"])
async def test_view_method_in_another_form_fails(example: Example, variant: Variant) -> None:
    answered = await statuses(example.load(variant).app, "/users/5")
    assert answered == [HTTPStatus.INTERNAL_SERVER_ERROR if variant == "bad" else HTTPStatus.OK]


VIEWS = Example(
    "AIO728",
    bad="""
from aiohttp import web

class Upper(web.View):
    async def GET(self):
        return web.Response()

class Lost(web.View):
    def __init__(self, repository):
        self.repository = repository

    async def get(self):
        return web.Response()

app = web.Application()
app.router.add_view("/upper", Upper)
app.router.add_view("/lost", Lost)
""",
    good="""
from aiohttp import web

class Upper(web.View):
    async def get(self):
        return web.Response()

class Lost(web.View):
    def __init__(self, request):
        super().__init__(request)

    async def get(self):
        return web.Response()

app = web.Application()
app.router.add_view("/upper", Upper)
app.router.add_view("/lost", Lost)
""",
)


@bad_and_good
async def test_view_in_another_form_fails(variant: Variant) -> None:
    answered = await statuses(VIEWS.load(variant).app, "/upper", "/lost")
    if variant == "bad":
        assert answered == [HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.INTERNAL_SERVER_ERROR]
    else:
        assert answered == [HTTPStatus.OK, HTTPStatus.OK]


FROZEN = Example(
    "AIO729",
    bad="""
from aiohttp import web

async def users(request):
    return web.Response()

def make():
    app = web.Application()
    api = web.Application()
    app.add_subapp("/api", api)
    api.router.add_get("/users", users)
    return app
""",
    good="""
from aiohttp import web

async def users(request):
    return web.Response()

def make():
    app = web.Application()
    api = web.Application()
    api.router.add_get("/users", users)
    app.add_subapp("/api", api)
    return app
""",
)


@bad_good_and_fixed
async def test_subapplication_is_frozen(variant: Variant) -> None:
    example = FROZEN.load(variant)
    if variant == "bad":
        with pytest.raises(RuntimeError, match="frozen router"):
            example.make()
    else:
        assert await statuses(example.make(), "/api/users") == [HTTPStatus.OK]


REPEATED = Example(
    "AIO729",
    bad="""
from aiohttp import web

async def users(request):
    return web.Response()

app, api = web.Application(), web.Application()
api.router.add_get("/users", users)
app.add_subapp("/v1", api)
app.add_subapp("/v2", api)
""",
    good="""
from aiohttp import web

async def users(request):
    return web.Response()

def make_api():
    api = web.Application()
    api.router.add_get("/users", users)
    return api

app = web.Application()
app.add_subapp("/v1", make_api())
app.add_subapp("/v2", make_api())
""",
)


@bad_and_good
async def test_application_that_is_added_twice_answers_404(variant: Variant) -> None:
    answered = await statuses(REPEATED.load(variant).app, "/v1/users", "/v2/users")
    assert answered == [HTTPStatus.NOT_FOUND if variant == "bad" else HTTPStatus.OK] * 2


ROOT = Example(
    "AIO729",
    bad="""
from aiohttp import web

def make():
    app = web.Application()
    app.add_subapp("api", web.Application())
    return app
""",
    good="""
from aiohttp import web

def make():
    app = web.Application()
    app.add_subapp("/api", web.Application())
    return app
""",
)


@bad_good_and_fixed
def test_prefix_begins_with_a_slash(variant: Variant) -> None:
    example = ROOT.load(variant)
    if variant == "bad":
        with pytest.raises(AssertionError):
            example.make()
    else:
        assert example.make()
