"""From an imported name to what defines it: one small tree for each way in which imports lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiohttp_lint.project import Job, lint_paths
from aiohttp_lint.settings import Overrides
from tests.projects.test_projects import found_by_command, found_by_flake8, write

_PROJECT = {"pyproject.toml": "[project]\nname = 'shop'\n"}
_CLIENTS = """
    import aiohttp


    class Client:
        def __init__(self) -> None:
            self.session = aiohttp.ClientSession()

        async def close(self) -> None:
            await self.session.close()


    class _Hidden(Client): ...


    def make_session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()
    """

TREES: dict[str, dict[str, str]] = {
    "stars give what __all__ lists": {
        "shop/__init__.py": "",
        "shop/clients.py": _CLIENTS + "\n    __all__ = ['_Hidden']\n    __all__ += ['Client']\n",
        "shop/jobs.py": """
            # Talks to aiohttp servers.
            from shop.clients import *


            async def listed(client: Client, hidden: _Hidden, url: str) -> None:
                await client.session.get(url)  # AIO301
                await hidden.session.get(url)  # AIO301


            async def not_listed(url: str) -> None:
                await make_session().get(url)
            """,
        **_PROJECT,
    },
    "stars give public names, and the last one wins": {
        "shop/__init__.py": "",
        "shop/clients.py": _CLIENTS,
        "shop/others.py": "class Client: ...\n",
        "shop/again.py": "from shop.clients import *\nfrom .again import *\n",
        "shop/jobs.py": """
            # Talks to aiohttp servers.
            from shop.others import *
            from shop.again import *


            async def last(client: Client, hidden: _Hidden, url: str) -> None:
                await client.session.get(url)  # AIO301
                await hidden.session.get(url)
            """,
        "shop/hidden_by_another.py": """
            # Talks to aiohttp servers.
            from shop.again import *
            from shop.others import *


            async def last(client: Client, url: str) -> None:
                await client.session.get(url)
            """,
        "shop/hidden_by_the_unknown.py": """
            # Talks to aiohttp servers.
            from shop.again import *
            from elsewhere import *


            async def last(client: Client, url: str) -> None:
                await client.session.get(url)
            """,
        **_PROJECT,
    },
    "conditional imports": {
        "shop/__init__.py": "",
        "shop/clients.py": _CLIENTS,
        "shop/jobs.py": """
            # Talks to aiohttp servers.
            from __future__ import annotations

            import sys
            from typing import TYPE_CHECKING, Any

            if TYPE_CHECKING:
                from shop.clients import Client
            else:
                Client = Any

            if sys.version_info >= (3, 9):
                from shop.clients import Client as Modern
            else:
                from shop.clients import Client as Modern

            try:
                from shop.clients import Client as Perhaps
            except ImportError:
                Perhaps = None

            try:
                from shop.clients import Client as Either
            except ImportError:
                from shop.jobs import Other as Either


            class Other: ...


            async def report(client: Client, modern: Modern, perhaps: Perhaps, url: str) -> None:
                await client.session.get(url)  # AIO301
                await modern.session.get(url)  # AIO301
                await perhaps.session.get(url)  # AIO301


            async def either(client: Either, url: str) -> None:
                await client.session.get(url)
            """,
        **_PROJECT,
    },
    "a namespace that is split over two roots": {
        "pyproject.toml": "[tool.aiohttp-lint]\nsrc = ['one', 'two']\n",
        "one/shop/clients.py": _CLIENTS,
        "two/shop/inner/__init__.py": "",
        "two/shop/inner/jobs.py": """
            # Talks to aiohttp servers.
            from shop.clients import Client
            from ..clients import Client as Same
            from ...clients import Client as Beyond


            async def report(client: Client, same: Same, beyond: Beyond, url: str) -> None:
                await client.session.get(url)  # AIO301
                await same.session.get(url)  # AIO301
                await beyond.session.get(url)
            """,
    },
    "scripts in a folder that is no package": {
        "apps/shop/clients.py": _CLIENTS,
        "apps/shop/jobs.py": """
            # Talks to aiohttp servers.
            from clients import Client


            async def report(client: Client, url: str) -> None:
                await client.session.get(url)  # AIO301
            """,
        "apps/other/jobs.py": """
            # Talks to aiohttp servers.
            from apps.shop.clients import Client
            from clients import Client as Elsewhere


            async def report(client: Client, elsewhere: Elsewhere, url: str) -> None:
                await client.session.get(url)  # AIO301
                await elsewhere.session.get(url)
            """,
        **_PROJECT,
    },
    "submodules as attributes, and modules that make attributes when they are asked": {
        "shop/__init__.py": """
            def __getattr__(name):
                raise AttributeError(name)
            """,
        "shop/net/__init__.py": "",
        "shop/net/clients.py": _CLIENTS,
        "shop/jobs.py": """
            # Talks to aiohttp servers.
            import shop
            import shop.net.clients
            import shop.net.clients as by_name
            from shop import net


            async def report(url: str) -> None:
                await shop.net.clients.Client().session.get(url)  # AIO301
                await by_name.Client().session.get(url)  # AIO301
                await net.clients.Client().session.get(url)  # AIO301
                await shop.made_when_asked.Client().session.get(url)
            """,
        **_PROJECT,
    },
    "stubs declare, modules act": {
        "shop/__init__.py": "",
        "shop/clients.py": """
            from urllib.request import urlopen


            class Client:
                def __init__(self, session, other=None):
                    self.session = session
                    self.other = other

                def connect(self):
                    return self._connect()

                def _connect(self):
                    return self.session


            def borrow(session, url):
                return session.get(url)


            def load(url):
                return urlopen(url)


            shared = Client(None).session
            """,
        "shop/clients.pyi": """
            from aiohttp import ClientSession

            class Client:
                session: ClientSession
                def __init__(self, session: ClientSession, other: object = ...) -> None: ...
                def connect(self) -> ClientSession: ...

            def load(url: str) -> bytes: ...

            shared: ClientSession
            only_here: ClientSession
            """,
        "shop/jobs.py": """
            from aiohttp import web
            from shop.clients import Client, load, only_here, shared


            async def report(client: Client, url: str) -> None:
                await client.session.get(url)  # AIO301
                await client.connect().get(url)  # AIO301
                await shared.get(url)  # AIO301
                await only_here.get(url)  # AIO301
                await client.other.get(url)


            async def handler(request: web.Request) -> web.Response:
                load("https://shop.example/")  # AIO402
                return web.Response()


            application = web.Application()
            application.router.add_get("/", handler)
            """,
        **_PROJECT,
    },
    "a package of stubs": {
        "lib-stubs/__init__.pyi": "from .clients import Client as Client\n",
        "lib-stubs/clients.pyi": """
            from aiohttp import ClientSession

            class Client:
                session: ClientSession
            """,
        "shop.py": """
            # Talks to aiohttp servers.
            from lib import Client


            async def report(client: Client, url: str) -> None:
                await client.session.get(url)  # AIO301
            """,
        **_PROJECT,
    },
}

_LIBRARY = {
    "lib/__init__.py": """
        from .clients import Client as Client, async_get_clientsession as async_get_clientsession
        from .clients import connect as connect, inferred as inferred, session_of as session_of, Undeclared
        from aiohttp import ClientSession as Renamed
        """,
    "lib/clients.py": """
        from __future__ import annotations

        from collections.abc import AsyncIterator, Callable
        from contextlib import asynccontextmanager
        from typing import Any, Self, TypeVar

        import aiohttp

        T = TypeVar("T", bound=Callable[..., Any])


        def callback(function: T) -> T:
            return function


        def wrapped(function):
            return lambda *args: None


        @callback
        def async_get_clientsession(name: str) -> aiohttp.ClientSession:
            return something(name)


        def inferred():
            return aiohttp.ClientSession()


        class Base:
            inherited: aiohttp.ClientSession


        class Client(Base):
            session: aiohttp.ClientSession

            def __init__(self, kept: aiohttp.ClientSession) -> None:
                self.kept = kept
                self._private: aiohttp.ClientSession = kept

            @property
            def http(self) -> aiohttp.ClientSession:
                return self.kept

            async def open(self) -> aiohttp.ClientSession:
                return self.kept

            @wrapped
            def changed(self) -> aiohttp.ClientSession:
                return self.kept

            async def __aenter__(self) -> Self:
                return self


        class Undeclared:
            session = aiohttp.ClientSession()


        async def connect() -> Client:
            return Client(aiohttp.ClientSession())


        @asynccontextmanager
        async def session_of(client: Client) -> AsyncIterator[aiohttp.ClientSession]:
            yield client.session
        """,
}
_USER = {
    "shop.py": """
        # Talks to aiohttp servers.
        import lib
        from lib import Client, Renamed, Undeclared, async_get_clientsession


        class Mine(Client):
            async def report(self, url: str) -> None:
                await self.inherited.get(url)  # AIO301
                await (await self.open()).get(url)  # AIO301


        async def declared(client: Client, renamed: Renamed, url: str) -> None:
            await async_get_clientsession("shop").get(url)  # AIO301
            await client.session.get(url)  # AIO301
            await client.inherited.get(url)  # AIO301
            await client.http.get(url)  # AIO301
            await (await client.open()).get(url)  # AIO301
            await renamed.get(url)  # AIO301
            connected = await lib.connect()
            await connected.session.get(url)  # AIO301
            async with lib.Client() as entered:
                await entered.session.get(url)  # AIO301
            async with lib.session_of(client) as session:
                await session.get(url)  # AIO301


        async def not_declared(client: Client, other: Undeclared, url: str) -> None:
            await lib.inferred().get(url)
            await client.kept.get(url)
            await client._private.get(url)
            await client.changed().get(url)
            await other.session.get(url)
        """,
}


@pytest.mark.parametrize("title", TREES)
def test_both_front_ends_find_it_in_any_order(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = write(TREES[title], tmp_path)
    monkeypatch.chdir(tmp_path)
    assert set(found_by_command(["."])) == expected
    for name in sorted((name for name in TREES[title] if name.endswith(".py")), reverse=True):
        assert set(found_by_command([name])) == {place for place in expected if place[0] == name}
    assert found_by_flake8(tmp_path) == expected


@pytest.mark.parametrize(
    "folder",
    [".venv/lib/python3.12/site-packages", "venv/Lib/site-packages", ".venv/lib64/python3.9/site-packages"],
)
def test_an_environment_in_the_root_is_found(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = write(_USER | _PROJECT, tmp_path)
    write(_LIBRARY, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert set(found_by_command(["."])) == expected
    assert found_by_flake8(tmp_path, "shop.py") == expected


def test_the_active_environment_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    expected = write(_USER, project)
    write(_LIBRARY, tmp_path / "elsewhere/lib/python3.12/site-packages")
    monkeypatch.chdir(project)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "elsewhere"))
    assert set(found_by_command(["."])) == expected
    isolated = Job(overrides=Overrides(select=("AIO",)), isolated=True)
    assert not [finding for report in lint_paths(["."], isolated) for finding in report.findings]


@pytest.mark.parametrize("python", ["env", "env/bin/python3"])
def test_the_configured_environment_is_the_only_one(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = write(
        _USER | {"pyproject.toml": f"[tool.aiohttp-lint]\npython-executable = '{python}'\n"}, tmp_path
    )
    write(_LIBRARY, tmp_path / "env/lib/python3.12/site-packages")
    write({"lib/__init__.py": ""}, tmp_path / ".venv/lib/python3.12/site-packages")
    write({"bin/python3": ""}, tmp_path / "env")
    monkeypatch.chdir(tmp_path)
    assert set(found_by_command(["shop.py"])) == expected


def test_editable_installs_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    expected = write(_USER | _PROJECT, project)
    site = project / ".venv/lib/python3.12/site-packages"
    write({"lib.pth": f"import os\n# nothing\n{tmp_path / 'away'}\n"}, site)
    write(_LIBRARY, tmp_path / "away")
    monkeypatch.chdir(project)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert set(found_by_command(["."])) == expected


def test_what_is_installed_in_place_is_the_projects_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / ".venv/lib/python3.12/site-packages"
    write({"away.pth": "../../../../packages/away/lib\n"}, site)
    expected = write(
        {
            "packages/away/lib/away.py": "import aiohttp\n\n\ndef inferred():\n    return aiohttp.ClientSession()\n",
            "shop.py": """
                # Talks to aiohttp servers.
                from away import inferred


                async def report(url: str) -> None:
                    session = inferred()
                    await session.get(url)  # AIO301
                    await session.close()
                """,
            **_PROJECT,
        },
        tmp_path,
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert set(found_by_command(["."])) == expected


def test_metadata_tell_which_packages_are_worth_a_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(_USER | _PROJECT, tmp_path)
    site = tmp_path / ".venv/lib/python3.12/site-packages"
    write(_LIBRARY | {"lib-1.0.dist-info/METADATA": "Name: lib\nRequires-Dist: requests\n"}, site)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert found_by_command(["."]) == []


def test_names_of_installed_packages_keep_what_they_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / ".venv/lib/python3.12/site-packages"
    write(
        {
            "requests/__init__.py": "# aiohttp\nfrom .api import get as get\n",
            "requests/api.py": "# aiohttp\ndef get(url: str) -> bytes: ...\n",
        },
        site,
    )
    expected = write(
        {
            "shop.py": """
                import requests
                from aiohttp import web


                async def handler(request: web.Request) -> web.Response:
                    requests.get("https://shop.example/", timeout=5)  # AIO402
                    return web.Response()


                application = web.Application()
                application.router.add_get("/", handler)
                """,
            **_PROJECT,
        },
        tmp_path,
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert set(found_by_command(["."])) == expected


def test_an_environment_that_is_none_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiohttp_lint.settings import SettingsError

    write({"shop.py": "import aiohttp\n"}, tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.aiohttp-lint]\npython-executable = 'missing'\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"^pyproject.toml: .*python-executable: expected .*'missing'$"):
        found_by_command(["."])
