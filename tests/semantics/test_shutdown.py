"""When a server leaves WebSockets open at its shutdown, and what makes that unknown."""

from __future__ import annotations

import pytest

from aiohttp_lint.semantics.shutdown import Neglect, sockets_left_open
from tests.semantics.modules import module_of

HEAD = "import asyncio, logging, os, weakref\nimport other\nfrom aiohttp import web\nsockets = set()\n"
LISTEN = "async for message in ws:\n    print(message)"


def server(
    listen: str = LISTEN,
    *,
    opened: str = "",
    callbacks: str = "",
    application: str = "app = web.Application()",
    setup: str = "",
    run: str = "web.run_app(app)",
) -> str:
    lines = "".join(f"    {line}\n" for line in listen.splitlines())
    return (
        f"{HEAD}async def echo(request):\n    ws = web.WebSocketResponse({opened})\n    await ws.prepare(request)\n"
        f"    sockets.add(ws)\n{lines}    return ws\n{callbacks}{application}\napp.router.add_get('/', echo)\n{setup}{run}\n"
    )


ON_SHUTDOWN = "app.on_shutdown.append(stop)\n"
ON_CLEANUP = "app.on_cleanup.append(stop)\n"


def stop(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"async def stop(app):\n{lines}"


NESTED = "".join(f"def step{n}():\n    step{n + 1}()\n" for n in range(6)) + "def step6(): ...\n"
CLOSE_ALL = "for ws in list(sockets):\n    await ws.close()"

CASES = {
    "nothing closes them": (server(), Neglect.NOT_CLOSED),
    "an endless receive": (server("while True:\n    message = await ws.receive()"), Neglect.NOT_CLOSED),
    "no limit": (server(run="web.run_app(app, shutdown_timeout=0)"), Neglect.NO_LIMIT),
    "a long limit": (server(run="web.run_app(app, shutdown_timeout=60)"), Neglect.NOT_CLOSED),
    "a short limit": (server(run="web.run_app(app, shutdown_timeout=2)"), None),
    "an unknown limit": (server(run="web.run_app(app, shutdown_timeout=other.limit)"), None),
    "one receive": (server("message = await ws.receive()"), None),
    "a receive that ends": (server("while True:\n    message = await ws.receive(timeout=5)"), None),
    "a receive in a loop with an end": (server("while other.more:\n    message = await ws.receive()"), None),
    "a receive timeout": (server(opened="receive_timeout=5"), None),
    "no server": (server(run="pass"), None),
    "unknown arguments": (server(run="web.run_app(app, **other.options)"), None),
    "the process is killed": (server(callbacks="def kill():\n    os._exit(1)\n"), None),
    "given away": (server(setup="other.setup(app)\n"), None),
    "made elsewhere": (server(application="app: web.Application = other.make()"), None),
    "of unknown type": (server(application="app = other.make()"), None),
    "idle callback": (
        server(callbacks=stop("print('bye')\nlogging.info('bye')"), setup=ON_SHUTDOWN),
        Neglect.NOT_CLOSED,
    ),
    "idle callback with a logger": (
        server(callbacks=f"logger = logging.getLogger()\n{stop('logger.info(1)')}", setup=ON_SHUTDOWN),
        Neglect.NOT_CLOSED,
    ),
    "idle through a function": (
        server(callbacks=f"def bye():\n    print('bye')\n{stop('bye()')}", setup=ON_SHUTDOWN),
        Neglect.NOT_CLOSED,
    ),
    "not idle through a function": (
        server(callbacks=f"def bye():\n    other.thing()\n{stop('bye()')}", setup=ON_SHUTDOWN),
        None,
    ),
    "too deep to tell": (server(callbacks=NESTED + stop("step0()"), setup=ON_SHUTDOWN), None),
    "a callback of another file": (server(setup="app.on_shutdown.append(other.stop)\n"), None),
    "a callback that could be several": (server(callbacks=stop("other.thing()"), setup=ON_SHUTDOWN), None),
    "a callback that clears": (server(callbacks=stop("clear()"), setup=ON_SHUTDOWN), None),
    "callbacks that are kept": (server(setup="kept = app.on_shutdown\n"), None),
    "callbacks that are sent": (server(setup="app.on_shutdown.freeze()\n"), None),
    "closed in time": (server(callbacks=stop(CLOSE_ALL), setup=ON_SHUTDOWN), None),
    "closed too late": (server(callbacks=stop(CLOSE_ALL), setup=ON_CLEANUP), Neglect.TOO_LATE),
    "closed somewhere": (
        server(callbacks="async def one(ws: web.WebSocketResponse):\n    await ws.close()\n"),
        None,
    ),
    "closed in the handler alone": (server(f"{LISTEN}\nawait ws.close()"), Neglect.NOT_CLOSED),
    "something unknown is closed": (server(callbacks="def one(thing):\n    thing.close()\n"), None),
    "a function named close": (server(callbacks="def close(): ...\ndef one():\n    close()\n"), None),
}


@pytest.mark.parametrize("title", CASES)
def test_sockets_left_open(title: str) -> None:
    source, expected = CASES[title]
    found = sockets_left_open(module_of(source))
    assert (None if found is None else found.neglect) == expected


def test_late_closing_is_pointed_at() -> None:
    found = sockets_left_open(module_of(server(callbacks=stop(CLOSE_ALL), setup=ON_CLEANUP)))
    assert found is not None
    assert found.handler.name == "echo"
    assert found.late is not None
    assert sockets_left_open(module_of(server())) is not None


def test_socket_in_a_function_that_is_no_handler() -> None:
    source = f"{HEAD}async def echo(ws_request):\n    ws = web.WebSocketResponse()\n    async for message in ws:\n        pass\n"
    assert sockets_left_open(module_of(f"{source}app = web.Application()\nweb.run_app(app)\n")) is None
