"""Answers that clients may keep: tagged, asked for again only when they changed, and compressed.

Practices: 4.3, 11.6, 11.7.
"""

from __future__ import annotations

import hashlib

from aiohttp import ETag, web


def cacheable(request: web.Request, text: str, content_type: str, max_age: int) -> web.Response:
    """Make a response that the browser may keep for `max_age` seconds; 304 when it has this one already.

    Only for what holds no secret: the size of a compressed body tells of what stands in it.
    """
    body = text.encode()
    # Weak, because the bytes differ when they go out compressed.
    tag = ETag(hashlib.blake2b(body, digest_size=16).hexdigest(), is_weak=True)
    if any(known.value in {tag.value, "*"} for known in request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        response = web.Response(body=body, content_type=content_type, charset="utf-8")
        response.enable_compression()
    response.etag = tag
    response.headers["Cache-Control"] = f"private, max-age={max_age}"
    response.headers["Vary"] = "Accept, Accept-Encoding"
    return response
