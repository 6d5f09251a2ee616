"""Who may do what, through aiohttp-security.

Practices: 5.5, 10.5, 10.6, 10.8, 14.6, 15.3.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp_security import AbstractAuthorizationPolicy, authorized_userid

if TYPE_CHECKING:
    from .settings import Settings


class Permission(Enum):
    """What not everybody may do."""

    DELETE_NOTES = "delete notes"


class Accounts(AbstractAuthorizationPolicy):
    """Answers from the settings; asked at every request, so that a removed account is out at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def authorized_userid(self, identity: str) -> str | None:
        """Give the name of the account, when it still exists."""
        return identity if identity in self._settings.password_hashes else None

    async def permits(self, identity: str | None, permission: str | Enum, context: object = None) -> bool:
        """Tell whether the account may; what is not known is not allowed."""
        return permission is Permission.DELETE_NOTES and identity in self._settings.administrators


async def signed_in_user(request: web.Request) -> str:
    """Give the name of the user of this request, or answer 401."""
    user = await authorized_userid(request)
    if user is None:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Session realm="reference server"'})
    return user
