"""Middlewares that aiohttp can't call: what every request is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_good_and_fixed, serve

if TYPE_CHECKING:
    from .harness import Variant


def example_of(code: str, bad: str, good: str, listed: str = "[mw]") -> Example:
    """Give an example with a middleware `mw`, and an application that has it."""
    source = """
import functools
from aiohttp import web

async def hello(request):
    return web.Response(text="hello")

{}

app = web.Application(middlewares={})
app.router.add_get("/", hello)
"""
    good_list = "[mw()]" if "def mw()" in good else "[mw]"
    return Example(code, source.format(bad, listed), source.format(good, good_list))


GOOD = "@web.middleware\nasync def mw(request, handler):\n    return await handler(request)"
GOOD_FACTORY = (
    "def mw():\n    @web.middleware\n    async def inner(request, handler):\n"
    "        return await handler(request)\n    return inner"
)
GOOD_CLASS = (
    "@web.middleware\nclass Count:\n    async def __call__(self, request, handler):\n"
    "        return await handler(request)\n\nmw = Count()"
)
FAILING = {
    "undecorated": example_of("AIO715", GOOD.partition("\n")[2], GOOD),
    "object": example_of("AIO715", GOOD_CLASS.partition("\n")[2], GOOD_CLASS),
    "partial": example_of("AIO715", GOOD, GOOD, "[functools.partial(mw)]"),
    "parameter": example_of("AIO716", GOOD.replace("handler", "following"), GOOD),
    "no result": example_of("AIO716", GOOD.replace("return ", ""), GOOD),
    "coroutine": example_of("AIO716", GOOD.replace("await ", ""), GOOD),
    "factory": example_of("AIO716", GOOD_FACTORY, GOOD_FACTORY),
}


async def status_of(app: web.Application) -> int:
    async with serve(app) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


@bad_good_and_fixed
@pytest.mark.parametrize("example", FAILING.values(), ids=FAILING)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
async def test_every_request_is_answered_with_500(example: Example, variant: Variant) -> None:
    assert await status_of(example.load(variant).app) == (500 if variant == "bad" else 200)


HIDDEN = """def plain(function):
    async def wrapper(request, handler):
        return await function(request, handler)
    return wrapper

{}
async def mw(request, handler):
    return await handler(request)"""


@pytest.mark.parametrize(
    ("decorators", "status"), [("@plain\n@web.middleware", 500), ("@web.middleware\n@plain", 200)]
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_upper_decorator_hides_the_mark(decorators: str, status: int) -> None:
    example = example_of("AIO715", HIDDEN.format(decorators), GOOD)
    assert await status_of(example.load("bad").app) == status


SLASHES = Example(
    "AIO716",
    "from aiohttp import web\nmw = web.normalize_path_middleware(remove_slash=True)\n",
    "from aiohttp import web\nmw = web.normalize_path_middleware(append_slash=False, remove_slash=True)\n",
)


@bad_good_and_fixed
def test_both_slashes_are_refused(variant: Variant) -> None:
    if variant == "bad":
        with pytest.raises(AssertionError, match="remove and append"):
            SLASHES.load(variant)
    else:
        assert SLASHES.load(variant).mw is not None
