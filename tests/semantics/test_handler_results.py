"""How handlers end after they prepared a WebSocket, and the frames that close one."""

from __future__ import annotations

import pytest

from aiohttp_lint.semantics.closing_frames import code_problem, reason_problem
from aiohttp_lint.semantics.handler_results import OutcomeKind, socket_outcomes
from tests.semantics.modules import module_of

PREPARE = "await ws.prepare(request)"
CASES = {
    "it is returned": (f"{PREPARE}\nreturn ws", []),
    "nothing": (f"{PREPARE}\nreturn", [OutcomeKind.NOTHING]),
    "None": (f"{PREPARE}\nreturn None", [OutcomeKind.NOTHING]),
    "another response": (f"{PREPARE}\nreturn web.Response()", [OutcomeKind.OTHER_RESPONSE]),
    "an unknown response": (f"{PREPARE}\nreturn other.response()", []),
    "the end of the body": (f"{PREPARE}\nprint(1)", [OutcomeKind.FALLS_OFF]),
    "another response before it is prepared": (
        f"if request.query:\n    return web.Response()\n{PREPARE}\nreturn ws",
        [],
    ),
    "the end of the body, perhaps unprepared": (f"if request.query:\n    {PREPARE}\nelse:\n    pass", []),
    "an exception": (
        f"{PREPARE}\nif request.query:\n    raise web.HTTPFound('/')\nreturn ws",
        [OutcomeKind.HTTP_EXCEPTION],
    ),
    "another exception": (f"{PREPARE}\nif request.query:\n    raise KeyError('x')\nreturn ws", []),
    "raised again": (f"{PREPARE}\ntry:\n    other.thing()\nexcept KeyError:\n    raise\nreturn ws", []),
    "an exception after the close": (f"{PREPARE}\nawait ws.close()\nraise web.HTTPFound('/')", []),
    "an exception that is expected": (
        f"{PREPARE}\ntry:\n    raise web.HTTPFound('/')\nexcept web.HTTPFound:\n    pass\nreturn ws",
        [],
    ),
    "bound twice": (f"ws = web.WebSocketResponse()\n{PREPARE}\nreturn", []),
    "never prepared": ("return", []),
    "prepared and not awaited": ("ws.prepare(request)\nreturn", []),
}


@pytest.mark.parametrize("title", CASES)
def test_outcomes(title: str) -> None:
    body, kinds = CASES[title]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(
        f"import other\nfrom aiohttp import web\nasync def handler(request):\n    ws = web.WebSocketResponse()\n{lines}"
        "app = web.Application()\napp.router.add_get('/', handler)\n"
    )
    assert [outcome.kind for outcome in socket_outcomes(module)] == kinds


@pytest.mark.parametrize(
    ("arguments", "is_wrong"),
    [
        ("", False),
        ("code=1000", False),
        ("code=WSCloseCode.GOING_AWAY", False),
        ("code=WSCloseCode.ABNORMAL_CLOSURE", True),
        ("code=other.code", False),
        ("code=-1", True),
        ("code=-other.code", False),
        ("code=70000", True),
        ("code=1005", True),
        ("code=True", True),
        ("code='1000'", True),
    ],
)
def test_close_codes(arguments: str, is_wrong: bool) -> None:
    module = module_of(
        f"import aiohttp, other\nfrom aiohttp import WSCloseCode\nasync def f(ws: aiohttp.ClientWebSocketResponse):\n    await ws.close({arguments})\n"
    )
    (site,) = [site for site in module.all_calls() if site.method_name == "close"]
    assert (code_problem(site) is not None) is is_wrong


@pytest.mark.parametrize(
    ("message", "is_wrong"),
    [
        ("b'short'", False),
        ("b'x' * 124", True),
        ("b'x' * 123", False),
        ("b'x' * other.count", False),
        ("other.text * 200", False),
        ("'é' * 62", True),
        ("other.text", False),
        ("5", False),
    ],
)
def test_close_messages(message: str, is_wrong: bool) -> None:
    module = module_of(
        f"import aiohttp, other\nasync def f(ws: aiohttp.ClientWebSocketResponse):\n    await ws.close(message={message})\n"
    )
    (site,) = [site for site in module.all_calls() if site.method_name == "close"]
    assert (reason_problem(site) is not None) is is_wrong
