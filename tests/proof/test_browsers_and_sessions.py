"""What other sites may read, which answers go without their headers, and whose session a login ends in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_and_good, bad_good_and_fixed, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .harness import Variant

EVIL = "https://evil.example"
ALLOW_ORIGIN, ALLOW_CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def headers_of(
    app: web.Application, path: str = "/", method: str = "GET", **sent: str
) -> Mapping[str, str]:
    """Request a path with these headers, and give those of the answer."""
    async with (
        serve(app) as url,
        aiohttp.ClientSession() as session,
        session.request(method, url.with_path(path), headers=sent, allow_redirects=False) as response,
    ):
        return response.headers.copy()


OPEN_CORS = Example(
    "AIO509",
    bad="""
import aiohttp_cors
from aiohttp import web

def set_up(app: web.Application):
    options = aiohttp_cors.ResourceOptions(allow_credentials=True)
    return aiohttp_cors.setup(app, defaults={"*": options})
""",
    good="""
import aiohttp_cors
from aiohttp import web

def set_up(app: web.Application):
    options = aiohttp_cors.ResourceOptions(allow_credentials=True)
    return aiohttp_cors.setup(app, defaults={"https://app.example": options})
""",
)


@bad_and_good
@pytest.mark.parametrize("origin", [EVIL, "null"])
async def test_any_origin_may_read_with_credentials(variant: Variant, origin: str) -> None:
    app = web.Application()
    OPEN_CORS.load(variant).set_up(app).add(app.router.add_get("/", hello))
    headers = await headers_of(app, Origin=origin)
    got = (headers.get(ALLOW_ORIGIN), headers.get(ALLOW_CREDENTIALS))
    assert got == ((origin, "true") if variant == "bad" else (None, None))


async def test_named_origin_may_still_read() -> None:
    app = web.Application()
    OPEN_CORS.load("good").set_up(app).add(app.router.add_get("/", hello))
    assert (await headers_of(app, Origin="https://app.example"))[ALLOW_CREDENTIALS] == "true"


REFLECTED_ORIGIN = Example(
    "AIO509",
    bad="""
from aiohttp import web

async def share(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    response.headers["Access-Control-Allow-Credentials"] = "true"
""",
    good="""
from aiohttp import web

async def share(request: web.Request, response: web.StreamResponse) -> None:
    origin = request.headers.get("Origin")
    if origin in {"https://app.example"}:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
""",
)


@bad_and_good
async def test_origin_is_sent_back(variant: Variant) -> None:
    app = web.Application()
    app.router.add_get("/", hello)
    app.on_response_prepare.append(REFLECTED_ORIGIN.load(variant).share)
    headers = await headers_of(app, Origin=EVIL)
    assert headers.get(ALLOW_ORIGIN) == (EVIL if variant == "bad" else None)


HEADER_IN_MIDDLEWARE = Example(
    "AIO510",
    bad="""
from aiohttp import web

@web.middleware
async def protect(request, handler):
    response = await handler(request)
    response.headers["X-Frame-Options"] = "DENY"
    return response

app = web.Application(middlewares=[protect])
""",
    good="""
from aiohttp import web

async def protect(request, response):
    response.headers["X-Frame-Options"] = "DENY"

app = web.Application()
app.on_response_prepare.append(protect)
""",
)

ERRORS_INSIDE = """
@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.Response(status=error.status, headers=error.headers)
    except Exception:
        return web.Response(status=500)

app = web.Application(middlewares=[protect, errors])
"""


def with_pages(app: web.Application) -> web.Application:
    """Add a page, one that is elsewhere, and one that fails."""

    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/")

    async def failing(_request: web.Request) -> web.Response:
        raise RuntimeError

    app.router.add_get("/", hello)
    app.router.add_get("/elsewhere", elsewhere)
    app.router.add_get("/failing", failing)
    return app


PAGES = [("/", "GET"), ("/elsewhere", "GET"), ("/missing", "GET"), ("/", "POST"), ("/failing", "GET")]


@bad_and_good
@pytest.mark.parametrize(("path", "method"), PAGES)
async def test_header_is_missing_on_what_is_raised(variant: Variant, path: str, method: str) -> None:
    app = with_pages(HEADER_IN_MIDDLEWARE.load(variant).app)
    is_there = "X-Frame-Options" in await headers_of(app, path, method)
    assert is_there is (variant == "good" or (path, method) == ("/", "GET"))


@pytest.mark.parametrize(("path", "method"), PAGES)
async def test_header_is_there_where_an_inner_middleware_makes_responses(path: str, method: str) -> None:
    from .harness import run_source

    app = with_pages(run_source(HEADER_IN_MIDDLEWARE.bad + ERRORS_INSIDE).app)
    assert "X-Frame-Options" in await headers_of(app, path, method)


LOGIN = Example(
    "AIO506",
    bad="""
from aiohttp import web
from aiohttp_session import get_session

async def login(request):
    session = await get_session(request)
    session["user"] = "ann"
    return web.Response()
""",
    good="""
from aiohttp import web
from aiohttp_session import new_session

async def login(request):
    session = await new_session(request)
    session["user"] = "ann"
    return web.Response()
""",
)


def on_server(login: Any) -> web.Application:
    """Give an application whose sessions are kept on the server, under the identifier in the cookie."""
    import aiohttp_session

    kept: dict[str, Any] = {}

    class Memory(aiohttp_session.AbstractStorage):
        async def load_session(self, request: web.Request) -> aiohttp_session.Session:
            key = self.load_cookie(request)
            if key is None:
                return aiohttp_session.Session(None, data=None, new=True, max_age=self.max_age)
            data = kept.get(key, {"created": 1, "session": {}})
            return aiohttp_session.Session(key, data=data, new=False, max_age=self.max_age)

        async def save_session(
            self, request: web.Request, response: web.StreamResponse, session: aiohttp_session.Session
        ) -> None:
            key = session.identity or f"chosen-by-server-{len(kept)}"
            kept[key] = self._get_session_data(session)
            self.save_cookie(response, key)

    async def who(request: web.Request) -> web.Response:
        session = await aiohttp_session.get_session(request)
        return web.Response(text=str(session.get("user")))

    app = web.Application()
    app.router.add_post("/login", login)
    app.router.add_get("/", who)
    aiohttp_session.setup(app, Memory())
    return app


@bad_good_and_fixed
async def test_planted_session_becomes_that_of_the_user(variant: Variant) -> None:
    planted = {"Cookie": "AIOHTTP_SESSION=planted"}
    async with serve(on_server(LOGIN.load(variant).login)) as url, aiohttp.ClientSession() as session:
        async with session.post(url / "login", headers=planted) as response:
            own = response.cookies["AIOHTTP_SESSION"].value
        async with session.get(url, headers=planted) as response:
            assert await response.text() == ("ann" if variant == "bad" else "None")
        async with session.get(url, headers={"Cookie": f"AIOHTTP_SESSION={own}"}) as response:
            assert await response.text() == "ann"


async def test_headers_of_a_session_go_to_every_host() -> None:
    heard: list[str | None] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append(request.headers.get("Authorization"))
        return web.Response()

    headers = {"Authorization": "Bearer token"}
    async with serve(hear) as one, serve(hear) as other, aiohttp.ClientSession(headers=headers) as session:
        for url in (one, other):
            async with session.get(url) as response:
                await response.read()
    assert heard == ["Bearer token"] * 2
