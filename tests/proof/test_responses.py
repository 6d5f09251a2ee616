"""What happens to the pool when responses are not released, and to bodies that are read too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed, pool_runs_dry, until
from .upstream import BIG

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

RESPONSE_DISCARDED = Example(
    "AIO301",
    bad="""
import aiohttp

async def notify(session: aiohttp.ClientSession):
    await session.post(URL, json={"event": "sold"})
""",
    good="""
import aiohttp

async def notify(session: aiohttp.ClientSession):
    async with session.post(URL, json={"event": "sold"}) as response:
        await response.read()
""",
)


@bad_good_and_fixed
async def test_discarded_responses_use_up_the_pool(variant: Variant, upstream: Upstream) -> None:
    example = RESPONSE_DISCARDED.load(variant, URL=upstream.url / "big")
    assert await pool_runs_dry(example.notify, calls=3, limit=2) is (variant == "bad")
    assert {received.body for received in upstream.requests} == {b'{"event": "sold"}'}
    if variant == "bad":
        # The third request never left.
        assert len(upstream.requests) == 2
    else:
        # The server was not cut off, and one connection was enough.
        await until(lambda: [received.completed for received in upstream.requests] == [True] * 3)
        assert upstream.connections == 1


NOT_RELEASED = Example(
    "AIO302",
    bad="""
import aiohttp

async def fetch(session: aiohttp.ClientSession):
    for _ in range(2):
        response = await session.get(URL)
        if response.ok:
            return await response.json()
    return None
""",
    good="""
import aiohttp

async def fetch(session: aiohttp.ClientSession):
    for _ in range(2):
        async with session.get(URL) as response:
            if response.ok:
                return await response.json()
    return None
""",
)


@bad_good_and_fixed
async def test_retry_loop_waits_for_the_connection_that_it_holds(
    variant: Variant, upstream: Upstream
) -> None:
    example = NOT_RELEASED.load(variant, URL=upstream.url / "unavailable")
    assert await pool_runs_dry(example.fetch, calls=1, limit=1) is (variant == "bad")
    assert len(upstream.requests) == (1 if variant == "bad" else 2)


STATUS_ONLY = Example(
    "AIO302",
    bad="""
import aiohttp

async def is_up(session: aiohttp.ClientSession):
    response = await session.get(URL)
    response.raise_for_status()
    return response.status == 200
""",
    good="""
import aiohttp

async def is_up(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        response.raise_for_status()
        return response.status == 200
""",
)


@bad_good_and_fixed
async def test_status_alone_releases_nothing(variant: Variant, upstream: Upstream) -> None:
    example = STATUS_ONLY.load(variant, URL=upstream.url / "big")
    assert await pool_runs_dry(example.is_up, calls=3, limit=2) is (variant == "bad")


OUTLIVES_SESSION = Example(
    "AIO108",
    bad="""
import aiohttp

async def fetch():
    async with aiohttp.ClientSession() as session:
        return await session.get(URL)

async def size():
    return len(await (await fetch()).read())
""",
    good="""
import aiohttp

async def size():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return len(await response.read())
""",
)


@bad_and_good
async def test_body_is_lost_with_the_session(variant: Variant, upstream: Upstream) -> None:
    example = OUTLIVES_SESSION.load(variant, URL=upstream.url / "big")
    if variant == "bad":
        with pytest.raises((RuntimeError, aiohttp.ClientConnectionError), match="Connection closed"):
            await example.size()
    else:
        assert await example.size() == BIG


UNAWAITED_BODY = Example(
    "AIO108",
    bad="""
import aiohttp

async def fetch():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return response.json()
""",
    good="""
import aiohttp

async def fetch():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return await response.json()
""",
)


@bad_good_and_fixed
async def test_unawaited_body_comes_too_late(variant: Variant, upstream: Upstream) -> None:
    example = UNAWAITED_BODY.load(variant, URL=upstream.url / "small")
    result = await example.fetch()
    if variant == "bad":
        with pytest.raises(aiohttp.ClientConnectionError, match="Connection closed"):
            await result
    else:
        assert result == {"small": True}


USED_AFTER_RELEASE = Example(
    "AIO109",
    bad="""
import aiohttp

async def fetch(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        response.raise_for_status()
    return await response.json()
""",
    good="""
import aiohttp

async def fetch(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        response.raise_for_status()
        return await response.json()
""",
)


@bad_and_good
async def test_body_is_gone_after_the_block(variant: Variant, upstream: Upstream) -> None:
    example = USED_AFTER_RELEASE.load(variant, URL=upstream.url / "small")
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(aiohttp.ClientConnectionError, match="Connection closed"):
                await example.fetch(session)
        else:
            assert await example.fetch(session) == {"small": True}


STATUS_UNCHECKED = Example(
    "AIO313",
    bad="""
import aiohttp

async def fetch(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        return await response.text()
""",
    good="""
import aiohttp

async def fetch(session: aiohttp.ClientSession):
    async with session.get(URL) as response:
        response.raise_for_status()
        return await response.text()
""",
)


@bad_good_and_fixed
async def test_error_page_is_taken_for_data(variant: Variant, upstream: Upstream) -> None:
    example = STATUS_UNCHECKED.load(variant, URL=upstream.url / "unavailable")
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            assert len(await example.fetch(session)) == BIG
        else:
            with pytest.raises(aiohttp.ClientResponseError, match="503"):
                await example.fetch(session)
