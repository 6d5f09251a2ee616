"""The application factory: the one place where the parts meet.

Practices: K2, 1.1, 1.2, 1.4, 1.5, 1.7, 1.8, 10.1, 10.2, 15.7.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp_session import session_middleware
from aiohttp_session.cookie_storage import EncryptedCookieStorage

from . import accounts, chat, documents, health
from .archive_health import ArchiveHealth
from .http_client import http_client
from .keys import ARCHIVE_HEALTH, PEERS, SETTINGS
from .middlewares import add_security_headers, errors_as_json

if TYPE_CHECKING:
    from .settings import Settings


def create_application(settings: Settings) -> web.Application:
    """Build an application that is ready to run, and touches nothing until it does."""
    sessions = EncryptedCookieStorage(
        settings.session_key,
        cookie_name="__Host-session",
        max_age=12 * 60 * 60,
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    application = web.Application(middlewares=[errors_as_json, session_middleware(sessions)])
    application[SETTINGS] = settings
    application[ARCHIVE_HEALTH] = ArchiveHealth()
    application[PEERS] = weakref.WeakSet()

    # Contexts end in reverse order: the client outlives the task that uses it.
    application.cleanup_ctx.append(http_client)
    application.cleanup_ctx.append(health.archive_checks)
    application.on_response_prepare.append(add_security_headers)
    application.on_shutdown.append(chat.close_peers)

    application.add_routes(accounts.routes)
    application.add_routes(documents.routes)
    application.add_routes(
        [
            web.get("/chat", chat.chat),
            web.get("/health", health.health),
        ]
    )
    return application
