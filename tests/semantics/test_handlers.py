"""What decorators and middlewares make of a handler's result, and who sees an exception that is returned."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.handlers import (
    Decoration,
    decoration,
    is_guarded,
    is_seen_by_nobody,
    returned_exceptions,
)
from tests.semantics.modules import call, function_named, module_of

HEAD = "import functools, aiohttp_jinja2, other\nfrom aiohttp import web\n"
HANDLER = "async def handler(request):\n    return web.HTTPFound('/')\n"


def wrapper(body: str) -> str:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return (
        f"def decorator(function):\n    async def wrapper(request):\n{lines}    return wrapper\n@decorator\n"
    )


DECORATIONS = {
    "none": ("", Decoration.PLAIN),
    "a template": ("@aiohttp_jinja2.template('page.html')\n", Decoration.PLAIN),
    "out of sight": ("@other.decorator\n", Decoration.UNKNOWN),
    "hands on": (wrapper("return await function(request)"), Decoration.PLAIN),
    "hands on the coroutine": (wrapper("return function(request)"), Decoration.PLAIN),
    "in a try": (wrapper("try:\n    return await function(request)\nfinally:\n    pass"), Decoration.ACTING),
    "acts on it": (wrapper("response = await function(request)\nreturn response"), Decoration.ACTING),
    "keeps it": (wrapper("response = await function(request)\nreturn web.Response()"), Decoration.UNKNOWN),
    "drops it": (wrapper("await function(request)\nreturn web.Response()"), Decoration.UNKNOWN),
    "never calls it": (wrapper("return web.Response()"), Decoration.UNKNOWN),
    "makes it a task's": (wrapper("return await other.run(function)"), Decoration.UNKNOWN),
    "calls it at once": (
        "def decorator(function):\n    result = function(None)\n    async def wrapper(request):\n"
        "        return await function(request)\n    return wrapper\n@decorator\n",
        Decoration.UNKNOWN,
    ),
    "gives nothing of its own": (
        "def decorator(function):\n    return function\n@decorator\n",
        Decoration.UNKNOWN,
    ),
    "takes nothing": (
        "def decorator():\n    def wrapper(): ...\n    return wrapper\n@decorator\n",
        Decoration.UNKNOWN,
    ),
    "a factory": (
        "def factory(name):\n    def decorator(function):\n        async def wrapper(request):\n"
        "            return await function(request)\n        return wrapper\n    return decorator\n@factory('x')\n",
        Decoration.PLAIN,
    ),
    "a factory that gives a class's": (
        "def factory(name):\n    return other.thing\n@factory('x')\n",
        Decoration.UNKNOWN,
    ),
}


@pytest.mark.parametrize("title", DECORATIONS)
def test_decoration(title: str) -> None:
    decorators, expected = DECORATIONS[title]
    module = module_of(HEAD + decorators + HANDLER)
    assert decoration(module, function_named(module, "handler")) is expected


GUARDED = {
    "mark()": False,
    "try:\n    mark()\nexcept OSError:\n    pass": True,
    "try:\n    pass\nexcept OSError:\n    mark()": False,
    "with other.thing():\n    mark()": True,
    "async with other.thing():\n    mark()": True,
    "try:\n    f = lambda: mark()\nfinally:\n    pass": False,
}


@pytest.mark.parametrize("body", GUARDED)
def test_guarded_places(body: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(f"async def handler(request):\n{lines}")
    assert is_guarded(module, call(module, "mark()")) is GUARDED[body]


def test_place_outside_of_functions_is_guarded_by_nothing() -> None:
    module = module_of("mark()")
    assert not is_guarded(module, call(module, "mark()"))


def test_exception_classes_of_the_file_that_are_returned() -> None:
    module = module_of(
        HEAD
        + "class Gone(web.HTTPGone): ...\n"
        + "async def handler(request):\n    if request.query:\n        return Gone\n    return Gone()\n"
        + "async def lost(request):\n    return web.HTTPFound('/') if request.query else other.response()\n"
        + "app = web.Application()\napp.router.add_get('/', handler)\napp.router.add_get('/lost', lost)\n"
        + "app.router.add_get('/lambda', lambda request: web.HTTPNotFound())\n"
    )
    found = [
        (ast.unparse(returned.value), returned.is_class, returned.statement is not None)
        for returned in returned_exceptions(module)
    ]
    assert sorted(found) == [
        ("Gone", True, True),
        ("Gone()", False, True),
        ("web.HTTPFound('/')", False, False),
        ("web.HTTPNotFound()", False, False),
    ]


PASSING = "@web.middleware\nasync def passing(request, handler):\n    return await handler(request)\n"
ACTING = "@web.middleware\nasync def acting(request, handler):\n    response = await handler(request)\n    return response\n"
ROUTE = "app.router.add_get('/', handler)\n"
APPLICATIONS = {
    "alone": (f"app = web.Application()\n{ROUTE}web.run_app(app)\n", True),
    "with settings": (f"app = web.Application()\napp['port'] = 1\n{ROUTE}web.run_app(app)\n", True),
    "passing middleware": (
        f"{PASSING}app = web.Application(middlewares=[passing])\n{ROUTE}web.run_app(app)\n",
        True,
    ),
    "acting middleware": (
        f"{ACTING}app = web.Application(middlewares=[acting])\n{ROUTE}web.run_app(app)\n",
        False,
    ),
    "unknown middlewares": (
        f"app = web.Application(middlewares=other.all())\n{ROUTE}web.run_app(app)\n",
        False,
    ),
    "middleware out of sight": (
        f"app = web.Application(middlewares=[other.one])\n{ROUTE}web.run_app(app)\n",
        False,
    ),
    "never run": (f"app = web.Application()\n{ROUTE}", False),
    "given away": (f"app = web.Application()\n{ROUTE}other.setup(app)\nweb.run_app(app)\n", False),
    "kept elsewhere": (f"app = web.Application()\nkept = app\n{ROUTE}web.run_app(app)\n", False),
    "its middlewares change": (
        f"app = web.Application()\napp.middlewares.append(other.one)\n{ROUTE}web.run_app(app)\n",
        False,
    ),
    "two of them": (f"app = web.Application()\nsecond = web.Application()\n{ROUTE}web.run_app(app)\n", False),
    "rebound": (f"app = web.Application()\n{ROUTE}web.run_app(app)\napp = None\n", False),
    "an attribute": (
        "class Server:\n    def run(self):\n        self.app = web.Application()\n        web.run_app(self.app)\n",
        False,
    ),
    "unknown arguments": (f"app = web.Application(**other.settings())\n{ROUTE}web.run_app(app)\n", False),
    "called by the file": (
        f"app = web.Application()\n{ROUTE}web.run_app(app)\nasync def again():\n    await handler(None)\n",
        False,
    ),
}


@pytest.mark.parametrize("title", APPLICATIONS)
def test_nobody_sees_the_exception(title: str) -> None:
    rest, expected = APPLICATIONS[title]
    module = module_of(HEAD + HANDLER + rest)
    assert is_seen_by_nobody(module, function_named(module, "handler")) is expected


def test_acting_decorator_sees_the_exception() -> None:
    decorators, _ = DECORATIONS["acts on it"]
    module = module_of(HEAD + decorators + HANDLER + f"app = web.Application()\n{ROUTE}web.run_app(app)\n")
    assert not is_seen_by_nobody(module, function_named(module, "handler"))
