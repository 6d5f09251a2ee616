"""Not too many requests from one place: a token bucket each.

Practices: 5.1, 5.8, 14.5.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware


@dataclass
class Bucket:
    """What one place has left."""

    tokens: float
    filled: float


class RateLimit:
    """Buckets that hold `burst` tokens and get `per_second` new ones; those not used for longest are dropped."""

    def __init__(self, per_second: float, burst: int, kept: int = 10_000) -> None:
        self._per_second = per_second
        self._burst = burst
        self._kept = kept
        self._buckets: OrderedDict[object, Bucket] = OrderedDict()

    def seconds_to_wait(self, key: object, now: float) -> float:
        """Take a token, and give 0; without one give the seconds until there is one."""
        bucket = self._buckets.setdefault(key, Bucket(self._burst, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._kept:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled) * self._per_second)
        bucket.filled = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._per_second
        bucket.tokens -= 1
        return 0

    def check(self, key: object) -> None:
        """Take a token, or answer 429 and when to come again."""
        wait = self.seconds_to_wait(key, time.monotonic())
        if wait:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(math.ceil(wait))})


def limit_requests(limit: RateLimit) -> Middleware:
    """Make the middleware that limits the requests of each address.

    Behind a proxy the address is the proxy's, unless something such as aiohttp-remotes corrects it.
    """

    @web.middleware
    async def limit_of_address(request: web.Request, handler: Handler) -> web.StreamResponse:
        limit.check(request.remote)
        return await handler(request)

    return limit_of_address
