"""What the service counts, in the text format that Prometheus reads.

Practices: 5.3, 13.5, 15.6.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from aiohttp import web

from .keys import FEED, PEERS

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


class Metrics:
    """Counted by method, route and status. Never by path: visitors invent paths, and each would be kept."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.seconds: defaultdict[tuple[str, str, int], float] = defaultdict(float)

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.requests[method, route, status] += 1
        self.seconds[method, route, status] += seconds

    def lines(self) -> list[str]:
        """Write the counters, a line each."""
        return [
            f'{name}{{method="{method}",route="{route}",status="{status}"}} {value}'
            for name, counts in (("http_requests_total", self.requests), ("http_seconds_total", self.seconds))
            for (method, route, status), value in sorted(counts.items())
        ]


METRICS = web.AppKey("metrics", Metrics)


@web.middleware
async def count_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count how requests end, those included that end in an exception."""
    start = time.monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = "none" if resource is None else resource.canonical
        request.config_dict[METRICS].add(request.method, route, status, time.monotonic() - start)


async def metrics(request: web.Request) -> web.Response:
    """Show the counters; keep this path inside of your network."""
    application = request.app
    lines = [
        *application[METRICS].lines(),
        f"chat_peers {len(application[PEERS])}",
        f"feed_changes_total {application[FEED].latest}",
    ]
    return web.Response(text="\n".join(lines) + "\n", content_type="text/plain")
