"""What happens to things that are kept under strings, and under keys of their own (AIO730)."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from aiohttp_lint.project import Job, Mode, lint_paths
from aiohttp_lint.settings import Overrides

from .harness import Example, Variant, bad_good_and_fixed, serve

POOLS = Example(
    "AIO730",
    bad="""
from aiohttp import web

class Pool:
    name = "main"

async def start(app: web.Application) -> None:
    app["pool"] = Pool()

async def page(request: web.Request) -> web.Response:
    return web.Response(text=request.app["pool"].name)

def make() -> web.Application:
    app = web.Application()
    app.on_startup.append(start)
    app.router.add_get("/", page)
    return app
""",
    good="""
from aiohttp import web

class Pool:
    name = "main"

POOL = web.AppKey("pool", Pool)

async def start(app: web.Application) -> None:
    app[POOL] = Pool()

async def page(request: web.Request) -> web.Response:
    return web.Response(text=request.app[POOL].name)

def make() -> web.Application:
    app = web.Application()
    app.on_startup.append(start)
    app.router.add_get("/", page)
    return app
""",
)


async def answer_of(application: web.Application) -> str:
    async with serve(application) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.text()


@bad_good_and_fixed
async def test_aiohttp_warns_of_strings(variant: Variant) -> None:
    made = POOLS.load(variant)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert await answer_of(made.make()) == "main"
    warned = any(isinstance(warning.message, web.NotAppKeyWarning) for warning in heard)
    assert warned == (variant == "bad")


@bad_good_and_fixed
async def test_a_package_may_take_the_same_string(variant: Variant) -> None:
    made = POOLS.load(variant)
    app = made.make()

    async def start_package(app: web.Application) -> None:
        app["pool"] = "a pool of its own"

    app.on_startup.append(start_package)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (await answer_of(app) == "main") == (variant != "bad")


SHOP = {
    "shop/__init__.py": "",
    "shop/app.py": """
from aiohttp import web

from shop import admin, views
from shop.store import Store


async def keep_store(app):
    store = Store()
    app["store"] = store
    app["limit"] = 3
    app["hits"] = []
    yield
    store.closed = True


@web.middleware
async def count(request, handler):
    request.app["hits"].append(request.path)
    return await handler(request)


def make():
    app = web.Application(middlewares=[count])
    app.cleanup_ctx.append(keep_store)
    app.router.add_get("/", views.index)
    app.router.add_get("/limit", admin.limit)
    app.router.add_get("/hits", admin.hits)
    return app
""",
    "shop/views.py": """
from aiohttp import web


async def index(request):
    names = request.app["store"].names()
    return web.Response(text=" ".join(names[: request.app["limit"]]))
""",
    "shop/admin.py": """
from aiohttp import web


async def limit(request):
    return web.Response(text="%d of %d" % (request.config_dict["limit"], len(request.app["store"].names())))


async def hits(request):
    return web.Response(text=str(len(request.app.get("hits", ()))))
""",
    "shop/store.py": """
# What the aiohttp application keeps.
class Store:
    closed = False

    def names(self):
        return ["boots", "hats", "shoes", "socks"]
""",
    "checks.py": """
import asyncio
import sys
import warnings

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from shop.app import make


async def main():
    app = make()
    async with TestClient(TestServer(app)) as client:
        print(await (await client.get("/")).text())
        print(await (await client.get("/limit")).text())
        print(len(app["hits"]), app["store"].closed)


with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    asyncio.run(main())
print(sum(issubclass(one.category, web.NotAppKeyWarning) for one in heard), "warnings")
""",
}
ANSWERS = "boots hats shoes\n3 of 4\n2 False\n"


def ask(folder: Path) -> str:
    command = [sys.executable, "-B", "checks.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_a_project_of_many_files_answers_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, text in SHOP.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert ask(tmp_path) == ANSWERS + "3 warnings\n"
    job = Job(Mode.FIX, overrides=Overrides(select=("AIO730",)))

    assert not [finding for report in lint_paths(["."], job) for finding in report.findings]
    assert ask(tmp_path) == ANSWERS + "0 warnings\n"
    assert not [report for report in lint_paths(["."], job) if report.fixed_source is not None]
