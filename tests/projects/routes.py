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
}
