"""Which receives of one WebSocket wait at the same time."""

from __future__ import annotations

import pytest

from aiohttp_lint.semantics.broadcasts import broadcasts, live_loop_around
from aiohttp_lint.semantics.concurrent_receives import concurrent_receives
from tests.semantics.modules import call, module_of

HEAD = (
    "import asyncio, aiohttp, other\n"
    "class Chat:\n    def __init__(self, ws: aiohttp.ClientWebSocketResponse):\n        self.ws = ws\n"
    "async def f(ws: aiohttp.ClientWebSocketResponse, two: aiohttp.ClientWebSocketResponse, chat: Chat, flag):\n"
)
CASES = {
    "together": ("await asyncio.gather(ws.receive(), ws.receive())", 1),
    "a list": ("await asyncio.wait([ws.receive(), ws.receive()])", 1),
    "with a timeout": ("await asyncio.gather(asyncio.wait_for(ws.receive(), 1), ws.receive())", 1),
    "two sockets": ("await asyncio.gather(ws.receive(), two.receive())", 0),
    "inside of other code": ("await asyncio.gather(other.wrap(ws.receive()), other.wrap(ws.receive()))", 0),
    "not waited for together": ("await ws.receive()\nawait ws.receive()", 0),
    "by keyword": ("await asyncio.gather(ws.receive(), x=ws.receive())", 0),
    "three of them": ("await asyncio.gather(ws.receive(), ws.receive(), ws.receive())", 2),
    "repeated": ("await asyncio.gather(*[ws.receive() for _ in range(2)])", 1),
    "repeated of an attribute": ("await asyncio.gather(*(chat.ws.receive() for _ in range(2)))", 1),
    "one of each": ("await asyncio.gather(*(peer.ws.receive() for peer in [chat, chat]))", 0),
    "repeated of a result": ("await asyncio.gather(*(Chat(ws).ws.receive() for _ in range(2)))", 0),
    "repeated elsewhere": ("tasks = [ws.receive() for _ in range(2)]\nawait asyncio.gather(*tasks)", 0),
    "a group": (
        "async with asyncio.TaskGroup() as g:\n    g.create_task(ws.receive())\n    g.create_task(ws.receive())",
        1,
    ),
    "a group that waits in between": (
        "async with asyncio.TaskGroup() as g:\n    t = g.create_task(ws.receive())\n    await t\n    g.create_task(ws.receive())",
        0,
    ),
    "a group of another kind": (
        "async with other.Group() as g:\n    g.create_task(ws.receive())\n    g.create_task(ws.receive())",
        0,
    ),
    "a group out of sight": (
        "other.group.create_task(ws.receive())\nother.group.create_task(ws.receive())",
        0,
    ),
    "a group that is given": ("flag.create_task(ws.receive())\nflag.create_task(ws.receive())", 0),
    "a group across functions": (
        "async with asyncio.TaskGroup() as g:\n    g.create_task(ws.receive())\n"
        "    def later():\n        g.create_task(ws.receive())",
        0,
    ),
    "a task, then a receive": ("t = asyncio.create_task(ws.receive())\nawait ws.receive()\nawait t", 1),
    "a task, then a receive of another": (
        "t = asyncio.create_task(ws.receive())\nawait two.receive()\nawait t",
        0,
    ),
    "a task that was awaited": ("t = asyncio.create_task(ws.receive())\nawait t\nawait ws.receive()", 0),
    "a task that is kept": ("chat.task = asyncio.create_task(ws.receive())\nawait ws.receive()", 0),
    "a task used later": ("t = asyncio.create_task(ws.receive())\nlater = lambda: t\nawait ws.receive()", 0),
    "a task in one branch": (
        "if flag:\n    t = asyncio.create_task(ws.receive())\nelse:\n    await ws.receive()",
        0,
    ),
    "a receive before the task": ("await ws.receive()\nt = asyncio.create_task(ws.receive())\nawait t", 0),
    "a task given on": ("other.keep(asyncio.create_task(ws.receive()))\nawait ws.receive()", 0),
    "a loop": ("t = asyncio.create_task(ws.receive())\nasync for m in ws:\n    print(m)\nawait t", 1),
    "a task inside of the loop": (
        "async for m in ws:\n    t = asyncio.create_task(ws.receive())\n    await t",
        0,
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_concurrent_receives(title: str) -> None:
    body, expected = CASES[title]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    assert len(list(concurrent_receives(module_of(HEAD + lines)))) == expected


PEERS = (
    "import asyncio, other\nfrom aiohttp import web\npeers: set[web.WebSocketResponse] = set()\n"
    "async def join(ws: web.WebSocketResponse):\n    peers.add(ws)\n    peers.discard(ws)\n"
    "async def send(ws: web.WebSocketResponse, gone: list[web.WebSocketResponse]):\n"
)
LOOPS = {
    "a live registry": ("for peer in peers:\n    await peer.send_str('x')", True),
    "a comprehension": ("[await peer.send_str('x') for peer in peers]", True),
    "a copy": ("for peer in list(peers):\n    await peer.send_str('x')", False),
    "a copy by method": ("for peer in peers.copy():\n    await peer.send_str('x')", False),
    "a parameter": ("for peer in gone:\n    await peer.send_str('x')", False),
    "the first alone": ("for peer in peers:\n    await peer.send_str('x')\n    break", False),
    "an answer to the first": ("for peer in peers:\n    await peer.send_str('x')\n    return", False),
    "another socket": ("for peer in peers:\n    await ws.send_str('x')", False),
    "a generator": ("other.run(await peer.send_str('x') for peer in peers)", False),
    "in a nested function": (
        "for peer in peers:\n    async def later():\n        await peer.send_str('x')",
        False,
    ),
    "after the loop": ("for peer in peers:\n    pass\nawait peer.send_str('x')", False),
    "not awaited": ("for peer in peers:\n    peer.send_str('x')", False),
    "the result of a call": ("for peer in peers:\n    await other.get(peer).send_str('x')", False),
}


@pytest.mark.parametrize("title", LOOPS)
def test_broadcasts(title: str) -> None:
    body, is_found = LOOPS[title]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    assert bool(list(broadcasts(module_of(PEERS + lines)))) is is_found


def test_live_loop_around_a_call() -> None:
    module = module_of(
        f"{PEERS}    for peer in peers:\n        await peer.send_str('x')\n        await ws.send_str('y')\n"
    )
    loop = live_loop_around(module, module.call_site(call(module, "peer.send_str('x')")))
    assert loop is not None
    assert module.segment(loop) == "peers"
    assert live_loop_around(module, module.call_site(call(module, "ws.send_str('y')"))) is None
