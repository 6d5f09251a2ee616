"""What pytest gives for parameters: fixtures of the class, the file, the folders above, the plugins, and aiohttp's own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aiohttp_lint.semantics.imports import Project
from tests.projects.test_projects import found_by_command, write

_PROJECT = {"pyproject.toml": "[project]\nname = 'shop'\n"}

TREES: dict[str, dict[str, str]] = {
    "fixtures of pytest-aiohttp": {
        "tests/test_shop.py": """
            import pytest
            from aiohttp import web
            from aiohttp.pytest_plugin import AiohttpClient
            from aiohttp.test_utils import TestClient


            @pytest.fixture
            async def client(aiohttp_client):
                return await aiohttp_client(web.Application())


            @pytest.fixture
            def cli(loop, aiohttp_client):
                return loop.run_until_complete(aiohttp_client(web.Application()))


            @pytest.fixture
            async def address(aiohttp_server):
                server = await aiohttp_server(web.Application())
                return server.make_url("/")


            async def test_client(client, cli, address) -> None:
                async with client.get("/") as response:
                    response.read()  # AIO104
                async with cli.get(address) as response:
                    response.read()  # AIO104


            async def test_annotated(aiohttp_client: AiohttpClient, client: str, other: TestClient) -> None:
                made = await aiohttp_client(web.Application())
                async with made.get("/") as response:
                    response.read()  # AIO104
                async with other.get("/") as response:
                    response.read()  # AIO104
                async with client.get("/") as response:
                    response.read()


            async def helper(aiohttp_client) -> None:
                made = await aiohttp_client(web.Application())
                async with made.get("/") as response:
                    response.read()
            """,
        **_PROJECT,
    },
    "own fixtures by name, the nearest first": {
        "conftest.py": """
            import aiohttp
            import pytest
            import pytest_asyncio

            pytest_plugins = ["tests.plugin"]


            @pytest_asyncio.fixture
            async def session():
                async with aiohttp.ClientSession() as session:
                    yield session


            @pytest.fixture(name="renamed")
            def make_renamed(session):
                return session


            @pytest.fixture
            def replaced(session):
                return session


            @pytest.fixture
            def factory():
                def make() -> aiohttp.ClientSession:
                    return aiohttp.ClientSession()

                return make


            @pytest.fixture
            def around(around):
                return around


            def not_a_fixture() -> aiohttp.ClientSession: ...
            """,
        "tests/__init__.py": "",
        "tests/plugin.py": """
            from collections.abc import AsyncIterator

            import aiohttp
            import pytest


            @pytest.fixture
            async def from_plugin() -> AsyncIterator[aiohttp.ClientSession]:
                yield make()


            @pytest.fixture
            def imported() -> aiohttp.ClientSession: ...
            """,
        "tests/unit/__init__.py": "",
        "tests/unit/conftest.py": """
            import pytest


            @pytest.fixture
            def replaced():
                return "nothing of aiohttp"


            @pytest.fixture
            def renamed(renamed):
                return renamed
            """,
        "tests/unit/test_shop.py": """
            # Talks to aiohttp servers.
            from unittest.mock import patch

            import pytest
            from tests.plugin import imported


            async def test_found(session, renamed, from_plugin, imported, factory, url) -> None:
                session.close()  # AIO104
                renamed.close()  # AIO104
                from_plugin.close()  # AIO104
                imported.close()  # AIO104
                factory().close()  # AIO104


            async def test_not_known(replaced, make_renamed, around, not_a_fixture, url) -> None:
                replaced.close()
                make_renamed.close()
                around.close()
                not_a_fixture.close()


            async def test_default(url, session=None) -> None:
                session.close()


            @pytest.mark.parametrize("url, session", [("/", None)])
            async def test_parametrized(url, session) -> None:
                session.close()


            @patch("shop.session")
            async def test_patched(session, url) -> None:
                session.close()


            class TestShop:
                @pytest.fixture
                def own(self, session):
                    return session

                @pytest.fixture
                def renamed(self) -> str:
                    return ""

                async def test_own(self, own, renamed, url) -> None:
                    own.close()  # AIO104
                    renamed.close()
            """,
        "tests/test_other.py": """
            # Talks to aiohttp servers.
            async def test_replaced_elsewhere(replaced, renamed, url) -> None:
                replaced.close()  # AIO104
                renamed.close()  # AIO104
            """,
        **_PROJECT,
    },
    "a client of one's own class": {
        "test_shop.py": """
            import pytest
            from aiohttp import web
            from aiohttp.test_utils import TestClient


            class Client(TestClient): ...


            @pytest.fixture
            def aiohttp_client_cls():
                return Client


            async def test_client(aiohttp_client) -> None:
                client = await aiohttp_client(web.Application())
                async with client.get("/") as response:
                    response.read()
            """,
        **_PROJECT,
    },
}


@pytest.mark.parametrize("title", TREES)
def test_fixtures(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write(TREES[title], tmp_path)
    monkeypatch.chdir(tmp_path)
    assert set(found_by_command(["."])) == expected
    for name in (name for name in TREES[title] if name.endswith(".py")):
        assert set(found_by_command([name])) == {place for place in expected if place[0] == name}


@pytest.mark.parametrize("appearing", ["conftest.py", "tests/test_shop.pyi", "shop.py", "shop/__init__.pyi"])
def test_what_appears_later_is_another_answer(appearing: str, tmp_path: Path) -> None:
    path = tmp_path / "tests" / "test_shop.py"
    source = "import aiohttp\nfrom shop import *\n\n\nasync def test_shop(session):\n    session.close()\n"
    write({"pyproject.toml": "", "tests/test_shop.py": source}, tmp_path)
    first = _project(tmp_path)
    module = first.open(source, str(path), ast.parse(source))
    (call,) = module.all_calls()
    assert not call.is_certain
    seen = first.news().files[str(path)]
    assert _project(tmp_path).would_see_again(str(path), seen)
    write({appearing: ""}, tmp_path)
    assert not _project(tmp_path).would_see_again(str(path), seen)


def _project(folder: Path) -> Project:
    return Project([str(folder)], lambda path: Path(path).read_bytes() if Path(path).is_file() else None)
