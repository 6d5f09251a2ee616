"""A circuit breaker as a client middleware: a service that is down is left alone for a while.

Practices: K4, 8.8, 16.6.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

SERVER_ERROR = 500


class CircuitOpenError(aiohttp.ClientError):
    """The service has failed so often that it is not asked for now."""


class CircuitBreaker:
    """Opens after some failures in a row; after a while one request is let through to see."""

    def __init__(
        self, failures_to_open: int, seconds_open: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the failures in a row that open it, and for how long it stays open (seconds of the clock)."""
        self._failures_to_open = failures_to_open
        self._seconds_open = seconds_open
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether requests are turned away."""
        return self._clock() < self._open_until

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Send the request unless the circuit is open.

        Raises:
            CircuitOpenError: The service is left alone.
        """
        if self.is_open:
            raise CircuitOpenError(f"{request.url.host} has failed {self._failures} times in a row")
        if self._failures >= self._failures_to_open:
            # This one goes to see; until it is back, the others are turned away.
            self._open()
        try:
            response = await handler(request)
        # Before Python 3.11, asyncio's TimeoutError is another class than the built-in one.
        except (aiohttp.ClientError, asyncio.TimeoutError):
            self._failed()
            raise
        if response.status >= SERVER_ERROR:
            self._failed()
        else:
            self._failures = 0
            self._open_until = 0.0
        return response

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= self._failures_to_open:
            self._open()

    def _open(self) -> None:
        self._open_until = self._clock() + self._seconds_open
