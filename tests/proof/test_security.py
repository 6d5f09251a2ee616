"""What forged sessions, lost changes, refused keys and unverified peers come to."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_and_good, bad_good_and_fixed, cookies_set_by, serve

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from .harness import Variant
    from .upstream import Upstream


@pytest.mark.parametrize(
    ("attributes", "header"),
    [
        ({"expires": datetime(2030, 1, 1, tzinfo=timezone.utc)}, "expires=2030-01-01 00:00:00+00:00"),
        ({"expires": 3600.5}, "expires=3600.5"),
        ({"expires": "3600"}, "expires=3600;"),
        ({"max_age": timedelta(days=1)}, "Max-Age=1 day, 0:00:00"),
        ({"samesite": True}, "SameSite=True"),
        ({"samesite": "None"}, "SameSite=None"),
        ({"secure": "False"}, "Secure"),
        ({"httponly": "false"}, "HttpOnly"),
    ],
)
async def test_cookie_attributes_go_out_unchecked(attributes: dict[str, object], header: str) -> None:
    async def handler(_request: web.Request) -> web.Response:
        response = web.Response()
        response.set_cookie("theme", "dark", **attributes)  # type: ignore[arg-type]
        return response

    async with serve(handler) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        assert header in response.headers["Set-Cookie"]


async def test_deleting_a_cookie_that_demands_secure_says_nothing_of_it() -> None:
    async def handler(_request: web.Request) -> web.Response:
        response = web.Response()
        response.del_cookie("__Host-theme")
        return response

    async with serve(handler) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        assert "Secure" not in response.headers["Set-Cookie"]


INSECURE_STORAGE = Example(
    "AIO503",
    bad="""
import aiohttp_session
from aiohttp import web

app = web.Application()
aiohttp_session.setup(app, aiohttp_session.SimpleCookieStorage())
""",
    good="""
import aiohttp_session
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage

app = web.Application()
aiohttp_session.setup(app, EncryptedCookieStorage(key, secure=True))
""",
)


@bad_and_good
async def test_plain_session_can_be_forged(variant: Variant) -> None:
    from aiohttp_session import get_session
    from cryptography.fernet import Fernet

    app: web.Application = INSECURE_STORAGE.load(variant, key=Fernet(Fernet.generate_key())).app

    async def who(request: web.Request) -> web.Response:
        session = await get_session(request)
        return web.json_response(session.get("user"))

    app.router.add_get("/", who)
    cookie = json.dumps({"created": 2_000_000_000, "session": {"user": "admin"}})
    headers = {"Cookie": "AIOHTTP_SESSION=" + json.dumps(cookie)}
    async with (
        serve(app) as url,
        aiohttp.ClientSession() as forger,
        forger.get(url, headers=headers) as response,
    ):
        assert (await response.json() == "admin") is (variant == "bad")


SESSION_KEY = Example(
    "AIO504",
    bad="""
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from cryptography.fernet import Fernet

def storage():
    return EncryptedCookieStorage(Fernet.generate_key(), secure=True)
""",
    good="""
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from cryptography.fernet import Fernet

def storage():
    return EncryptedCookieStorage(Fernet(key), secure=True)
""",
)


@bad_good_and_fixed
def test_generated_key_is_refused_as_bytes(variant: Variant) -> None:
    from cryptography.fernet import Fernet

    example = SESSION_KEY.load(variant, key=Fernet.generate_key())
    if variant == "bad":
        with pytest.raises(ValueError, match="Fernet key must be 32"):
            example.storage()
    else:
        assert example.storage()


def test_which_literal_keys_are_refused() -> None:
    from aiohttp_session.cookie_storage import EncryptedCookieStorage

    for key in (b"secret", "Thirty  two  length  bytes  key."):
        with pytest.raises(ValueError, match="Fernet key must be 32"):
            EncryptedCookieStorage(key)
    assert EncryptedCookieStorage(b"Thirty  two  length  bytes  key.")
    assert EncryptedCookieStorage("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")


def test_key_made_at_start_differs_in_every_process() -> None:
    program = "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"
    keys = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout for _ in "ab"
    ]
    assert keys[0] != keys[1]


STORAGE_NOT_SECURE = Example(
    "AIO505",
    bad="""
import aiohttp_session
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage

async def visit(request):
    session = await aiohttp_session.get_session(request)
    session["seen"] = True
    return web.Response()

app = web.Application()
app.router.add_get("/", visit)
aiohttp_session.setup(app, EncryptedCookieStorage(key))
""",
    good="""
import aiohttp_session
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage

async def visit(request):
    session = await aiohttp_session.get_session(request)
    session["seen"] = True
    return web.Response()

app = web.Application()
app.router.add_get("/", visit)
aiohttp_session.setup(app, EncryptedCookieStorage(key, secure=True))
""",
)


@bad_good_and_fixed
async def test_session_cookie_travels_in_clear(variant: Variant) -> None:
    from cryptography.fernet import Fernet

    example = STORAGE_NOT_SECURE.load(variant, key=Fernet(Fernet.generate_key()))
    cookie = (await cookies_set_by(example.app))["AIOHTTP_SESSION"]
    assert bool(cookie["secure"]) is (variant != "bad")


CHANGE_LOST = Example(
    "AIO507",
    bad="""
from aiohttp import web
from aiohttp_session import get_session

async def start(request):
    session = await get_session(request)
    session["cart"] = []
    return web.Response()

async def add(request):
    session = await get_session(request)
    session["cart"].append("apple")
    return web.Response()

async def show(request):
    session = await get_session(request)
    return web.json_response(session["cart"])

app = web.Application()
app.add_routes([web.get("/start", start), web.get("/add", add), web.get("/show", show)])
""",
    good="""
from aiohttp import web
from aiohttp_session import get_session

async def start(request):
    session = await get_session(request)
    session["cart"] = []
    return web.Response()

async def add(request):
    session = await get_session(request)
    session["cart"].append("apple")
    session.changed()
    return web.Response()

async def show(request):
    session = await get_session(request)
    return web.json_response(session["cart"])

app = web.Application()
app.add_routes([web.get("/start", start), web.get("/add", add), web.get("/show", show)])
""",
)


@bad_good_and_fixed
async def test_nested_change_is_forgotten(variant: Variant) -> None:
    import aiohttp_session

    app: web.Application = CHANGE_LOST.load(variant).app
    aiohttp_session.setup(app, aiohttp_session.SimpleCookieStorage())
    jar = aiohttp.CookieJar(unsafe=True)
    async with serve(app) as url, aiohttp.ClientSession(url, cookie_jar=jar) as session:
        for path in ("/start", "/add"):
            async with session.get(path) as response:
                assert response.status == 200
        async with session.get("/show") as response:
            assert await response.json() == ([] if variant == "bad" else ["apple"])


@pytest.mark.parametrize("kind", [web.StreamResponse, web.Response])
async def test_only_a_response_carries_the_session(kind: type[web.StreamResponse]) -> None:
    import aiohttp_session

    async def visit(request: web.Request) -> web.StreamResponse:
        session = await aiohttp_session.get_session(request)
        session["seen"] = True
        response = kind()
        if kind is web.StreamResponse:
            await response.prepare(request)
        return response

    app = web.Application()
    app.router.add_get("/", visit)
    aiohttp_session.setup(app, aiohttp_session.SimpleCookieStorage())
    assert ("AIOHTTP_SESSION" in await cookies_set_by(app)) is (kind is web.Response)


async def test_prepared_response_with_changed_session_fails() -> None:
    import aiohttp_session

    raised: list[BaseException] = []

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
        except RuntimeError as error:
            raised.append(error)
            raise
        return response

    async def visit(request: web.Request) -> web.Response:
        session = await aiohttp_session.get_session(request)
        response = web.Response(text="hello")
        await response.prepare(request)
        session["seen"] = True
        return response

    app = web.Application(middlewares=[watch])
    app.router.add_get("/", visit)
    aiohttp_session.setup(app, aiohttp_session.SimpleCookieStorage())
    async with serve(app) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 500
    assert "prepared response" in str(raised[0])


UNVERIFIED = Example(
    "AIO511",
    bad="""
async def balance(session, url):
    async with session.get(url, ssl=False) as response:
        return await response.json()
""",
    good="""
async def balance(session, url):
    async with session.get(url) as response:
        return await response.json()
""",
)


@bad_and_good
async def test_anybody_is_taken_for_the_server(variant: Variant, upstream: Upstream) -> None:
    example = UNVERIFIED.load(variant)
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            assert await example.balance(session, upstream.tls_url / "small")
        else:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await example.balance(session, upstream.tls_url / "small")


def _bare() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.load_default_certs()
    return context


def _told() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _checked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.check_hostname = True
    return context


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("make", "is_verified"),
    [(_bare, False), (_told, False), (ssl._create_unverified_context, False), (_checked, True)],
)
async def test_contexts(make: type[ssl.SSLContext], is_verified: bool, upstream: Upstream) -> None:
    async with aiohttp.ClientSession() as session:
        if is_verified:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get(upstream.tls_url / "small", ssl=make())
        else:
            async with session.get(upstream.tls_url / "small", ssl=make()) as response:
                assert response.status == 200


def test_not_verifying_while_host_names_are_checked_is_refused() -> None:
    context = ssl.create_default_context()
    with pytest.raises(ValueError, match="check_hostname"):
        context.verify_mode = ssl.CERT_NONE
