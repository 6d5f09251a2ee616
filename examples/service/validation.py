"""What comes from outside is looked at once, here, and refused with 400 and a reason (RFC 9457).

Practices: 3.2, 3.6, 8.2, 8.3, 8.4, 14.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web


def bad_request(detail: str) -> web.HTTPBadRequest:
    """Make the answer to raise: what is wrong, for programs to read."""
    problem = {"title": "bad request", "status": web.HTTPBadRequest.status_code, "detail": detail}
    return web.HTTPBadRequest(text=json.dumps(problem), content_type="application/problem+json")


async def json_object(request: web.Request) -> dict[str, Any]:
    """Give the JSON object that is the body, or answer 400 or 415."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="the body must be application/json")
    try:
        body = await request.json()
    except (ValueError, LookupError, RecursionError):
        # No JSON, no text, a charset that nobody knows, or a depth that nobody means.
        raise bad_request("the body is not JSON") from None
    if not isinstance(body, dict):
        raise bad_request("the body is not a JSON object")
    return body


async def form_fields(request: web.Request) -> Mapping[str, object]:
    """Give the fields of the form that is the body, or answer 400."""
    try:
        return await request.post()
    except (ValueError, LookupError):
        raise bad_request("the body is not a form") from None


def text_field(fields: Mapping[str, object], name: str, longest: int) -> str:
    """Give a text of one to `longest` characters, or answer 400."""
    value = fields.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise bad_request(f"{name} must be a text of 1 to {longest} characters")
    return value


def query_number(request: web.Request, name: str, default: int, most: int) -> int:
    """Give a number from 0 to `most` of the query string, or answer 400."""
    text = request.query.get(name)
    if text is None:
        return default
    # `int` takes more than digits, and takes long for very many of them.
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) <= most):
        raise bad_request(f"{name} must be a number from 0 to {most}")
    return int(text)
