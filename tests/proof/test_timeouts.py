"""What timeouts of the wrong kind do, and what a missing one leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed
from .upstream import NO_FRAME

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

SHORT = 0.1
"""Seconds that are over long before the upstream's `/slow` answers by itself."""

SESSION_TIMEOUT = Example(
    "AIO201",
    bad="""
import aiohttp

async def main():
    async with aiohttp.ClientSession(timeout=10) as session:
        async with session.get(URL) as response:
            return session.timeout, await response.json()
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        async with session.get(URL) as response:
            return session.timeout, await response.json()
""",
)


@bad_good_and_fixed
async def test_session_refuses_seconds(variant: Variant, upstream: Upstream) -> None:
    example = SESSION_TIMEOUT.load(variant, URL=upstream.url / "small")
    if variant == "bad":
        with pytest.raises(ValueError, match=r"ClientTimeout\(\.\.\.\)"):
            await example.main()
        assert upstream.requests == []
    else:
        assert await example.main() == (aiohttp.ClientTimeout(total=10), {"small": True})


MODULE_REQUEST = Example(
    "AIO201",
    bad="""
import aiohttp

async def main():
    async with aiohttp.request("GET", URL, timeout=10) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.request("GET", URL, timeout=aiohttp.ClientTimeout(total=10)) as response:
        return await response.json()
""",
)


@bad_good_and_fixed
async def test_module_request_refuses_seconds(variant: Variant, upstream: Upstream) -> None:
    example = MODULE_REQUEST.load(variant, URL=upstream.url / "small")
    if variant == "bad":
        with pytest.raises(ValueError, match="timeout parameter cannot be of"):
            await example.main()
    else:
        assert await example.main() == {"small": True}


REQUEST_TUPLE = Example(
    "AIO201",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, timeout=(3, 10)) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, timeout=aiohttp.ClientTimeout(connect=3, sock_read=10)) as response:
        return await response.json()
""",
)


@bad_and_good
async def test_request_refuses_a_tuple(variant: Variant, upstream: Upstream) -> None:
    example = REQUEST_TUPLE.load(variant, URL=upstream.url / "small")
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError, match="not supported between"):
                await example.main(session)
            assert upstream.requests == []
        else:
            assert await example.main(session) == {"small": True}


WEBSOCKET_TIMEOUT = Example(
    "AIO201",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.ws_connect(URL, timeout=aiohttp.ClientTimeout(total=10)) as websocket:
        await websocket.send_str("hello")
        await websocket.receive()
    return websocket.close_code
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.ws_connect(URL, timeout=aiohttp.ClientWSTimeout(ws_close=10)) as websocket:
        await websocket.send_str("hello")
        await websocket.receive()
    return websocket.close_code
""",
)


@bad_and_good
@pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning")
async def test_websocket_with_a_client_timeout_closes_abnormally(
    variant: Variant, upstream: Upstream
) -> None:
    example = WEBSOCKET_TIMEOUT.load(variant, URL=upstream.url / "websocket")
    async with aiohttp.ClientSession() as session:
        assert await example.main(session) == (NO_FRAME if variant == "bad" else 1000)


REQUEST_NUMBER = Example(
    "AIO202",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, timeout=10) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, timeout=aiohttp.ClientTimeout(total=10)) as response:
        return await response.json()
""",
)


@bad_and_good
async def test_aiohttp_3_turns_seconds_into_a_total(variant: Variant, upstream: Upstream) -> None:
    # The harm shows on aiohttp 4 only; here, that the two mean the same, so that the fix is safe.
    example = REQUEST_NUMBER.load(variant, URL=upstream.url / "small")
    seen: list[aiohttp.ClientTimeout] = []

    class Connector(aiohttp.TCPConnector):
        async def connect(self, req, traces, timeout):  # type: ignore[no-untyped-def]
            seen.append(timeout)
            return await super().connect(req, traces, timeout)

    timeout = aiohttp.ClientTimeout(sock_read=5)
    async with aiohttp.ClientSession(connector=Connector(), timeout=timeout) as session:
        assert await example.main(session) == {"small": True}
    assert seen == [aiohttp.ClientTimeout(total=10)]


DISABLED = Example(
    "AIO203",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, timeout=None) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, timeout=aiohttp.ClientTimeout(total=SHORT)) as response:
        return await response.json()
""",
)


@bad_and_good
async def test_none_switches_off_the_timeout_of_the_session(variant: Variant, upstream: Upstream) -> None:
    example = DISABLED.load(variant, URL=upstream.url / "slow", SHORT=SHORT)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SHORT)) as session:
        if variant == "bad":
            # The upstream lets go in the end; the session never would.
            assert await example.main(session) == {"slow": True}
        else:
            with pytest.raises(asyncio.TimeoutError):
                await example.main(session)


INFINITE = Example(
    "AIO203",
    bad="""
import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=float("inf"))
""",
    good="""
import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_read=30)
""",
)


@bad_and_good
async def test_infinite_total_overflows(variant: Variant, upstream: Upstream) -> None:
    timeout = INFINITE.load(variant).TIMEOUT
    async with aiohttp.ClientSession(timeout=timeout) as session:
        if variant == "bad":
            with pytest.raises(OverflowError):
                await session.get(upstream.url / "small")
        else:
            async with session.get(upstream.url / "small") as response:
                assert await response.json() == {"small": True}


WITHOUT_TOTAL = Example(
    "AIO204",
    bad="""
import aiohttp

TIMEOUT = aiohttp.ClientTimeout(connect=5)
""",
    good="""
import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=300, connect=5)
""",
)


@bad_good_and_fixed
def test_connect_alone_has_no_total(variant: Variant) -> None:
    timeout = WITHOUT_TOTAL.load(variant).TIMEOUT
    assert timeout.connect == 5
    assert timeout.sock_read is None
    assert timeout.total == (None if variant == "bad" else 300)


SESSION_NONE = Example(
    "AIO205",
    bad="""
import aiohttp

async def main():
    async with aiohttp.ClientSession(timeout=None) as session:
        return session.timeout
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        return session.timeout
""",
)


@bad_good_and_fixed
async def test_session_without_timeout_has_the_default(variant: Variant) -> None:
    timeout = await SESSION_NONE.load(variant).main()
    # The fixed text says what the bad one does.
    assert timeout.total == (None if variant == "good" else 300)


CLIENT_ERROR = Example(
    "AIO206",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    try:
        async with session.get(URL) as response:
            return await response.json()
    except aiohttp.ClientError:
        return None
""",
    good="""
import asyncio
import aiohttp

async def main(session: aiohttp.ClientSession):
    try:
        async with session.get(URL) as response:
            return await response.json()
    except (aiohttp.ClientError, asyncio.TimeoutError):
        return None
""",
)


@bad_good_and_fixed
async def test_total_timeout_is_no_client_error(variant: Variant, upstream: Upstream) -> None:
    example = CLIENT_ERROR.load(variant, URL=upstream.url / "slow")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SHORT)) as session:
        if variant == "bad":
            with pytest.raises(asyncio.TimeoutError) as caught:
                await example.main(session)
            assert not isinstance(caught.value, aiohttp.ClientError)
        else:
            assert await example.main(session) is None


NO_TIMEOUT = Example(
    "AIO210",
    bad="""
import aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        return session.timeout
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        return session.timeout
""",
)


@bad_and_good
async def test_default_is_five_minutes(variant: Variant) -> None:
    timeout = await NO_TIMEOUT.load(variant).main()
    assert timeout.total == (300 if variant == "bad" else 10)
