"""What operators see: health, metrics, and a log that machines read."""

from __future__ import annotations

import json
import logging

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from examples.service.access_log import AccessLogger, JsonFormatter
from examples.service.keys import DATABASE

from .clients import browser, until


async def test_requests_are_counted_by_route(client: aiohttp.ClientSession) -> None:
    for path in (
        "/documents/greeting",
        "/documents/notes",
        "/documents/absent",
        "/invented/1",
        "/invented/2",
    ):
        async with client.get(path):
            pass
    async with client.get("/metrics") as response:
        lines = (await response.text()).splitlines()
    route = r'route="/documents/{name}"'
    assert f'http_requests_total{{method="GET",{route},status="200"}} 2' in lines
    assert f'http_requests_total{{method="GET",{route},status="404"}} 1' in lines
    assert 'http_requests_total{method="GET",route="none",status="404"} 2' in lines
    assert "chat_peers 0" in lines
    assert "invented" not in "".join(lines)


async def test_ready_only_with_a_database(
    application: web.Application, client: aiohttp.ClientSession
) -> None:
    async with client.get("/ready") as response:
        assert response.status == 200
    await application[DATABASE].execute("DROP TABLE notes")
    async with client.get("/v1/notes") as response:
        assert response.status == 500
        assert await response.json() == {"error": "internal error"}
    async with client.get("/health") as response:
        assert response.status == 200


async def test_every_answer_names_its_request(client: aiohttp.ClientSession) -> None:
    async with client.get("/health", headers={"X-Request-ID": "from-the-proxy"}) as response:
        assert response.headers["X-Request-ID"] == "from-the-proxy"
    ids = set()
    for path, given in (("/health", "no id at all"), ("/nowhere", ""), ("/documents", "")):
        async with client.get(path, headers={"X-Request-ID": given}) as response:
            ids.add(response.headers["X-Request-ID"])
    assert len(ids) == 3
    assert "no id at all" not in ids


async def test_the_access_log_is_json_without_secrets(
    application: web.Application, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="aiohttp.access")
    server = TestServer(application)
    await server.start_server(access_log_class=AccessLogger)
    try:
        async with (
            browser(server) as client,
            client.get("/documents/greeting?key=secret", headers={"X-Request-ID": "seven"}) as response,
        ):
            await response.read()
        await until(lambda: any(hasattr(record, "access") for record in caplog.records))
    finally:
        await server.close()
    record = next(record for record in caplog.records if hasattr(record, "access"))
    line = json.loads(JsonFormatter().format(record))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/documents/greeting", 200)
    assert line["request_id"] == "seven"
    assert line["bytes"] > 0
    assert "key=x" not in json.dumps(line)
