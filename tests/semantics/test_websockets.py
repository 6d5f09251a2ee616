"""What is known of WebSockets: their registries, their receive loops, and who waits for their failures."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.engine import lint_source
from aiohttp_lint.semantics import failures, registries, websockets
from aiohttp_lint.semantics.receive_loops import Ending, receive_loops
from aiohttp_lint.settings import Settings

from .modules import module_of

IMPORTS = "import asyncio, contextlib, json, sys\nimport aiohttp\nfrom aiohttp import WSMsgType, web\n"


def loop(body: str, kind: str = "aiohttp.ClientWebSocketResponse", test: str = "True") -> str:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return f"{IMPORTS}async def listen(ws: {kind}, stop, send):\n    while {test}:\n{lines}"


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        ("await ws.receive()", Ending.ENDLESS),
        ("m = await ws.receive()", Ending.ENDLESS),
        ("m = await ws.receive(timeout=5)\nif m.type is WSMsgType.TEXT: break", Ending.ENDLESS),
        ("m = await ws.receive()\nif not (m.type == WSMsgType.CLOSED): continue\nbreak", Ending.LEAVES),
        ("m = await ws.receive()\nif m.type == WSMsgType.TEXT and stop: break", Ending.ENDLESS),
        ("m = await ws.receive()\nif m.type == WSMsgType.TEXT or stop: break", Ending.LEAVES),
        ("m = await ws.receive()\nif m.type == WSMsgType.CLOSED or stop: break", Ending.LEAVES),
        ("m = await ws.receive()\nif ws.closed: break", Ending.LEAVES),
        ("m = await ws.receive()\nif not ws.closed: break", Ending.ENDLESS),
        ("m = await ws.receive()\nif m.data: break", Ending.ENDLESS),
        ("m = await ws.receive()\nif m.data is not None: break", Ending.ENDLESS),
        ("m = await ws.receive()\nif m.data == 'x': break", Ending.LEAVES),
        ("m = await ws.receive()\nif WSMsgType.CLOSED is m.type: raise OSError", Ending.LEAVES),
        ("m = await ws.receive()\ntry:\n    raise OSError\nexcept:\n    continue", Ending.ENDLESS),
        ("m = await ws.receive()\nsys.exit()", Ending.LEAVES),
        ("m = await ws.receive()\nprint(f'{m.type} {m.data}')", Ending.ENDLESS),
        ("m = await ws.receive()\nprint(m.data)\nawait asyncio.sleep(1)", Ending.ENDLESS),
        ("m = await ws.receive()\nsend(m.data)", Ending.LEAVES),
        ("m = await ws.receive()\nx = m", Ending.LEAVES),
        ("m = await ws.receive()\nm = None", Ending.LEAVES),
        ("m = await ws.receive()\nx = m.json()", Ending.FAILS),
        ("m = await ws.receive()\nx = json.loads(m.data)", Ending.FAILS),
        ("m = await ws.receive()\nx = m.data['a']", Ending.FAILS),
        ("m = await ws.receive()\nx = m.data.strip()", Ending.FAILS),
        ("m = await ws.receive()\nawait ws.ping()", Ending.FAILS),
        ("m = await ws.receive()\nif stop:\n    m.json()", Ending.LEAVES),
        ("m = await ws.receive()\nif m.type is WSMsgType.TEXT:\n    m.json()", Ending.ENDLESS),
        ("m = await ws.receive()\nmatch m.type:\n    case WSMsgType.CLOSED: break", Ending.LEAVES),
        (
            "m = await ws.receive()\nmatch m.type:\n    case WSMsgType.TEXT | WSMsgType.CLOSE: break",
            Ending.ENDLESS,
        ),
        ("m = await ws.receive()\nmatch m.type:\n    case 1: break", Ending.LEAVES),
        ("m = await ws.receive()\nmatch m.type:\n    case other: break", Ending.LEAVES),
        ("kind, data, extra = await ws.receive()", Ending.LEAVES),
        ("m = await asyncio.wait_for(ws.receive(), 5)", Ending.ENDLESS),
    ],
)
def test_what_a_round_does_after_the_connection_closed(body: str, ending: Ending) -> None:
    found = list(receive_loops(module_of(loop(body))))
    assert [one.ending for one in found] == [ending]


@pytest.mark.parametrize(
    ("test", "ending"),
    [
        ("True", Ending.ENDLESS),
        ("1", Ending.ENDLESS),
        ("not ws.closed", Ending.LEAVES),
        ("stop", Ending.LEAVES),
    ],
)
def test_the_condition_of_the_loop_may_end_it(test: str, ending: Ending) -> None:
    found = list(receive_loops(module_of(loop("m = await ws.receive()", test=test))))
    assert [one.ending for one in found] == [ending]


@pytest.mark.parametrize(
    "body",
    [
        "for _ in range(3):\n    await ws.receive()",
        "m = await ws.receive()\nn = await ws.receive()",
        "task = asyncio.create_task(ws.receive())",
    ],
)
def test_other_loops_are_no_receive_loops(body: str) -> None:
    assert list(receive_loops(module_of(loop(body)))) == []


@pytest.mark.parametrize(
    ("handler", "is_expected"),
    [
        ("except RuntimeError: pass", True),
        ("except (OSError, RuntimeError): pass", True),
        ("except Exception: raise", True),
        ("except: pass", True),
        ("except project.Error: pass", True),
        ("except ValueError: pass", False),
        ("finally: print()", False),
        ("finally: return", True),
    ],
)
def test_who_expects_a_failure(handler: str, is_expected: bool) -> None:
    module = module_of(f"def f():\n    try:\n        fail()\n    {handler}\n")
    call = module.facts.calls["fail"][0][0]
    errors = websockets.RUNTIME_ERRORS
    assert failures.goes_on_after(module, call, errors) is is_expected
    within = next(node for node in ast.walk(module.tree) if isinstance(node, ast.Try))
    assert not failures.goes_on_after(module, call, errors, within=within)


REGISTRIES = (
    IMPORTS
    + """
NAMES = {}
PAIRS = []
KEY = web.AppKey("KEY", dict[str, web.WebSocketResponse])


class Room:
    def __init__(self) -> None:
        self.peers = set()
        self.by_name: dict[str, web.WebSocketResponse] = {}

    def join(self, ws: web.WebSocketResponse, name: str) -> None:
        self.peers.add(ws)
        self.by_name[name] = ws
        NAMES[ws] = name
        PAIRS.append((name, ws))

    def leave(self, name: str) -> None:
        del self.by_name[name]


def tell(room: Room, app: web.Application, anything):
    for peer in LOOP:
        peer
"""
)


@pytest.mark.parametrize(
    ("iterable", "is_socket", "is_live"),
    [
        ("room.peers", True, True),
        ("list(room.peers)", True, False),
        ("room.peers.copy()", True, False),
        ("room.by_name.values()", True, True),
        ("sorted(room.by_name.values())", True, False),
        ("room.by_name.keys()", False, True),
        ("room.by_name", False, True),
        ("NAMES", True, True),
        ("NAMES.keys()", True, True),
        ("NAMES.values()", False, True),
        ("app[KEY].values()", True, False),
        ("PAIRS", False, True),
        ("room.others", False, False),
        ("anything", False, False),
        ("anything.values()", False, False),
        ("app[0]", False, False),
        ("app[1 + 1]", False, False),
        ("room.peers.union(anything)", False, False),
    ],
)
def test_registries(iterable: str, is_socket: bool, is_live: bool) -> None:
    module = module_of(REGISTRIES.replace("LOOP", iterable))
    statement = next(node for node in ast.walk(module.tree) if isinstance(node, ast.For))
    assert isinstance(statement.body[0], ast.Expr)
    assert websockets.is_socket(module, statement.body[0].value) is is_socket
    assert (registries.live_collection(module, statement.iter) is not None) is is_live


@pytest.mark.parametrize(
    ("target", "iterable", "name"),
    [
        ("name, ws", "PAIRS", "ws"),
        ("name, ws", "list(room.by_name.items())", "ws"),
        ("ws, name", "NAMES.items()", "ws"),
    ],
)
def test_registries_of_pairs(target: str, iterable: str, name: str) -> None:
    source = REGISTRIES.replace("for peer in LOOP", f"for {target} in {iterable}").replace(
        "        peer\n", f"        {name}\n"
    )
    module = module_of(source)
    statement = next(node for node in ast.walk(module.tree) if isinstance(node, ast.For))
    assert isinstance(statement.body[0], ast.Expr)
    assert websockets.is_socket(module, statement.body[0].value)


@pytest.mark.parametrize(
    ("opening", "option", "expected"),
    [
        ("web.WebSocketResponse()", "autoping", False),
        ("web.WebSocketResponse(autoping=True)", "autoping", False),
        ("web.WebSocketResponse(autoping=False)", "autoping", True),
        ("web.WebSocketResponse(autoping=flag)", "autoping", None),
        ("web.WebSocketResponse(**flag)", "autoping", None),
        ("await session.ws_connect('/')", "autoclose", False),
        ("await asyncio.wait_for(session.ws_connect('/', autoclose=False), 5)", "autoclose", True),
        ("flag", "autoclose", None),
    ],
)
def test_options_of_the_opening(opening: str, option: str, expected: bool | None) -> None:
    source = f"{IMPORTS}async def f(session: aiohttp.ClientSession, flag):\n    ws = {opening}\n    ws\n"
    module = module_of(source)
    name = next(
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "ws" and node.lineno == 6
    )
    assert websockets.is_switched_off(module, websockets.opening(module, name), option) is expected


TYPED = (
    IMPORTS
    + """
async def served(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    while True:
        await ws.receive_json()


async def listen(ws: aiohttp.ClientWebSocketResponse):
    while True:
        await ws.receive_json()


app = web.Application()
app.router.add_get("/", served)
"""
)


@pytest.mark.parametrize(("select", "lines"), [(("AIO",), {9}), (("AIO606",), {9, 14}), (("ALL",), {9, 14})])
def test_typed_receives_of_clients_are_reported_when_asked_for(
    select: tuple[str, ...], lines: set[int]
) -> None:
    result = lint_source(TYPED, "service/module.py", Settings(select=select))
    assert {finding.span.line for finding in result.findings if finding.code == "AIO606"} == lines


GLOBAL = (
    IMPORTS
    + """
def serve() -> None:
    local = []

    async def handler(ws: web.WebSocketResponse) -> None:
        local.append(ws)
        for peer in local:
            await peer.send_str("hello")
        local.remove(ws)

    mixed = {}

    async def other(ws: web.WebSocketResponse, name: str, either: bool) -> None:
        mixed[name] = ws
        again = mixed
        for name, (peer, _) in mixed.items():
            await peer.send_str("hello")
        for peer in again.values():
            await peer.send_str("hello")
        peers = list(mixed.values()) if either else []
        for peer in peers:
            await peer.send_str("hello")
"""
)


def test_registries_of_closures() -> None:
    result = lint_source(GLOBAL, "service/module.py", Settings(select=("AIO608",)))
    places = [GLOBAL.splitlines()[finding.span.line - 1].strip() for finding in result.findings]
    assert places == ["for peer in local:", "for peer in again.values():"]
