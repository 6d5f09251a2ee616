"""The upstream server does what the proofs rely on."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import complaints, until
from .upstream import BIG, Closing

if TYPE_CHECKING:
    from .upstream import Upstream


async def test_bodies(upstream: Upstream) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(upstream.url / "big") as response:
            assert len(await response.read()) == BIG
        async with session.put(upstream.url / "unavailable", data=b"sent") as response:
            assert response.status == 503
            assert len(await response.read()) == BIG
        async with session.get(upstream.url / "cookies", cookies={"theme": "dark"}) as response:
            assert await response.json() == {"theme": "dark"}
        async with session.get(upstream.url / "stream") as response:
            for _ in range(3):
                assert await response.content.readline() == b"tick\n"
    first, second, third, _ = upstream.requests
    assert (first.method, first.path, first.completed) == ("GET", "/big", True)
    assert (second.method, second.body) == ("PUT", b"sent")
    assert third.cookies == {"theme": "dark"}
    assert upstream.connections == 1


async def test_who_leaves_early_is_recorded(upstream: Upstream) -> None:
    async with aiohttp.ClientSession() as session, session.get(upstream.url / "big"):
        pass
    [received] = upstream.requests
    await until(lambda: received.cut_off)
    assert not received.completed


async def test_slow_waits_for_its_release(upstream: Upstream) -> None:
    async with aiohttp.ClientSession() as session:
        held = asyncio.create_task(session.get(upstream.url / "slow"))
        await until(lambda: upstream.held == 1)
        upstream.release()
        async with await held as response:
            assert response.status == 200
    assert upstream.held == 0


async def test_certificate_is_trusted_by_those_who_know_its_authority(upstream: Upstream) -> None:
    trusting = ssl.create_default_context()
    upstream.authority.configure_trust(trusting)
    async with aiohttp.ClientSession() as session:
        async with session.get(upstream.tls_url / "small", ssl=trusting) as response:
            assert response.status == 200
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(upstream.tls_url / "small")


async def test_websocket_echoes_and_records_the_end(upstream: Upstream) -> None:
    async with aiohttp.ClientSession() as session:
        websocket = await session.ws_connect(upstream.url / "websocket")
        await websocket.send_str("hello")
        assert await websocket.receive_str() == "hello"
        await websocket.close(code=4321)
    await until(lambda: upstream.closings == [Closing(4321, frame=True)])


async def test_complaints_are_complete_when_the_block_is_over() -> None:
    async with complaints() as heard:
        forgotten = asyncio.sleep(0)
        del forgotten
        asyncio.get_running_loop().create_future().set_exception(ValueError("nobody asked"))
    assert heard.warnings == ["RuntimeWarning: coroutine 'sleep' was never awaited"]
    assert heard.loop == ["Future exception was never retrieved"]
