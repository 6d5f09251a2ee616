"""The API as a program sees it: of each answer the status, the headers that count, and the body.

Practices: 12.1, 12.4, 12.7.
"""

from __future__ import annotations

import pytest

from .visitors import Client, sign_in

PROBLEM = "application/problem+json"


async def test_a_note_is_written_and_read(client: Client) -> None:
    await sign_in(client)
    async with client.post("/v1/notes", json={"text": "buy milk"}) as response:
        assert response.status == 201
        assert response.headers["Location"] == "/v1/notes/1"
    async with client.get("/v1/notes/1") as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        assert await response.json() == {"id": 1, "author": "ada", "text": "buy milk"}


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 7}, {"text": "x" * 2001}, []])
async def test_what_is_wrong_is_said(client: Client, body: object) -> None:
    await sign_in(client)
    async with client.post("/v1/notes", json=body) as response:
        assert response.status == 400
        assert response.content_type == PROBLEM
        problem = await response.json(content_type=PROBLEM)
        assert problem["status"] == 400
        assert problem["detail"]


async def test_strangers_are_told_how_to_sign_in(client: Client) -> None:
    async with client.post("/v1/notes", json={"text": "buy milk"}) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Session ")


async def test_nothing_is_left_of_other_tests(client: Client) -> None:
    async with client.get("/v1/notes") as response:
        assert response.status == 200
        assert await response.json() == []
