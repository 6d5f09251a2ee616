"""What outlives an application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from .harness import Example, bad_and_good

if TYPE_CHECKING:
    from .harness import Variant

TASK = Example(
    "AIO721",
    bad="""
import asyncio
from aiohttp import web

async def work():
    await asyncio.Event().wait()

async def start(app):
    app["task"] = asyncio.create_task(work())

app = web.Application()
app.on_startup.append(start)
""",
    good="""
import asyncio
import contextlib
from aiohttp import web

async def work():
    await asyncio.Event().wait()

async def start(app):
    task = asyncio.create_task(work())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

app = web.Application()
app.cleanup_ctx.append(start)
""",
)


@bad_and_good
@pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")
async def test_task_runs_on_after_cleanup(variant: Variant) -> None:
    before = asyncio.all_tasks()
    runner = web.AppRunner(TASK.load(variant).app)
    await runner.setup()
    await runner.cleanup()
    left = [task for task in asyncio.all_tasks() - before if not task.done()]
    assert len(left) == (1 if variant == "bad" else 0)
    for task in left:
        task.cancel()
