"""Large bodies in small pieces, both ways: memory stays flat, and the slower side sets the pace.

Practices: K6, 7.6, 11.3, 11.4, 11.5, 16.1.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, BinaryIO

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from yarl import URL

CHUNK = 64 * 1024


def stream_timeout(stall: float) -> aiohttp.ClientTimeout:
    """Give limits for a body of any length that keeps coming: none for the whole, one for standing still (seconds)."""
    return aiohttp.ClientTimeout(total=None, connect=stall, sock_connect=stall, sock_read=stall)


async def download(session: aiohttp.ClientSession, url: URL, target: Path, *, stall: float) -> int:
    """Save a body in a file, and give its size in bytes. What did not arrive whole leaves the file as it was.

    Raises:
        aiohttp.ClientError: The service refused, or the connection broke.
        asyncio.TimeoutError: Nothing came for `stall` seconds.
    """
    partial = target.with_name(f"{target.name}.part")
    try:
        async with session.get(url, timeout=stream_timeout(stall)) as response:
            response.raise_for_status()
            size = await _save(response, partial)
        await asyncio.to_thread(partial.replace, target)
    except BaseException:
        await asyncio.to_thread(partial.unlink, missing_ok=True)
        raise
    return size


async def _save(response: aiohttp.ClientResponse, target: Path) -> int:
    size = 0
    file = await asyncio.to_thread(target.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(CHUNK):
            # The next chunk is read when this one is on the disk: aiohttp holds the sender back.
            size += await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    return size


async def upload(session: aiohttp.ClientSession, url: URL, source: Path, *, stall: float) -> None:
    """Send a file as the body of a request.

    Raises:
        aiohttp.ClientError: The service refused, or the connection broke.
        asyncio.TimeoutError: Nothing went on for `stall` seconds.
    """
    file = await asyncio.to_thread(source.open, "rb")
    pieces = _Pieces(file)
    sending = asyncio.create_task(_send(session, url, pieces, stall))
    try:
        # aiohttp limits how long it waits for an answer, not for the service to take what is sent.
        while not sending.done():
            taken = pieces.taken
            await asyncio.wait({sending}, timeout=stall)
            if not sending.done() and pieces.taken == taken:
                raise asyncio.TimeoutError(f"no piece was taken for {stall} s")
        await sending
    finally:
        sending.cancel()
        await asyncio.wait({sending})
        await asyncio.to_thread(file.close)


async def _send(session: aiohttp.ClientSession, url: URL, pieces: _Pieces, stall: float) -> None:
    async with session.post(url, data=pieces, timeout=stream_timeout(stall)) as response:
        response.raise_for_status()


class _Pieces:
    """The pieces of a file; `taken` of them are with the connection."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(self._file.read, CHUNK):
            yield chunk
            self.taken += 1
