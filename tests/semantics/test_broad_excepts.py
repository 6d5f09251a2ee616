"""Broad clauses that end HTTP exceptions, and what clauses do with what they catch."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.broad_excepts import (
    classes_caught,
    ends_exceptions,
    raised_class,
    swallowed_exceptions,
)
from tests.semantics.modules import module_of

HEAD = "import contextlib, logging, sys, traceback, other\nfrom aiohttp import web\n"


def handler(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{HEAD}async def handler(request):\n{lines}app = web.Application()\napp.router.add_get('/', handler)\n"


RAISE = "if request.query: raise web.HTTPFound('/')"
END = "except Exception:\n    return web.Response()"
SWALLOWED = {
    "raised in the block": (f"try:\n    {RAISE}\n{END}", True),
    "a bare clause": (f"try:\n    {RAISE}\nexcept:\n    return web.Response()", True),
    "an earlier clause takes it": (f"try:\n    {RAISE}\nexcept web.HTTPException:\n    raise\n{END}", False),
    "an earlier bare name": (f"try:\n    {RAISE}\nexcept other.unknown:\n    raise\n{END}", False),
    "an earlier unrelated one": (f"try:\n    {RAISE}\nexcept KeyError:\n    pass\n{END}", True),
    "an earlier class of the file": (
        f"class Mine(Exception): ...\ntry:\n    {RAISE}\nexcept Mine:\n    pass\n{END}",
        True,
    ),
    "the same again": (f"try:\n    {RAISE}\nexcept Exception:\n    {RAISE}", False),
    "another exception": (f"try:\n    raise KeyError('x')\n{END}", False),
    "one of several": (f"try:\n    raise other.error if request.query else web.HTTPFound\n{END}", False),
    "raised again": (
        "try:\n    other.thing()\nexcept KeyError:\n    try:\n        raise\n    "
        + END.replace("\n", "\n    "),
        False,
    ),
    "caught by a try inside": (
        f"try:\n    try:\n        {RAISE}\n    except web.HTTPException:\n        pass\n{END}",
        False,
    ),
    "caught by something unknown inside": (
        f"try:\n    try:\n        {RAISE}\n    except other.error:\n        pass\n{END}",
        False,
    ),
    "a try inside catches something else": (
        f"try:\n    try:\n        {RAISE}\n    except KeyError:\n        pass\n{END}",
        True,
    ),
    "a try inside lets it go on": (
        f"try:\n    try:\n        {RAISE}\n    except Exception:\n        raise\n{END}",
        True,
    ),
    # Found once: for the `suppress`, and not for the clause around it too.
    "suppressed inside": (
        f"try:\n    with contextlib.suppress(Exception):\n        if request:\n            {RAISE}\n{END}",
        True,
    ),
    "raised in a nested function": (f"try:\n    def later():\n        {RAISE}\n{END}", False),
    "suppressed": (f"with contextlib.suppress(Exception):\n    {RAISE}", True),
    "something else suppressed": (f"with contextlib.suppress(KeyError):\n    {RAISE}", False),
    "a context that suppresses nothing": (f"with other.context():\n    {RAISE}", False),
    "a return in finally": (f"try:\n    {RAISE}\nfinally:\n    return web.Response()", True),
    "a harmless finally": (f"try:\n    {RAISE}\nfinally:\n    print(1)", False),
    "a finally after nothing raised": ("try:\n    other.thing()\nfinally:\n    return web.Response()", False),
    "the body's size": (f"try:\n    await request.post()\n{END}", True),
    "the body's size is let out": (
        f"try:\n    await request.post()\nexcept web.HTTPException:\n    raise\n{END}",
        False,
    ),
}


@pytest.mark.parametrize("title", SWALLOWED)
def test_swallowed(title: str) -> None:
    body, is_swallowed = SWALLOWED[title]
    assert len(list(swallowed_exceptions(module_of(handler(body))))) == is_swallowed


LET_OUT = "except web.HTTPRedirection:\n    raise\n"
DELEGATES = {
    "given what the function was given": ("await other.view(request)", True),
    "given something else": ("await other.view(1)", False),
    "given a local value": ("item = request.query\nawait other.view(item)", False),
    "given a result": ("await other.view(request.query)", False),
    "a method of aiohttp": ("await request.text()", False),
    "a function of the file": ("await here(request)", False),
    "not awaited": ("other.view(request)", False),
}


@pytest.mark.parametrize("title", DELEGATES)
def test_unseen_code_that_answers_by_exception(title: str) -> None:
    call, is_found = DELEGATES[title]
    body = "".join(f"    {line}\n" for line in call.splitlines())
    source = f"{HEAD}async def here(request): ...\nasync def helper(request: web.Request):\n" + "".join(
        f"    {line}\n" for line in f"try:\n{body}{LET_OUT}{END}".splitlines()
    )
    assert bool(list(swallowed_exceptions(module_of(source)))) is is_found


CLAUSES = {
    "return None": True,
    "pass": True,
    "print(1)": True,
    "raise": False,
    "raise error": False,
    "raise other.Failure()": False,
    "raise web.HTTPBadRequest() from error": True,
    "if other.flag:\n    raise": True,
    "if other.flag:\n    raise\nelse:\n    raise error": False,
    "with other.lock:\n    raise": False,
    "for item in other.items:\n    print(item)": True,
    "for item in other.items:\n    raise": False,
    "sys.exit(1)": False,
    "sys.exc_info()": False,
    "logging.error('failed: %s', error)": True,
    "logging.error('failed', exc_info=error)": True,
    "other.report(reason=error)": False,
    "print(f'{error}')": True,
    "print('failed: %s' % error)": True,
    "print('failed: %s %s' % (error, 1))": True,
    "other.report(error)": False,
    "print(str(error))": True,
    "print(error.args)": True,
    "print(error.__class__)": True,
    "print(error.status)": False,
    "kept = error": False,
    "kept = (error, 1)": False,
}


@pytest.mark.parametrize("body", CLAUSES)
def test_clauses_that_end_exceptions(body: str) -> None:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    module = module_of(
        f"{HEAD}def f():\n    try:\n        other.thing()\n    except Exception as error:\n{lines}"
    )
    (clause,) = (node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler))
    assert ends_exceptions(module, clause) is CLAUSES[body]


@pytest.mark.parametrize(
    ("clause", "classes"),
    [
        ("except:", {"builtins.Exception", "builtins.BaseException"}),
        ("except KeyError:", {"builtins.KeyError"}),
        ("except (KeyError, web.HTTPFound):", {"builtins.KeyError", "aiohttp.web.HTTPFound"}),
        ("except Mine:", {"Mine"}),
        ("except errors:", None),
        ("except ERRORS:", None),
        ("except (KeyError, other.errors()):", None),
    ],
)
def test_classes_of_a_clause(clause: str, classes: set[str] | None) -> None:
    module = module_of(f"{HEAD}class Mine(Exception): ...\ntry:\n    pass\n{clause}\n    pass\n")
    (node,) = (node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler))
    assert classes_caught(module, node.type) == classes


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("raise web.HTTPFound('/')", "aiohttp.web.HTTPFound"),
        ("raise web.HTTPGone", "aiohttp.web.HTTPGone"),
        ("raise", None),
        ("raise KeyError", None),
        ("raise other.error()", None),
        ("raise web.HTTPGone() if x else web.HTTPFound('/')", None),
    ],
)
def test_raised_class(statement: str, name: str | None) -> None:
    module = module_of(f"{HEAD}{statement}\n")
    node = module.tree.body[-1]
    assert isinstance(node, ast.Raise)
    assert raised_class(module, node) == name
