"""Large bodies in small pieces, both ways: memory stays flat, and the slower side sets the pace.

Practices: 6.4, 7.3, 7.6, 11.7, 16.1.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, BinaryIO

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CHUNK = 64 * 1024


def stream_timeout(stall: float) -> aiohttp.ClientTimeout:
    """Give limits for a body of any length that keeps coming: none for the whole, one for standing still (seconds)."""
    return aiohttp.ClientTimeout(total=None, connect=stall, sock_connect=stall, sock_read=stall)


async def download(session: aiohttp.ClientSession, path: str, target: Path, *, stall: float) -> int:
    """Save a body in a file, and give its size in bytes. A file that did not arrive whole is removed.

    Raises:
        aiohttp.ClientError: The service refused, or the connection broke.
        TimeoutError: Nothing came for `stall` seconds.
    """
    try:
        async with session.get(path, timeout=stream_timeout(stall)) as response:
            response.raise_for_status()
            file = await asyncio.to_thread(target.open, "wb")
            try:
                size = 0
                async for chunk in response.content.iter_chunked(CHUNK):
                    # The next chunk is read when this one is on the disk: aiohttp holds the sender back.
                    size += await asyncio.to_thread(file.write, chunk)
            finally:
                await asyncio.to_thread(file.close)
    except BaseException:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise
    return size


async def upload(session: aiohttp.ClientSession, path: str, source: Path, *, stall: float) -> None:
    """Send a file as the body of a request.

    Raises:
        aiohttp.ClientError: The service refused, or the connection broke.
        TimeoutError: Nothing went on for `stall` seconds.
    """
    file = await asyncio.to_thread(source.open, "rb")
    try:
        async with session.post(path, data=_pieces(file), timeout=stream_timeout(stall)) as response:
            response.raise_for_status()
    finally:
        await asyncio.to_thread(file.close)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk
