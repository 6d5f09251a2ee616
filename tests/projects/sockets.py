"""WebSockets whose routes, registries and handlers stand in different files."""

from __future__ import annotations

TREES: dict[str, dict[str, str]] = {
    "route of a handler that another file defines": {
        "views.py": """
            from aiohttp import web
            async def echo(request: web.Request) -> web.WebSocketResponse:
                ws = web.WebSocketResponse()
                await ws.prepare(request)
                return ws
            async def push(request: web.Request) -> web.WebSocketResponse:
                ws = web.WebSocketResponse()
                await ws.prepare(request)
                while True:  # AIO620
                    await ws.send_str("tick")
            """,
        "application.py": """
            from aiohttp import web
            from views import echo, push
            def make() -> web.Application:
                app = web.Application()
                app.router.add_post("/echo", echo)  # AIO617
                app.router.add_get("/push", push)
                return app
            """,
    },
    "registry of another file": {
        "state.py": """
            from aiohttp import web
            PEERS: set[web.WebSocketResponse] = set()
            """,
        "views.py": """
            from aiohttp import web
            from state import PEERS
            async def chat(request: web.Request) -> web.WebSocketResponse:
                ws = web.WebSocketResponse()
                await ws.prepare(request)
                PEERS.add(ws)  # AIO609
                async for message in ws:
                    await ws.send_str(message.data)
                PEERS.discard(ws)
                return ws
            """,
    },
    "registry of weak references in another file": {
        "state.py": """
            import weakref
            from aiohttp import web
            PEERS: "weakref.WeakSet[web.WebSocketResponse]" = weakref.WeakSet()
            """,
        "views.py": """
            from aiohttp import web
            from state import PEERS
            async def chat(request: web.Request) -> web.WebSocketResponse:
                ws = web.WebSocketResponse()
                await ws.prepare(request)
                PEERS.add(ws)
                async for message in ws:
                    await ws.send_str(message.data)
                PEERS.discard(ws)
                return ws
            """,
    },
    "registry that another file prunes": {
        "state.py": """
            from aiohttp import web
            PEERS: set[web.WebSocketResponse] = set()
            def prune() -> None:
                for ws in list(PEERS):
                    if ws.closed:
                        PEERS.discard(ws)
            """,
        "views.py": """
            from aiohttp import web
            from state import PEERS
            async def chat(request: web.Request) -> web.WebSocketResponse:
                ws = web.WebSocketResponse()
                await ws.prepare(request)
                PEERS.add(ws)
                async for message in ws:
                    await ws.send_str(message.data)
                return ws
            """,
    },
    "a registry under a key of another file, which only makes it": {
        "keys.py": """
            from typing import TypeAlias
            from aiohttp import web
            Sockets: TypeAlias = set[web.WebSocketResponse]
            SOCKETS = web.AppKey("SOCKETS", Sockets)
            def setup(app: web.Application) -> None:
                app[SOCKETS] = set()
            """,
        "views.py": """
            from aiohttp import web
            from keys import SOCKETS
            async def listen(request: web.Request) -> web.WebSocketResponse:
                ws = web.WebSocketResponse(heartbeat=30)
                await ws.prepare(request)
                request.app[SOCKETS].add(ws)  # AIO609
                async for message in ws:
                    print(message.data)
                return ws
            async def tell(request: web.Request) -> web.Response:
                for ws in list(request.app[SOCKETS]):
                    await ws.send_str("news")
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/listen", listen)
                app.router.add_get("/tell", tell)
            """,
    },
    "a registry that another file does more with": {
        "keys.py": """
            from typing import TypeAlias
            from aiohttp import web
            Sockets: TypeAlias = set[web.WebSocketResponse]
            SOCKETS = web.AppKey("SOCKETS", Sockets)
            def setup(app: web.Application) -> None:
                app[SOCKETS] = set()
            """,
        "sweep.py": """
            from aiohttp import web
            from keys import SOCKETS
            def sweep(app: web.Application) -> None:
                sockets = app[SOCKETS]
                forget(sockets)
            def forget(sockets) -> None:
                for ws in list(sockets):
                    if ws.closed:
                        sockets.discard(ws)
            """,
        "views.py": """
            from aiohttp import web
            from keys import SOCKETS
            async def listen(request: web.Request) -> web.WebSocketResponse:
                ws = web.WebSocketResponse(heartbeat=30)
                await ws.prepare(request)
                request.app[SOCKETS].add(ws)
                async for message in ws:
                    print(message.data)
                return ws
            async def tell(request: web.Request) -> web.Response:
                for ws in list(request.app[SOCKETS]):
                    await ws.send_str("news")
                return web.Response()
            def make(app: web.Application) -> None:
                app.router.add_get("/listen", listen)
                app.router.add_get("/tell", tell)
            """,
    },
}
