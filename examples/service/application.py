"""The application factory: the one place where the parts meet.

Practices: K2, 1.1, 1.2, 1.4, 1.5, 1.7, 1.8, 2.7, 10.1, 10.2, 15.3, 15.7, 16.8.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import aiohttp_security
from aiohttp import web
from aiohttp_session import session_middleware
from aiohttp_session.cookie_storage import EncryptedCookieStorage

from . import accounts, chat, cors, documents, events, graphql_api, health, tokens, uploads
from .access_log import add_request_id, identify_request
from .api_v1 import create_version_1
from .api_v2 import create_version_2
from .archive_health import ArchiveHealth
from .authorization import Accounts
from .cache import cache
from .database import database
from .feed import Feed
from .http_client import http_client
from .keys import ARCHIVE_HEALTH, FEED, LOGINS, PEERS, SETTINGS
from .metrics import METRICS, Metrics, count_requests, metrics
from .middlewares import add_security_headers, errors_as_json
from .pages import create_pages
from .rate_limit import RateLimit, limit_requests
from .session_store import DatabaseStorage, forget_old_sessions
from .tokens import SessionOrToken

if TYPE_CHECKING:
    from aiohttp_session import AbstractStorage

    from .settings import Settings

COOKIE = "__Host-session"
TWELVE_HOURS = 12 * 60 * 60


def create_application(settings: Settings) -> web.Application:
    """Build an application that is ready to run, and touches nothing until it does."""
    rate = settings.requests_per_second
    application = web.Application(
        # The first is the outermost: what the others refuse is counted and logged as well.
        middlewares=[
            identify_request,
            count_requests,
            errors_as_json,
            limit_requests(RateLimit(rate, burst=max(1, round(10 * rate)))),
            session_middleware(session_storage(settings)),
        ]
    )
    application[SETTINGS] = settings
    application[ARCHIVE_HEALTH] = ArchiveHealth()
    application[PEERS] = weakref.WeakSet()
    application[FEED] = Feed()
    application[METRICS] = Metrics()
    application[LOGINS] = RateLimit(per_second=0.1, burst=5)
    aiohttp_security.setup(application, SessionOrToken(), Accounts(settings))

    # Contexts end in reverse order: the client outlives the tasks that use it.
    application.cleanup_ctx.append(database)
    application.cleanup_ctx.append(http_client)
    application.cleanup_ctx.append(cache)
    application.cleanup_ctx.append(health.archive_checks)
    application.on_startup.append(forget_old_sessions)
    application.on_response_prepare.append(add_request_id)
    application.on_response_prepare.append(add_security_headers)
    application.on_shutdown.append(chat.close_peers)
    application.on_shutdown.append(events.end_feed)

    add_routes(application)
    return application


def session_storage(settings: Settings) -> AbstractStorage:
    """Choose where sessions are kept: all in the cookie, encrypted, or in the database."""
    if settings.sessions_in_database:
        return DatabaseStorage(
            cookie_name=COOKIE, max_age=TWELVE_HOURS, secure=True, httponly=True, samesite="Lax"
        )
    return EncryptedCookieStorage(
        settings.session_key,
        cookie_name=COOKIE,
        max_age=TWELVE_HOURS,
        secure=True,
        httponly=True,
        samesite="Lax",
    )


def add_routes(application: web.Application) -> None:
    """Say what is where."""
    application.add_routes(accounts.routes)
    application.add_routes(documents.routes)
    application.add_routes(events.routes)
    application.add_routes(tokens.routes)
    application.add_routes(uploads.routes)
    application.add_routes(
        [
            web.get("/chat", chat.chat),
            web.get("/health", health.health),
            web.get("/ready", health.ready),
            web.get("/metrics", metrics),
        ]
    )
    shared = [application.router.add_post("/graphql", graphql_api.query)]
    cors.share(application, application[SETTINGS].allowed_origins, shared)
    application.add_subapp("/v1", create_version_1())
    application.add_subapp("/v2", create_version_2())
    application.add_subapp("/pages", create_pages())
