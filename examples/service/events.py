"""News as they happen: a stream of server-sent events, and long polling for those who can't read one.

Practices: 4.5, 16.1, 16.2, 16.3, 16.8.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from .keys import FEED, SETTINGS
from .validation import query_number

routes = web.RouteTableDef()

MOST = 2**53


@routes.get("/events", allow_head=False)
async def events(request: web.Request) -> web.StreamResponse:
    """Send each change as an event; a browser that comes back tells the last one that it saw."""
    feed = request.app[FEED]
    last = request.headers.get("Last-Event-ID", "")
    seen = min(int(last), MOST) if last.isascii() and last.isdigit() and len(last) < 19 else feed.latest
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    while not feed.ended:
        try:
            changes = await asyncio.wait_for(feed.after(seen), request.app[SETTINGS].patience)
        except asyncio.TimeoutError:
            # Keeps proxies from hanging up, and tells us when the client is gone.
            await response.write(b": nothing new\n\n")
            continue
        for change in changes:
            lines = "".join(f"data: {line}\n" for line in change.text.splitlines())
            await response.write(f"id: {change.number}\n{lines}\n".encode())
            seen = change.number
    await response.write_eof()
    return response


@routes.get("/changes", allow_head=False)
async def changes(request: web.Request) -> web.Response:
    """Answer as soon as there is a change after the number `after`, with 204 when there is none for long."""
    feed = request.app[FEED]
    after = query_number(request, "after", default=feed.latest, most=MOST)
    try:
        news = await asyncio.wait_for(feed.after(after), request.app[SETTINGS].patience)
    except asyncio.TimeoutError:
        news = []
    if not news:
        return web.Response(status=204)
    return web.json_response({"changes": [{"number": change.number, "text": change.text} for change in news]})


async def end_feed(application: web.Application) -> None:
    """Let open streams end on shutdown, which otherwise waits for them."""
    application[FEED].end()
