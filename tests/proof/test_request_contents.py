"""What becomes of requests with URLs, bodies and middlewares that aiohttp can't do anything with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_and_good, bad_good_and_fixed, serve, until

if TYPE_CHECKING:
    from .harness import Variant


async def echo(request: web.Request) -> web.Response:
    """Answer with the path, the text parts of a form, and the size of any other body."""
    if request.content_type.startswith("multipart/"):
        fields = await request.post()
        return web.json_response(
            {name: str(value) for name, value in fields.items() if isinstance(value, str)}
        )
    return web.json_response([request.path, len(await request.read())])


OPEN_BASE = Example(
    "AIO314",
    bad="""
import aiohttp

async def main(host):
    async with aiohttp.ClientSession(f"http://{host}/v1") as session:
        async with session.get("users") as response:
            return await response.json()
""",
    good="""
import aiohttp

async def main(host):
    async with aiohttp.ClientSession(f"http://{host}/v1/") as session:
        async with session.get("users") as response:
            return await response.json()
""",
)


@bad_good_and_fixed
async def test_nothing_joins_a_base_without_slash(variant: Variant) -> None:
    main = OPEN_BASE.load(variant).main
    async with serve(echo) as url:
        if variant == "bad":
            with pytest.raises(ValueError, match="base_url must have a trailing '/'"):
                await main(url.authority)
        else:
            assert await main(url.authority) == ["/v1/users", 0]


BASE_DROPPED = Example(
    "AIO314",
    bad="""
import aiohttp

async def main(host):
    async with aiohttp.ClientSession(f"http://{host}/v1/") as session:
        async with session.get("/users") as response:
            return await response.json()
""",
    good=OPEN_BASE.good,
)


@bad_good_and_fixed
async def test_leading_slash_drops_the_path_of_the_base(variant: Variant) -> None:
    async with serve(echo) as url:
        path, _ = await BASE_DROPPED.load(variant).main(url.authority)
    assert path == ("/users" if variant == "bad" else "/v1/users")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("/users", aiohttp.InvalidUrlClientError),
        ("shop.example/users", aiohttp.InvalidUrlClientError),
        ("localhost:8080/users", aiohttp.NonHttpUrlClientError),
        ("//shop.example/users", AssertionError),
    ],
)
async def test_urls_without_scheme_are_refused(url: str, error: type[Exception]) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(error):
            await session.get(url)


RECURSION = Example(
    "AIO316",
    bad="""
import aiohttp

async def audit(request, handler):
    async with request.session.get(AUDIT):
        pass
    return await handler(request)

async def main(url):
    async with aiohttp.ClientSession(middlewares=(audit,)) as session:
        async with session.get(url) as response:
            return response.status
""",
    good="""
import aiohttp

async def audit(request, handler):
    async with request.session.get(AUDIT, middlewares=()):
        pass
    return await handler(request)

async def main(url):
    async with aiohttp.ClientSession(middlewares=(audit,)) as session:
        async with session.get(url) as response:
            return response.status
""",
)


@bad_good_and_fixed
async def test_middleware_comes_back_to_itself(variant: Variant) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    async with serve(answer) as url:
        main = RECURSION.load(variant, AUDIT=url / "audit").main
        if variant == "bad":
            with pytest.raises(RecursionError):
                await main(url / "page")
        else:
            assert await main(url / "page") == 200
    assert asked == ([] if variant == "bad" else ["/audit", "/page"])


NOT_AWAITED = Example(
    "AIO316",
    bad="""
import aiohttp

async def passing(request, handler):
    return handler(request)

async def main(url):
    async with aiohttp.ClientSession(middlewares=(passing,)) as session:
        async with session.get(url) as response:
            return response.status
""",
    good="""
import aiohttp

async def passing(request, handler):
    return await handler(request)

async def main(url):
    async with aiohttp.ClientSession(middlewares=(passing,)) as session:
        async with session.get(url) as response:
            return response.status
""",
)


@bad_good_and_fixed
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_coroutine_is_no_response(variant: Variant) -> None:
    main = NOT_AWAITED.load(variant).main
    async with serve(echo) as url:
        if variant == "bad":
            with pytest.raises(AttributeError, match="'coroutine' object has no attribute"):
                await main(url)
        else:
            assert await main(url) == 200


NUMBER_IN_FORM = Example(
    "AIO317",
    bad="""
async def send(session, url, photo: bytes, chat: int):
    async with session.post(url, data={"photo": photo, "chat_id": chat}) as response:
        return await response.json()
""",
    good="""
async def send(session, url, photo: bytes, chat: int):
    async with session.post(url, data={"photo": photo, "chat_id": str(chat)}) as response:
        return await response.json()
""",
)


@bad_and_good
async def test_number_beside_a_file_is_not_sent(variant: Variant) -> None:
    send = NUMBER_IN_FORM.load(variant).send
    async with serve(echo) as url, aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError, match="Can not serialize value type: <class 'int'>"):
                await send(session, url, b"png", 7)
        else:
            assert (await send(session, url, b"png", 7))["chat_id"] == "7"


NUMBER_IN_FIELD = Example(
    "AIO317",
    bad="""
import aiohttp

def form(chat: int):
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("chat_id", chat)
    return form
""",
    good="""
import aiohttp

def form(chat: int):
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("chat_id", str(chat))
    return form
""",
)


@bad_good_and_fixed
async def test_number_in_a_multipart_form_is_not_written(variant: Variant) -> None:
    form = NUMBER_IN_FIELD.load(variant).form(7)
    async with serve(echo) as url, aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError, match="Can not serialize value type: <class 'int'>"):
                await session.post(url, data=form)
        else:
            async with session.post(url, data=form) as response:
                assert await response.json() == {"chat_id": "7"}


SENT_AGAIN = Example(
    "AIO317",
    bad="""
import io

async def send(session, url, photo):
    sizes = []
    body = io.BytesIO(photo)
    for _ in range(2):
        async with session.post(url, data=body) as response:
            sizes.append((await response.json())[1])
    return sizes
""",
    good="""
import io

async def send(session, url, photo):
    sizes = []
    for _ in range(2):
        async with session.post(url, data=io.BytesIO(photo)) as response:
            sizes.append((await response.json())[1])
    return sizes
""",
)


@bad_and_good
async def test_body_is_used_up_by_the_first_request(variant: Variant) -> None:
    send = SENT_AGAIN.load(variant).send
    async with serve(echo) as url, aiohttp.ClientSession() as session:
        assert await send(session, url, b"photo") == ([5, 0] if variant == "bad" else [5, 5])


async def test_file_in_a_form_is_closed_by_the_first_request(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("form") / "photo.png"
    path.write_bytes(b"photo")
    form = aiohttp.FormData()
    with path.open("rb") as file:
        form.add_field("photo", file)
        async with serve(echo) as url, aiohttp.ClientSession() as session:
            async with session.post(url, data=form) as response:
                assert response.status == 200
            await until(lambda: file.closed)
            with pytest.raises((ValueError, aiohttp.ClientError)):
                await session.post(url, data=form)


HOT_RETRY = Example(
    "AIO318",
    bad="""
import aiohttp

async def fetch(session, url):
    while True:
        try:
            async with session.get(url) as response:
                return response.status
        except aiohttp.ClientError:
            continue
""",
    good="""
import asyncio
import aiohttp

async def fetch(session, url):
    for attempt in range(5):
        try:
            async with session.get(url) as response:
                return response.status
        except aiohttp.ClientError:
            await asyncio.sleep(min(2**attempt, 30))
    raise ConnectionError(url)
""",
)


@bad_and_good
async def test_retries_without_wait_follow_each_other_at_once(variant: Variant, unused_tcp_port: int) -> None:
    attempts = 0

    async def count(*_: object) -> None:
        nonlocal attempts
        attempts += 1

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(count)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        url = f"http://127.0.0.1:{unused_tcp_port}/"
        retrying = asyncio.create_task(HOT_RETRY.load(variant).fetch(session, url))
        await until(lambda: attempts >= (50 if variant == "bad" else 1))
        for _ in range(100):
            await asyncio.sleep(0)
        retrying.cancel()
        await asyncio.wait([retrying])
    assert attempts >= 50 if variant == "bad" else attempts == 1


COOKIES_FOR_ALL = Example(
    "AIO319",
    bad="""
import aiohttp

async def visit(api, other):
    async with aiohttp.ClientSession(cookies={"session": "secret"}) as session:
        for url in (api, other):
            async with session.get(url) as response:
                await response.read()
""",
    good="""
import aiohttp

async def visit(api, other):
    async with aiohttp.ClientSession() as session:
        session.cookie_jar.update_cookies({"session": "secret"}, response_url=api)
        for url in (api, other):
            async with session.get(url) as response:
                await response.read()
""",
)


@bad_and_good
async def test_cookies_without_domain_go_to_every_host(variant: Variant) -> None:
    sent: dict[str, str | None] = {}

    async def note(request: web.Request) -> web.Response:
        sent[request.url.host or ""] = request.headers.get("Cookie")
        return web.Response()

    async with serve(note) as url:
        await COOKIES_FOR_ALL.load(variant).visit(url.with_host("localhost"), url)
    assert sent["localhost"] == "session=secret"
    assert sent["127.0.0.1"] == ("session=secret" if variant == "bad" else None)


FANOUT = Example(
    "AIO207",
    bad="""
import asyncio

async def fetch(session, url):
    async with session.get(url) as response:
        return await response.read()

async def fetch_all(session, urls):
    return await asyncio.gather(*(fetch(session, url) for url in urls))
""",
    good="""
import asyncio

async def fetch(session, limit, url):
    async with limit:
        async with session.get(url) as response:
            return await response.read()

async def fetch_all(session, urls):
    limit = asyncio.Semaphore(2)
    return await asyncio.gather(*(fetch(session, limit, url) for url in urls))
""",
)


@bad_and_good
async def test_requests_beyond_the_pool_wait_in_its_queue(variant: Variant) -> None:
    queued = 0

    async def count(*_: object) -> None:
        nonlocal queued
        queued += 1

    trace = aiohttp.TraceConfig()
    trace.on_connection_queued_start.append(count)
    connector = aiohttp.TCPConnector(limit=2)
    async with (
        serve(echo) as url,
        aiohttp.ClientSession(connector=connector, trace_configs=[trace]) as session,
    ):
        answers = await FANOUT.load(variant).fetch_all(session, [url] * 10)
    assert len(answers) == 10
    assert queued == (8 if variant == "bad" else 0)
