"""Routes whose patterns, tables and applications stand in other files than the handlers."""

from __future__ import annotations

TREES: dict[str, dict[str, str]] = {
    "a key of match_info, against the routes of two other files": {
        "shop/__init__.py": "",
        "shop/views.py": """
            from aiohttp import web


            async def user(request: web.Request) -> web.Response:
                return web.Response(text=request.match_info["user_id"])  # AIO726


            async def order(request: web.Request) -> web.Response:
                return web.Response(text=request.match_info["number"])


            async def elsewhere(request: web.Request) -> web.Response:
                return web.Response(text=request.match_info["number"])
            """,
        "shop/routes.py": """
            from aiohttp import web

            from shop import views


            def setup(app: web.Application) -> None:
                app.router.add_get("/users/{id}", views.user)
                app.router.add_get("/orders", views.order)
                app.router.add_get("/all", views.elsewhere)
            """,
        "shop/admin.py": """
            from aiohttp import web

            from shop.views import elsewhere, order


            def setup(app: web.Application) -> None:
                app.add_routes([web.get("/admin/orders/{number}", order)])


            def register(registry) -> None:
                registry.put("/{number}", elsewhere)
            """,
    },
    "a table and a function of other files, and an order between files": {
        "shop/__init__.py": "",
        "shop/views.py": """
            from aiohttp import web

            routes = web.RouteTableDef()


            @routes.get("/users/{id}", name="user")
            async def user(request: web.Request) -> web.Response:
                url = request.app.router["order"].url_for(id="5")  # AIO725
                return web.Response(text=str(url))


            @routes.get("/orders")
            async def orders(request: web.Request) -> web.Response:
                return web.Response()


            def setup(app: web.Application) -> None:
                app.router.add_get("/static", orders)
            """,
        "shop/main.py": """
            from aiohttp import web

            from shop import views
            from shop.views import setup


            async def own(request: web.Request) -> web.Response:
                return web.Response(text=str(request.app.router["user"].url_for()))  # AIO725


            def make(flag: bool) -> web.Application:
                app = web.Application()
                app.router.add_get("/users/{name}", own)
                app.add_routes(views.routes)  # AIO724
                setup(app)
                app.router.add_get("/static", own)  # AIO724
                app.router.add_get("/orders/{number}", own, name="order")
                return app


            def other(flag: bool) -> web.Application:
                app = web.Application()
                if flag:
                    setup(app)
                app.router.add_get("/static", own)
                return app
            """,
    },
    "a sub-application that a function of another file changes, and a path from a third": {
        "shop/__init__.py": "",
        "shop/settings.py": """
            USER = "/users/{id}"
            """,
        "shop/views.py": """
            # Answers with aiohttp.web.
            from shop.settings import USER


            async def user(request):
                return request.match_info["name"]  # AIO726


            def setup(app) -> None:
                app.router.add_get(USER, user)
            """,
        "shop/main.py": """
            from aiohttp import web

            from shop.views import setup


            def make() -> web.Application:
                app = web.Application()
                api = web.Application()
                app.add_subapp("/api", api)
                setup(api)  # AIO729
                return app
            """,
    },
}
