"""What dropped tasks and coroutines, and swallowed cancellations, do while a program runs."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed, complaints, fetch, serve

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

TASK_NOT_RETAINED = Example(
    "AIO410",
    bad="""
import asyncio
from aiohttp import web

async def wait_for_answer():
    await asyncio.get_running_loop().create_future()

async def handler(request):
    asyncio.create_task(wait_for_answer())
    return web.Response()

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import asyncio
from aiohttp import web

TASKS = web.AppKey("tasks", set)

async def wait_for_answer():
    await asyncio.get_running_loop().create_future()

async def handler(request):
    task = asyncio.create_task(wait_for_answer())
    request.app[TASKS].add(task)
    task.add_done_callback(request.app[TASKS].discard)
    return web.Response()

async def cancel_tasks(app):
    for task in list(app[TASKS]):
        task.cancel()
    await asyncio.gather(*app[TASKS], return_exceptions=True)

app = web.Application()
app[TASKS] = set()
app.on_cleanup.append(cancel_tasks)
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_dropped_task_is_collected_while_it_waits(variant: Variant) -> None:
    example = TASK_NOT_RETAINED.load(variant)
    async with complaints() as heard, serve(example.app) as url:
        await fetch(url)
        await asyncio.sleep(0)
        gc.collect()
    assert heard.loop == (["Task was destroyed but it is pending!"] if variant == "bad" else [])


CANCELLATION_SWALLOWED = Example(
    "AIO411",
    bad="""
import aiohttp

async def worker(queue, rounds):
    while True:
        rounds.append(1)
        try:
            await queue.get()
        except:
            assert len(rounds) < 4
""",
    good="""
import aiohttp

async def worker(queue, rounds):
    while True:
        rounds.append(1)
        try:
            await queue.get()
        except Exception:
            assert len(rounds) < 4
""",
)


@bad_good_and_fixed
async def test_worker_that_swallows_its_cancellation_goes_on(variant: Variant) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    rounds: list[int] = []
    task = asyncio.create_task(CANCELLATION_SWALLOWED.load(variant).worker(queue, rounds))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    if variant == "bad":
        assert not task.done()
        assert len(rounds) == 4
        # The example gives up in the end, so that this process can.
        task.cancel()
        with pytest.raises(AssertionError):
            await task
    else:
        assert task.cancelled()
        assert len(rounds) == 1


COROUTINE_NOT_AWAITED = Example(
    "AIO412",
    bad="""
import asyncio
from aiohttp import web

async def is_allowed(request):
    return False

async def handler(request):
    if not is_allowed(request):
        raise web.HTTPForbidden
    return web.Response(text="secret")

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import asyncio
from aiohttp import web

async def is_allowed(request):
    return False

async def handler(request):
    if not await is_allowed(request):
        raise web.HTTPForbidden
    return web.Response(text="secret")

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_coroutine_as_a_condition_is_true(variant: Variant) -> None:
    async with (
        complaints() as heard,
        serve(COROUTINE_NOT_AWAITED.load(variant).app) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as response,
    ):
        status = response.status
    if variant == "bad":
        assert status == 200
        assert "RuntimeWarning: coroutine 'is_allowed' was never awaited" in heard.warnings
    else:
        assert status == 403
        assert heard.warnings == []


INLINE_SEMAPHORE = Example(
    "AIO408",
    bad="""
import asyncio

async def work(step):
    async with asyncio.Semaphore(2):
        await step()

async def main(step):
    await asyncio.gather(*(work(step) for _ in range(20)))
""",
    good="""
import asyncio

async def work(limit, step):
    async with limit:
        await step()

async def main(step):
    limit = asyncio.Semaphore(2)
    await asyncio.gather(*(work(limit, step) for _ in range(20)))
""",
)


@bad_and_good
async def test_semaphore_made_at_each_use_limits_nothing(variant: Variant) -> None:
    running, peak = 0, 0

    async def step() -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0)
        running -= 1

    await INLINE_SEMAPHORE.load(variant).main(step)
    assert peak == (20 if variant == "bad" else 2)


CACHED_COROUTINE = Example(
    "AIO413",
    bad="""
import functools
import aiohttp

@functools.lru_cache
async def load(session, url):
    async with session.get(url) as response:
        return await response.read()
""",
    good="""
import aiohttp

LOADED = {}

async def load(session, url):
    if url not in LOADED:
        async with session.get(url) as response:
            LOADED[url] = await response.read()
    return LOADED[url]
""",
)


@bad_and_good
async def test_cached_coroutine_is_awaited_only_once(variant: Variant, upstream: Upstream) -> None:
    load = CACHED_COROUTINE.load(variant).load
    async with aiohttp.ClientSession() as session:
        assert await load(session, upstream.url / "small") == b'{"small": true}'
        if variant == "bad":
            with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
                await load(session, upstream.url / "small")
        else:
            assert await load(session, upstream.url / "small") == b'{"small": true}'
    assert len(upstream.requests) == 1
