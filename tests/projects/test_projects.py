"""What other files say: small project trees on disk, where bad lines carry their code as a comment."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from aiohttp_lint.project import Job, lint_paths
from aiohttp_lint.settings import Overrides
from tests.projects import effects, flow, ownership, roles, routes, sockets

_MARK = re.compile(r"  # (AIO\d{3})$", re.MULTILINE)

TREES: dict[str, dict[str, str]] = {
    "a handler that is registered elsewhere blocks in a third file": {
        "shop/__init__.py": "",
        "shop/routes.py": """
            from aiohttp import web

            from . import views


            def setup(app: web.Application) -> None:
                app.router.add_get("/", views.index)
            """,
        "shop/views.py": """
            # Answers with aiohttp.
            from shop.storage import Store


            async def index(request):
                store = Store()
                return store.load()  # AIO402


            async def not_registered(request):
                return Store().count()
            """,
        "shop/storage.py": """
            import urllib.request


            class Store:
                def load(self):
                    return self._fetch("https://shop.example/")

                def _fetch(self, url):
                    return urllib.request.urlopen(url)

                def count(self):
                    return 1
            """,
    },
    "types through re-exports, bases, annotations and keys": {
        "src/app/__init__.py": "from .clients import Client as Client, make_session as make_session\n",
        "src/app/keys.py": """
            import aiohttp
            from aiohttp import web

            HTTP = web.AppKey("http", aiohttp.ClientSession)
            """,
        "src/app/clients.py": """
            from __future__ import annotations

            from typing import TYPE_CHECKING

            import aiohttp

            if TYPE_CHECKING:
                from app.settings import Settings


            class Base:
                def __init__(self, settings: Settings) -> None:
                    self.session = aiohttp.ClientSession()

                async def close(self) -> None:
                    await self.session.close()


            class Client(Base): ...


            def make_session():
                return aiohttp.ClientSession()
            """,
        "src/app/settings.py": "class Settings: ...\n",
        "src/app/jobs.py": """
            # Talks to aiohttp servers.
            from app import Client, make_session
            from app.keys import HTTP


            async def report(client: Client, application, url: str) -> None:
                await client.session.get(url)  # AIO301


            class Mine(Client):
                async def report(self, url: str) -> None:
                    await self.session.get(url)  # AIO301


            async def made(url: str) -> None:
                session = make_session()
                async with session.get(url) as response:
                    response.read()  # AIO104
                await session.close()
            """,
        "pyproject.toml": "[project]\nname = 'app'\n",
    },
    "types through decorators, generics and context managers of other files": {
        "kit/__init__.py": "",
        "kit/decorators.py": """
            import functools
            from collections.abc import Awaitable, Callable
            from typing import ParamSpec, TypeVar

            P = ParamSpec("P")
            R = TypeVar("R")


            def traced(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]: ...


            def timed(function):
                @functools.wraps(function)
                async def wrapper(self, *args, **kwargs):
                    return await function(self, *args, **kwargs)

                return wrapper


            def counted(function):
                @functools.wraps(function)
                async def wrapper(*args, **kwargs):
                    return [await function(*args, **kwargs)]

                return wrapper
            """,
        "kit/holders.py": """
            from contextlib import asynccontextmanager
            from typing import Generic, Self, TypeVar

            import aiohttp

            T = TypeVar("T")


            class Holder(Generic[T]):
                def __init__(self, value: T) -> None:
                    self._value = value

                def get(self) -> T:
                    return self._value


            class Opened:
                async def __aenter__(self) -> Self:
                    self.session = aiohttp.ClientSession()
                    return self

                async def __aexit__(self, *error):
                    await self.session.close()


            @asynccontextmanager
            async def opened():
                async with aiohttp.ClientSession() as session:
                    yield session
            """,
        "kit/api.py": """
            # Talks to aiohttp servers.
            import asyncio

            import aiohttp
            from kit.decorators import counted, timed, traced
            from kit.holders import Holder, Opened, opened


            class Api(Opened):
                @timed
                async def load(self, url: str) -> aiohttp.ClientResponse: ...

                @counted
                async def list(self, url: str) -> aiohttp.ClientResponse: ...


            @traced
            async def fetch(session: aiohttp.ClientSession, url: str) -> aiohttp.ClientResponse: ...


            async def all_forms(holder: Holder[aiohttp.ClientSession], url: str) -> None:
                async with holder.get().get(url) as response:
                    response.read()  # AIO104
                async with opened() as session, session.get(url) as response:
                    response.read()  # AIO104
                async with Api() as api, api.session.get(url) as response:
                    response.read()  # AIO104
                    (await api.load(url)).read()  # AIO104
                    (await api.list(url)).read()
                    (await fetch(api.session, url)).read()  # AIO104
                    first, _ = await asyncio.gather(fetch(api.session, url), asyncio.sleep(1))
                    first.read()  # AIO104


            async def tested(value, url: str) -> None:
                if not isinstance(value, aiohttp.ClientResponse):
                    value.read()
                    return
                value.read()  # AIO104
                value = url
                value.read()
            """,
    },
    "a mixin's session, and properties of a base in another file": {
        "shop/__init__.py": "",
        "shop/mixins.py": """
            from functools import cached_property

            import aiohttp


            class SessionMixin:
                def open_session(self) -> None:
                    self.session = aiohttp.ClientSession()

                async def close_session(self) -> None:
                    await self.session.close()


            class Lazy:
                @cached_property
                def http(self):
                    return aiohttp.ClientSession()
            """,
        "shop/api.py": """
            # Talks to aiohttp servers.
            from shop.mixins import Lazy, SessionMixin


            class Calls:
                async def call(self, url: str) -> None:
                    async with self.session.get(url) as response:
                        response.read()


            class Api(SessionMixin, Calls, Lazy):
                async def load(self, url: str) -> None:
                    async with self.session.get(url) as response:
                        response.read()  # AIO104
                    async with self.http.get(url) as response:
                        response.read()  # AIO104


            class Replaced(Lazy):
                @property
                def http(self):
                    return unknown()

                async def load(self, url: str) -> None:
                    async with self.http.get(url) as response:
                        response.read()
            """,
    },
    "names through stars, aliases and members of other files": {
        "kit/__init__.py": "from .impl import *\n",
        "kit/impl.py": """
            import aiohttp


            class Holder:
                client = aiohttp.ClientSession()  # AIO106


            def make_session():
                return aiohttp.ClientSession()


            async def borrow(session: aiohttp.ClientSession, url: str) -> None:
                await session.get(url)  # AIO301
            """,
        "kit/loops.py": "from kit.loops import again as again\n",
        "main.py": """
            # Talks to aiohttp servers.
            import kit
            from kit import impl
            from kit.loops import again


            async def starred(url: str) -> None:
                session = kit.make_session()
                async with session.get(url) as response:
                    response.read()  # AIO104
                await session.close()


            async def member(url: str) -> None:
                await impl.Holder.client.get(url)  # AIO301


            async def unknown(url: str) -> None:
                await again.client.get(url)
                await kit.missing(url)
                await impl.Holder.missing.get(url)
            """,
        "pyproject.toml": "[project]\nname = 'kit'\n",
    },
    "a server that imports the application by its name does so in a coroutine": {
        "shop/__init__.py": "",
        "shop/net.py": """
            import aiohttp

            connector = aiohttp.TCPConnector(limit=20)
            """,
        "shop/__main__.py": """
            import uvicorn

            uvicorn.run("shop.web:app", port=8080)
            """,
        "shop/web.py": "from shop.net import connector\n\napp = connector\n",
        "pyproject.toml": "[project]\nname = 'shop'\n",
    },
    "an application that a program imports itself": {
        "shop/__init__.py": "",
        "shop/net.py": """
            import aiohttp

            connector = aiohttp.TCPConnector(limit=20)  # AIO106
            """,
        "shop/__main__.py": """
            import uvicorn

            from shop.web import app

            uvicorn.run(app, port=8080)
            """,
        "shop/web.py": "from shop.net import connector\n\napp = connector\n",
        "pyproject.toml": "[project]\nname = 'shop'\n",
    },
    "plug-ins that a coroutine imports by computed names": {
        "bot/__init__.py": "",
        "bot/main.py": """
            import asyncio
            import importlib

            from bot import shared


            async def main(names: list[str]) -> None:
                for name in names:
                    importlib.import_module(f"bot.plugins.{name}")


            asyncio.run(main(["images"]))
            """,
        "bot/shared.py": """
            import aiohttp

            session = aiohttp.ClientSession()  # AIO106
            """,
        "bot/plugins/__init__.py": "",
        "bot/plugins/images/__init__.py": """
            import aiohttp

            connector = aiohttp.TCPConnector(limit=20)
            """,
        "bot/script.py": """
            import asyncio

            import aiohttp

            session = aiohttp.ClientSession()  # AIO106


            async def main() -> None:
                async with session.get("https://shop.example/") as response:
                    print(response.status)


            asyncio.run(main())
            """,
        "pyproject.toml": "[project]\nname = 'bot'\n",
    },
    "functions of other files borrow, close or keep what they are given": {
        "lib/__init__.py": "",
        "lib/work.py": """
            async def borrow(session):
                async with session.get("https://shop.example/") as response:
                    return await response.text()


            async def end(session):
                await session.close()


            kept = []


            async def keep(session):
                kept.append(session)
            """,
        "lib/main.py": """
            import aiohttp

            from lib.work import borrow, end, keep


            async def leaks():
                session = aiohttp.ClientSession()  # AIO103
                return await borrow(session)


            async def closed():
                session = aiohttp.ClientSession()
                await end(session)


            async def handed_over():
                session = aiohttp.ClientSession()
                await keep(session)
            """,
    },
    "cycles, missing modules and files that don't parse are unknown": {
        "odd/__init__.py": "",
        "odd/a.py": """
            import aiohttp
            from odd.b import value, session
            from odd.missing import other
            from odd.broken import more


            async def f(url: str) -> None:
                await value.get(url)
                await other.get(url)
                await more.get(url)
                await session.get(url)
            """,
        "odd/b.py": "from odd.a import value, session\n",
        "odd/broken.py": "def broken(:\n",
    },
    "text of the client's goes through functions of other files": {
        "shop/__init__.py": "",
        "shop/routes.py": """
            from aiohttp import web

            from shop.views import avatar, go, item, page, safe


            def setup(app: web.Application) -> None:
                app.router.add_get("/go", go)
                app.router.add_get("/page", page)
                app.router.add_get("/items/{id:[0-9]+}", item)
                app.router.add_get("/avatars/{name}", avatar)
                app.router.add_get("/safe", safe)
            """,
        "shop/views.py": """
            # Answers with aiohttp.
            from aiohttp import web

            from shop.checks import local, refuse
            from shop.storage import FOLDER, Store, heading
            from shop.requests import target_of


            async def go(request):
                raise web.HTTPFound(target_of(request))  # AIO515


            async def page(request):
                text = heading(request.query["title"])
                return web.Response(text=text, content_type="text/html")  # AIO514


            async def item(request):
                return web.FileResponse(FOLDER / request.match_info["id"])


            async def avatar(request):
                store = Store(FOLDER)
                return web.Response(body=store.load(request.match_info["name"]))  # AIO516


            async def safe(request):
                target = target_of(request)
                refuse(target)
                other = request.query["other"]
                raise web.HTTPFound(target if target else local(other))
            """,
        "shop/requests.py": """
            def target_of(request):
                return request.query.get("next") or again(request, 3)


            def again(request, times):
                return again(request, times - 1) if times else target_of(request)
            """,
        "shop/storage.py": """
            from pathlib import Path

            FOLDER = Path("avatars")


            class Store:
                def __init__(self, folder: Path) -> None:
                    self._folder = folder

                def load(self, name):
                    return self._read(f"{name}.png")

                def _read(self, name):
                    return (self._folder / name).read_bytes()


            def heading(title):
                return f"<h1>{title}</h1>"
            """,
        "shop/checks.py": """
            from urllib.parse import urlsplit


            def refuse(target):
                if urlsplit(target).netloc:
                    raise ValueError(target)


            def local(target):
                return target if target.startswith("/docs/") else "/"
            """,
    },
    "what the project says of its own functions": {
        "pyproject.toml": """
            [tool.aiohttp-lint]
            sanitisers = ["shop.text.clean"]
            blocking-functions = ["shop.native.load", "drivers.load"]
            session-factories = ["shop.native.session", "drivers.Pool.session"]
            transparent-decorators = ["shop.auth.required"]
            """,
        "shop/__init__.py": "",
        "shop/text.py": """
            def clean(text):
                return text.replace("<", "(")


            def shorten(text):
                return text.strip()
            """,
        "shop/native.py": """
            def load(name): ...


            async def session(): ...
            """,
        "shop/auth.py": """
            def required(role):
                return lambda function: function
            """,
        "shop/views.py": """
            import drivers
            from aiohttp import web

            from shop import native
            from shop.auth import required
            from shop.text import clean, shorten

            routes = web.RouteTableDef()


            @routes.get("/")
            async def index(request: web.Request) -> web.Response:
                text = f"<h1>{clean(request.query['title'])}</h1>"
                return web.Response(text=text, content_type="text/html")


            @routes.get("/short")
            @required("admin")
            async def short(request: web.Request) -> web.Response:
                text = f"<h1>{shorten(request.query['title'])}</h1>"
                return web.Response(text=text, content_type="text/html")  # AIO514


            @routes.get("/load")
            async def load(request: web.Request) -> web.Response:
                native.load("a")  # AIO402
                drivers.load("b")  # AIO402
                session = await native.session()
                await session.get("https://shop.example/")  # AIO301
                await checked(request)
                return web.Response()


            @required("user")
            async def checked(request) -> None:
                drivers.load("b")  # AIO402
            """,
    },
    "names that another file gives to types": {
        "src/shop/__init__.py": "",
        "src/shop/names.py": """
            from __future__ import annotations

            from typing import Annotated, Any, Optional, TypeAlias, Union

            import aiohttp
            from fastapi import Depends

            Plain: TypeAlias = aiohttp.ClientSession
            Quoted: TypeAlias = "aiohttp.ClientSession"
            Maybe = Optional[aiohttp.ClientSession]
            Either: TypeAlias = "aiohttp.ClientSession | None"
            Given = Annotated[aiohttp.ClientSession, Depends(object)]
            Anything: TypeAlias = Any
            Mixed = Union[aiohttp.ClientSession, object]
            Circle: TypeAlias = "Circle | None"
            Many = dict[str, aiohttp.ClientSession]
            """,
        "src/shop/fetching.py": """
            import aiohttp

            from shop import names
            from shop.names import Anything, Circle, Either, Given, Many, Maybe, Mixed, Plain, Quoted


            async def fetch(a: Plain, b: Quoted, c: Maybe, d: "Either", e: Given, f: names.Given) -> None:
                await a.get("http://shop.example/")  # AIO301
                await b.get("http://shop.example/")  # AIO301
                await c.get("http://shop.example/")  # AIO301
                await d.get("http://shop.example/")  # AIO301
                await e.get("http://shop.example/")  # AIO301
                await f.get("http://shop.example/")  # AIO301


            async def unknown(a: Anything, b: Mixed, c: Circle, d: Many) -> None:
                await a.get("http://shop.example/")
                await b.get("http://shop.example/")
                await c.get("http://shop.example/")
                await d.get("http://shop.example/")
                await d["a"].get("http://shop.example/")  # AIO301
            """,
    },
    "payloads that another file registers": {
        "pyproject.toml": "[project]\nname = 'payloads'\n",
        "app.py": """
            from collections.abc import Mapping
            from aiohttp import PAYLOAD_REGISTRY, web
            from aiohttp.payload import JsonPayload
            from views import stock
            def make() -> web.Application:
                app = web.Application()
                app.router.add_get("/stock", stock)
                PAYLOAD_REGISTRY.register(JsonPayload, Mapping)
                return app
            """,
        "views.py": """
            from aiohttp import web
            async def stock(request: web.Request) -> web.Response:
                return web.Response(body={"stock": 3})
            """,
    },
    "what callers in other files do with a response": {
        "pyproject.toml": "[project]\nname = 'callers'\n",
        "api.py": """
            import aiohttp
            class Api:
                async def poll(self) -> aiohttp.ClientResponse:
                    async with aiohttp.ClientSession() as session:
                        response = await session.post("https://chat.example/poll")
                        return response  # AIO108
                async def react(self) -> aiohttp.ClientResponse:
                    async with aiohttp.ClientSession() as session:
                        response = await session.post("https://chat.example/react")
                        return response
                async def forward(self) -> aiohttp.ClientResponse:
                    async with aiohttp.ClientSession() as session:
                        response = await session.post("https://chat.example/forward")
                        return response  # AIO108
                async def unused(self) -> aiohttp.ClientResponse:
                    async with aiohttp.ClientSession() as session:
                        response = await session.post("https://chat.example/unused")
                        return response  # AIO108
            """,
        "bot.py": """
            from api import Api
            class Bot:
                def __init__(self) -> None:
                    self.api = Api()
                async def poll(self) -> object:
                    response = await self.api.poll()
                    return await response.json()
                async def react(self) -> None:
                    await self.api.react()
                async def forward(self) -> object:
                    return await self.api.forward()
            """,
        "tests/test_api.py": """
            from api import Api
            async def test_unused() -> None:
                assert (await Api().unused()).status == 200
            """,
    },
}

TREES |= {
    title: {"pyproject.toml": "[project]\nname = 'page'\n", **tree}
    for title, tree in (
        roles.TREES | routes.TREES | effects.TREES | ownership.TREES | flow.TREES | sockets.TREES
    ).items()
}


def write(tree: dict[str, str], folder: Path) -> set[tuple[str, int, str]]:
    """Write a tree without its marks, and give what is expected: path, line, code."""
    expected: set[tuple[str, int, str]] = set()
    for name, text in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = dedent(text).lstrip("\n")
        for number, line in enumerate(source.splitlines(), 1):
            match = _MARK.search(line)
            if match is not None:
                expected.add((name, number, match[1]))
        path.write_text(_MARK.sub("", source), encoding="utf-8")
    return expected


def found_by_command(paths: list[str], jobs: int = 1) -> list[tuple[str, int, str]]:
    job = Job(overrides=Overrides(select=("AIO",)))
    return [
        (finding.path, finding.span.line, finding.code)
        for report in lint_paths(paths, job, jobs)
        for finding in report.findings
    ]


@pytest.mark.parametrize("title", TREES)
def test_findings(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write(TREES[title], tmp_path)
    monkeypatch.chdir(tmp_path)
    assert set(found_by_command(["."])) == expected


@pytest.mark.parametrize("title", TREES)
def test_order_of_files_does_not_matter(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write(TREES[title], tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in sorted((name for name in TREES[title] if name.endswith(".py")), reverse=True):
        assert set(found_by_command([name])) == {place for place in expected if place[0] == name}


def found_by_flake8(folder: Path, path: str = ".") -> set[tuple[str, int, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--select", "AIO", "--format", "%(path)s %(row)d %(code)s", path],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr
    rows = [line.rsplit(" ", 2) for line in done.stdout.splitlines()]
    return {(name.removeprefix("./"), int(row), code) for name, row, code in rows}


@pytest.mark.parametrize("title", TREES)
def test_flake8_finds_the_same(title: str, tmp_path: Path) -> None:
    expected = write(TREES[title], tmp_path)
    assert found_by_flake8(tmp_path) == expected


@pytest.mark.parametrize("title", ownership.WHOLE_PROJECTS)
def test_whole_project(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {"pyproject.toml": "[project]\nname = 'page'\n", **ownership.WHOLE_PROJECTS[title]}
    expected = write(tree, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert set(found_by_command(["."])) == expected
    files = sorted(name for name in tree if name.endswith(".py"))
    assert set(found_by_command(files)) == {place for place in expected if place[2] != "AIO102"}


def test_the_chain_names_its_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    title = "a handler that is registered elsewhere blocks in a third file"
    write(TREES[title], tmp_path)
    monkeypatch.chdir(tmp_path)
    (finding,) = [
        finding
        for report in lint_paths(["shop/views.py"], Job(overrides=Overrides(select=("AIO402",))))
        for finding in report.findings
    ]
    assert [(related.path, related.span.line) for related in finding.related][-1] == ("shop/storage.py", 9)
    assert "load" in finding.message


def test_coroutines_reach_into_other_files_when_a_rule_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = {
        "page/__init__.py": "",
        "page/health.py": """
            import aiohttp
            from . import digests, versions
            async def info(session: aiohttp.ClientSession):
                return digests.of_sources(), versions.of_page()  # AIO406
            """,
        # Its own coroutine is never reported: the file has nothing to do with the client.
        "page/digests.py": """
            def of_sources():
                with open("page.py", "rb") as file:
                    return hash(file.read())
            async def later():
                return of_sources()
            """,
        "page/versions.py": """
            import aiohttp
            def of_page():
                with open("version") as file:  # AIO406
                    return file.read(), aiohttp.__version__
            async def later():
                return of_page()
            """,
    }
    expected = write({"pyproject.toml": "[project]\nname = 'page'\n", **tree}, tmp_path)
    monkeypatch.chdir(tmp_path)
    job = Job(overrides=Overrides(select=("AIO406",)))
    found = [
        (finding.path, finding.span.line, finding.code)
        for report in lint_paths(["."], job)
        for finding in report.findings
    ]
    assert sorted(found) == sorted(expected)
    assert found_by_command(["."]) == []


def test_the_way_of_a_text_names_its_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(TREES["text of the client's goes through functions of other files"], tmp_path)
    monkeypatch.chdir(tmp_path)
    found = [
        (finding.code, [(related.path, related.span.line, related.message) for related in finding.related])
        for report in lint_paths(["shop/views.py"], Job(overrides=Overrides(select=("AIO515", "AIO516"))))
        for finding in report.findings
    ]
    assert found == [
        ("AIO515", [
            ("shop/requests.py", 2, "is taken from `request` here"),
            ("shop/views.py", 10, "passes through `target_of`"),
        ]),
        ("AIO516", [
            ("shop/views.py", 24, "the path of the request comes in here"),
            ("shop/storage.py", 11, "`load` calls `_read`"),
            ("shop/storage.py", 14, "reaches `read_bytes()` here"),
        ]),
    ]  # fmt: skip


def test_processes_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {
        f"{index}_{name.partition('/')[0]}/{name.partition('/')[2]}": text.replace("shop", f"{index}_shop")
        for index in range(3)
        for name, text in TREES["functions of other files borrow, close or keep what they are given"].items()
    }
    tree |= {f"many/file_{index}.py": f"import aiohttp\nNUMBER = {index}\n" for index in range(120)}
    write(tree, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert found_by_command(["."], jobs=2) == found_by_command(["."], jobs=1)
