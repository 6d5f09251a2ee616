"""What is counted."""

from __future__ import annotations

import pytest
from aiohttp import web
from examples.client.api import service_client
from examples.client.errors import ServiceRefusedError, ServiceUnavailableError
from examples.client.metrics import Metrics

from tests.reference_client.conftest import Serve, quick


async def test_requests_are_counted_by_their_end(serve: Serve) -> None:
    async def documents(request: web.Request) -> web.StreamResponse:
        match request.query.get("prefix"):
            case "refused":
                raise web.HTTPForbidden
            case "broken":
                assert request.transport is not None
                request.transport.abort()
        return web.json_response([])

    metrics = Metrics()
    service = await serve({"/documents": documents})
    async with service_client(quick(service, attempts=1), metrics) as client:
        await client.documents()
        await client.documents()
        with pytest.raises(ServiceRefusedError):
            await client.documents(prefix="refused")
        assert metrics.connections == 1
        with pytest.raises(ServiceUnavailableError):
            await client.documents(prefix="broken")
    assert metrics.statuses == {200: 2, 403: 1}
    assert metrics.failures == {"ServerDisconnectedError": 1}
    assert metrics.seconds > 0


async def test_a_request_that_is_tried_again_is_one_request(serve: Serve) -> None:
    asked: list[int] = []

    async def documents(_request: web.Request) -> web.Response:
        asked.append(1)
        return web.json_response([], status=503 if len(asked) == 1 else 200)

    metrics = Metrics()
    service = await serve({"/documents": documents})
    async with service_client(quick(service), metrics) as client:
        await client.documents()
    assert len(asked) == 2
    assert metrics.statuses == {200: 1}
