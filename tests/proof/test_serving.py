"""What happens to servers that are started out of order, to their state, and to the pages that they render."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed, complaints, serve

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from .harness import Variant


async def status_of(application: web.Application) -> int:
    async with serve(application) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


COUNTED = Example(
    "AIO731",
    bad="""
from aiohttp import web

COUNTER = web.AppKey("counter", int)

async def count(request: web.Request) -> web.Response:
    request.app[COUNTER] += 1
    return web.Response()

app = web.Application()
app[COUNTER] = 0
app.router.add_get("/", count)
""",
    good="""
from aiohttp import web

class State:
    counter = 0

STATE = web.AppKey("state", State)

async def count(request: web.Request) -> web.Response:
    request.app[STATE].counter += 1
    return web.Response()

app = web.Application()
app[STATE] = State()
app.router.add_get("/", count)
""",
)


@bad_and_good
async def test_changing_a_running_application_is_deprecated(variant: Variant) -> None:
    async with complaints() as heard:
        assert await status_of(COUNTED.load(variant).app) == 200
    warned = any("Changing state of started or joined application" in text for text in heard.warnings)
    assert warned == (variant == "bad")


CLEANED_UP = Example(
    "AIO731",
    bad="""
from aiohttp import web

POOL = web.AppKey("pool", list)

async def pool(app):
    app[POOL] = []
    yield
    del app[POOL]

app = web.Application()
app.cleanup_ctx.append(pool)
""",
    good="""
from aiohttp import web

POOL = web.AppKey("pool", list)

async def pool(app):
    app[POOL] = []
    yield
    app[POOL].clear()

app = web.Application()
app.cleanup_ctx.append(pool)
""",
)


@bad_and_good
async def test_a_cleanup_context_may_change_the_application_before_its_yield_only(variant: Variant) -> None:
    async with complaints() as heard, serve(CLEANED_UP.load(variant).app):
        assert not heard.warnings
    assert bool(heard.warnings) == (variant == "bad")


INLINE = Example(
    "AIO731",
    bad="""
from aiohttp import web

async def page(request: web.Request) -> web.Response:
    return web.Response(text=request.app[web.AppKey("name", str)])

app = web.Application()
app[web.AppKey("name", str)] = "shop"
app.router.add_get("/", page)
""",
    good="""
from aiohttp import web

NAME = web.AppKey("name", str)

async def page(request: web.Request) -> web.Response:
    return web.Response(text=request.app[NAME])

app = web.Application()
app[NAME] = "shop"
app.router.add_get("/", page)
""",
)


@bad_and_good
async def test_a_key_made_where_it_is_used_finds_nothing(variant: Variant) -> None:
    assert await status_of(INLINE.load(variant).app) == (500 if variant == "bad" else 200)


EARLY = Example(
    "AIO732",
    bad="""
from aiohttp import web

async def start():
    runner = web.AppRunner(web.Application())
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await runner.setup()
    await site.start()
    return runner
""",
    good="""
from aiohttp import web

async def start():
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner
""",
)


@bad_and_good
async def test_a_site_needs_a_runner_that_is_set_up(variant: Variant) -> None:
    start = EARLY.load(variant).start
    if variant == "bad":
        with pytest.raises(RuntimeError, match="before making a site"):
            await start()
        return
    runner = await start()
    assert runner.addresses
    await runner.cleanup()


WRONG = """
import asyncio
from aiohttp import web

def make():
    return web.Application()

async def make_slowly():
    return web.Application()

async def function_for_runner():
    web.AppRunner(make)

async def coroutine_for_runner():
    web.AppRunner(make_slowly())

async def application_for_site():
    web.TCPSite(make(), "127.0.0.1", 0)
"""


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("function_for_runner", TypeError),
        ("coroutine_for_runner", TypeError),
        ("application_for_site", AttributeError),
    ],
)
async def test_what_is_no_application_and_no_runner_is_refused(name: str, error: type[Exception]) -> None:
    example = Example("AIO732", bad=WRONG, good=WRONG)
    async with complaints():
        with pytest.raises(error):
            await getattr(example.load("bad"), name)()


ENDING = Example(
    "AIO732",
    bad="""
import asyncio
from aiohttp import web

async def main():
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("started", flush=True)

asyncio.run(main())
""",
    good="""
import asyncio
from aiohttp import web

async def main():
    runner = web.AppRunner(web.Application())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print("started", flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()

asyncio.run(main())
""",
)


@bad_and_good
def test_a_program_ends_with_its_last_step(variant: Variant, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(ENDING.source(variant), encoding="utf-8")
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        if variant == "bad":
            assert process.wait() == 0
        else:
            assert process.poll() is None
            process.kill()


_SET_UP = """
import aiohttp_jinja2, jinja2
from aiohttp import web

app = web.Application()
aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({{"page": "hello"}}){options})

{handler}

app.router.add_get("/", page)
"""


def rendering(options: str, bad: str, good: str) -> Example:
    return Example(
        "AIO742",
        bad=_SET_UP.format(options=options, handler=bad),
        good=_SET_UP.format(options=options, handler=good),
    )


AWAITED = """
async def page(request: web.Request):
    return await aiohttp_jinja2.render_template_async("page", request, {})
"""
RENDERED_IN_LOOP = rendering(
    ", enable_async=True",
    """
async def page(request: web.Request):
    return aiohttp_jinja2.render_template("page", request, {})
""",
    AWAITED,
)
NOT_AWAITED = rendering(
    ", enable_async=True",
    """
async def page(request: web.Request):
    return aiohttp_jinja2.render_template_async("page", request, {})
""",
    AWAITED,
)
PLAIN_FUNCTION = rendering(
    "",
    """
@aiohttp_jinja2.template("page")
def page(request: web.Request):
    return {}
""",
    """
@aiohttp_jinja2.template("page")
async def page(request: web.Request):
    return {}
""",
)


@bad_good_and_fixed
@pytest.mark.parametrize(
    "example", [RENDERED_IN_LOOP, NOT_AWAITED, PLAIN_FUNCTION], ids=["in the loop", "not awaited", "plain"]
)
async def test_templates_that_can_not_be_rendered_so(example: Example, variant: Variant) -> None:
    async with complaints():
        assert await status_of(example.load(variant).app) == (500 if variant == "bad" else 200)


NOT_ASYNCHRONOUS = Example(
    "AIO742",
    bad=RENDERED_IN_LOOP.good.replace(", enable_async=True", ""),
    good=RENDERED_IN_LOOP.good,
)
NEVER_SET_UP = Example(
    "AIO742",
    bad="".join(line for line in PLAIN_FUNCTION.good.splitlines(keepends=True) if "setup(" not in line),
    good=PLAIN_FUNCTION.good,
)


@bad_and_good
@pytest.mark.parametrize(
    "example", [NOT_ASYNCHRONOUS, NEVER_SET_UP], ids=["not asynchronous", "never set up"]
)
async def test_templates_without_the_environment_for_them(example: Example, variant: Variant) -> None:
    async with complaints():
        assert await status_of(example.load(variant).app) == (500 if variant == "bad" else 200)
