"""The taint engine: what carries a client's text on, what ends it, and work that stays bounded."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aiohttp_lint.semantics.imports import Project
from aiohttp_lint.semantics.routes import lets_everything_through
from aiohttp_lint.semantics.taint_labels import Text
from tests.semantics.modules import module_of

HEAD = """
import os
import pickle
from aiohttp import web

async def handler(request: web.Request, other, flag) -> web.Response:
    text = request.query["text"]
"""


def flows(body: str, rest: str = "") -> list[tuple[int, str]]:
    """Give line (of the body, from 1) and source of each flow into the body's `eval()` and `web.HTTPFound()`."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(HEAD + lines + rest)
    first = HEAD.count("\n")
    return [(getattr(flow.place, "lineno", 0) - first, flow.source) for flow in module.taint.flows()]


@pytest.mark.parametrize(
    "body",
    [
        "eval(text)",
        "eval(text.strip().upper()[1:])",
        "eval(f'{text!r}')",
        "a, b = 1, text\neval(b)",
        "a, (b, *c) = 1, (2, text)\neval(c[0])",
        "data = {'a': text, 'b': 1}\neval(data['a'])",
        "data = {}\ndata['a'] = text\neval(data.get('a'))",
        "data = []\ndata.append(text)\nfor item in data:\n    eval(item)",
        "eval(' '.join(part for part in text.split() if part))",
        "eval(text if flag else '1')",
        "eval(flag or text)",
        "if (value := text):\n    eval(value)",
        "value = '1'\nwhile flag:\n    eval(value)\n    value += text",
        "try:\n    other()\nexcept ValueError:\n    text = '1'\neval(text)",
        "if len(text) > 3 and text is not None:\n    eval(text)",
        "if 'text' in request.query:\n    eval(request.query.get('text', '1'))",
        "print(text)\neval(text)",
        "lines = await request.content.readline()\neval(lines.decode())",
    ],
)
def test_carried_on(body: str) -> None:
    assert len(flows(body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "eval(other(text))",
        "eval(await other.get(text))",
        "text = '1'\neval(text)",
        "data = {'a': text, 'b': '1'}\neval(data['b'])",
        "data = [text, '1']\neval(data[1])",
        "eval(other[text])",
        "if text in other:\n    eval(text)",
        "if text == 'a' or text == 'b':\n    eval(text)",
        "if not other(text):\n    raise web.HTTPBadRequest\neval(text)",
        "ok = text.isdigit()\nif not ok:\n    raise web.HTTPBadRequest\neval(text)",
        "other.validate(text)\neval(text)",
        "await other(request.query)\neval(text)",
        "assert text.isidentifier()\neval(text)",
        "match text:\n    case 'a':\n        eval(text)",
        "eval(text if text in other else '1')",
        "text in other and eval(text)",
        "eval(str([part for part in text.split() if part in other]))",
        "number = int(text)\neval(text)",
        "for part in text.split(','):\n    if part in other:\n        eval(part)",
        "with other(text) as text:\n    eval(text)",
        "try:\n    other()\nexcept ValueError as text:\n    eval(text)",
        "def text(): ...\neval(text)",
        "del text\neval(text)",
        "if any(part in other for part in text):\n    raise web.HTTPBadRequest\neval(text)",
        "eval(request.method)",
        "eval(request.app['x'])",
        "eval(f'{text:d}')",
    ],
)
def test_ended(body: str) -> None:
    assert flows(body) == []


def test_a_test_on_one_way_only_counts_there() -> None:
    assert flows("if flag:\n    other.check(text)\n    eval(text)\nelse:\n    eval(text)") == [
        (5, "`text` from the query")
    ]


def test_a_sink_is_no_check() -> None:
    assert [line for line, _ in flows("eval(text)\npickle.loads(text)")] == [1, 2]


FUNCTIONS = """

def same(value, times=3):
    return same(value, times - 1) if times else value

def even(value, n):
    return odd(value, n - 1) if n else value

def odd(value, n):
    return even(value, n - 1)

def run(value, options=None):
    execute("1", value)

def execute(first, value):
    eval(value)

def refuse(value):
    if value.startswith("_"):
        raise ValueError(value)

def note(value):
    if value.startswith("_"):
        print(value)

def fixed(value):
    return "1"
"""


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("eval(same(text))", 1),
        ("eval(even(text, 5))", 1),
        ("run(text)", 1),
        ("run(options=text, value='1')", 0),
        ("run(*other)", 0),
        ("eval(fixed(text))", 0),
        ("refuse(text)\neval(text)", 0),
        ("note(text)\neval(text)", 1),
    ],
)
def test_functions_by_summary(body: str, count: int) -> None:
    assert len(flows(body, FUNCTIONS)) == count


def test_the_sink_is_reported_where_it_is_in_the_same_file() -> None:
    module = module_of(HEAD + "    run(text)\n" + FUNCTIONS)
    (flow,) = module.taint.flows()
    assert module.segment(flow.place) == "eval(value)"
    assert [related.message for related in flow.related] == [
        "the query of the request comes in here",
        "`handler` calls `run`",
        "`run` calls `execute`",
    ]


STORE = """
def load(path):
    with open(path) as file:
        return file.read()
"""
VIEWS = """
from aiohttp import web

from store import load

async def show(request: web.Request) -> web.Response:
    return web.Response(text=load(f"texts/{request.query['name']}"))
"""


def test_a_sink_of_another_file_is_named_where_the_handler_goes_there(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(STORE)
    project = Project([str(tmp_path)], lambda path: Path(path).read_bytes())
    views = project.open(VIEWS, str(tmp_path / "views.py"), ast.parse(VIEWS))
    (flow,) = views.taint.flows()
    assert getattr(flow.place, "lineno", 0) == 7
    assert flow.elsewhere == ", at `open()` (store.py:3)"
    assert (Path(flow.related[-1].path).name, flow.related[-1].span.line) == ("store.py", 3)


@pytest.mark.parametrize(
    "rest",
    [
        "".join(f"def f{n}(a):\n    return f{n + 1}(a)\n" for n in range(400))
        + "def f400(a):\n    return a\n",
        "".join(f"def f{n}(a):\n    return f{(n + 1) % 60}(a) or f{(n * 7) % 60}(a)\n" for n in range(60)),
        "def f0(a):\n" + "".join(f"    a = a + 'x{n}' if a else f0(a)\n" for n in range(800)),
        "def f0(a):\n    return " + "(" * 80 + "a" + " + 'x')" * 80 + "\n",
    ],
)
def test_work_is_bounded(rest: str) -> None:
    assert flows("eval(f0(text))", "\n" + rest) in ([], [(1, "`text` from the query")])


def test_what_is_known_of_a_text() -> None:
    text = Text.literal("https://").then(Text(is_whole=False)).then(Text.literal("/"))
    assert (text.head, text.tail, text.is_whole) == ("https://", "/", False)
    assert Text.literal("ab").meet(Text.literal("ac")) == Text("a", "", False)
    assert Text.literal("").is_nothing
    assert len(Text.literal("x" * 200).head) < 200


@pytest.mark.parametrize(
    ("path", "name", "passes"),
    [
        ("/{name}", "name", True),
        ("/{name:.+}", "name", True),
        (r"/{name:\S+}", "name", True),
        (r"/{name:[^\\/]+}", "name", True),
        (r"/{name:[]%]+}", "name", True),
        (r"/{name:[^%/]+}", "name", False),
        (r"/{name:\d{1,3}}", "name", False),
        (r"/{other:.+}/{name:[a-f]\.txt}", "name", False),
        ("/{name:[z-a]}", "name", False),
        (None, "name", False),
    ],
)
def test_what_a_route_lets_through(path: str | None, name: str, passes: bool) -> None:
    assert lets_everything_through(path, name) is passes


def test_of_several_texts_the_same_one_comes_first_in_every_run() -> None:
    body = "".join(f"{name} = request.query['{name}']\n" for name in "dbeac")
    found = [source for _, source in flows(body + "eval(d + b + e + a + c)")]
    assert found == [f"`{name}` from the query" for name in "abcde"]


@pytest.mark.parametrize(
    ("statement", "is_name"),
    [
        ("SELECT {text} FROM goods", True),
        ("SELECT name FROM `{text}`", True),
        ("SELECT name FROM goods ORDER BY {text}", True),
        ("SELECT name FROM goods WHERE name = '{text}'", False),
        ("SELECT name FROM goods LIMIT {text}", False),
    ],
)
def test_what_names_a_column(statement: str, is_name: bool) -> None:
    body = f'    await other.execute(f"{statement}")\n'
    (flow,) = module_of(HEAD + body).taint.flows()
    assert flow.stands_for_name is is_name


def test_a_flow_through_a_session_names_every_way_into_it() -> None:
    module = module_of(
        """
        from aiohttp import web
        from aiohttp_session import new_session, get_session

        async def join(request: web.Request) -> web.Response:
            session = await new_session(request)
            session["back"] = request.query.get("back", "/")
            return web.Response()

        async def enter(request: web.Request) -> web.Response:
            target = request.query["back"]
            session = await get_session(request)
            session["back"] = target
            return web.Response()

        async def done(request: web.Request) -> web.Response:
            session = await get_session(request)
            raise web.HTTPFound(session.pop("back"))
        """
    )
    (flow,) = module.taint.flows()
    assert flow.source == "`back` from the session"
    assert [(place.span.line, place.message) for place in flow.related] == [
        (7, "the query of the request comes in here"),
        (7, "the client's text is kept as `back` here"),
        (11, "the query of the request comes in here"),
        (13, "the client's text is kept as `back` here"),
        (18, "the session of the request comes in here"),
    ]
