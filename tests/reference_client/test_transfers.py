"""Bodies of many megabytes, both ways: whole or not at all, in flat memory, and never waiting for ever."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from examples.client.api import Document, service_client
from examples.client.errors import ServiceUnavailableError
from examples.client.transfers import CHUNK

from tests.reference_client.conftest import Handler, Serve, quick

MEGABYTE = 1024**2
PIECE = bytes(range(256)) * 256
CONTENT = "/documents/a/content"
DOCUMENT = Document("a", 0)


def sending(pieces: int, sent: list[int] | None = None) -> Handler:
    """Send a body of so many pieces, and note how many are out."""

    async def content(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(pieces):
            await response.write(PIECE)
            if sent is not None:
                sent[:] = [number + 1]
        return response

    return content


@contextmanager
def memory_at_most(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "target"


@pytest.fixture(autouse=True)
def folder(target: Path) -> Path:
    target.parent.mkdir()
    return target.parent


async def test_a_download_of_many_megabytes_in_flat_memory(serve: Serve, target: Path) -> None:
    service = await serve({CONTENT: sending(512)})
    async with service_client(quick(service)) as client:
        with memory_at_most(4 * MEGABYTE):
            assert await client.fetch(DOCUMENT, target) == 32 * MEGABYTE
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(PIECE * 512).digest()
    assert os.listdir(target.parent) == ["target"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a disk that is as slow as the test wants is a pipe")
async def test_a_slow_disk_holds_the_sender_back(serve: Serve, target: Path) -> None:
    pieces, sent = 1024, [0]
    # What the kernel and aiohttp hold for both ends of a connection is less than this.
    on_the_way = 16 * MEGABYTE
    disk = target.with_name("target.part")
    os.mkfifo(disk)
    service = await serve({CONTENT: sending(pieces, sent)})
    async with service_client(quick(service)) as client:
        fetching = asyncio.create_task(client.fetch(DOCUMENT, target))
        pipe = await asyncio.to_thread(disk.open, "rb")
        written = 0
        with pipe:
            while piece := await asyncio.to_thread(pipe.read, CHUNK):
                written += len(piece)
                await asyncio.sleep(0)
                assert sent[0] * len(PIECE) - written < on_the_way
        assert await fetching == written == pieces * len(PIECE)


@pytest.mark.parametrize("announced", [True, False], ids=["with-length", "chunked"])
@pytest.mark.parametrize("there", [None, b"earlier"], ids=["new", "there-already"])
async def test_a_download_that_breaks_off_leaves_no_file(
    announced: bool, there: bytes | None, serve: Serve, target: Path
) -> None:
    async def content(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if announced:
            response.content_length = 2 * len(PIECE)
        await response.prepare(request)
        await response.write(PIECE)
        assert request.transport is not None
        request.transport.close()
        return response

    if there:
        target.write_bytes(there)
    service = await serve({CONTENT: content})
    async with service_client(quick(service)) as client:
        with pytest.raises(ServiceUnavailableError, match="payload is not completed"):
            await client.fetch(DOCUMENT, target)
    assert {path.name: path.read_bytes() for path in target.parent.iterdir()} == (
        {"target": there} if there else {}
    )


async def test_a_download_that_stands_still_is_given_up(serve: Serve, target: Path) -> None:
    gone = asyncio.Event()

    async def content(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(PIECE)
        await gone.wait()
        return response

    service = await serve({CONTENT: content})
    async with service_client(quick(service, stall_timeout=0.2)) as client:
        with pytest.raises(ServiceUnavailableError, match="Timeout on reading data"):
            await client.fetch(DOCUMENT, target)
    assert os.listdir(target.parent) == []
    gone.set()


async def test_a_download_that_is_cancelled_leaves_no_file(serve: Serve, target: Path) -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def content(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(PIECE)
        begun.set()
        await gone.wait()
        return response

    service = await serve({CONTENT: content})
    async with service_client(quick(service)) as client:
        fetching = asyncio.create_task(client.fetch(DOCUMENT, target))
        await begun.wait()
        while not os.listdir(target.parent):
            await asyncio.sleep(0.01)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
    assert os.listdir(target.parent) == []
    gone.set()


async def test_a_refused_download_leaves_the_file_as_it_was(serve: Serve, target: Path) -> None:
    target.write_bytes(b"earlier")
    service = await serve({})
    async with service_client(quick(service)) as client:
        with pytest.raises(ServiceUnavailableError, match="404"):
            await client.fetch(DOCUMENT, target)
    assert target.read_bytes() == b"earlier"


async def test_a_long_download_outlives_the_limit_of_a_request(serve: Serve, target: Path) -> None:
    async def content(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(8):
            await response.write(PIECE)
            await asyncio.sleep(0.05)
        return response

    service = await serve({CONTENT: content})
    async with service_client(quick(service, total_timeout=0.2)) as client:
        assert await client.fetch(DOCUMENT, target) == 8 * len(PIECE)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    with path.open("wb") as file:
        for _ in range(512):
            file.write(PIECE)
    return path


async def test_an_upload_of_many_megabytes_in_flat_memory(serve: Serve, source: Path) -> None:
    arrived: list[bytes] = []

    async def content(request: web.Request) -> web.Response:
        assert request.content_length is None
        digest = hashlib.sha256()
        async for piece in request.content.iter_chunked(CHUNK):
            digest.update(piece)
        arrived.append(digest.digest())
        return web.Response()

    service = await serve({CONTENT: content})
    async with service_client(quick(service)) as client:
        with memory_at_most(4 * MEGABYTE):
            await client.store("a", source)
    assert arrived == [hashlib.sha256(PIECE * 512).digest()]


async def test_an_upload_that_nobody_takes_is_given_up(serve: Serve, source: Path) -> None:
    gone = asyncio.Event()

    async def content(_request: web.Request) -> web.Response:
        await gone.wait()
        return web.Response()

    service = await serve({CONTENT: content})
    async with service_client(quick(service, stall_timeout=0.3)) as client:
        with pytest.raises(ServiceUnavailableError, match=r"no piece was taken for 0\.3 s"):
            await client.store("a", source)
    gone.set()


async def test_an_upload_that_is_not_answered_is_given_up(serve: Serve, source: Path) -> None:
    gone = asyncio.Event()

    async def content(request: web.Request) -> web.Response:
        await request.read()
        await gone.wait()
        return web.Response()

    source.write_bytes(PIECE)
    service = await serve({CONTENT: content})
    async with service_client(quick(service, stall_timeout=0.3)) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.store("a", source)
    gone.set()


async def test_an_upload_is_refused_before_it_is_read(serve: Serve, source: Path) -> None:
    async def content(_request: web.Request) -> web.Response:
        raise web.HTTPForbidden

    service = await serve({CONTENT: content})
    async with service_client(quick(service)) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.store("a", source)
        # The client can be used on.
        with pytest.raises(ServiceUnavailableError):
            await client.store("a", source)


async def test_an_upload_that_is_cancelled_ends(serve: Serve, source: Path) -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def content(_request: web.Request) -> web.Response:
        begun.set()
        await gone.wait()
        return web.Response()

    service = await serve({CONTENT: content})
    async with service_client(quick(service)) as client:
        storing = asyncio.create_task(client.store("a", source))
        await begun.wait()
        storing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await storing
        # What it started for itself has ended too.
        assert not [task for task in asyncio.all_tasks() if "_send" in repr(task.get_coro())]
        gone.set()
