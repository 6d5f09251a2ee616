"""AIO412."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.unawaited import Neglect, coroutines_not_awaited


class CoroutineNotAwaited(Rule):
    """A coroutine that is not awaited does nothing at all.

    Calling an `async def` only makes a coroutine. Dropped, its body never runs: `RuntimeWarning: coroutine '…' was
    never awaited`, and that only when it is collected. As a condition it is always true, whatever it would have
    answered; taken for the result, it raises `TypeError: 'coroutine' object is not subscriptable`. `asyncio.sleep(1)` as a statement waits for nothing, so a loop that retries runs at full speed.

    Bad:

    ```python
    async def is_allowed(user: str) -> bool:
        return user in await load_users()

    async def show(request: web.Request) -> web.Response:
        if not is_allowed(request.query["user"]):
            raise web.HTTPForbidden
        audit(request)
        return web.Response()
    ```

    Good:

    ```python
    async def is_allowed(user: str) -> bool:
        return user in await load_users()

    async def show(request: web.Request) -> web.Response:
        if not await is_allowed(request.query["user"]):
            raise web.HTTPForbidden
        await audit(request)
        return web.Response()
    ```

    Fix: unsafe, because code then runs that did not run before, and a condition can turn out false.

    The callee is found by its definition, never by its name: an `async def` of the project, or a coroutine function
    of `asyncio`; under a local name, no use of which can await it or hand it on. Silent for functions with unknown decorators or those of `contextlib`,
    for methods that a subclass overrides with a plain function or that a metaclass may change, for names with several
    definitions, and inside `pytest.warns()`.
    """

    code = "AIO412"
    name = "coroutine-not-awaited"
    message = "coroutine is never awaited: its body doesn't run; await it"
    fix = FixAvailability.UNSAFE
    practices = ("1.3", "11.3", "K6")
    equivalents = ("ASYNC105",)
    source = "https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines"

    def check(self, module: Module) -> Iterator[Finding]:
        for site, neglect in coroutines_not_awaited(module):
            function = site.function
            edits: list[Edit] = []
            if function is not None and function.is_async:
                edits.append(Await(module.span(site.node)))
            message = f"coroutine of {site.method_name}() is never awaited: its body doesn't run; await it"
            if neglect is Neglect.TESTED:
                message = (
                    f"coroutine of {site.method_name}() is always true, and its body doesn't run; await it"
                )
            elif neglect is Neglect.MISTAKEN:
                message = f"coroutine of {site.method_name}() is taken for its result, and its body doesn't run; await it"
            yield self.finding(module, site, message, edits=edits, fix="Await the coroutine")
