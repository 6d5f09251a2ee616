"""What clients get from handlers that make their answers wrongly, or read their requests as other frameworks do."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, Variant, fetch, run_source, serve

FAILED = 500


@dataclass(frozen=True)
class Case:
    """The body of one handler in its variants, the request that reaches it, and what the client gets.

    `bad_answer` and `answer` are status and body; None for a body that doesn't matter.
    """

    code: str
    bad: str
    good: str
    answer: tuple[int, str | None]
    bad_answer: tuple[int, str | None] = (FAILED, None)
    is_fixed: bool = True
    is_multipart: bool = False

    @property
    def example(self) -> Example:
        """The module around the two bodies."""
        return Example(self.code, _module(self.bad), _module(self.good))

    def __str__(self) -> str:
        return f"{self.code}-{self.bad.splitlines()[0]}"


def _module(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = "import json\nfrom aiohttp import web\n\nasync def handler(request):\n"
    return f'{head}{lines}\napp = web.Application()\napp.router.add_post("/", handler)\n'


CASES = [
    Case(
        "AIO705",
        'raise web.HTTPBadRequest("no id")',
        'raise web.HTTPBadRequest(text="no id")',
        (400, "no id"),
    ),
    Case("AIO705", 'raise web.HTTPGone(detail="gone")', 'raise web.HTTPGone(text="gone")', (410, "gone")),
    Case("AIO705", "raise web.HTTPFound", 'raise web.HTTPFound("/login")', (302, None), is_fixed=False),
    Case("AIO705", 'raise web.HTTPFound("")', 'raise web.HTTPFound("/")', (302, None), is_fixed=False),
    Case(
        "AIO705",
        'raise web.HTTPGone(text={"error": "x"})',
        'raise web.HTTPGone(text=json.dumps({"error": "x"}))',
        (410, '{"error": "x"}'),
        is_fixed=False,
    ),
    Case(
        "AIO706",
        'if not request.cookies:\n    web.HTTPForbidden(text="no")\nreturn web.Response(text="secret")',
        'if not request.cookies:\n    raise web.HTTPForbidden(text="no")\nreturn web.Response(text="secret")',
        (403, "no"),
        bad_answer=(200, "secret"),
    ),
    Case("AIO706", "raise web.Response(status=404)", "return web.Response(status=404)", (404, "")),
    Case("AIO709", 'return web.Response("hi")', 'return web.Response(text="hi")', (200, "hi")),
    Case(
        "AIO709", "return web.json_response({}, 404)", "return web.json_response({}, status=404)", (404, "{}")
    ),
    Case("AIO709", "return web.Response(json={})", "return web.json_response({})", (200, "{}")),
    Case("AIO709", 'return web.Response(text=b"hi")', 'return web.Response(body=b"hi")', (200, "hi")),
    Case(
        "AIO709",
        'return web.json_response({}, headers={"content-type": "application/hal+json"})',
        'return web.json_response({}, content_type="application/hal+json")',
        (200, "{}"),
    ),
    Case(
        "AIO709",
        'return web.Response(text="hi", content_type="text/html; charset=utf-8")',
        'return web.Response(text="hi", content_type="text/html", charset="utf-8")',
        (200, "hi"),
    ),
    Case(
        "AIO709",
        "return web.Response(body={})",
        'return web.Response(body=b"{}")',
        (200, "{}"),
        is_fixed=False,
    ),
    Case(
        "AIO709",
        'return web.Response(text="a", body=b"b")',
        'return web.Response(text="a")',
        (200, "a"),
        is_fixed=False,
    ),
    Case(
        "AIO707",
        "return web.json_response(request.json())",
        "return web.json_response(await request.json())",
        (200, "{}"),
    ),
    Case(
        "AIO707",
        "return web.json_response(dict(await request.json))",
        "return web.json_response(dict(await request.json()))",
        (200, "{}"),
    ),
    Case(
        "AIO707",
        'return web.Response(text=request.headers()["X-Name"])',
        'return web.Response(text=request.headers["X-Name"])',
        (200, "x"),
    ),
    Case(
        "AIO707",
        'response = web.StreamResponse()\nawait response.prepare(request)\nresponse.write(b"hi")\nreturn response',
        'response = web.StreamResponse()\nawait response.prepare(request)\nawait response.write(b"hi")\nreturn response',
        (200, "hi"),
        bad_answer=(200, ""),
    ),
    Case(
        "AIO708",
        'return web.Response(text=request.args.get("name", "no"))',
        'return web.Response(text=request.query.get("name", "no"))',
        (200, "no"),
    ),
    Case(
        "AIO708",
        'return web.json_response(request.GET.getlist("name"))',
        'return web.json_response(request.query.getall("name", []))',
        (200, "[]"),
    ),
    Case(
        "AIO708",
        'request.headers["X-Name"] = "y"\nreturn web.Response(text=request.headers["X-Name"])',
        'request = request.clone(headers={"X-Name": "y"})\nreturn web.Response(text=request.headers["X-Name"])',
        (200, "y"),
        is_fixed=False,
    ),
    Case(
        "AIO743",
        "async for chunk in request.content:\n    pass\nreturn web.json_response(await request.json())",
        "return web.json_response(await request.json())",
        (200, "{}"),
        is_fixed=False,
    ),
    Case(
        "AIO743",
        "raw = await request.read()\nreturn web.Response(body=await request.content.read())",
        "raw = await request.read()\nreturn web.Response(body=raw)",
        (200, "{}"),
        bad_answer=(200, ""),
        is_fixed=False,
    ),
    Case(
        "AIO743",
        "await request.read()\nreader = await request.multipart()\nreturn web.Response(text=(await reader.next()).name)",
        "reader = await request.multipart()\nreturn web.Response(text=(await reader.next()).name)",
        (200, "field"),
        is_fixed=False,
        is_multipart=True,
    ),
    Case("AIO702", "web.json_response({})", "return web.json_response({})", (200, "{}")),
    Case("AIO702", 'return {"ok": True}', 'return web.json_response({"ok": True})', (200, '{"ok": true}')),
    Case("AIO702", 'return "hi"', 'return web.Response(text="hi")', (200, "hi"), is_fixed=False),
    Case("AIO702", "request.app", "return web.Response()", (200, ""), is_fixed=False),
]


def _variants() -> list[tuple[Case, Variant]]:
    found: list[tuple[Case, Variant]] = []
    for case in CASES:
        found += [(case, "bad"), (case, "good")]
        found += [(case, "fixed")] if case.is_fixed else []
    return found


@pytest.mark.parametrize(("case", "variant"), _variants(), ids=str)
async def test_answer(case: Case, variant: Variant) -> None:
    example = case.example.load(variant)
    form = aiohttp.FormData()
    form.add_field("field", b"value", filename="file")
    body: Any = form if case.is_multipart else b"{}"
    async with (
        serve(example.app) as url,
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers={"X-Name": "x"}, allow_redirects=False) as response,
    ):
        text = await response.text()
    status, expected = case.bad_answer if variant == "bad" else case.answer
    assert response.status == status, text
    assert expected is None or text == expected


DOUBLED = Example(
    "AIO709",
    bad="""
from aiohttp import web

async def handler(request):
    response = web.Response(text="<p>")
    response.content_type = "text/html; charset=utf-8"
    return response
""",
    good="""
from aiohttp import web

async def handler(request):
    response = web.Response(text="<p>")
    response.content_type = "text/html"
    return response
""",
)


@pytest.mark.parametrize("variant", ["bad", "good", "fixed"])
async def test_charset_is_sent_twice(variant: Variant) -> None:
    example = DOUBLED.load(variant)
    async with (
        serve(example.handler) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as response,
    ):
        assert response.headers["Content-Type"].count("charset=utf-8") == (2 if variant == "bad" else 1)


BARE = Example(
    "AIO701",
    bad="""
from aiohttp import web

def index(request):
    return web.Response(text="hi")

def register():
    app = web.Application()
    app.router.add_get("/", index)
    return app
""",
    good="""
from aiohttp import web

async def index(request):
    return web.Response(text="hi")

def register():
    app = web.Application()
    app.router.add_get("/", index)
    return app
""",
)


@pytest.mark.parametrize("variant", ["bad", "good", "fixed"])
async def test_plain_functions_are_deprecated(variant: Variant) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        app = BARE.load(variant).register()
    told = [str(warning.message) for warning in caught if warning.category is DeprecationWarning]
    assert any("Bare functions are deprecated" in text for text in told) is (variant == "bad")
    async with serve(app) as url:
        assert await fetch(url) == b"hi"


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        ("async def handler(request, name): return web.Response()", FAILED),
        ("async def handler(request, *, name): return web.Response()", FAILED),
        ("async def handler(): return web.Response()", FAILED),
        ("async def handler(request): yield b''", FAILED),
        ("async def handler(request, name=None, *, other=None): return web.Response()", 200),
    ],
)
async def test_handlers_take_the_request_alone(handler: str, status: int) -> None:
    example = run_source(f"from aiohttp import web\n{handler}\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        async with (
            serve(example.handler) as url,
            aiohttp.ClientSession() as session,
            session.get(url) as response,
        ):
            assert response.status == status


def test_plain_function_to_answer_expect() -> None:
    def expect(request: web.Request) -> None:
        raise NotImplementedError

    async def index(request: web.Request) -> web.Response:
        return web.Response()

    with pytest.raises(AssertionError):
        web.Application().router.add_route("POST", "/", index, expect_handler=expect)  # type: ignore[arg-type]
