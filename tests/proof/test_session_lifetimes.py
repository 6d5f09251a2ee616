"""What comes of sessions and connectors that are closed too early, or that nobody can close."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_and_good, bad_good_and_fixed, complaints, fetch, serve

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream


# AIO107: after the end.

AFTER_BLOCK = Example(
    "AIO107",
    bad="""
import aiohttp

async def main() -> str:
    async with aiohttp.ClientSession() as session:
        pass
    async with session.get(URL) as response:
        return await response.text()
""",
    good="""
import aiohttp

async def main() -> str:
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return await response.text()
""",
)

AWAITED_AFTER_BLOCK = Example(
    "AIO107",
    bad="""
import asyncio
import aiohttp

async def page(session: aiohttp.ClientSession) -> str:
    async with session.get(URL) as response:
        return await response.text()

async def main() -> str:
    async with aiohttp.ClientSession() as session:
        pages = [page(session)]
    return "".join(await asyncio.gather(*pages))
""",
    good="""
import asyncio
import aiohttp

async def page(session: aiohttp.ClientSession) -> str:
    async with session.get(URL) as response:
        return await response.text()

async def main() -> str:
    async with aiohttp.ClientSession() as session:
        pages = [page(session)]
        return "".join(await asyncio.gather(*pages))
""",
)

TASK_WITHOUT_TURN = Example(
    "AIO107",
    bad=AWAITED_AFTER_BLOCK.bad.replace("[page(session)]", "[asyncio.create_task(page(session))]"),
    good=AWAITED_AFTER_BLOCK.good.replace("[page(session)]", "[asyncio.create_task(page(session))]"),
)

RETURNED = Example(
    "AIO107",
    bad="""
import aiohttp

async def opened() -> aiohttp.ClientSession:
    async with aiohttp.ClientSession() as session:
        return session

async def main() -> str:
    async with (await opened()).get(URL) as response:
        return await response.text()
""",
    good="""
import aiohttp

async def opened() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()

async def main() -> str:
    async with await opened() as session, session.get(URL) as response:
        return await response.text()
""",
)


@bad_and_good
@pytest.mark.parametrize(
    "example",
    [AFTER_BLOCK, AWAITED_AFTER_BLOCK, TASK_WITHOUT_TURN, RETURNED],
    ids=["used", "awaited", "started", "returned"],
)
async def test_closed_session_sends_nothing(example: Example, variant: Variant, upstream: Upstream) -> None:
    loaded = example.load(variant, URL=upstream.url / "small")
    if variant == "bad":
        with pytest.raises(RuntimeError, match="Session is closed"):
            await loaded.main()
    else:
        assert await loaded.main() == '{"small": true}'
    assert len(upstream.requests) == (0 if variant == "bad" else 1)


SHARED = Example(
    "AIO107",
    bad="""
import aiohttp
from aiohttp import web

HTTP = web.AppKey("HTTP", aiohttp.ClientSession)

async def http_client(app):
    async with aiohttp.ClientSession() as session:
        app[HTTP] = session
        yield

async def handler(request):
    async with request.app[HTTP] as session:
        async with session.get(URL) as response:
            return web.Response(text=await response.text())

app = web.Application()
app.cleanup_ctx.append(http_client)
app.router.add_get("/", handler)
""",
    good="""
import aiohttp
from aiohttp import web

HTTP = web.AppKey("HTTP", aiohttp.ClientSession)

async def http_client(app):
    async with aiohttp.ClientSession() as session:
        app[HTTP] = session
        yield

async def handler(request):
    async with request.app[HTTP].get(URL) as response:
        return web.Response(text=await response.text())

app = web.Application()
app.cleanup_ctx.append(http_client)
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_handler_that_enters_the_shared_session_answers_once(
    variant: Variant, upstream: Upstream
) -> None:
    example = SHARED.load(variant, URL=upstream.url / "small")
    async with serve(cast("web.Application", example.app)) as url:
        assert await fetch(url) == b'{"small": true}'
        if variant == "bad":
            with pytest.raises(aiohttp.ClientResponseError, match=re.escape("500")):
                await fetch(url)
        else:
            assert await fetch(url) == b'{"small": true}'


# AIO110: a session without a name.

ANONYMOUS = Example(
    "AIO110",
    bad="""
import aiohttp

async def main() -> str:
    async with aiohttp.ClientSession().get(URL) as response:
        return await response.text()
""",
    good="""
import aiohttp

async def main() -> str:
    async with aiohttp.ClientSession() as session, session.get(URL) as response:
        return await response.text()
""",
)


@bad_good_and_fixed
async def test_session_without_a_name_is_left_open(variant: Variant, upstream: Upstream) -> None:
    example = ANONYMOUS.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        assert await example.main() == '{"small": true}'
    assert heard.loop == (["Unclosed client session", "Unclosed connector"] if variant == "bad" else [])


# AIO111: one connector, several owners; or none.

SHARED_CONNECTOR = Example(
    "AIO111",
    bad="""
import aiohttp

async def main() -> int:
    count = 0
    async with aiohttp.TCPConnector() as connector:
        for _ in range(2):
            async with aiohttp.ClientSession(connector=connector) as session:
                async with session.get(URL) as response:
                    count += response.ok
    return count
""",
    good="""
import aiohttp

async def main() -> int:
    count = 0
    async with aiohttp.TCPConnector() as connector:
        for _ in range(2):
            async with aiohttp.ClientSession(connector=connector, connector_owner=False) as session:
                async with session.get(URL) as response:
                    count += response.ok
    return count
""",
)


@bad_good_and_fixed
async def test_session_closes_the_connector_of_the_next(variant: Variant, upstream: Upstream) -> None:
    example = SHARED_CONNECTOR.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        if variant == "bad":
            with pytest.raises(RuntimeError, match="Session is closed"):
                await example.main()
        else:
            assert await example.main() == 2
    assert len(upstream.requests) == (1 if variant == "bad" else 2)
    assert heard.loop == []


DISOWNED_CONNECTOR = Example(
    "AIO111",
    bad="""
import aiohttp

async def main() -> str:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(), connector_owner=False) as session:
        async with session.get(URL) as response:
            return await response.text()
""",
    good="""
import aiohttp

async def main() -> str:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector()) as session:
        async with session.get(URL) as response:
            return await response.text()
""",
)


@bad_good_and_fixed
async def test_nobody_closes_a_disowned_connector(variant: Variant, upstream: Upstream) -> None:
    example = DISOWNED_CONNECTOR.load(variant, URL=upstream.url / "small")
    async with complaints() as heard:
        assert await example.main() == '{"small": true}'
    assert heard.loop == (["Unclosed connector"] if variant == "bad" else [])
