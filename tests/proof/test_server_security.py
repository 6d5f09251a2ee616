"""What servers let in, give away and take on trust."""

from __future__ import annotations

import contextlib
import io
import ssl
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_and_good, bad_good_and_fixed, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from .harness import Variant
    from .upstream import Upstream


async def answer(
    served: Any, path: str = "/", method: str = "GET", **options: Any
) -> tuple[int, str, aiohttp.typedefs.LooseHeaders]:
    """Send one request to a handler or application, and give status, text and headers of the answer."""
    async with (
        serve(served) as url,
        aiohttp.ClientSession() as session,
        session.request(method, url.joinpath(path.lstrip("/")), allow_redirects=False, **options) as response,
    ):
        return response.status, await response.text(), response.headers


def secured(handler: Any) -> web.Application:
    """Give an application with aiohttp-security, where nobody is known and nothing permitted."""
    import aiohttp_security

    class Nobody(aiohttp_security.AbstractIdentityPolicy):
        async def identify(self, request: web.Request) -> str | None:
            return None

        async def remember(self, *_: Any, **__: Any) -> None:
            return None

        async def forget(self, *_: Any) -> None:
            return None

    class Nothing(aiohttp_security.AbstractAuthorizationPolicy):
        async def permits(self, *_: Any) -> bool:
            return False

        async def authorized_userid(self, identity: str) -> str | None:
            return None

    app = web.Application()
    app.router.add_get("/", handler)
    aiohttp_security.setup(app, Nobody(), Nothing())
    return app


TESTED_COROUTINE = Example(
    "AIO508",
    bad="""
from aiohttp import web
from aiohttp_security import permits

async def handler(request):
    if permits(request, "admin"):
        return web.Response(text="all figures")
    raise web.HTTPForbidden
""",
    good="""
from aiohttp import web
from aiohttp_security import permits

async def handler(request):
    if await permits(request, "admin"):
        return web.Response(text="all figures")
    raise web.HTTPForbidden
""",
)

DROPPED_CHECK = Example(
    "AIO508",
    bad="""
from aiohttp import web
from aiohttp_security import check_permission

async def handler(request):
    check_permission(request, "admin")
    return web.Response(text="all figures")
""",
    good="""
from aiohttp import web
from aiohttp_security import check_permission

async def handler(request):
    await check_permission(request, "admin")
    return web.Response(text="all figures")
""",
)

DROPPED_ANSWER = Example(
    "AIO508",
    bad="""
from aiohttp import web
from aiohttp_security import permits

async def handler(request):
    await permits(request, "admin")
    return web.Response(text="all figures")
""",
    good=TESTED_COROUTINE.good,
)


@bad_good_and_fixed
@pytest.mark.parametrize("example", [TESTED_COROUTINE, DROPPED_CHECK])
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
async def test_check_that_is_not_awaited_lets_everybody_in(variant: Variant, example: Example) -> None:
    status, text, _ = await answer(secured(example.load(variant).handler))
    assert (status == 200, text == "all figures") == (variant == "bad", variant == "bad")
    assert variant == "bad" or status in (401, 403)


@bad_and_good
async def test_answer_that_is_dropped_lets_everybody_in(variant: Variant) -> None:
    status, _, _ = await answer(secured(DROPPED_ANSWER.load(variant).handler))
    assert status == (200 if variant == "bad" else 403)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
async def test_question_for_the_unknown_denies_everybody_without_await() -> None:
    from aiohttp_security import is_anonymous

    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="denied" if is_anonymous(request) else "in")

    assert (await answer(secured(handler)))[1] == "denied"


SERVER_CONTEXT = Example(
    "AIO512",
    bad="""
import ssl
from aiohttp import web

async def start(runner, certificate):
    context = ssl.create_default_context()
    context.load_cert_chain(certificate)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
""",
    good="""
import ssl
from aiohttp import web

async def start(runner, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
""",
)


async def reached(
    start: Callable[[web.AppRunner], Any],
    trust: ssl.SSLContext,
    hears: pytest.LogCaptureFixture | None = None,
) -> bool:
    """Tell whether a client that trusts the server's authority gets an answer."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await start(runner)
        async with aiohttp.ClientSession() as session:
            try:
                address = f"https://127.0.0.1:{runner.addresses[0][1]}/"
                async with session.get(address, ssl=trust) as response:
                    return response.status == 200
            except aiohttp.ClientConnectorError:
                return False
    finally:
        await runner.cleanup()


@bad_good_and_fixed
async def test_context_for_clients_serves_nobody(variant: Variant, upstream: Upstream, tmp_path: Any) -> None:
    certificate = tmp_path / "server.pem"
    upstream.authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    trust = ssl.create_default_context()
    upstream.authority.configure_trust(trust)
    start = SERVER_CONTEXT.load(variant).start
    assert await reached(lambda runner: start(runner, certificate), trust) is (variant != "bad")


async def test_context_without_certificate_serves_nobody(upstream: Upstream) -> None:
    trust = ssl.create_default_context()
    upstream.authority.configure_trust(trust)

    async def start(runner: web.AppRunner) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()

    assert not await reached(start, trust)


def test_context_for_servers_opens_no_connection() -> None:
    for context in (
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
    ):  # fmt: skip
        with pytest.raises(ssl.SSLError, match="Cannot create a client socket"):
            context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="bank.example").do_handshake()


CONTENT_READ = Example(
    "AIO518",
    bad="""
from aiohttp import web

async def upload(request: web.Request) -> web.Response:
    data = await request.content.read()
    return web.Response(text=str(len(data)))
""",
    good="""
from aiohttp import web

async def upload(request: web.Request) -> web.Response:
    data = await request.read()
    return web.Response(text=str(len(data)))
""",
)


def taking(handler: Any, **options: Any) -> web.Application:
    """Give an application that posts to `/` are handled by."""
    app = web.Application(**options)
    app.router.add_post("/", handler)
    return app


@bad_good_and_fixed
async def test_content_is_read_past_the_limit(variant: Variant) -> None:
    app = taking(CONTENT_READ.load(variant).upload)
    status, text, _ = await answer(app, method="POST", data=io.BytesIO(b"x" * 3_000_000))
    assert (status, text == "3000000") == ((200, True) if variant == "bad" else (413, False))
    app = taking(CONTENT_READ.load(variant).upload)
    assert (await answer(app, method="POST", data=b"x" * 1000))[:2] == (200, "1000")


@pytest.mark.parametrize(
    ("size", "status"), [(0, 200), (None, 200), (-1, 413), (8 * 1024**2, 200), (1024**2, 413)]
)
async def test_what_a_limit_lets_in(size: Any, status: int) -> None:
    app = taking(CONTENT_READ.load("good").upload, client_max_size=size)
    assert (await answer(app, method="POST", data=io.BytesIO(b"x" * 3_000_000)))[0] == status


async def test_negative_limit_refuses_even_nothing() -> None:
    app = taking(CONTENT_READ.load("good").upload, client_max_size=-1)
    assert (await answer(app, method="POST"))[0] == 413


@pytest.mark.parametrize(("options", "size"), [({"max_msg_size": 0}, 5_000_000), ({}, None)])
async def test_message_of_any_size_is_taken(options: dict[str, int], size: int | None) -> None:
    taken: list[int] = []

    async def handler(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(**options)
        await websocket.prepare(request)
        message = await websocket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            taken.append(len(message.data))
        return websocket

    async with (
        serve(handler) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url) as websocket,
    ):
        # Whoever is cut off may notice while sending.
        with contextlib.suppress(ConnectionError):
            await websocket.send_str("x" * 5_000_000)
        await websocket.receive()
    assert taken == ([] if size is None else [size])


STATIC_LINKS = Example(
    "AIO519",
    bad="""
from aiohttp import web

def set_up(app: web.Application, folder):
    app.router.add_static("/files", folder, follow_symlinks=True)
""",
    good="""
from aiohttp import web

def set_up(app: web.Application, folder):
    app.router.add_static("/files", folder)
""",
)


@bad_good_and_fixed
async def test_links_lead_out_of_the_folder(variant: Variant, tmp_path: Any) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "page").write_text("page")
    app = web.Application()
    STATIC_LINKS.load(variant).set_up(app, folder)
    assert (await answer(app, "/files/link"))[0] == (200 if variant == "bad" else 404)
    app = web.Application()
    STATIC_LINKS.load(variant).set_up(app, folder)
    assert (await answer(app, "/files/page"))[:2] == (200, "page")


STATIC_FOLDER = Example(
    "AIO519",
    bad="""
from aiohttp import web

def set_up(app: web.Application, folder):
    app.router.add_static("/static", ".")
""",
    good="""
from aiohttp import web

def set_up(app: web.Application, folder):
    app.router.add_static("/static", folder / "static")
""",
)


@bad_and_good
async def test_working_directory_is_served_with_its_secrets(
    variant: Variant, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / ".env").write_text("PASSWORD=secret")
    monkeypatch.chdir(tmp_path)
    app = web.Application()
    STATIC_FOLDER.load(variant).set_up(app, tmp_path)
    status, text, _ = await answer(app, "/static/.env")
    assert (status, "secret" in text) == ((200, True) if variant == "bad" else (404, False))


DEBUG_MODE = Example(
    "AIO520",
    bad="""
from aiohttp import web

app = web.Application(debug=True)
""",
    good="""
from aiohttp import web

app = web.Application()
""",
)

HANDLER_DEBUG_MODE = Example(
    "AIO520",
    bad="""
from aiohttp import web

app = web.Application(handler_args={"debug": True})
""",
    good=DEBUG_MODE.good,
)


async def failing(_request: web.Request) -> web.Response:
    raise RuntimeError("secret")


@bad_good_and_fixed
@pytest.mark.filterwarnings("ignore:debug argument is deprecated")
async def test_debug_mode_answers_with_the_traceback(variant: Variant) -> None:
    app = DEBUG_MODE.load(variant).app
    app.router.add_get("/", failing)
    status, text, _ = await answer(app)
    assert (status, "secret" in text) == (500, variant == "bad")


@bad_and_good
async def test_debug_mode_of_handlers_answers_with_the_traceback(variant: Variant) -> None:
    app = HANDLER_DEBUG_MODE.load(variant).app
    app.router.add_get("/", failing)
    assert ("secret" in (await answer(app))[1]) is (variant == "bad")


TRACEBACK_TEXT = Example(
    "AIO520",
    bad="""
import traceback
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    try:
        raise RuntimeError("secret")
    except RuntimeError:
        return web.Response(text=traceback.format_exc(), status=500)
""",
    good="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    try:
        raise RuntimeError("secret")
    except RuntimeError:
        raise web.HTTPInternalServerError from None
""",
)


@bad_and_good
async def test_traceback_as_text_goes_out(variant: Variant) -> None:
    status, text, _ = await answer(TRACEBACK_TEXT.load(variant).handler)
    assert (status, "secret" in text) == (500, variant == "bad")


UNVERIFIED_TOKEN = Example(
    "AIO522",
    bad="""
import jwt
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    return web.Response(text=claims["sub"])
""",
    good="""
import jwt
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, key, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise web.HTTPUnauthorized from None
    return web.Response(text=claims["sub"])
""",
)

KEY, OTHER_KEY = "k" * 32, "o" * 32


@bad_and_good
async def test_token_signed_with_another_key_is_taken(variant: Variant) -> None:
    import jwt

    handler = UNVERIFIED_TOKEN.load(variant, key=KEY).handler
    for key, text in ((KEY, "ann"), (OTHER_KEY, "ann" if variant == "bad" else None)):
        headers = {"Authorization": f"Bearer {jwt.encode({'sub': 'ann'}, key, algorithm='HS256')}"}
        status, got, _ = await answer(handler, headers=headers)
        assert (status, got) == (200, "ann") if text else status == 401


@pytest.mark.parametrize(
    "options", [{}, {"algorithm": "HS256"}, {"verify": False}, {"options": {"verify_exp": False}}]
)
@pytest.mark.filterwarnings("ignore")
def test_token_is_refused_without_algorithms(options: dict[str, Any]) -> None:
    import jwt

    token = jwt.encode({"sub": "ann"}, KEY, algorithm="HS256")
    with pytest.raises(jwt.DecodeError, match="algorithms"):
        jwt.decode(token, KEY, **options)
    assert jwt.decode(token, KEY, algorithms=["HS256"]) == {"sub": "ann"}


def test_token_without_signature_is_refused_where_a_key_is_given() -> None:
    import jwt

    token = jwt.encode({"sub": "ann"}, None, algorithm="none")
    with pytest.raises(jwt.PyJWTError):
        jwt.decode(token, KEY, algorithms=["none", "HS256"])
