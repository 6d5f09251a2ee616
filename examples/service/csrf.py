"""Forms come from our own pages: each carries a token that only this session knows.

Practices: 5.2, 14.2.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp_session import get_session

from .validation import form_fields

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

FIELD = "form_token"


async def form_token(request: web.Request) -> str:
    """Give the token of this session, a new one when there is none: a hidden field of every form."""
    session = await get_session(request)
    if FIELD not in session:
        session[FIELD] = secrets.token_urlsafe()
    token: str = session[FIELD]
    return token


@web.middleware
async def refuse_forged_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 to a form that another site made its visitors send."""
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        given = (await form_fields(request)).get(FIELD)
        expected = (await get_session(request)).get(FIELD)
        if not isinstance(given, str) or not isinstance(expected, str):
            raise web.HTTPForbidden(text="the form has no token, or the session none")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode()):
            raise web.HTTPForbidden(text="the form is not of this session")
    return await handler(request)
