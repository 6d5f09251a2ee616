"""Middlewares in a small application: each with an answer, a redirect, a path that is nowhere, and an error.

The last three are exceptions inside of a middleware, and what it does with them is what goes wrong.

Practices: 12.6.
"""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.typedefs import Middleware

from ..service.metrics import METRICS, Metrics, count_requests
from ..service.middlewares import SECURITY_HEADERS, add_security_headers, errors_as_json
from ..service.rate_limit import RateLimit, limit_requests
from .visitors import visiting

ANSWERS = [("/fine", 200), ("/moved", 302), ("/nowhere", 404), ("/failing", 500)]


async def fine(_request: web.Request) -> web.Response:
    return web.Response(text="fine")


async def moved(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/fine")


async def failing(_request: web.Request) -> web.Response:
    raise LookupError("nobody may read this")


def small_application(*middlewares: Middleware) -> web.Application:
    application = web.Application(middlewares=middlewares)
    application.on_response_prepare.append(add_security_headers)
    application.add_routes([web.get("/fine", fine), web.get("/moved", moved), web.get("/failing", failing)])
    return application


@pytest.mark.parametrize(("path", "status"), ANSWERS)
async def test_errors_are_json_and_the_rest_is_left_alone(path: str, status: int) -> None:
    application = small_application(errors_as_json)
    async with visiting(application) as client, client.get(path, allow_redirects=False) as response:
        assert response.status == status
        if status == 500:
            assert await response.json() == {"error": "internal error"}
        else:
            assert response.content_type == "text/plain"


@pytest.mark.parametrize(("path", "status"), ANSWERS)
async def test_headers_protect_every_answer(path: str, status: int) -> None:
    application = small_application()
    async with visiting(application) as client, client.get(path, allow_redirects=False) as response:
        assert response.status == status
        assert SECURITY_HEADERS.items() <= response.headers.items()


async def test_every_answer_is_counted() -> None:
    application = small_application(count_requests)
    application[METRICS] = Metrics()
    async with visiting(application) as client:
        for path, status in ANSWERS:
            async with client.get(path, allow_redirects=False) as response:
                assert response.status == status
    assert application[METRICS].requests == {
        ("GET", "/fine", 200): 1,
        ("GET", "/moved", 302): 1,
        ("GET", "none", 404): 1,
        ("GET", "/failing", 500): 1,
    }


async def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    limit = RateLimit(per_second=0.1, burst=2)
    async with visiting(small_application(limit_requests(limit))) as client:
        for expected in (200, 200, 429):
            async with client.get("/fine") as response:
                assert response.status == expected
        assert 1 <= int(response.headers["Retry-After"]) <= 10
