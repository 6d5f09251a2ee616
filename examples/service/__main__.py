"""Run the application: `python -m examples.service`.

Practices: 1.1, 13.1, 13.4, 13.6, 16.8.
"""

from __future__ import annotations

from aiohttp import web

from .access_log import AccessLogger, log_as_json
from .application import create_application
from .settings import settings_from_environment
from .tls import server_tls


def main() -> None:
    """Serve until the process is told to stop, and open requests had their time to finish."""
    settings = settings_from_environment()
    log_as_json()
    web.run_app(
        create_application(settings),
        host=settings.host,
        port=settings.port,
        ssl_context=None if settings.certificate is None else server_tls(settings.certificate),
        access_log_class=AccessLogger,
        shutdown_timeout=settings.grace,
        # Longer than the proxy's, or it reuses connections that we are about to close.
        keepalive_timeout=75,
    )


if __name__ == "__main__":
    main()
