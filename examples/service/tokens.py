"""Tokens for programs: signed, short-lived, for this service and nothing else.

Practices: 10.5, 10.7, 14.6.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import jwt
from aiohttp import web
from aiohttp_security import AbstractIdentityPolicy, SessionIdentityPolicy

from .authorization import signed_in_user
from .keys import SETTINGS

AUDIENCE = "reference server"
ALGORITHM = "HS256"
LIFETIME = timedelta(minutes=15)

routes = web.RouteTableDef()


class SessionOrToken(AbstractIdentityPolicy):
    """Knows browsers by their session, programs by `Authorization: Bearer …`."""

    def __init__(self) -> None:
        self._sessions = SessionIdentityPolicy()

    async def identify(self, request: web.Request) -> str | None:
        """Give the name that the request claims and proves."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return name_of_token(token.strip(), request.config_dict[SETTINGS].token_key)
        return await self._sessions.identify(request)

    async def remember(
        self, request: web.Request, response: web.StreamResponse, identity: str, **options: None
    ) -> None:
        """Keep the name in the session."""
        await self._sessions.remember(request, response, identity, **options)

    async def forget(self, request: web.Request, response: web.StreamResponse) -> None:
        """Take the name out of the session; tokens end by themselves."""
        await self._sessions.forget(request, response)


def name_of_token(token: str, key: str) -> str | None:
    """Give whom a token names, or nothing when it is not ours, not meant for us, or over."""
    try:
        claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=AUDIENCE, options={"require": ["exp", "aud", "sub"]}
        )
    except jwt.InvalidTokenError:
        return None
    name: str = claims["sub"]
    return name


@routes.post("/tokens")
async def new_token(request: web.Request) -> web.Response:
    """Give the signed-in user a token for a program of theirs."""
    name = await signed_in_user(request)
    end = datetime.now(timezone.utc) + LIFETIME
    token = jwt.encode(
        {"sub": name, "aud": AUDIENCE, "exp": end}, request.app[SETTINGS].token_key, algorithm=ALGORITHM
    )
    return web.json_response(
        {"token": token, "expires_in": int(LIFETIME.total_seconds())}, headers={"Cache-Control": "no-store"}
    )
