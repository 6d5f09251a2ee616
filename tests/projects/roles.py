"""Handlers, middlewares and callbacks that are registered in another file than the one that defines them."""

from __future__ import annotations

TREES: dict[str, dict[str, str]] = {
    "cleanup contexts of another file": {
        "contexts.py": """
            from aiohttp import web


            async def cache(app: web.Application):
                if "cache" not in app:
                    return
                app["cache"].open()
                yield
                app["cache"].close()


            async def twice(app: web.Application):
                yield
                yield


            async def unused(app: web.Application):
                return
                yield


            async def right(app: web.Application):
                if "cache" not in app:
                    yield
                    return
                yield
            """,
        "main.py": """
            from aiohttp import web
            from contexts import cache, right, twice


            def make() -> web.Application:
                app = web.Application()
                app.cleanup_ctx.append(cache)  # AIO720
                app.cleanup_ctx.append(twice)  # AIO720
                app.cleanup_ctx.append(right)
                return app
            """,
    },
    "function from another file": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            from views import index
            def make() -> web.Application:
                app = web.Application()
                app.router.add_get("/", index)
                return app
            """,
    },
    "bound methods": {
        "views.py": """
            import time
            from aiohttp import web

            class Views:
                def __init__(self, app):
                    self.app = app

                async def get(self, request):
                    self.slow()
                    return web.Response()

                def slow(self):
                    time.sleep(1)  # AIO401

                def other(self):
                    time.sleep(1)
            """,
        "main.py": """
            from aiohttp import web
            from views import Views
            def make(app: web.Application) -> None:
                app.router.add_get("/", Views(app).get)
            """,
    },
    "self.view": {
        "api.py": """
            import time
            from aiohttp import web

            class Api:
                def __init__(self):
                    self.app = web.Application()
                    self.app.router.add_get("/", self.view)
                    self.app.add_routes([web.post("/", self.post)])

                async def view(self, request):
                    self.slow()
                    return web.Response()

                async def post(self, request):
                    self.slow2()
                    return web.Response()

                def slow(self):
                    time.sleep(1)  # AIO401

                def slow2(self):
                    time.sleep(1)  # AIO401

                def other(self):
                    time.sleep(1)
            """,
    },
    "web.View classes": {
        "views.py": """
            import time
            from aiohttp import web

            class Index(web.View):
                async def get(self):
                    self.slow()
                    return web.Response()

                def slow(self):
                    time.sleep(1)  # AIO401

                def other(self):
                    time.sleep(1)
            """,
    },
    "tables in a loop": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            ROUTES = [("/", views.index), ("/2", views.index)]
            def setup(app: web.Application) -> None:
                for path, handler in ROUTES:
                    app.router.add_get(path, handler)
            """,
    },
    "table in another file": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "table.py": """
            import views
            ROUTES = (("GET", "/", views.index),)
            """,
        "main.py": """
            from aiohttp import web
            from table import ROUTES
            def setup(app: web.Application) -> None:
                for method, path, handler in ROUTES:
                    app.router.add_route(method, path, handler)
            """,
    },
    "comprehension": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            ROUTES = [("/", views.index)]
            def setup(app: web.Application) -> None:
                app.add_routes([web.get(p, h) for p, h in ROUTES])
            """,
    },
    "dict items": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            ROUTES = {"/": views.index}
            def setup(app: web.Application) -> None:
                for path, handler in ROUTES.items():
                    app.router.add_get(path, handler)
            """,
    },
    "dict values of tuples": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            ROUTES = {"a": ("/", views.index)}
            def setup(app: web.Application) -> None:
                for name, (path, handler) in ROUTES.items():
                    app.router.add_get(path, handler, name=name)
                for path, handler in ROUTES.values():
                    app.router.add_get(path, handler)
            """,
    },
    "star routes": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            ROUTES = [("GET", "/", views.index)]
            def setup(app: web.Application) -> None:
                for route in ROUTES:
                    app.router.add_route(*route)
            """,
    },
    "star routes with index": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            ROUTES = [("GET", "/", views.index)]
            def setup(app: web.Application) -> None:
                for route in ROUTES:
                    app.router.add_route(route[0], route[1], route[2])
            """,
    },
    "sub-app and setup in other modules": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "routes.py": """
            import views
            def setup_routes(app):
                app.router.add_get("/", views.index)
            """,
        "main.py": """
            from aiohttp import web
            from routes import setup_routes
            def make():
                app = web.Application()
                sub = web.Application()
                setup_routes(sub)
                app.add_subapp("/api", sub)
                return app
            """,
    },
    "setup(router)": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "routes.py": """
            import views
            def setup_routes(router):
                router.add_get("/", views.index)
            """,
        "main.py": """
            from aiohttp import web
            from routes import setup_routes
            def make():
                app = web.Application()
                setup_routes(app.router)
                return app
            """,
    },
    "RouteTableDef imported": {
        "table.py": """
            from aiohttp import web
            routes = web.RouteTableDef()
            """,
        "views.py": """
            import time
            # aiohttp
            from table import routes

            def work():
                time.sleep(1)  # AIO401

            @routes.get("/")
            async def index(request):
                work()
            """,
        "views2.py": """
            import time
            # aiohttp
            import table

            def work():
                time.sleep(1)  # AIO401

            @table.routes.post("/")
            async def index(request):
                work()

            @table.routes.view("/v")  # AIO728
            class V:
                pass
            """,
    },
    "project decorator": {
        "deco.py": """
            import functools
            # aiohttp
            def login_required(handler):
                @functools.wraps(handler)
                async def wrapper(request, *args, **kwargs):
                    check()
                    return await handler(request, *args, **kwargs)
                return wrapper

            def limited(number):
                def decorate(handler):
                    @functools.wraps(handler)
                    async def inner(request):
                        return await handler(request)
                    return inner
                return decorate

            import time
            def check():
                time.sleep(1)  # AIO401
            """,
        "views.py": """
            import time
            from aiohttp import web
            from deco import login_required, limited

            routes = web.RouteTableDef()

            def work():
                time.sleep(1)  # AIO401

            def work2():
                time.sleep(1)  # AIO401

            def work3():
                time.sleep(1)  # AIO401

            @login_required
            async def index(request):
                work()

            @limited(3)
            async def second(request):
                work2()

            @routes.get("/3")
            @login_required
            @limited(3)
            async def third(request):
                work3()
            """,
        "main.py": """
            from aiohttp import web
            import views
            def make(app: web.Application) -> None:
                app.router.add_get("/", views.index)
                app.router.add_get("/2", views.second)
            """,
    },
    "partial": {
        "views.py": """
            import time
            from aiohttp import web
            def work():
                time.sleep(1)  # AIO401
            async def index(store, request):
                work()
                return web.Response()
            async def index2(request, store):
                work2()
                return web.Response()
            def work2():
                time.sleep(1)  # AIO401
            """,
        "main.py": """
            import functools
            from functools import partial
            from aiohttp import web
            import views
            def make(app: web.Application, store) -> None:
                app.router.add_get("/", partial(views.index, store))
                handler = functools.partial(views.index2, store=store)
                app.add_routes([web.get("/2", handler)])
            """,
    },
    "handlers whose shape is wrong, registered elsewhere": {
        "views.py": """
            from aiohttp import web
            async def names(request):
                return {"names": []}  # AIO702
            async def user(request, name):
                return web.Response(text=name)
            def plain(request):  # AIO701
                return web.Response()
            """,
        "main.py": """
            from aiohttp import web
            import views
            def make() -> web.Application:
                app = web.Application()
                app.router.add_get("/", views.names)
                app.router.add_get("/{name}", views.user)  # AIO704
                app.router.add_get("/plain", views.plain)
                return app
            """,
    },
    "handlers that only a test puts behind a middleware of somebody else": {
        "views.py": """
            from aiohttp import web
            async def names(request):
                return {"names": []}  # AIO702
            """,
        "main.py": """
            from aiohttp import web
            import views
            def make() -> web.Application:
                app = web.Application()
                app.router.add_get("/", views.names)
                return app
            """,
        "tests/test_views.py": """
            from aiohttp import web
            from elsewhere import answers
            async def test_names(aiohttp_client):
                app = web.Application(middlewares=[answers])
                await aiohttp_client(app)
            """,
    },
    "handlers behind a middleware that makes responses of data": {
        "views.py": """
            from aiohttp import web
            async def names(request):
                return {"names": []}
            async def user(request, name):
                return web.Response(text=name)
            """,
        "envelope.py": """
            from aiohttp import web
            @web.middleware
            async def envelope(request, handler):
                result = await handler(request)
                return result if isinstance(result, web.Response) else web.json_response(result)
            """,
        "main.py": """
            from aiohttp import web
            import envelope, views
            def make() -> web.Application:
                app = web.Application(middlewares=[envelope.envelope])
                app.router.add_get("/", views.names)
                app.router.add_get("/{name}", views.user)
                return app
            """,
    },
    "middlewares": {
        "mw.py": """
            import time
            from aiohttp import web
            def work1():
                time.sleep(1)  # AIO401
            def work2():
                time.sleep(1)  # AIO401
            def work3():
                time.sleep(1)  # AIO401
            def work4():
                time.sleep(1)  # AIO401
            def work5():
                time.sleep(1)  # AIO401

            @web.middleware
            async def first(request, handler):
                work1()
                return await handler(request)

            async def old_style(app, handler):  # AIO908
                async def middleware_handler(request):
                    work2()
                    return await handler(request)
                return middleware_handler

            def factory(limit):
                @web.middleware
                async def made(request, handler):
                    work3()
                    return await handler(request)
                return made

            @web.middleware
            class Mw:
                async def __call__(self, request, handler):
                    work4()
                    return await handler(request)

            @web.middleware
            async def appended(request, handler):
                work5()
                return await handler(request)
            """,
        "main.py": """
            from aiohttp import web
            import mw
            def make():
                app = web.Application(middlewares=[mw.first, mw.old_style, mw.factory(3), mw.Mw()])
                app.middlewares.append(mw.appended)
                return app
            """,
    },
    "middleware list": {
        "mw.py": """
            import time
            # aiohttp
            def work1():
                time.sleep(1)  # AIO401
            async def first(request, handler):
                work1()
                return await handler(request)
            MIDDLEWARES = [first]
            """,
        "main.py": """
            from aiohttp import web
            from mw import MIDDLEWARES
            def make():
                middlewares = list(MIDDLEWARES)
                return web.Application(middlewares=middlewares)
            """,
    },
    "signals": {
        "sig.py": """
            import time
            # aiohttp
            async def start(app):
                time.sleep(1)
            async def context(app):
                time.sleep(1)
                yield
            async def prepare(request, response):
                work(request)
            def work(request):
                time.sleep(1)  # AIO401
            async def stop(app):
                time.sleep(1)
            async def nothing(app):
                time.sleep(1)
            """,
        "main.py": """
            from aiohttp import web
            import sig
            def make():
                app = web.Application()
                app.on_startup.append(sig.start)
                app.cleanup_ctx.append(sig.context)
                app.on_response_prepare.append(sig.prepare)
                app.on_cleanup.extend([sig.stop])
                return app
            """,
    },
    "Application subclass": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            class App(web.Application):  # AIO907
                def __init__(self):
                    super().__init__()
                    self.router.add_get("/", views.index)
                    self.add_routes([web.get("/2", self.mine)])

                async def mine(self, request):
                    self.work()
                    return web.Response()

                def work(self):
                    import time
                    time.sleep(1)  # AIO401
            """,
    },
    "app attribute": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            class Server:
                def __init__(self):
                    self._app = web.Application()

                def start(self):
                    router = self._app.router
                    router.add_get("/", views.index)
            """,
    },
    "test client apps": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "tests/test_views.py": """
            from aiohttp import web
            from views import index
            async def test_it(aiohttp_client):
                app = web.Application()
                app.router.add_get("/", index)
                client = await aiohttp_client(app)
            """,
    },
    "handler by getattr stays silent": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            import views
            def make(app: web.Application, name) -> None:
                app.router.add_get("/", getattr(views, name))
            """,
    },
    "conditional choice": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            from views import index
            async def other(request):
                return web.Response()
            def make(app: web.Application, debug) -> None:
                app.router.add_get("/", index if debug else other)
            """,
    },
    "add_static lambda": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            from views import index
            def make(app: web.Application, debug) -> None:
                resource = app.router.add_resource("/")
                resource.add_route("GET", index)
                app.router.add_get("/x", lambda request: index(request))
            """,
    },
    "routes list extended": {
        "views.py": """
            import time

            from aiohttp import web


            def work():
                time.sleep(1)  # AIO401


            def idle():
                time.sleep(1)


            async def index(request):
                work()
                return web.Response()


            def unregistered(request):
                idle()
            """,
        "main.py": """
            from aiohttp import web
            from views import index
            def make(app: web.Application, debug) -> None:
                routes = []
                routes.append(web.get("/", index))
                app.add_routes(routes)
            """,
    },
    "handler from function in other file that returns a closure": {
        "views.py": """
            import time
            from aiohttp import web

            def make_handler(store):
                async def handler(request):
                    work()
                    return web.Response()
                return handler

            def work():
                time.sleep(1)  # AIO401
            """,
        "main.py": """
            from aiohttp import web
            from views import make_handler
            def make(app: web.Application, store) -> None:
                app.router.add_get("/", make_handler(store))
            """,
    },
    "a middleware that a base of another file marks": {
        "tracing.py": """
            from aiohttp import web


            class Tracing:
                __middleware_version__ = 1

                async def __call__(self, request: web.Request, handler) -> web.StreamResponse:
                    return await handler(request)
            """,
        "counting.py": """
            from aiohttp import web


            class Counting:
                async def __call__(self, request: web.Request, handler) -> web.StreamResponse:
                    return await handler(request)
            """,
        "main.py": """
            from aiohttp import web
            from counting import Counting
            from tracing import Tracing


            class ShopTracing(Tracing):
                header = "X-Shop"


            class ShopCounting(Counting):  # AIO715
                header = "X-Shop"


            app = web.Application(middlewares=[ShopTracing(), ShopCounting()])
            """,
    },
}
