"""Numbers about the requests, taken where aiohttp traces them: no request has to know.

Practices: 13.5, 15.6.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp


@dataclass
class Metrics:
    """How many requests ended how, how long they took in all, how many connections were made for them."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    connections: int = 0


def traced(metrics: Metrics) -> aiohttp.TraceConfig:
    """Give the tracing that fills the metrics."""
    trace = aiohttp.TraceConfig()

    async def started(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _parameters: aiohttp.TraceRequestStartParams,
    ) -> None:
        context.started = time.monotonic()

    async def ended(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        parameters: aiohttp.TraceRequestEndParams,
    ) -> None:
        metrics.statuses[parameters.response.status] += 1
        metrics.seconds += time.monotonic() - context.started

    async def failed(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        parameters: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        metrics.failures[type(parameters.exception).__name__] += 1
        metrics.seconds += time.monotonic() - context.started

    async def connected(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        _parameters: aiohttp.TraceConnectionCreateEndParams,
    ) -> None:
        metrics.connections += 1

    trace.on_request_start.append(started)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    trace.on_connection_create_end.append(connected)
    return trace
