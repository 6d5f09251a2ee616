"""What sessions cost when they are not shared, and what they leave behind when they are not closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from aiohttp_lint.engine import lint_source
from aiohttp_lint.settings import Settings

from .harness import Example, bad_and_good, bad_good_and_fixed, complaints, fetch, run_source, serve

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream


def codes_of(source: str) -> list[str]:
    """Give the codes of what is found at the places where sessions are made."""
    return [
        finding.code for finding in lint_source(source, "example.py", Settings(select=("AIO106",))).findings
    ]


SESSION_PER_REQUEST = Example(
    "AIO101",
    bad="""
import aiohttp
from aiohttp import web

async def handler(request):
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return web.json_response(await response.json())

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
        return web.json_response(await response.json())

app = web.Application()
app.cleanup_ctx.append(http_client)
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_session_per_request_is_a_connection_per_request(variant: Variant, upstream: Upstream) -> None:
    example = SESSION_PER_REQUEST.load(variant, URL=upstream.url / "small")
    async with serve(example.app) as url:
        for _ in range(5):
            assert await fetch(url) == b'{"small": true}'
    assert len(upstream.requests) == 5
    assert upstream.connections == (5 if variant == "bad" else 1)


SESSION_NOT_CLOSED = Example(
    "AIO103",
    bad="""
import aiohttp

async def main():
    session = aiohttp.ClientSession()
    async with session.get(URL) as response:
        print(await response.text())
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            print(await response.text())
""",
)


@bad_good_and_fixed
async def test_unclosed_session_is_an_error_in_the_log(variant: Variant, upstream: Upstream) -> None:
    example = SESSION_NOT_CLOSED.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        await example.main()
    assert [received.completed for received in upstream.requests] == [True]
    if variant == "bad":
        assert heard.loop == ["Unclosed client session", "Unclosed connector"]
        assert any(
            warning.startswith("ResourceWarning: Unclosed client session") for warning in heard.warnings
        )
    else:
        assert heard.loop == []
        assert heard.warnings == []


OWNED_SESSION = Example(
    "AIO102",
    bad="""
import aiohttp

class Client:
    def __init__(self):
        self._session = aiohttp.ClientSession()

    async def get(self):
        async with self._session.get(URL) as response:
            return await response.read()

async def main():
    client = Client()
    await client.get()
""",
    good="""
import aiohttp

class Client:
    def __init__(self):
        self._session = aiohttp.ClientSession()

    async def get(self):
        async with self._session.get(URL) as response:
            return await response.read()

    async def close(self):
        await self._session.close()

async def main():
    client = Client()
    try:
        await client.get()
    finally:
        await client.close()
""",
)


@bad_and_good
async def test_session_of_an_object_leaks_with_it(variant: Variant, upstream: Upstream) -> None:
    example = OWNED_SESSION.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        await example.main()
    assert [received.completed for received in upstream.requests] == [True]
    assert ("Unclosed client session" in heard.loop) is (variant == "bad")
    assert ("Unclosed connector" in heard.loop) is (variant == "bad")


REQUEST_NOT_AWAITED = Example(
    "AIO104",
    bad="""
import aiohttp

async def report(session: aiohttp.ClientSession):
    session.post(URL, json={"event": "sold"})
""",
    good="""
import aiohttp

async def report(session: aiohttp.ClientSession):
    async with session.post(URL, json={"event": "sold"}) as response:
        await response.read()
""",
)


@bad_good_and_fixed
async def test_request_that_is_not_awaited_is_not_sent(variant: Variant, upstream: Upstream) -> None:
    example = REQUEST_NOT_AWAITED.load(variant, URL=upstream.url / "small")
    async with complaints() as heard, aiohttp.ClientSession() as session:
        await example.report(session)
    assert [received.body for received in upstream.requests] == (
        [] if variant == "bad" else [b'{"event": "sold"}']
    )
    assert any("was never awaited" in warning for warning in heard.warnings) is (variant == "bad")


CLOSE_NOT_AWAITED = Example(
    "AIO104",
    bad="""
import aiohttp

async def fetch():
    session = aiohttp.ClientSession()
    async with session.get(URL) as response:
        body = await response.read()
    session.close()
    return body
""",
    good="""
import aiohttp

async def fetch():
    session = aiohttp.ClientSession()
    async with session.get(URL) as response:
        body = await response.read()
    await session.close()
    return body
""",
)


@bad_good_and_fixed
async def test_close_that_is_not_awaited_closes_nothing(variant: Variant, upstream: Upstream) -> None:
    example = CLOSE_NOT_AWAITED.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        assert await example.fetch() == b'{"small": true}'
    assert ("Unclosed client session" in heard.loop) is (variant == "bad")


BODY_NOT_AWAITED = Example(
    "AIO104",
    bad="""
import aiohttp

async def load(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        return response.json()["small"]
""",
    good="""
import aiohttp

async def load(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        return (await response.json())["small"]
""",
)


@bad_good_and_fixed
async def test_coroutine_is_no_body(variant: Variant, upstream: Upstream) -> None:
    example = BODY_NOT_AWAITED.load(variant, URL=upstream.url / "small")
    async with complaints(), aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError, match="'coroutine' object is not subscriptable"):
                await example.load(session)
        else:
            assert await example.load(session) is True


PLAIN_WITH = Example(
    "AIO105",
    bad="""
import aiohttp

async def fetch():
    with aiohttp.ClientSession() as session:
        with session.get(URL) as response:
            return await response.read()
""",
    good="""
import aiohttp

async def fetch():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return await response.read()
""",
)


@bad_good_and_fixed
async def test_sessions_have_no_plain_with(variant: Variant, upstream: Upstream) -> None:
    example = PLAIN_WITH.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        if variant == "bad":
            with pytest.raises(TypeError, match="async with"):
                await example.fetch()
        else:
            assert await example.fetch() == b'{"small": true}'
    assert ("Unclosed client session" in heard.loop) is (variant == "bad")


async def test_requests_have_no_plain_with(upstream: Upstream) -> None:
    async with complaints(), aiohttp.ClientSession() as session:
        with pytest.raises((TypeError, AttributeError)), session.get(upstream.url / "small"):  # type: ignore[attr-defined]
            pass
    assert upstream.requests == []


AT_IMPORT = Example(
    "AIO106",
    bad="""
import aiohttp

session = aiohttp.ClientSession()

async def main():
    async with session.get(URL) as response:
        return await response.read()
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return await response.read()
""",
)


@bad_and_good
def test_no_loop_runs_at_import(variant: Variant, upstream: Upstream) -> None:
    if variant == "bad":
        with pytest.raises(RuntimeError, match="no running event loop"):
            AT_IMPORT.load(variant, URL=upstream.url / "small")
    else:
        example = AT_IMPORT.load(variant, URL=upstream.url / "small")
        assert asyncio.run(example.main()) == b'{"small": true}'


@pytest.mark.parametrize(
    "source",
    [
        "aiohttp.TCPConnector()",
        "aiohttp.UnixConnector('/nowhere')",
        "aiohttp.CookieJar()",
        "aiohttp.DummyCookieJar()",
        "aiohttp.ThreadedResolver()",
        "aiohttp.request('GET', 'http://localhost/')",
    ],
)
def test_what_else_needs_a_loop(source: str) -> None:
    assert codes_of(f"import aiohttp\n\nmade = {source}\n") == ["AIO106"]
    with pytest.raises(RuntimeError, match="no running event loop"):
        run_source(f"import aiohttp\n\nmade = {source}\n")


@pytest.mark.parametrize(
    "source", ["aiohttp.FormData()", "aiohttp.TraceConfig()", "aiohttp.MultipartWriter()"]
)
def test_what_needs_no_loop(source: str) -> None:
    assert codes_of(f"import aiohttp\n\nmade = {source}\n") == []
    assert run_source(f"import aiohttp\n\nmade = {source}\n").made is not None


BEFORE_THE_LOOP = Example(
    "AIO106",
    bad="""
import asyncio
import aiohttp

async def use(session):
    async with session:
        return session.closed

def main():
    return asyncio.run(use(aiohttp.ClientSession()))
""",
    good="""
import asyncio
import aiohttp

async def use():
    async with aiohttp.ClientSession() as session:
        return session.closed

def main():
    return asyncio.run(use())
""",
)


@bad_and_good
def test_no_loop_runs_before_it_is_started(variant: Variant) -> None:
    example = BEFORE_THE_LOOP.load(variant)
    assert codes_of(BEFORE_THE_LOOP.source(variant)) == (["AIO106"] if variant == "bad" else [])
    if variant == "bad":
        with pytest.raises(RuntimeError, match="no running event loop"):
            example.main()
    else:
        assert example.main() is False


PLAIN_FUNCTION = Example(
    "AIO112",
    bad="""
import aiohttp

class Client:
    def __init__(self):
        self.session = aiohttp.ClientSession()

def main():
    return Client()
""",
    good="""
import asyncio
import aiohttp

class Client:
    def __init__(self, session):
        self.session = session

async def run():
    async with aiohttp.ClientSession() as session:
        return Client(session)

def main():
    return asyncio.run(run())
""",
)


@bad_and_good
def test_plain_function_may_be_called_without_a_loop(variant: Variant) -> None:
    example = PLAIN_FUNCTION.load(variant)
    if variant == "bad":
        with pytest.raises(RuntimeError, match="no running event loop"):
            example.main()
    else:
        assert example.main().session.closed


ONE_REQUEST = Example(
    "AIO113",
    bad="""
import aiohttp

async def rate(_):
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return await response.read()
""",
    good="""
import aiohttp

async def rate(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        return await response.read()
""",
)


@bad_and_good
async def test_session_for_one_request_connects_at_each_call(variant: Variant, upstream: Upstream) -> None:
    example = ONE_REQUEST.load(variant, URL=upstream.url / "small")
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            assert await example.rate(session) == b'{"small": true}'
    assert upstream.connections == (3 if variant == "bad" else 1)


def test_session_takes_the_loop_of_a_connector_that_is_there() -> None:
    source = """
import aiohttp

def make_session(connector):
    return aiohttp.ClientSession(connector=connector)
"""
    loop = asyncio.new_event_loop()

    async def make_connector() -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector()

    connector = loop.run_until_complete(make_connector())
    session = run_source(source).make_session(connector)
    assert session.connector is connector
    loop.run_until_complete(session.close())
    loop.close()
