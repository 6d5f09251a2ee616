"""Tokens for programs: what is accepted, and what looks like it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import aiohttp
import jwt
import pytest
from aiohttp.test_utils import TestServer
from examples.service.settings import Settings
from examples.service.tokens import ALGORITHM, AUDIENCE
from examples.tests.visitors import sign_in

from .clients import browser

SOON = datetime.now(timezone.utc) + timedelta(hours=1)
GOOD = {"sub": "ada", "aud": AUDIENCE, "exp": SOON}


async def status_with(server: TestServer, authorization: str) -> int:
    headers, note = {"Authorization": authorization}, {"text": "hello"}
    async with browser(server) as program, program.post("/v1/notes", json=note, headers=headers) as response:
        return response.status


async def test_a_program_comes_with_a_token(server: TestServer, client: aiohttp.ClientSession) -> None:
    async with client.post("/tokens") as response:
        assert response.status == 401
    await sign_in(client)
    async with client.post("/tokens") as response:
        assert response.headers["Cache-Control"] == "no-store"
        token = (await response.json())["token"]
    assert await status_with(server, f"Bearer {token}") == 201
    assert await status_with(server, f"bearer {token}") == 201
    assert await status_with(server, f"Basic {token}") == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": SOON - timedelta(hours=2)},
        {"exp": None},
        {"aud": "somebody else"},
        {"aud": None},
        {"sub": "eve"},
        {"sub": None},
    ],
    ids=["expired", "no end", "of another audience", "no audience", "of another user", "no user"],
)
async def test_tokens_that_are_refused(
    server: TestServer, settings: Settings, changed: dict[str, object]
) -> None:
    claims = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    token = jwt.encode(claims, settings.token_key, algorithm=ALGORITHM)
    assert await status_with(server, f"Bearer {token}") == 401


async def test_tokens_of_others_are_refused(server: TestServer, settings: Settings) -> None:
    forged = [
        jwt.encode(GOOD, "x" * 32, algorithm=ALGORITHM),
        jwt.encode(GOOD, "", algorithm="none"),
        jwt.encode(GOOD, "x" * 64 + settings.token_key, algorithm="HS512"),
        "no.token.atall",
        "",
    ]
    assert [await status_with(server, f"Bearer {token}") for token in forged] == [401] * len(forged)
    good = jwt.encode(GOOD, settings.token_key, algorithm=ALGORITHM)
    assert await status_with(server, f"Bearer {good}") == 201
