"""Which pages of other origins may read our answers, through aiohttp-cors.

Practices: 5.7, 14.8.
"""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp_cors
from aiohttp import web


def share(application: web.Application, origins: Iterable[str], routes: Iterable[web.AbstractRoute]) -> None:
    """Let pages of these origins use these routes, without cookies: what needs a login stays ours."""
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]  # aiohttp-cors declares no types here
        allow_credentials=False, allow_headers=("Content-Type",), expose_headers=("ETag", "Link"), max_age=600
    )
    shared = aiohttp_cors.setup(application, defaults=dict.fromkeys(origins, options))
    for route in routes:
        shared.add(route)
