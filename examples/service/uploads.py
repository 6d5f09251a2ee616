"""Files that users send: read as a stream, limited, and kept under names of our own.

Practices: 3.5, 3.8, 4.6, 14.1.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from aiohttp import BodyPartReader, web

from .authorization import signed_in_user
from .keys import SETTINGS
from .validation import bad_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

routes = web.RouteTableDef()

LARGEST_FILE = 5 * 1024 * 1024
SUFFIXES = (".jpg", ".pdf", ".png", ".txt")


class FileTooLarge(web.HTTPClientError):
    """Our own, since aiohttp's wants other arguments in each of its versions."""

    status_code = 413


@routes.post("/uploads", name="uploads")
async def upload(request: web.Request) -> web.Response:
    """Keep the file of the part `file`; the answer says where it is."""
    await signed_in_user(request)
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType(text="the body must be multipart/form-data")
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise bad_request("the first part must be the file")
    # Of the name that it came with we keep the suffix, and only one that we know.
    suffix = PurePath(part.filename or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise bad_request(f"only {', '.join(SUFFIXES)}")
    name = f"{secrets.token_hex(16)}{suffix}"
    folder = request.app[SETTINGS].uploads
    unfinished = folder / f"{name}.part"
    try:
        await write_file(unfinished, limited(part))
        await asyncio.to_thread(unfinished.rename, folder / name)
    finally:
        await asyncio.to_thread(unfinished.unlink, missing_ok=True)
    place = request.app.router["upload"].url_for(name=name)
    return web.json_response({"name": name}, status=201, headers={"Location": str(place)})


async def limited(part: BodyPartReader) -> AsyncIterator[bytes]:
    """Give what the part holds, piece by piece, or answer 413: `client_max_size` does not count streams."""
    size = 0
    while chunk := await part.read_chunk():
        size += len(chunk)
        if size > LARGEST_FILE:
            raise FileTooLarge(text=f"a file has at most {LARGEST_FILE} bytes")
        yield chunk


async def write_file(path: Path, chunks: AsyncIterator[bytes]) -> None:
    """Write a new file; the disk works in threads."""
    file = await asyncio.to_thread(path.open, "xb")
    try:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)


@routes.get(r"/uploads/{name:[0-9a-f]{32}\.(?:jpg|pdf|png|txt)}", name="upload")
async def uploaded_file(request: web.Request) -> web.FileResponse:
    """Send a file to be saved, never shown as a page of ours; ranges and dates are the response's business."""
    path = request.app[SETTINGS].uploads / request.match_info["name"]
    return web.FileResponse(path, headers={"Content-Disposition": "attachment"})
