"""What handlers reach in other files: by the receiver's type, through properties, constructors and decorators."""

from __future__ import annotations

TREES: dict[str, dict[str, str]] = {
    "method by type, inherited": {
        "storage.py": """
            import time
            class Base:
                def load(self):
                    return self.fetch()
                def fetch(self):
                    time.sleep(1)
            class Store(Base):
                pass
            """,
        "views.py": """
            from aiohttp import web
            from storage import Store
            async def index(request: web.Request) -> web.Response:
                store = Store()
                store.load()  # AIO401
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
    },
    "overridden method: own class known exactly": {
        "storage.py": """
            import time
            class Base:
                def load(self):
                    return self.fetch()
                def fetch(self):
                    time.sleep(1)
            class Fast(Base):
                def fetch(self):
                    return 1
            """,
        "views.py": """
            from aiohttp import web
            from storage import Fast, Base
            async def index(request: web.Request) -> web.Response:
                store = Fast()
                store.load()
                return web.Response()
            async def second(request: web.Request, store: Base) -> web.Response:  # AIO704
                store.load()
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
                app.router.add_get("/2", second)
            """,
    },
    "override in sight differs": {
        "views.py": """
            import time
            from aiohttp import web
            class Base:
                def load(self):
                    time.sleep(1)
            class Fast(Base):
                def load(self):
                    return 1
            class Server:
                def __init__(self, app: web.Application, store: Base):
                    self.store = store
                    app.router.add_get("/", self.index)
                async def index(self, request):
                    self.store.load()
                    return web.Response()
            """,
    },
    "overrides that all block": {
        "views.py": """
            import time
            from aiohttp import web
            class Base:
                def load(self):
                    raise NotImplementedError
            class Fast(Base):
                def load(self):
                    time.sleep(1)  # AIO401
            class Server:
                def __init__(self, app: web.Application, store: Base):
                    self.store = store
                    app.router.add_get("/", self.index)
                async def index(self, request):
                    self.store.load()
                    return web.Response()
            """,
    },
    "self and properties": {
        "views.py": """
            import time
            from aiohttp import web
            class Server:
                def __init__(self, app: web.Application):
                    app.router.add_get("/", self.index)
                @property
                def data(self):
                    time.sleep(1)  # AIO401
                    return 1
                async def index(self, request):
                    return web.json_response(self.data)
            """,
    },
    "property in another file": {
        "storage.py": """
            import time
            class Store:
                @property
                def data(self):
                    time.sleep(1)
                    return 1
            """,
        "views.py": """
            from aiohttp import web
            from storage import Store
            async def index(request: web.Request) -> web.Response:
                store = Store()
                return web.json_response(store.data)  # AIO401
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
    },
    "constructors": {
        "storage.py": """
            import time
            class Store:
                def __init__(self):
                    time.sleep(1)
            """,
        "views.py": """
            from aiohttp import web
            from storage import Store
            async def index(request: web.Request) -> web.Response:
                store = Store()  # AIO401
                return web.json_response(store.data)
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
    },
    "with protocol": {
        "storage.py": """
            import time
            class Store:
                def __enter__(self):
                    time.sleep(1)
                    return self
                def __exit__(self, *args):
                    pass
            """,
        "views.py": """
            from aiohttp import web
            from storage import Store
            async def index(request: web.Request) -> web.Response:
                with Store() as store:  # AIO401
                    return web.json_response(store.data)
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
    },
    "executors stop it": {
        "run.py": """
            import asyncio
            async def run(func, *args):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(None, func, *args)
            def sync(func):
                async def wrapper(*args):
                    return await asyncio.to_thread(func, *args)
                return wrapper
            """,
        "views.py": """
            import asyncio, threading, time
            from concurrent.futures import ThreadPoolExecutor
            from aiohttp import web
            from run import run, sync
            POOL = ThreadPoolExecutor()
            def slow():
                time.sleep(1)
            @sync
            def slow2():
                time.sleep(1)
            async def index(request: web.Request) -> web.Response:
                await run(slow)
                await run(lambda: slow())
                await asyncio.to_thread(lambda: slow())
                await asyncio.to_thread(slow)
                POOL.submit(slow)
                threading.Thread(target=slow).start()
                await slow2()
                def inner():
                    slow()
                await run(inner)
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
    },
    "recursion": {
        "views.py": """
            import time
            from aiohttp import web
            def a(n):
                return b(n - 1)
            def b(n):
                if n: return a(n)
                time.sleep(1)  # AIO401
            async def index(request: web.Request) -> web.Response:
                a(3)
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
    },
    "coroutine in another file without aiohttp": {
        "storage.py": """
            import time
            class Store:
                async def load(self):
                    return self._load()
                def _load(self):
                    time.sleep(1)
            """,
        "views.py": """
            from aiohttp import web
            from storage import Store
            class Server:
                store: Store
                async def index(self, request: web.Request) -> web.Response:
                    await self.store.load()  # AIO401
                    return web.Response()
                def make(self, app: web.Application) -> None:
                    app.router.add_get("/", self.index)
            """,
    },
    "what no call reaches, or only the first one": {
        "storage.py": """
            import functools
            import time
            LOADED = False
            @functools.lru_cache(maxsize=None)
            def names():
                with open("names.txt") as file:
                    return file.read()
            def load():
                global LOADED
                if LOADED:
                    return
                time.sleep(1)
                LOADED = True
            def drop(name, delay=0):
                if delay > 0:
                    time.sleep(delay)
            def verify():
                time.sleep(1)
            """,
        "views.py": """
            from aiohttp import web
            import storage
            async def index(request: web.Request) -> web.Response:
                storage.load()
                storage.drop("old")
                if request.can_read_body:
                    raise web.HTTPNotImplemented
                    storage.verify()
                return web.Response(text=storage.names())
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
        "more_views.py": """
            from aiohttp import web
            import storage
            async def index(request: web.Request) -> web.Response:
                storage.drop("old", 2)  # AIO401
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/2", index)
            """,
    },
    "handler returns": {
        "errors.py": """
            from aiohttp import web
            def abort(text):
                raise web.HTTPBadRequest(text=text)
            def answer():
                return web.Response()
            """,
        "client.py": """
            from aiohttp import web
            from errors import abort, answer
            async def f(request):
                if request.query:
                    return answer()
                abort("x")
            async def g(request):
                if request.query:
                    return web.Response()
            def make(app: web.Application):
                app.router.add_get("/", f)
                app.router.add_get("/g", g)
            """,
    },
    "coroutines of another file's class, behind a decorator that tries again": {
        "database.py": """
            import functools
            from drivers import Deadlock
            def retried(function):
                @functools.wraps(function)
                async def wrapper(*args, **kwargs):
                    while True:
                        try:
                            return await function(*args, **kwargs)
                        except Deadlock:
                            pass
                return wrapper
            def in_thread(function):
                def wrapper(*args, **kwargs):
                    return start(function, args, kwargs)
                return wrapper
            class Database:
                @retried
                async def row(self, query):
                    return {}
                @in_thread
                async def rows(self, query):
                    return []
                async def save(self, row):
                    pass
            """,
        "views.py": """
            from aiohttp import web
            from database import Database
            async def index(request: web.Request) -> web.Response:
                database = request.app["database"]
                row = database.row("SELECT 1")  # AIO412
                if not row:
                    raise web.HTTPNotFound
                rows = database.rows("SELECT 2")
                if rows:
                    database.save({})  # AIO412
                return web.Response()
            def make() -> web.Application:
                app = web.Application()
                app["database"] = Database()
                app.router.add_get("/", index)
                return app
            """,
    },
    "distributions beside each other in one repository": {
        ".git/HEAD": "",
        "bank/setup.py": "",
        "bank/bank/__init__.py": "",
        "bank/bank/storage.py": """
            import requests
            def load(key):
                return requests.get(key)
            """,
        "mail/pyproject.toml": "",
        "mail/src/mail/__init__.py": """
            import requests
            def send(text):
                requests.post(text)
            """,
        # No distribution: the folder may hold anything.
        "notes/notes/__init__.py": """
            import requests
            def note(text):
                requests.post(text)
            """,
        # A repository of its own.
        "other/.git/HEAD": "",
        "other/setup.py": "",
        "other/other/__init__.py": """
            import requests
            def ask(text):
                requests.post(text)
            """,
        "names/setup.py": "",
        "names/names.py": """
            import requests
            def name(key):
                requests.post(key)
            """,
        "shop/setup.cfg": "",
        "shop/src/names.py": """
            def name(key):
                return key
            """,
        "shop/src/shop/__init__.py": "",
        "shop/src/shop/views.py": """
            from aiohttp import web
            from bank.storage import load
            from mail import send
            from names import name
            from notes import note
            from other import ask
            async def index(request: web.Request) -> web.Response:
                note(name("a"))
                ask("b")
                send("c")  # AIO402
                load("d")  # AIO402
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/", index)
            """,
    },
}
