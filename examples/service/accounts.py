"""Login, logout, and a preference kept in a cookie.

Practices: 2.1, 2.3, 2.6, 3.1, 3.3, 3.7, 10.3, 10.5, 10.8, 14.2, 14.5, 14.6.
"""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp_security import remember
from aiohttp_session import get_session, new_session

from .authorization import signed_in_user
from .keys import LOGINS, SETTINGS
from .passwords import NOBODY, password_matches
from .validation import form_fields

routes = web.RouteTableDef()

ONE_YEAR = 365 * 24 * 60 * 60


def refuse_other_origins(request: web.Request) -> None:
    """Answer 403 when a page of another site sent this request; programs send no `Origin` and pass."""
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {f"https://{request.host}", f"{request.scheme}://{request.host}"}:
        raise web.HTTPForbidden(text="this origin may not use the service")


@routes.view("/session")
class SessionView(web.View):
    """The login session as a resource: who am I, sign in, sign out."""

    async def get(self) -> web.Response:
        """Tell who is signed in."""
        user = await signed_in_user(self.request)
        return web.json_response({"user": user, "theme": self.request.cookies.get("theme", "light")})

    async def post(self) -> web.Response:
        """Sign in with the form fields `name` and `password`."""
        refuse_other_origins(self.request)
        form = await form_fields(self.request)
        name, password = form.get("name"), form.get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            raise web.HTTPBadRequest(text="the form needs a name and a password")
        # Guessing gets slow for each account and address, before the hash that costs us time.
        self.request.app[LOGINS].check((self.request.remote, name))
        stored = self.request.app[SETTINGS].password_hashes.get(name, NOBODY)
        if not await asyncio.to_thread(password_matches, password, stored):
            raise web.HTTPForbidden(text="wrong name or password")
        # A new session, never the one that came in: that one may have been planted.
        await new_session(self.request)
        response = web.json_response({"user": name})
        await remember(self.request, response, name)
        return response

    async def delete(self) -> web.Response:
        """Sign out."""
        refuse_other_origins(self.request)
        session = await get_session(self.request)
        session.invalidate()
        return web.json_response({"user": None})


@routes.put("/preferences/theme/{theme:light|dark}")
async def choose_theme(request: web.Request) -> web.Response:
    """Remember a theme in the visitor's browser."""
    theme = request.match_info["theme"]
    response = web.json_response({"theme": theme})
    response.set_cookie("theme", theme, max_age=ONE_YEAR, httponly=True, secure=True, samesite="Lax")
    return response
