"""A tiny HTTP proxy: requests in the clear are passed on, CONNECT opens a tunnel; it remembers what it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yarl import URL


@dataclass
class Proxy:
    """Where the proxy is, and the first line of each request to it."""

    url: URL
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def running_proxy() -> AsyncIterator[Proxy]:
    """Run a proxy for as long as the block."""
    asked: list[str] = []
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        first, rest = head.split(b"\r\n", 1)
        asked.append(first.decode())
        method, target, version = first.split()
        to = URL(f"//{target.decode()}" if method == b"CONNECT" else target.decode())
        upstream, downstream = await asyncio.open_connection(to.host, to.port)
        writers.append(downstream)
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            downstream.write(b" ".join((method, to.raw_path_qs.encode(), version)) + b"\r\n" + rest)
        await asyncio.gather(pump(reader, downstream), pump(upstream, writer))

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(64 * 1024):
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield Proxy(URL.build(scheme="http", host=host, port=port), asked)
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()
