"""What gunicorn's workers run; examples/gunicorn.conf.py names it.

Practices: 13.1, 13.3, 13.6.
"""

from __future__ import annotations

from aiohttp import web

from .access_log import AccessLogger, log_as_json
from .application import create_application
from .settings import settings_from_environment


async def runner() -> web.AppRunner:
    """Build the application in the worker, after the fork, to be run as `__main__` runs it."""
    settings = settings_from_environment()
    log_as_json()
    return web.AppRunner(
        create_application(settings), access_log_class=AccessLogger, shutdown_timeout=settings.grace
    )
