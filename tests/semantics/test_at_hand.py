"""What of aiohttp a file that stands alone can have to do with, by its words."""

from __future__ import annotations

import pytest

from aiohttp_lint.semantics.at_hand import CLIENT, SERVER
from tests.semantics.modules import module_of

SESSION = "aiohttp.ClientSession"
RESPONSE = "aiohttp.ClientResponse"


@pytest.mark.parametrize(
    ("source", "held", "missing"),
    [
        ("import asyncio\n", set(), {SESSION, RESPONSE, "aiohttp.request"}),
        ("# aiohttp.ClientSession\nimport asyncio\n", set(), {SESSION, RESPONSE}),
        ("from aiohttp import ClientError\n", {"aiohttp.ClientError"}, {SESSION, RESPONSE, "aiohttp.web.Response"}),
        ("from aiohttp import ClientSession\n", {SESSION, "aiohttp.ClientSession.get"}, {RESPONSE}),
        ("from aiohttp import ClientSession\nx = lambda s: s.get('/')\n", {SESSION, RESPONSE}, {"aiohttp.web.View"}),
        ("import aiohttp\nx = aiohttp.request\n", {RESPONSE, "aiohttp.request"}, {"aiohttp.web.View"}),
        ("from aiohttp import ClientResponseError as E\nx = lambda e: e.history[0]\n", {RESPONSE}, {SESSION}),
        ("from aiohttp import ClientHandlerType\n", {RESPONSE, "aiohttp.ClientRequest"}, {SESSION}),
        ("from aiohttp.web_exceptions import HTTPGone\n", {"aiohttp.web.HTTPGone", "aiohttp.web.StreamResponse"}, {SESSION}),
    ],
)  # fmt: skip
def test_a_file_alone_holds_what_its_words_lead_to(source: str, held: set[str], missing: set[str]) -> None:
    at_hand = module_of(source).at_hand
    assert at_hand.is_limited
    assert at_hand.among(frozenset(held | missing)) == held


@pytest.mark.parametrize(
    "source",
    [
        "from aiohttp import web\n",
        "from aiohttp.web_app import Application\n",
        "from clients import *\n",
        "import pytest\n@pytest.fixture\nasync def client(aiohttp_client): return await aiohttp_client(app)\n",
    ],
)
def test_what_servers_and_tests_are_given_is_not_in_their_words(source: str) -> None:
    at_hand = module_of(source).at_hand
    assert not at_hand.is_limited
    assert at_hand.among(CLIENT | SERVER) == CLIENT | SERVER


def test_names_of_other_packages_are_never_out_of_the_question() -> None:
    names = frozenset({"asyncio.run", "requests.get", SESSION})
    assert module_of("import asyncio\n").at_hand.among(names) == {"asyncio.run", "requests.get"}
