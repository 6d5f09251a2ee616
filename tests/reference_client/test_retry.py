"""What is asked again, what is not, and that no connection is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from examples.client import retry
from examples.client.api import Document, service_client
from examples.client.connection import open_session, trust
from examples.client.errors import ServiceRefusedError, ServiceUnavailableError
from examples.client.metrics import Metrics
from yarl import URL

from tests.reference_client.conftest import Handler, Serve, quick

LARGE = b"x" * 4 * 1024**2


def answering(*answers: web.Response | None, asked: list[str]) -> Handler:
    """Give one answer after the other, the last one for ever; None breaks the connection off."""
    left: Iterator[web.Response | None] = iter(answers[:-1])

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.method)
        answer = next(left, answers[-1])
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    return handler


def documents() -> web.Response:
    return web.json_response([{"name": "a", "size": 1}])


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_failure_that_may_pass_is_asked_again(status: int, serve: Serve) -> None:
    asked: list[str] = []
    handler = answering(web.Response(status=status), documents(), asked=asked)
    service = await serve({"/documents": handler})
    async with service_client(quick(service)) as client:
        assert await client.documents() == [Document("a", 1)]
    assert asked == ["GET", "GET"]


async def test_a_connection_that_breaks_is_made_again(serve: Serve) -> None:
    asked: list[str] = []
    service = await serve({"/documents": answering(None, None, documents(), asked=asked)})
    async with service_client(quick(service, attempts=5)) as client:
        assert await client.documents() == [Document("a", 1)]


async def test_it_ends_with_the_last_attempt(serve: Serve) -> None:
    asked: list[str] = []
    service = await serve({"/documents": answering(web.Response(status=503), asked=asked)})
    async with service_client(quick(service, attempts=3)) as client:
        with pytest.raises(ServiceUnavailableError, match="503 from documents"):
            await client.documents()
    assert asked == ["GET"] * 3


@pytest.mark.parametrize("status", [400, 404, 409])
async def test_a_refusal_is_final(status: int, serve: Serve) -> None:
    asked: list[str] = []
    service = await serve({"/documents": answering(web.Response(status=status, text="no"), asked=asked)})
    async with service_client(quick(service)) as client:
        with pytest.raises(ServiceRefusedError, match=f"{status}: no") as refused:
            await client.documents()
    assert refused.value.status == status
    assert asked == ["GET"]


async def test_post_is_not_repeated(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []
    service = await serve(
        {"/documents/a/content": answering(web.Response(status=503), web.Response(), asked=asked)}
    )
    source = tmp_path / "source"
    source.write_bytes(b"content")
    async with service_client(quick(service)) as client:
        with pytest.raises(ServiceUnavailableError, match="503"):
            await client.store("a", source)
    assert asked == ["POST"]


async def test_put_is_repeated_with_its_body(serve: Serve) -> None:
    bodies: list[object] = []

    async def rename(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        if len(bodies) == 1:
            return web.Response(status=502)
        return web.json_response({"name": "b", "size": 1})

    service = await serve({"/documents/a": rename})
    async with service_client(quick(service)) as client:
        assert await client.rename(Document("a", 1), "b") == Document("b", 1)
    assert bodies == [{"name": "b"}, {"name": "b"}]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record how long the retries wait, without waiting."""
    waited: list[float] = []
    sleep = asyncio.sleep

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr(retry.asyncio, "sleep", wait)
    return waited


@pytest.mark.parametrize(
    ("wanted", "waited"), [("2", 2.0), ("3600", retry.LONGEST_PAUSE)], ids=["short", "too-long"]
)
async def test_retry_after_is_heeded(wanted: str, waited: float, serve: Serve, pauses: list[float]) -> None:
    busy = web.Response(status=503, headers={"Retry-After": wanted})
    service = await serve({"/documents": answering(busy, documents(), asked=[])})
    async with service_client(quick(service)) as client:
        assert await client.documents() == [Document("a", 1)]
    assert pauses == [waited]


@pytest.mark.parametrize("wanted", ["Wed, 21 Oct 2015 07:28:00 GMT", "-1", "soon", "²"])
async def test_retry_after_that_is_no_number_of_seconds(
    wanted: str, serve: Serve, pauses: list[float]
) -> None:
    busy = web.Response(status=503, headers={"Retry-After": wanted})
    service = await serve({"/documents": answering(busy, documents(), asked=[])})
    async with service_client(quick(service)) as client:
        assert await client.documents() == [Document("a", 1)]
    assert len(pauses) == 1 and 0 < pauses[0] <= 0.01


async def test_pauses_grow_up_to_a_limit(serve: Serve, pauses: list[float]) -> None:
    service = await serve({"/documents": answering(web.Response(status=503), asked=[])})
    settings = quick(service, attempts=9, first_pause=0.1, failures_to_open=100)
    async with service_client(settings) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.documents()
    longest = [min(retry.LONGEST_PAUSE, 0.1 * 2**number) for number in range(8)]
    assert len(pauses) == 8
    assert all(limit / 2 <= pause <= limit for pause, limit in zip(pauses, longest, strict=True))


async def test_a_pool_of_one_connection_does_not_dry_up(serve: Serve) -> None:
    asked: list[str] = []
    busy = web.Response(status=503, body=LARGE)
    service = await serve({"/documents": answering(busy, busy, documents(), asked=asked)})
    settings = quick(service, connections=1, attempts=3, failures_to_open=100)
    async with service_client(settings) as client:
        assert await client.documents() == [Document("a", 1)]
        assert await asyncio.gather(*(client.documents() for _ in range(5))) == [[Document("a", 1)]] * 5


async def test_a_refused_answer_gives_its_connection_back(serve: Serve) -> None:
    service = await serve({"/documents": answering(web.Response(status=500, body=LARGE), asked=[])})
    settings = quick(service, connections=1, failures_to_open=100)
    async with service_client(settings) as client:
        for _ in range(4):
            with pytest.raises(ServiceUnavailableError, match="500"):
                await client.documents()


async def test_the_limit_of_time_holds_for_all_attempts(serve: Serve) -> None:
    asked: list[str] = []
    service = await serve({"/documents": answering(web.Response(status=503), asked=asked)})
    settings = quick(service, attempts=1000, first_pause=0.02, total_timeout=0.3, failures_to_open=10_000)
    async with await open_session(settings, trust(settings), Metrics()) as session:
        with pytest.raises(asyncio.TimeoutError):
            await session.get(URL("documents"))
    assert 1 < len(asked) < 100
