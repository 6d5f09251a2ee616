"""Asking again, as a client middleware: only what may be asked twice, with pauses that grow, connections given back.

Practices: K4, 8.8, 11.8, 16.7.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
WORTH_ANOTHER_TRY = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 5.0


class Retry:
    """Sends a request again after a failure that may pass."""

    def __init__(self, attempts: int, first_pause: float) -> None:
        """Take how often a request is sent at most, and how long the first pause is (seconds)."""
        self._attempts = attempts
        self._first_pause = first_pause

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Send the request, and once more after each pause until an answer is final."""
        attempts = self._attempts if request.method in REPEATABLE else 1
        for attempt in range(1, attempts):
            try:
                response = await handler(request)
            except aiohttp.ClientConnectionError:
                pause = self._pause(attempt)
            else:
                if response.status not in WORTH_ANOTHER_TRY:
                    return response
                pause = self._asked_for(response) or self._pause(attempt)
                # Unread, it would keep its connection while we wait.
                response.release()
            await asyncio.sleep(pause)
        return await handler(request)

    def _pause(self, attempt: int) -> float:
        # A random part, so that the clients of a service that comes back do not all come back at once.
        longest = min(LONGEST_PAUSE, self._first_pause * 2.0 ** (attempt - 1))
        return longest * random.uniform(0.5, 1.0)

    def _asked_for(self, response: ClientResponse) -> float | None:
        wanted = response.headers.get("Retry-After", "")
        return min(float(wanted), LONGEST_PAUSE) if wanted.isdecimal() else None
