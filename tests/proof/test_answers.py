"""What clients get from handlers that make their answers wrongly, or read their requests as other frameworks do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from .harness import Example, Variant, serve

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
    request: dict[str, Any] = field(default_factory=dict)

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
    options = {"data": b"{}", **case.request}
    async with (
        serve(example.app) as url,
        aiohttp.ClientSession() as session,
        session.post(url, allow_redirects=False, **options) as response,
    ):
        text = await response.text()
    status, body = case.bad_answer if variant == "bad" else case.answer
    assert response.status == status, text
    assert body is None or text == body


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
