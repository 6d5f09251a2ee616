"""Files: small ones from disk, large ones from the archive, and a response made while it is sent.

Practices: K3, 1.3, 1.6, 2.2, 4.1, 4.5, 8.1, 8.3, 11.6, 11.7, 15.4, 16.1.
"""

from __future__ import annotations

import asyncio
import json

import aiohttp
from aiohttp import web

from .authorization import signed_in_user
from .cache import CACHE
from .caching import cacheable
from .keys import HTTP_CLIENT, SETTINGS

routes = web.RouteTableDef()

CHUNK = 64 * 1024
SECONDS_KEPT = 60

# A large file may take long, as long as it keeps coming.
DOWNLOAD_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_connect=10, sock_read=30)


@routes.get(r"/documents/{name:\w+}")
async def document(request: web.Request) -> web.Response:
    """Send a text document; the disk is read in a thread."""
    path = request.app[SETTINGS].documents / f"{request.match_info['name']}.txt"
    try:
        text = await asyncio.to_thread(path.read_text, encoding="utf-8")
    except FileNotFoundError:
        raise web.HTTPNotFound(text="no such document") from None
    return cacheable(request, text, "text/plain", max_age=60)


@routes.get("/documents")
async def document_list(request: web.Request) -> web.StreamResponse:
    """Send one line of JSON a document, each as soon as it is there."""
    names = await asyncio.to_thread(lambda: sorted(request.app[SETTINGS].documents.glob("*.txt")))
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    for path in names:
        status = await asyncio.to_thread(path.stat)
        line = json.dumps({"name": path.stem, "size": status.st_size})
        await response.write(f"{line}\n".encode())
    await response.write_eof()
    return response


@routes.get("/archive")
async def archive_list(request: web.Request) -> web.Response:
    """Say what the archive has; it is slow to tell, and asked once a minute."""
    await signed_in_user(request)

    async def ask() -> str:
        async with request.app[HTTP_CLIENT].get(request.app[SETTINGS].archive / "files") as answer:
            answer.raise_for_status()
            return json.dumps(await answer.json())

    try:
        names = await request.app[CACHE].get("archive", SECONDS_KEPT, ask)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
        raise web.HTTPBadGateway(text="the archive does not answer") from error
    return web.json_response({"files": json.loads(names)})


@routes.get(r"/archive/{name:\w+}")
async def archived_file(request: web.Request) -> web.StreamResponse:
    """Pass a large file through from the archive, a chunk at a time."""
    await signed_in_user(request)
    source = request.app[SETTINGS].archive / "files" / request.match_info["name"]
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    try:
        async with request.app[HTTP_CLIENT].get(source, timeout=DOWNLOAD_TIMEOUT) as original:
            if original.status == web.HTTPNotFound.status_code:
                raise web.HTTPNotFound(text="no such file")
            original.raise_for_status()
            await response.prepare(request)
            async for chunk in original.content.iter_chunked(CHUNK):
                await response.write(chunk)
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        if response.prepared:
            raise
        raise web.HTTPBadGateway(text="the archive does not answer") from error
    await response.write_eof()
    return response
