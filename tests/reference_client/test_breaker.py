"""The circuit: it opens, lets one request through after a while, closes again. Its clock is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from examples.client.api import service_client
from examples.client.breaker import CircuitBreaker, CircuitOpenError
from examples.client.errors import ServiceUnavailableError
from yarl import URL

from tests.reference_client.conftest import Serve, quick


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Service:
    """Answers with the status that it is set to, when its gate is open."""

    def __init__(self) -> None:
        self.status = 500
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        status = self.status
        await self.gate.wait()
        return web.Response(status=status)


@asynccontextmanager
async def guarded(
    url: URL, breaker: CircuitBreaker, **timeouts: float
) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(**{"total": 5.0, **timeouts})
    async with aiohttp.ClientSession(url, middlewares=(breaker,), timeout=timeout) as session:
        yield session


async def status_of(session: aiohttp.ClientSession) -> int:
    async with session.get("") as response:
        return response.status


async def test_it_opens_half_opens_and_closes(serve: Serve) -> None:
    service, clock = Service(), Clock()
    breaker = CircuitBreaker(failures_to_open=3, seconds_open=10.0, clock=clock)
    async with guarded(await serve({"/": service.answer}), breaker) as session:
        for _ in range(3):
            assert not breaker.is_open
            assert await status_of(session) == 500
        assert breaker.is_open
        with pytest.raises(CircuitOpenError, match="localhost has failed 3 times in a row"):
            await status_of(session)
        assert service.asked == 3

        # One is let through; it fails, and the circuit is open again for as long.
        clock.now += 10.0
        assert await status_of(session) == 500
        clock.now += 9.9
        with pytest.raises(CircuitOpenError):
            await status_of(session)
        assert service.asked == 4

        clock.now += 0.1
        service.status = 200
        assert await status_of(session) == 200
        assert not breaker.is_open
        # It takes three failures again.
        service.status = 500
        assert [await status_of(session) for _ in range(3)] == [500] * 3
        assert breaker.is_open


async def test_one_request_goes_to_see_and_the_others_are_turned_away(serve: Serve) -> None:
    service, clock = Service(), Clock()
    breaker = CircuitBreaker(failures_to_open=1, seconds_open=10.0, clock=clock)
    async with guarded(await serve({"/": service.answer}), breaker) as session:
        await status_of(session)
        clock.now += 10.0
        service.status = 200
        service.gate.clear()
        first = asyncio.create_task(status_of(session))
        while service.asked < 2:
            await asyncio.sleep(0.01)
        others = await asyncio.gather(*(status_of(session) for _ in range(5)), return_exceptions=True)
        assert [type(other) for other in others] == [CircuitOpenError] * 5
        service.gate.set()
        assert await first == 200
        assert await status_of(session) == 200
        assert service.asked == 3


async def test_a_request_that_went_to_see_and_was_cancelled_keeps_it_open_for_a_while_only(
    serve: Serve,
) -> None:
    service, clock = Service(), Clock()
    breaker = CircuitBreaker(failures_to_open=1, seconds_open=10.0, clock=clock)
    async with guarded(await serve({"/": service.answer}), breaker) as session:
        await status_of(session)
        clock.now += 10.0
        service.gate.clear()
        first = asyncio.create_task(status_of(session))
        while service.asked < 2:
            await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.wait({first})
        assert breaker.is_open
        clock.now += 10.0
        service.status = 200
        service.gate.set()
        assert await status_of(session) == 200


async def test_a_success_in_between_starts_the_count_again(serve: Serve) -> None:
    service = Service()
    breaker = CircuitBreaker(failures_to_open=2, seconds_open=10.0, clock=Clock())
    async with guarded(await serve({"/": service.answer}), breaker) as session:
        for status in (500, 200, 500, 404, 500):
            service.status = status
            assert await status_of(session) == status
        assert not breaker.is_open


@pytest.mark.parametrize("limit", ["total", "sock_read"])
async def test_a_service_that_does_not_answer_in_time_has_failed(limit: str, serve: Serve) -> None:
    service = Service()
    service.gate.clear()
    breaker = CircuitBreaker(failures_to_open=2, seconds_open=10.0, clock=Clock())
    async with guarded(await serve({"/": service.answer}), breaker, **{limit: 0.1}) as session:
        for _ in range(2):
            with pytest.raises(asyncio.TimeoutError):
                await status_of(session)
        assert breaker.is_open
        service.gate.set()


async def test_nobody_listens(unused_tcp_port: int) -> None:
    breaker = CircuitBreaker(failures_to_open=2, seconds_open=10.0, clock=Clock())
    async with guarded(URL(f"http://127.0.0.1:{unused_tcp_port}"), breaker) as session:
        for _ in range(2):
            with pytest.raises(aiohttp.ClientConnectorError):
                await status_of(session)
        with pytest.raises(CircuitOpenError):
            await status_of(session)


async def test_an_open_circuit_is_not_tried_again(serve: Serve) -> None:
    service = Service()
    service.status = 503
    url = await serve({"/documents": service.answer})
    async with service_client(quick(url, attempts=5, failures_to_open=2)) as client:
        with pytest.raises(ServiceUnavailableError, match="CircuitOpenError"):
            await client.documents()
    assert service.asked == 2
