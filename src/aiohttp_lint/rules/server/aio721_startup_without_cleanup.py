"""AIO721."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.signals import APPLICATION
from aiohttp_lint.semantics.startups import never_ended


class StartupWithoutCleanup(Rule):
    """A startup callback opens something, and nothing closes it.

    The connections of a pool, an engine or a session stay open when the application ends (in tests and in programs
    that stop and start it, they pile up), and a task that was started goes on after `runner.cleanup()`: it runs against
    resources that are closed by then. Pairs of `on_startup` and `on_cleanup` callbacks are weaker than one cleanup
    context, too: if a later startup callback fails, no cleanup callback runs.

    Bad:

    ```python
    async def start(app: web.Application) -> None:
        app[POOL] = await asyncpg.create_pool(DSN)
        app[TASK] = asyncio.create_task(refresh(app))


    app = web.Application()
    app.on_startup.append(start)
    ```

    Good:

    ```python
    async def database(app: web.Application):
        async with asyncpg.create_pool(DSN) as pool:
            app[POOL] = pool
            task = asyncio.create_task(refresh(app))
            yield  # the application runs
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


    app = web.Application()
    app.cleanup_ctx.append(database)
    ```

    Fix: none; where it ends is for the author to say.

    Off unless it is named: a process that ends takes all of it along. Silent where the file, or another one of the project
    that names the key, may close it, where it is passed on, and where the file does not make the application.
    """

    code = "AIO721"
    name = "startup-without-cleanup"
    message = "it is opened at the start and closed nowhere: open it in a cleanup context"
    opt_in = True
    relaxed_in_tests = True
    practices = ("1.1", "1.5", "1.8", "11.3", "11.8", "15.1", "15.4", "16.8")
    mentions = (any_of(APPLICATION),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#cleanup-context"

    def check(self, module: Module) -> Iterator[Finding]:
        for opened in never_ended(module):
            message = None
            if opened.is_task:
                message = "the task is cancelled nowhere, and outlives the application: start it in a cleanup context"
            yield self.finding(module, opened.call, message)
