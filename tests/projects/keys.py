"""String keys whose typed keys stand in another file: trees before the fix, and the files that it changes."""

from __future__ import annotations

from dataclasses import dataclass, field

RUN = """
import asyncio

from aiohttp.test_utils import TestClient, TestServer

from shop.app import make


async def main():
    async with TestClient(TestServer(make())) as client:
        response = await client.get("/", raise_for_status=True)
        print(await response.text())


asyncio.run(main())
"""
APP = """
from aiohttp import web

from shop import keeping, views


def make():
    app = web.Application()
    app.on_startup.append(keeping.start)
    app.router.add_get("/", views.index)
    return app
"""
KEEPING = """
from aiohttp import web


class Stock:
    name = "shoes"


async def start(app):
    app["stock"] = Stock()  # AIO730
"""
VIEWS = """
from aiohttp import web


async def index(request):
    return web.Response(text=request.app["stock"].name)  # AIO730
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/app.py": APP,
    "shop/keeping.py": KEEPING,
    "shop/views.py": VIEWS,
    "run.py": RUN,
}


@dataclass(frozen=True)
class Page:
    """A tree as it is, with marks at what is found, and the files that `--fix` changes, as they are then."""

    tree: dict[str, str]
    fixed: dict[str, str] = field(default_factory=dict)
    """No file: what is in the way is elsewhere in the tree."""
    prints: str = "shoes\n"
    """What `run.py` prints before and after."""


FIXED_KEEPING = """
from aiohttp import web


class Stock:
    name = "shoes"


STOCK = web.AppKey("stock", Stock)


async def start(app):
    app[STOCK] = Stock()
"""
FIXED_VIEWS = """
from aiohttp import web
from shop.keeping import STOCK


async def index(request):
    return web.Response(text=request.app[STOCK].name)
"""

PAGES: dict[str, Page] = {
    "the file that stores it defines it": Page(
        SHOP, {"shop/keeping.py": FIXED_KEEPING, "shop/views.py": FIXED_VIEWS}
    ),
    "the file that stores it imports the others": Page(
        {
            "shop/__init__.py": "",
            "shop/app.py": """
                from aiohttp import web

                from . import admin, views
                from .stocks import Stock


                def make():
                    app = web.Application()
                    app["stock"] = Stock()  # AIO730
                    app["limit"] = 3  # AIO730
                    app.router.add_get("/", views.index)
                    app.router.add_get("/admin", admin.index)
                    return app
                """,
            "shop/admin.py": """
                from aiohttp import web


                async def index(request):
                    return web.Response(text=request.app["stock"].name + str(request.app["limit"]))  # AIO730
                """,
            "shop/views.py": """
                from aiohttp import web


                async def index(request):
                    return web.Response(text=request.app["stock"].name)  # AIO730
                """,
            "shop/stocks.py": """
                class Stock:
                    name = "shoes"
                """,
            "run.py": RUN,
        },
        {
            "shop/app.py": """
                from aiohttp import web

                from . import admin, views
                from .stocks import Stock
                from .admin import LIMIT, STOCK


                def make():
                    app = web.Application()
                    app[STOCK] = Stock()
                    app[LIMIT] = 3
                    app.router.add_get("/", views.index)
                    app.router.add_get("/admin", admin.index)
                    return app
                """,
            "shop/admin.py": """
                from aiohttp import web

                from .stocks import Stock

                LIMIT = web.AppKey("limit", int)
                STOCK = web.AppKey("stock", Stock)


                async def index(request):
                    return web.Response(text=request.app[STOCK].name + str(request.app[LIMIT]))
                """,
            "shop/views.py": """
                from aiohttp import web

                from .admin import STOCK


                async def index(request):
                    return web.Response(text=request.app[STOCK].name)
                """,
        },
    ),
    "tests ask for the key of what they test": Page(
        {
            **SHOP,
            "tests/test_views.py": """
                from aiohttp.test_utils import TestClient, TestServer

                from shop.app import make


                async def test_index():
                    async with TestClient(TestServer(make())) as client:
                        assert client.app["stock"].name == "shoes"  # AIO730
                """,
        },
        {
            "shop/keeping.py": FIXED_KEEPING,
            "shop/views.py": FIXED_VIEWS,
            "tests/test_views.py": """
                from aiohttp.test_utils import TestClient, TestServer

                from shop.app import make
                from shop.keeping import STOCK


                async def test_index():
                    async with TestClient(TestServer(make())) as client:
                        assert client.app[STOCK].name == "shoes"
                """,
        },
    ),
    "a program that is started in its own folder says nothing of the folders above": Page(
        {
            **{f"backend/{path}": source for path, source in SHOP.items() if path != "run.py"},
            "run.py": f"import sys\n\nsys.path.insert(0, 'backend')\n{RUN}",
        },
        {"backend/shop/keeping.py": FIXED_KEEPING, "backend/shop/views.py": FIXED_VIEWS},
    ),
    "two services of one repository have a key each": Page(
        {
            **SHOP,
            "bank/__init__.py": "",
            "bank/app.py": """
                from aiohttp import web


                async def start(app):
                    app["stock"] = 7  # AIO730


                def make():
                    app = web.Application()
                    app.on_startup.append(start)
                    return app
                """,
        },
        {
            "shop/keeping.py": FIXED_KEEPING,
            "shop/views.py": FIXED_VIEWS,
            "bank/app.py": """
                from aiohttp import web

                STOCK = web.AppKey("stock", int)


                async def start(app):
                    app[STOCK] = 7


                def make():
                    app = web.Application()
                    app.on_startup.append(start)
                    return app
                """,
        },
    ),
    "a constant that others import": Page(
        {
            **SHOP,
            "shop/keeping.py": """
                # Starts the aiohttp application.
                STOCK = "stock"  # AIO730


                class Stock:
                    name = "shoes"


                async def start(app):
                    app[STOCK] = Stock()
                """,
            "shop/views.py": """
                from aiohttp import web

                from shop import keeping


                async def index(request):
                    return web.Response(text=request.app[keeping.STOCK].name)
                """,
        },
        {
            "shop/keeping.py": """
                # Starts the aiohttp application.
                from aiohttp.web import AppKey

                STOCK: AppKey["Stock"] = AppKey("stock")


                class Stock:
                    name = "shoes"


                async def start(app):
                    app[STOCK] = Stock()
                """,
        },
    ),
    "the name is taken where the key is used": Page(
        {
            **SHOP,
            "shop/views.py": """
                from aiohttp import web

                STOCK = 5


                async def index(request):
                    return web.Response(text=request.app["stock"].name)  # AIO730
                """,
        },
        {
            "shop/keeping.py": FIXED_KEEPING.replace("STOCK", "STOCK_KEY"),
            "shop/views.py": """
                from aiohttp import web
                from shop.keeping import STOCK_KEY

                STOCK = 5


                async def index(request):
                    return web.Response(text=request.app[STOCK_KEY].name)
                """,
        },
    ),
    "a run was broken off when the key was defined": Page(
        {**SHOP, "shop/keeping.py": FIXED_KEEPING}, {"shop/views.py": FIXED_VIEWS}, prints=""
    ),
    "a run was broken off before the key was defined": Page(
        {**SHOP, "shop/views.py": FIXED_VIEWS}, {"shop/keeping.py": FIXED_KEEPING}, prints=""
    ),
    "another file computes a key": Page(
        {**SHOP, "shop/states.py": "from aiohttp import web\n\n\ndef get(app: web.Application, key):\n    return app[key]\n"}
    ),
    "another file says the string of what may be the application": Page(
        {**SHOP, "shop/states.py": "# Of aiohttp.\ndef stock(app):\n    return app['stock']\n"}
    ),
    "a file that does not speak of the library says it": Page(
        {**SHOP, "shop/states.py": "def stock(request):\n    return request.app['stock']\n"}
    ),
    "a file can't be parsed": Page({**SHOP, "shop/states.py": "def stock(app:\n    return app['stock']\n"}),
    "a template asks for it": Page({**SHOP, "templates/index.html": "<p>{{ request.app['stock'].name }}</p>\n"}),
    "a dictionary stands for the application in a test": Page(
        {**SHOP, "tests/test_shop.py": "# Of aiohttp.\ndef test_shop(index):\n    index(app={'stock': 1})\n"}
    ),
    "no file uses it that loads it from a file of the program": Page(
        {
            **SHOP,
            "plugins/extra.py": """
                from aiohttp import web


                async def extra(request: web.Request) -> web.Response:
                    return web.Response(text=request.app["stock"].name)  # AIO730
                """,
        }
    ),
    "a comment asks to leave a place alone": Page(
        {**SHOP, "shop/views.py": VIEWS.replace("# AIO730", "# noqa: AIO730")}
    ),
    "a file is excluded": Page(
        {**SHOP, "pyproject.toml": "[tool.aiohttp-lint]\nextend-exclude = ['shop/views.py']\n"}
    ),
    "another program of the repository computes a key": Page(
        {
            **SHOP,
            "tool.py": """
                from aiohttp import web


                def make(names: list[str]) -> web.Application:
                    app = web.Application()
                    for name in names:
                        app[name] = name
                    return app
                """,
        },
        {"shop/keeping.py": FIXED_KEEPING, "shop/views.py": FIXED_VIEWS},
    ),
    "test files are not imported from": Page(
        {
            "tests/test_one.py": """
                from aiohttp import web


                def test_one(app: web.Application) -> None:
                    app["one"] = 1  # AIO730
                """,
            "tests/test_two.py": """
                from aiohttp import web

                import test_one


                def test_two(app: web.Application) -> None:
                    assert test_one
                    app["one"] = 2  # AIO730
                """,
        }
    ),
    "all files import each other": Page(
        {
            "shop/__init__.py": "",
            "shop/app.py": """
                from aiohttp import web

                import shop.views


                async def start(app: web.Application) -> None:
                    app["stock"] = "shoes"  # AIO730


                def make():
                    app = web.Application()
                    app.on_startup.append(start)
                    app.router.add_get("/", shop.views.index)
                    return app
                """,
            "shop/views.py": """
                from aiohttp import web

                import shop.app


                async def index(request: web.Request) -> web.Response:
                    assert shop.app.make
                    return web.Response(text=request.app["stock"])  # AIO730
                """,
            "run.py": RUN,
        }
    ),
}  # fmt: skip
