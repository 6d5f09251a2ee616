"""What the others do while a handler blocks the event loop: nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from .harness import (
    TURNS_ENOUGH,
    Example,
    bad_and_good,
    bad_good_and_fixed,
    fetch,
    serve,
    turns_in_handler,
    turns_while_held,
)

if TYPE_CHECKING:
    from pathlib import Path

    from .harness import Variant
    from .upstream import Upstream

BLOCKING_NETWORK_CALL = Example(
    "AIO402",
    bad="""
import urllib.request
from aiohttp import web

async def handler(request):
    with urllib.request.urlopen(URL) as response:
        return web.Response(body=response.read())

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import aiohttp
from aiohttp import web

HTTP = web.AppKey("http", aiohttp.ClientSession)

async def http_client(app):
    async with aiohttp.ClientSession() as session:
        app[HTTP] = session
        yield

async def handler(request):
    async with request.app[HTTP].get(URL) as response:
        return web.Response(body=await response.read())

app = web.Application()
app.cleanup_ctx.append(http_client)
app.router.add_get("/", handler)
""",
)


@bad_and_good
async def test_blocking_network_call_stops_every_other_task(variant: Variant, upstream: Upstream) -> None:
    example = BLOCKING_NETWORK_CALL.load(variant, URL=str(upstream.url / "slow"))
    async with serve(example.app) as url:
        turns = await turns_while_held(upstream, fetch(url))
    assert [received.completed for received in upstream.requests] == [True]
    assert turns == (0 if variant == "bad" else TURNS_ENOUGH)


BLOCKING_SLEEP = Example(
    "AIO401",
    bad="""
import time
from aiohttp import web

async def handler(request):
    time.sleep(0.05)
    return web.Response(text="done")

app = web.Application()
app.router.add_get("/", handler)
""",
    good="""
import asyncio
from aiohttp import web

async def handler(request):
    await asyncio.sleep(0.05)
    return web.Response(text="done")

app = web.Application()
app.router.add_get("/", handler)
""",
)


@bad_good_and_fixed
async def test_blocking_sleep_stops_every_other_task(variant: Variant) -> None:
    turns = await turns_in_handler(BLOCKING_SLEEP.load(variant).app)
    if variant == "bad":
        assert turns == 0
    else:
        assert turns > 0


def _handler(body: str, imports: str) -> str:
    return f"""
{imports}
from aiohttp import web

async def handler(request):
{body}
    return web.Response(text="done")

app = web.Application()
app.router.add_get("/", handler)
"""


BLOCKING_SUBPROCESS = Example(
    "AIO403",
    bad=_handler("    subprocess.run([sys.executable, '-c', ''], check=True)", "import subprocess, sys"),
    good=_handler(
        "    process = await asyncio.create_subprocess_exec(sys.executable, '-c', '')\n    await process.wait()",
        "import asyncio, sys",
    ),
)
BLOCKING_DB_DRIVER = Example(
    "AIO404",
    bad=_handler(
        "    connection = sqlite3.connect(DATABASE)\n    connection.execute('SELECT 1').fetchall()\n    connection.close()",
        "import sqlite3",
    ),
    good=_handler(
        """
    def query():
        connection = sqlite3.connect(DATABASE)
        connection.execute('SELECT 1').fetchall()
        connection.close()

    await asyncio.to_thread(query)""",
        "import asyncio, sqlite3",
    ),
)


@bad_and_good
@pytest.mark.parametrize(
    "example", [BLOCKING_SUBPROCESS, BLOCKING_DB_DRIVER], ids=lambda example: example.code
)
async def test_blocking_call_gives_no_other_task_a_turn(
    example: Example, variant: Variant, tmp_path: Path
) -> None:
    turns = await turns_in_handler(example.load(variant, DATABASE=str(tmp_path / "shop.db")).app)
    assert (turns == 0) == (variant == "bad")


CPU_HEAVY_IN_HANDLER = Example(
    "AIO405",
    bad=_handler("    hashlib.scrypt(b'secret', salt=b'salt', n=2**12, r=8, p=1)", "import hashlib"),
    good=_handler(
        "    await asyncio.to_thread(hashlib.scrypt, b'secret', salt=b'salt', n=2**12, r=8, p=1)",
        "import asyncio, hashlib",
    ),
)
BLOCKING_FILE_IO = Example(
    "AIO406",
    bad=_handler("    assert not os.path.exists(DATABASE)", "import os"),
    good=_handler("    assert not await asyncio.to_thread(os.path.exists, DATABASE)", "import asyncio, os"),
)


@bad_good_and_fixed
@pytest.mark.parametrize(
    "example", [CPU_HEAVY_IN_HANDLER, BLOCKING_FILE_IO], ids=lambda example: example.code
)
async def test_work_moved_to_a_thread_gives_others_a_turn(
    example: Example, variant: Variant, tmp_path: Path
) -> None:
    turns = await turns_in_handler(example.load(variant, DATABASE=str(tmp_path / "none.db")).app)
    assert (turns == 0) == (variant == "bad")


NESTED_EVENT_LOOP = Example(
    "AIO407",
    bad=_handler("    asyncio.run(asyncio.sleep(0))", "import asyncio"),
    good=_handler("    await asyncio.sleep(0)", "import asyncio"),
)


@bad_good_and_fixed
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_loop_in_a_loop_fails(variant: Variant) -> None:
    handler = NESTED_EVENT_LOOP.load(variant).handler
    if variant == "bad":
        with pytest.raises(RuntimeError, match="cannot be called from a running event loop"):
            await handler(None)
    else:
        assert (await handler(None)).text == "done"


SYNC_LOCK_ACROSS_AWAIT = Example(
    "AIO409",
    bad="""
import asyncio, threading

lock = threading.Lock()
inside = []

async def work():
    with lock:
        inside.append(1)
        await asyncio.sleep(0)
        inside.pop()

async def main():
    await asyncio.gather(work(), work())
    print("finished")
""",
    good="""
import asyncio

lock = asyncio.Lock()
inside = []

async def work():
    async with lock:
        inside.append(1)
        await asyncio.sleep(0)
        inside.pop()

async def main():
    await asyncio.gather(work(), work())
    print("finished")
""",
)


@bad_and_good
def test_lock_of_threads_hangs_the_process(variant: Variant) -> None:
    # What hangs for ever shows where it does, and is ended.
    source = SYNC_LOCK_ACROSS_AWAIT.source(variant)
    program = (
        f"import faulthandler\nfaulthandler.dump_traceback_later(3, exit=True)\n{source}\nasyncio.run(main())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    if variant == "bad":
        assert "finished" not in done.stdout
        assert "in work" in done.stderr
    else:
        assert done.stdout == "finished\n"


async def test_reentrant_lock_excludes_nobody() -> None:
    lock, inside, seen = threading.RLock(), 0, []

    async def work() -> None:
        nonlocal inside
        with lock:
            inside += 1
            await asyncio.sleep(0)
            seen.append(inside)
            inside -= 1

    await asyncio.gather(work(), work())
    assert max(seen) == 2
