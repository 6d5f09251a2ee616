"""The example that the linter is shown with is a real application, mistakes and all."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from .harness import closing_seen_by_peer, serve

if TYPE_CHECKING:
    from types import ModuleType

    import pytest

EXAMPLES = Path(__file__).parents[2] / "showcase"


def shop_module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module(f"shop.{name}")


async def test_the_shop_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    application = shop_module("app", monkeypatch).create_app()
    async with serve(application) as url, aiohttp.ClientSession(url) as session:
        async with session.get("/") as response:
            assert await response.text() == "Welcome to the shop"
        async with session.post("/login") as response:
            assert "session_id=" in response.headers["Set-Cookie"]
        async with session.ws_connect("/chat") as first, session.ws_connect("/chat") as second:
            await first.send_str("is anybody there?")
            for peer in (first, second):
                assert await peer.receive_str(timeout=10) == "is anybody there?"


async def test_its_mistakes_are_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown page is a server error, and who says goodbye is cut off."""
    application = shop_module("app", monkeypatch).create_app()
    async with serve(application) as url, aiohttp.ClientSession(url) as session:
        async with session.get("/nowhere") as response:
            assert response.status == 500
        async with session.ws_connect("/chat") as peer:
            await peer.send_str("bye")
            assert not (await closing_seen_by_peer(peer)).frame
