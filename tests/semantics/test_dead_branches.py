"""Branches that no message of an iterated WebSocket takes."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.dead_branches import DeadBranch, dead_branches
from tests.semantics.modules import module_of


def branches(body: str, target: str = "m", before: str = "") -> list[DeadBranch]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    head = "import aiohttp, logging, other\nfrom aiohttp import WSMsgType\n"
    return list(
        dead_branches(
            module_of(
                f"{head}async def listen(session: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse):\n"
                f"{before}    async for {target} in ws:\n{lines}"
            )
        )
    )


@pytest.mark.parametrize(
    ("body", "types"),
    [
        ("if m.type is WSMsgType.CLOSED: break", {"CLOSED"}),
        ("if m.type == WSMsgType.CLOSE or m.type == WSMsgType.CLOSING: break", {"CLOSE", "CLOSING"}),
        ("if other.flag and m.type is WSMsgType.CLOSED: break", {"CLOSED"}),
        ("if m.type in (WSMsgType.CLOSE, WSMsgType.CLOSED): break", {"CLOSE", "CLOSED"}),
        ("match m.type:\n    case WSMsgType.CLOSED: break", {"CLOSED"}),
        ("match m.type:\n    case WSMsgType.CLOSE | WSMsgType.CLOSED: break", {"CLOSE", "CLOSED"}),
        ("if m.type is WSMsgType.CLOSED or other.flag: break", None),
        ("if m.type is not WSMsgType.CLOSED: break", None),
        ("if m.type in (WSMsgType.CLOSED, WSMsgType.ERROR): break", None),
        ("if m.type is WSMsgType.PING: break", None),
        ("match m.type:\n    case WSMsgType.CLOSED | WSMsgType.TEXT: break", None),
        ("match m.type:\n    case [WSMsgType.CLOSED]: break", None),
        ("match m.type:\n    case _: break", None),
        ("match m.data:\n    case WSMsgType.CLOSED: break", None),
        ("m = other.message()\nif m.type is WSMsgType.CLOSED: break", None),
        ("m = other.message()\nmatch m.type:\n    case WSMsgType.CLOSED: break", None),
    ],
)
def test_types_waited_for(body: str, types: set[str] | None) -> None:
    assert [set(branch.types) for branch in branches(body)] == ([] if types is None else [types])


@pytest.mark.parametrize(
    ("statement", "only_stops"),
    [
        ("break", True),
        ("continue", True),
        ("pass", True),
        ("'''a remark'''", True),
        ("return", True),
        ("return None", True),
        ("return ws", True),
        ("return other.result()", False),
        ("print('closed')", True),
        ("logging.info('closed')", True),
        ("await ws.close()", True),
        ("await other.close()", False),
        ("other_function()", False),
        ("await m", False),
        ("other.closed = True", False),
        ("other.cleanup()", False),
    ],
)
def test_what_a_dead_branch_does(statement: str, only_stops: bool) -> None:
    (branch,) = branches(f"if m.type is WSMsgType.CLOSED:\n    {statement}")
    assert branch.only_stops is only_stops


def test_loop_that_unpacks_its_messages_is_left_alone() -> None:
    assert branches("if m.type is WSMsgType.CLOSED: break", "m, data, extra") == []


def test_pings_where_the_socket_is_seen_to_answer_them() -> None:
    (branch,) = branches(
        "if m.type is WSMsgType.PING: break", before="    ws = await session.ws_connect('/')\n"
    )
    assert branch.is_automatic
    assert (
        branches(
            "if m.type is WSMsgType.PING: break",
            before="    ws = await session.ws_connect('/', autoping=False)\n",
        )
        == []
    )


def test_branch_of_a_chain() -> None:
    (branch,) = branches(
        "if m.type is WSMsgType.TEXT:\n    print(m)\nelif m.type is WSMsgType.CLOSED:\n    break"
    )
    assert isinstance(branch.statement, ast.If)
    assert branch.only_stops
