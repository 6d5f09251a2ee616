"""Parameters without annotation that can only be sessions."""

from __future__ import annotations

import pytest

from tests.semantics.modules import module_of

PROVEN = {
    "entered": "async with http.get(URL) as answer:\n    data = await answer.json()",
    "awaited": "answer = await http.post(URL, json={})\ndata = await answer.text()",
    "asked for more": "async with http.request('GET', URL) as answer:\n    print(answer.status, await answer.read())",
    "below a test": "if URL:\n    async with http.get(URL) as answer:\n        data = await answer.json()",
}
OPEN = {
    "no body": "async with http.get(URL) as answer:\n    print(answer.status)",
    "a body that is not awaited": "async with http.get(URL) as answer:\n    data = answer.json()",
    "no response's": "async with http.get(URL) as answer:\n    answer.check()\n    data = await answer.json()",
    "no session's": "http.reset()\nasync with http.get(URL) as answer:\n    data = await answer.json()",
    "no verb": "async with http.fetch(URL) as answer:\n    data = await answer.json()",
    "in a function of its own": "async def load():\n    answer = await http.get(URL)\n    await answer.json()",
}


def found(body: str, *, catches: str = "aiohttp.ClientError", path: str = "service/module.py") -> set[str]:
    """Name the parameters that are proven in `async def load(http)` with this body in a `try`."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    source = f"import aiohttp\nasync def load(http):\n    try:\n{lines}\n    except {catches}:\n        return None\n"
    return {binding.name for binding in module_of(source, path).sessions_by_use}


@pytest.mark.parametrize("body", PROVEN.values(), ids=PROVEN)
def test_a_parameter_is_proven(body: str) -> None:
    assert found(body) == {"http"}


@pytest.mark.parametrize("body", OPEN.values(), ids=OPEN)
def test_a_parameter_stays_open(body: str) -> None:
    assert found(body) == set()


@pytest.mark.parametrize(
    ("catches", "names"),
    [
        ("(aiohttp.ClientResponseError, OSError)", {"http"}),
        ("aiohttp.ContentTypeError", {"http"}),
        ("OSError", set()),
        ("aiohttp.web.HTTPException", set()),
    ],
)
def test_what_is_caught_is_the_evidence(catches: str, names: set[str]) -> None:
    assert found(PROVEN["entered"], catches=catches) == names


def test_nothing_is_proven_in_tests_where_clients_of_all_kinds_are_given() -> None:
    assert found(PROVEN["entered"], path="tests/test_module.py") == set()


def test_an_attribute_leads_back_to_the_only_parameter_that_it_is_given() -> None:
    source = """
    import aiohttp
    class Lamps:
        def __init__(self, http, other):
            self.http = http
            self.other = other
        def swap(self, other):
            self.other = other
        async def load(self):
            try:
                answer = await self.http.get("/")
                await answer.json()
                answer = await self.other.get("/")
                await answer.json()
            except aiohttp.ClientError:
                return None
    """
    module = module_of(source)
    assert [binding.name for binding in module.sessions_by_use] == ["http"]
