"""When the callbacks and cleanup contexts of an application fail: at its start, or at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from .harness import Example, bad_and_good, bad_good_and_fixed

if TYPE_CHECKING:
    from types import SimpleNamespace

    from .harness import Variant


async def failure_of(app: web.Application) -> str | None:
    """Start and stop an application; give the class of the error, and when it came."""
    runner = web.AppRunner(app)
    try:
        await runner.setup()
    except Exception as error:
        return f"start: {type(error).__name__}"
    try:
        await runner.cleanup()
    except Exception as error:
        return f"stop: {type(error).__name__}"
    return None


def example_of(code: str, bad: str, good: str) -> Example:
    """Give an example that defines `callback` and appends it."""
    source = """
from aiohttp import web

app = web.Application()
{}
"""
    return Example(code, source.format(bad), source.format(good))


PLAIN = example_of(
    "AIO719",
    "def callback(app):\n    app['x'] = 1\n\napp.on_startup.append(callback)",
    "async def callback(app):\n    app['x'] = 1\n\napp.on_startup.append(callback)",
)
CALLED = example_of(
    "AIO719",
    "async def callback(app):\n    app['x'] = 1\n\napp.on_startup.append(callback(app))",
    "async def callback(app):\n    app['x'] = 1\n\napp.on_startup.append(callback)",
)


@bad_good_and_fixed
@pytest.mark.parametrize("example", [PLAIN, CALLED], ids=["plain", "called"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::aiohttp.web_exceptions.NotAppKeyWarning")
async def test_no_coroutine_function_does_not_start(example: Example, variant: Variant) -> None:
    assert await failure_of(example.load(variant).app) == ("start: TypeError" if variant == "bad" else None)


LATE = example_of(
    "AIO719",
    "async def late(app): ...\n\nasync def callback(app):\n    app.on_startup.append(late)\n\napp.on_startup.append(callback)",
    "async def late(app): ...\n\nasync def callback(app):\n    app.on_cleanup.append(late)\n\napp.on_startup.append(callback)",
)


@bad_and_good
async def test_startup_is_frozen_while_it_runs(variant: Variant) -> None:
    assert await failure_of(LATE.load(variant).app) == ("start: RuntimeError" if variant == "bad" else None)


def context(body: str) -> str:
    """Give the source of a cleanup context with this body."""
    lines = "\n    ".join(body.splitlines())
    return f"async def callback(app):\n    {lines}\n\napp.cleanup_ctx.append(callback)"


NO_YIELD = example_of("AIO720", context("app.done = True"), context("yield"))
RETURNS = example_of(
    "AIO720", context("if app:\n    return\nyield"), context("if app:\n    yield\n    return\nyield")
)
TWICE = example_of("AIO720", context("yield\nyield"), context("yield"))


@bad_and_good
@pytest.mark.parametrize(
    ("example", "when"),
    [(NO_YIELD, "start"), (RETURNS, "start"), (TWICE, "stop")],
    ids=["none", "return", "two"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
async def test_not_one_yield_fails(example: Example, when: str, variant: Variant) -> None:
    failure = await failure_of(example.load(variant).app)
    assert (failure or "").partition(":")[0] == (when if variant == "bad" else "")


NEVER = example_of(
    "AIO720",
    "async def inner(app):\n    ran.append(1)\n    yield\n\n"
    "async def callback(app):\n    app.cleanup_ctx.append(inner)\n\napp.on_startup.append(callback)",
    "async def inner(app):\n    ran.append(1)\n    yield\n\n"
    "async def callback(app):\n    app.cleanup_ctx.append(inner)\n    yield\n\napp.cleanup_ctx.append(callback)",
)


@bad_and_good
async def test_context_appended_at_startup_never_runs(variant: Variant) -> None:
    ran: list[int] = []
    example: SimpleNamespace = NEVER.load(variant, ran=ran)
    assert await failure_of(example.app) is None
    assert ran == ([] if variant == "bad" else [1])
