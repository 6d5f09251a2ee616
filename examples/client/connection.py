"""The one session of the client: its limits, its trust, its cookies and what happens around every request.

Practices: 6.1, 6.3, 6.4, 6.5, 6.6, 6.7, 7.3, 7.5, 11.1, 11.2, 11.4, 15.8.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import aiohttp

from .breaker import CircuitBreaker
from .discovery import SECONDS_TRUSTED, Instances
from .metrics import Metrics, traced
from .retry import Retry

if TYPE_CHECKING:
    from .settings import ClientSettings


def trust(settings: ClientSettings) -> ssl.SSLContext:
    """Give the certificates that are trusted: of the private authority alone, where there is one.

    It reads files: make it before the loop runs, or in a thread.
    """
    return ssl.create_default_context(cafile=settings.authority)


async def open_session(
    settings: ClientSettings, trusted: ssl.SSLContext, metrics: Metrics
) -> aiohttp.ClientSession:
    """Open a session for the service; whoever asks for it closes it."""
    return aiohttp.ClientSession(
        base_url=settings.service,
        # aiohttp takes it off a redirect to another host.
        headers={"Authorization": f"Bearer {settings.token}"} if settings.token else None,
        timeout=aiohttp.ClientTimeout(
            total=settings.total_timeout,
            connect=settings.connect_timeout,
            sock_connect=settings.connect_timeout,
        ),
        connector=aiohttp.TCPConnector(
            ssl=trusted,
            limit=settings.connections,
            resolver=None if settings.registry is None else Instances(settings.registry),
            ttl_dns_cache=SECONDS_TRUSTED,
        ),
        # One jar for one service: its cookies go nowhere else.
        cookie_jar=aiohttp.CookieJar(),
        proxy=settings.proxy,
        trace_configs=[traced(metrics)],
        # The breaker sees every attempt, the retries stand around it.
        middlewares=(
            Retry(settings.attempts, settings.first_pause),
            CircuitBreaker(settings.failures_to_open, settings.seconds_open),
        ),
    )
