"""The versioned API, GraphQL beside it, and what guards them, over real HTTP."""

from __future__ import annotations

import dataclasses

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from examples.service.application import create_application
from examples.service.rate_limit import RateLimit
from examples.service.settings import Settings
from examples.tests.visitors import PASSWORD, sign_in
from yarl import URL

from .clients import browser, running

PROBLEM = "application/problem+json"


async def write(client: aiohttp.ClientSession, text: str, version: int = 1) -> str:
    async with client.post(f"/v{version}/notes", json={"text": text}) as response:
        assert response.status == 201
        return response.headers["Location"]


async def test_a_note_in_both_versions(client: aiohttp.ClientSession) -> None:
    await sign_in(client)
    for version in (1, 2):
        place = await write(client, f"of version {version}", version)
        assert place == f"/v{version}/notes/{version}"
        async with client.get(place) as response:
            note = await response.json()
        assert note == {"id": version, "author": "ada", "text": f"of version {version}"}
    async with client.get("/v1/notes") as response:
        assert [note["id"] for note in await response.json()] == [1, 2]


async def test_pages_follow_their_links(client: aiohttp.ClientSession) -> None:
    await sign_in(client)
    for number in range(5):
        await write(client, f"note {number}")
    found: list[int] = []
    place = URL("/v2/notes?limit=2")
    for _ in range(3):
        async with client.get(place) as response:
            found.extend(note["id"] for note in await response.json())
            link = response.links["next"]["url"]
            assert isinstance(link, URL)
            place = link
    assert found == [1, 2, 3, 4, 5]
    async with client.get(place) as response:
        assert await response.json() == []
        assert "Link" not in response.headers


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"text": ""}', "application/json", 400),
        (b'{"text": 7}', "application/json", 400),
        (b"{}", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"text"', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"text": "a note"}', "text/plain", 415),
        (b'{"text": "%s"}' % (b"x" * 2**20), "application/json", 413),
    ],
)
async def test_bodies_that_are_refused(
    client: aiohttp.ClientSession, body: bytes, content_type: str, status: int
) -> None:
    await sign_in(client)
    async with client.post("/v1/notes", data=body, headers={"Content-Type": content_type}) as response:
        assert response.status == status
        if status == 400:
            assert response.content_type == PROBLEM
            assert (await response.json(content_type=PROBLEM))["detail"]


@pytest.mark.parametrize("query", ["limit=101", "limit=x", "limit=-1", "after=²", f"after={'9' * 30}"])
async def test_query_strings_that_are_refused(client: aiohttp.ClientSession, query: str) -> None:
    async with client.get(f"/v2/notes?{query}") as response:
        assert response.status == 400
        assert response.content_type == PROBLEM


async def test_only_who_may(server: TestServer) -> None:
    async with browser(server) as nobody, browser(server) as ada, browser(server) as root:
        await sign_in(ada)
        await sign_in(root, "root")
        async with nobody.post("/v1/notes", json={"text": "hello"}) as response:
            assert response.status == 401
        place = await write(ada, "hello")
        for client, status in ((nobody, 401), (ada, 403), (root, 204), (root, 404)):
            async with client.delete(place) as response:
                assert response.status == status
        async with ada.put(place) as response:
            assert response.status == 405
            assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
        ("image/png, */*;q=0.1", "application/json"),
        ("image/png", None),
        ("*/*;q=0", None),
        ("text/csv;q=broken", None),
    ],
)
async def test_the_client_chooses_the_type(
    client: aiohttp.ClientSession, accept: str | None, expected: str | None
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    async with client.get("/v2/notes", headers=headers) as response:
        if expected is None:
            assert response.status == 406
            return
        assert response.content_type == expected
        assert "Accept" in response.headers["Vary"]


async def test_unchanged_answers_are_not_sent_again(client: aiohttp.ClientSession) -> None:
    await sign_in(client)
    await write(client, "first")
    async with client.get("/v2/notes") as response:
        tag = response.headers["ETag"]
        assert "max-age=5" in response.headers["Cache-Control"]
    known = {"If-None-Match": tag}
    async with client.get("/v2/notes", headers=known) as response:
        assert response.status == 304
        assert response.headers["ETag"] == tag
        assert await response.read() == b""
    async with client.get("/v2/notes", headers={**known, "Accept": "text/csv"}) as response:
        assert response.status == 200
    await write(client, "second")
    async with client.get("/v2/notes", headers=known) as response:
        assert response.status == 200
        assert response.headers["ETag"] != tag


async def test_long_answers_are_compressed(server: TestServer) -> None:
    async with browser(server) as client:
        await sign_in(client)
        for _ in range(5):
            await write(client, "x" * 1000)
    async with aiohttp.ClientSession(server.make_url("/"), auto_decompress=False) as client:
        async with client.get("/v2/notes", headers={"Accept-Encoding": "gzip"}) as response:
            assert response.headers["Content-Encoding"] == "gzip"
            assert len(await response.read()) < 1000
        async with client.get("/v2/notes", headers={"Accept-Encoding": "identity"}) as response:
            assert "Content-Encoding" not in response.headers
            assert len(await response.read()) > 5000


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("{ notes { id author } }", 200, {"notes": [{"id": 1, "author": "ada"}, {"id": 2, "author": "ada"}]}),
        ("{ notes(after: 1) { text } }", 200, {"notes": [{"text": "second"}]}),
        ("{ note(id: 3) { id } }", 200, {"note": None}),
        ("query ($id: Int!) { note(id: $id) { text } }", 200, {"note": {"text": "first"}}),
        ("{ notes(first: 1000) { id } }", 400, None),
        ("{ nothing }", 400, None),
        ("{", 400, None),
    ],
)
async def test_graphql(client: aiohttp.ClientSession, query: str, status: int, expected: object) -> None:
    await sign_in(client)
    await write(client, "first")
    await write(client, "second")
    async with client.post("/graphql", json={"query": query, "variables": {"id": 1}}) as response:
        assert response.status == status
        answer = await response.json()
    assert answer.get("data") == expected
    assert ("errors" in answer) == (status == 400)


async def test_only_known_origins_may_read(client: aiohttp.ClientSession) -> None:
    query = {"query": "{ notes { id } }"}
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Content-Type"}
    for origin, allowed in (("https://app.example", True), ("https://elsewhere.example", False)):
        async with client.post("/graphql", json=query, headers={"Origin": origin}) as response:
            assert response.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
            assert "Access-Control-Allow-Credentials" not in response.headers
        async with client.options("/graphql", headers={"Origin": origin, **wish}) as response:
            assert response.status == (200 if allowed else 403)


async def test_too_many_requests(settings: Settings) -> None:
    application = create_application(dataclasses.replace(settings, requests_per_second=0.3))
    async with running(application) as server, browser(server) as client:
        statuses = []
        for _ in range(4):
            async with client.get("/health") as response:
                statuses.append(response.status)
                assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert statuses == [200, 200, 200, 429]
        assert 1 <= int(response.headers["Retry-After"]) <= 4


async def test_guessing_passwords_gets_slow(client: aiohttp.ClientSession) -> None:
    for expected in (403, 403, 403, 403, 403, 429):
        async with client.post("/session", data={"name": "ada", "password": "guess"}) as response:
            assert response.status == expected
    async with client.post("/session", data={"name": "root", "password": PASSWORD}) as response:
        assert response.status == 200


def test_buckets_fill_again_and_are_dropped() -> None:
    limit = RateLimit(per_second=2, burst=2, kept=2)
    assert [limit.seconds_to_wait("a", 0) for _ in range(3)] == [0, 0, 0.5]
    assert limit.seconds_to_wait("a", 0.5) == 0
    assert limit.seconds_to_wait("b", 0.5) == 0
    assert limit.seconds_to_wait("c", 0.5) == 0
    # The oldest was dropped: it starts anew.
    assert [limit.seconds_to_wait("a", 0.5) for _ in range(2)] == [0, 0]
