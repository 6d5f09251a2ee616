"""What happens to tests that use aiohttp's test client, its fixtures and its test case in other ways than they are made for."""

from __future__ import annotations

import subprocess
import sys
import unittest
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from .harness import Example, bad_and_good, bad_good_and_fixed

if TYPE_CHECKING:
    from pathlib import Path

    from .harness import Variant


OF_APPLICATION = Example(
    "AIO801",
    bad="""
from aiohttp import web
from aiohttp.test_utils import TestClient

async def status() -> int:
    async with TestClient(web.Application()) as client:
        return (await client.get("/")).status
""",
    good="""
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

async def status() -> int:
    async with TestClient(TestServer(web.Application())) as client:
        return (await client.get("/")).status
""",
)


@bad_good_and_fixed
async def test_a_client_is_made_of_a_server(variant: Variant) -> None:
    status = OF_APPLICATION.load(variant).status
    if variant == "bad":
        with pytest.raises(TypeError, match="server must be TestServer instance"):
            await status()
    else:
        assert await status() == 404


MADE_ABSOLUTE = Example(
    "AIO801",
    bad="""
from aiohttp.test_utils import TestClient

async def status(client: TestClient) -> int:
    return (await client.get(client.make_url("/x"))).status
""",
    good="""
from aiohttp.test_utils import TestClient

async def status(client: TestClient) -> int:
    return (await client.get("/x")).status
""",
)


@bad_good_and_fixed
async def test_a_client_takes_paths(variant: Variant) -> None:
    status = MADE_ABSOLUTE.load(variant).status
    async with TestClient(TestServer(web.Application())) as client:
        if variant == "bad":
            with pytest.raises(AssertionError):
                await status(client)
        else:
            assert await status(client) == 404


async def test_a_client_that_is_not_started_has_no_address() -> None:
    client = TestClient(TestServer(web.Application()))
    with pytest.raises(AssertionError):
        await client.get("/x")
    await client.start_server()
    async with client.get("/x") as response:
        assert response.status == 404
    await client.close()


def outcome_of(source: str, folder: Path) -> str:
    """Run tests with the plugin that comes with aiohttp, and give what pytest prints."""
    file = folder / "test_example.py"
    file.write_text(source, encoding="utf-8")
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    plugins = ("-p", "aiohttp.pytest_plugin", "-p", "no:asyncio", "-p", "no:cacheprovider", "-p", "no:xdist")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *plugins,
            f"--rootdir={folder}",
            "-c",
            str(settings),
            file.name,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


UNAWAITED = Example(
    "AIO802",
    bad="""
from aiohttp import web

async def test_index(aiohttp_client):
    client = aiohttp_client(web.Application())
    assert (await client.get("/")).status == 404
""",
    good="""
from aiohttp import web

async def test_index(aiohttp_client):
    client = await aiohttp_client(web.Application())
    assert (await client.get("/")).status == 404
""",
)


@bad_good_and_fixed
def test_the_factory_of_clients_is_awaited(variant: Variant, tmp_path: Path) -> None:
    source = UNAWAITED.bad if variant == "bad" else UNAWAITED.good
    if variant == "fixed":
        source = _fixed_test(UNAWAITED)
    outcome = outcome_of(source, tmp_path)
    assert ("'coroutine' object has no attribute 'get'" in outcome) == (variant == "bad")
    assert ("1 passed" in outcome) == (variant != "bad")


def _fixed_test(example: Example) -> str:
    """Give the bad variant after the fix, as the file of tests that it is."""
    from aiohttp_lint.engine import fix_source
    from aiohttp_lint.settings import Settings

    return fix_source(example.bad, "test_example.py", Settings(select=(example.code,)), unsafe=False).source


LONG_LIVED = Example(
    "AIO802",
    bad="""
import pytest
from aiohttp import web

@pytest.fixture(scope="session")
async def client(aiohttp_client):
    return await aiohttp_client(web.Application())

async def test_index(client):
    assert (await client.get("/")).status == 404
""",
    good="""
import pytest
from aiohttp import web

@pytest.fixture
async def client(aiohttp_client):
    return await aiohttp_client(web.Application())

async def test_index(client):
    assert (await client.get("/")).status == 404
""",
)


@bad_and_good
def test_the_factory_of_clients_lives_for_a_test(variant: Variant, tmp_path: Path) -> None:
    outcome = outcome_of(LONG_LIVED.source(variant), tmp_path)
    assert ("ScopeMismatch" in outcome) == (variant == "bad")
    assert ("1 passed" in outcome) == (variant == "good")


def failures_of(source: str) -> list[str]:
    """Run the test case `TestShop` of a source, and give the last lines of what failed."""
    namespace: dict[str, object] = {"__name__": "example"}
    exec(compile(source, "<example>", "exec", dont_inherit=True), namespace)
    case = namespace["TestShop"]
    assert isinstance(case, type)
    assert issubclass(case, unittest.TestCase)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun == 1
    return [text.strip().splitlines()[-1] for _, text in (*result.errors, *result.failures)]


CASE = """
from aiohttp import web
from aiohttp.test_utils import AioHTTPTestCase

class TestShop(AioHTTPTestCase):
"""

APPLICATION = """
    async def get_application(self) -> web.Application:
        return web.Application()
"""

TEST = """
    async def test_index(self) -> None:
        async with self.client.get("/") as response:
            assert response.status == 404
"""

SET_UP = Example(
    "AIO803",
    bad=f"""{CASE}
    async def asyncSetUp(self) -> None:
        self.name = "shop"
{APPLICATION}{TEST}""",
    good=f"""{CASE}
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.name = "shop"
{APPLICATION}{TEST}""",
)
NEEDED_FIRST = Example(
    "AIO803",
    bad=f"""{CASE}
    async def asyncSetUp(self) -> None:
        self.middlewares = ()

    async def get_application(self) -> web.Application:
        return web.Application(middlewares=self.middlewares)
{TEST}""",
    good=f"""{CASE}
    async def asyncSetUp(self) -> None:
        self.middlewares = ()
        await super().asyncSetUp()

    async def get_application(self) -> web.Application:
        return web.Application(middlewares=self.middlewares)
{TEST}""",
)
HOOK = Example(
    "AIO803",
    bad=f"""{CASE}
    def get_application(self) -> web.Application:
        return web.Application()
{TEST}""",
    good=f"{CASE}{APPLICATION}{TEST}",
)


@pytest.mark.parametrize(
    ("example", "error"),
    [
        (SET_UP, "AttributeError: 'TestShop' object has no attribute 'client'"),
        (NEEDED_FIRST, "AttributeError: 'TestShop' object has no attribute 'client'"),
        (HOOK, "TypeError: "),
    ],
    ids=["set-up", "needed first", "hook"],
)
@bad_good_and_fixed
def test_a_test_case_keeps_the_contract(variant: Variant, example: Example, error: str) -> None:
    failed = failures_of(example.source(variant))
    assert bool(failed) == (variant == "bad")
    assert all(text.startswith(error) for text in failed)


EARLY = Example(
    "AIO803",
    bad=f"""{CASE}
    def setUp(self) -> None:
        self.state = self.app
{APPLICATION}{TEST}""",
    good=f"""{CASE}
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.state = self.app
{APPLICATION}{TEST}""",
)
SYNCHRONOUS = Example(
    "AIO803",
    bad=f"""{CASE}{APPLICATION}
    def test_index(self) -> None:
        response = self.client.get("/")
        assert response.status == 404
""",
    good=f"{CASE}{APPLICATION}{TEST}",
)


@pytest.mark.parametrize(
    ("example", "missing"), [(EARLY, "app"), (SYNCHRONOUS, "status")], ids=["too early", "not awaited"]
)
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
@bad_and_good
def test_what_does_not_exist_yet_is_missing(variant: Variant, example: Example, missing: str) -> None:
    failed = failures_of(example.source(variant))
    assert bool(failed) == (variant == "bad")
    assert all(f"object has no attribute '{missing}'" in text for text in failed)


MOCKED = """
from unittest import mock
import aiohttp

async def fetch(session: aiohttp.ClientSession) -> object:
    async with session.get("/") as response:
        return await response.json()
"""
MOCKS = Example(
    "AIO804",
    bad=f"""{MOCKED}
async def fetched(session: aiohttp.ClientSession) -> object:
    with mock.patch("aiohttp.ClientSession.get", new_callable=mock.AsyncMock) as get:
        get.return_value.json.return_value = "answer"
        return await fetch(session)
""",
    good=f"""{MOCKED}
async def fetched(session: aiohttp.ClientSession) -> object:
    with mock.patch("aiohttp.ClientSession.get") as get:
        get.return_value.__aenter__.return_value.json = mock.AsyncMock(return_value="answer")
        return await fetch(session)
""",
)


@bad_and_good
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
async def test_a_mock_can_be_entered(variant: Variant) -> None:
    fetched = MOCKS.load(variant).fetched
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            # Python 3.10 says it by the name of what is missing.
            with pytest.raises((TypeError, AttributeError), match=r"asynchronous context manager|__aenter__"):
                await fetched(session)
        else:
            assert await fetched(session) == "answer"
