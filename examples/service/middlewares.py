"""What happens to every request, and to every response.

Practices: K4, K5, 1.4, 5.1, 5.3, 5.4, 8.2, 8.6, 8.7, 14.3, 14.7.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
"""Said by every response, unless its handler says otherwise. Browsers heed the one on TLS only over TLS."""


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what nobody expected with JSON that gives nothing away; the log has the traceback."""
    try:
        return await handler(request)
    except web.HTTPException:
        # Redirects, 404 and 405 are exceptions too, and already are the answer.
        raise
    except Exception:
        if request.writer.output_size:
            # Headers are out, a second response would land inside the first: aiohttp logs, and hangs up.
            raise
        log.exception("unexpected error at %s %s", request.method, request.path)
        return web.json_response({"error": "internal error"}, status=500)


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers here, since a middleware does not see the responses of middlewares outside it."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
