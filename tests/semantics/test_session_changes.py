"""Which changes of a session are lost, and what makes that unknown."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.session_changes import Loss, lost_changes
from tests.semantics.modules import module_of

HEAD = "import other\nfrom aiohttp import web\nfrom aiohttp_session import get_session\n"
ANSWER = "return web.Response()"
STREAM = "return web.FileResponse('x')"
CASES = {
    "a nested value": (f"session['cart'].append(1)\n{ANSWER}", [Loss.NESTED]),
    "a nested value far down": (f"session['cart']['items'].append(1)\n{ANSWER}", [Loss.NESTED]),
    "a nested key far down": (f"session['cart']['items']['one'] = 1\n{ANSWER}", [Loss.NESTED]),
    "a nested key deleted": (f"del session['cart']['one']\n{ANSWER}", [Loss.NESTED]),
    "a nested value by get": (f"session.get('cart').append(1)\n{ANSWER}", [Loss.NESTED]),
    "a value is looked at": (f"print(session['cart'])\n{ANSWER}", []),
    "a mutator that is not called": (f"add = session['cart'].append\n{ANSWER}", []),
    "a value under a name with two meanings": (
        f"cart = session['cart']\ncart.append(1)\ncart = None\n{ANSWER}",
        [],
    ),
    "get is not called": (f"find = session.get\n{ANSWER}", []),
    "the session is only looked at": (
        f"if session:\n    print(f'{{session}}')\nfor key in session:\n    pass\n{ANSWER}",
        [],
    ),
    "it is told": (f"session['cart'].append(1)\nsession.changed()\n{ANSWER}", []),
    "an unknown method": (f"session['cart'].append(1)\nsession.whatever()\n{ANSWER}", []),
    "given away": (f"session['cart'].append(1)\nother.save(session)\n{ANSWER}", []),
    "used in a nested function": (f"session['cart'].append(1)\nlater = lambda: session\n{ANSWER}", []),
    "the request is given away": (f"session['cart'].append(1)\nother.save(request)\n{ANSWER}", []),
    "the request is looked at": (f"session['cart'].append(request['item'])\n{ANSWER}", [Loss.NESTED]),
    "a stream": (f"session['a'] = 1\n{STREAM}", [Loss.STREAM]),
    "a stream on both ways": (
        f"session['a'] = 1\nif request.query:\n    print(1)\nelse:\n    print(2)\n{STREAM}",
        [Loss.STREAM],
    ),
    "a stream in one branch": (f"session['a'] = 1\nif request.query:\n    {ANSWER}\n{STREAM}", []),
    "an HTTP exception carries it": (
        f"session['a'] = 1\nif request.query:\n    raise web.HTTPFound('/')\n{STREAM}",
        [],
    ),
    "another exception loses it": (
        f"session['a'] = 1\nif request.query:\n    raise KeyError('x')\n{STREAM}",
        [Loss.STREAM],
    ),
    "the end of the function": ("session['a'] = 1", []),
    "a return without a value": ("session['a'] = 1\nif request.query:\n    return\n" + STREAM, []),
    "an unknown response": ("session['a'] = 1\nreturn other.response()", []),
    "an unprepared response": ("session['a'] = 1\nresponse = web.Response()\nreturn response", []),
    "a prepared response": (
        "response = web.Response()\nawait response.prepare(request)\nsession['a'] = 1\nreturn response",
        [Loss.PREPARED],
    ),
    "bound twice": (f"session['cart'].append(1)\nsession = await get_session(request)\n{ANSWER}", []),
}


@pytest.mark.parametrize("title", CASES)
def test_lost_changes(title: str) -> None:
    body, expected = CASES[title]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(
        f"{HEAD}async def handler(request):\n    session = await get_session(request)\n{lines}"
        "app = web.Application()\napp.router.add_get('/', handler)\n"
    )
    assert [change.loss for change in lost_changes(module)] == expected


SILENT = {
    "not awaited": "async def f(request: web.Request):\n    session = get_session(request)\n",
    "at the top": "session = get_session(None)\n",
    "kept on the request": "async def f(request: web.Request):\n    request['s'] = await get_session(request)\n",
    "a middleware": (
        "@web.middleware\nasync def f(request, handler):\n    session = await get_session(request)\n"
        "    session['cart'].append(1)\n    return await handler(request)\n"
    ),
    "a generator": "async def f(request):\n    session = await get_session(request)\n    session['a'].append(1)\n    yield 1\n",
    "no response": "async def f(request):\n    session = await get_session(request)\n    session['a'].append(1)\n    return 1\n",
}


@pytest.mark.parametrize("title", SILENT)
def test_functions_that_answer_no_request(title: str) -> None:
    source = SILENT[title] + "    return web.Response()\n" * (title in ("not awaited", "kept on the request"))
    assert list(lost_changes(module_of(HEAD + source))) == []


def test_function_without_parameters_gives_the_request_to_nobody() -> None:
    module = module_of(
        f"{HEAD}async def f():\n    session = await get_session(other.request)\n    session['a'].append(1)\n    {ANSWER}\n"
    )
    (change,) = lost_changes(module)
    assert isinstance(change.node, ast.Call)
    assert change.session == "session"
