"""Run the application: `python -m examples.service`.

Practices: 1.1, 13.1, 13.6.
"""

from __future__ import annotations

import logging

from aiohttp import web

from .application import create_application
from .settings import settings_from_environment


def main() -> None:
    """Serve until the process is told to stop; open requests get ten seconds to finish."""
    logging.basicConfig(level=logging.INFO)
    web.run_app(create_application(settings_from_environment()), port=8080, shutdown_timeout=10)


if __name__ == "__main__":
    main()
