"""AIO401."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit, ReplaceCallee
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.blockers import Kind
from aiohttp_lint.semantics.blocking import BlockingCall, Where, blocking_calls
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled


class BlockingSleep(Rule):
    """`time.sleep()` stops the event loop, and with it every request.

    Nothing else runs meanwhile: eight concurrent requests to a handler with `time.sleep(0.5)` take 4.02 s, with
    `asyncio.sleep(0.5)` they take 0.51 s.

    Bad:

    ```python
    async def poll(request: web.Request) -> web.Response:
        time.sleep(0.5)
        return web.Response()

    app.router.add_get("/poll", poll)
    ```

    Good:

    ```python
    async def poll(request: web.Request) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response()

    app.router.add_get("/poll", poll)
    ```

    Fix: unsafe, because other tasks then run during the pause, also between two lines that they never came
    between before.

    Reported in handlers, middlewares, `on_response_prepare` callbacks and started tasks, and in the functions of
    the project that they call. Named in full, by `ALL` or by the strict preset, the rule looks into every coroutine and what it calls.
    Silent for `time.sleep(0)`, and for functions that are handed to `asyncio.to_thread()` or an executor; by default also
    where a function far from the handler asks somebody at the console and then pauses. A branch that a constant on the way
    rules out (`press(key, down=False)`) is not on the way.
    """

    code = "AIO401"
    name = "blocking-sleep"
    message = "time.sleep() stops the event loop for every request; await `asyncio.sleep()`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("1.3", "11.3", "11.8", "K6", "K8")
    equivalents = ("ASYNC251",)
    source = "https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code"

    def check(self, module: Module) -> Iterator[Finding]:
        where = Where.EVERYWHERE if self.is_named(module) else Where.SERVED
        for call in blocking_calls(module, Kind.SLEEP, where):
            if where is Where.SERVED and call.is_remote_prompt:
                continue
            message = (
                f"time.sleep() stops the event loop for every request{call.reached}; await `asyncio.sleep()`"
            )
            yield self.finding(
                module,
                call.place,
                message,
                related=call.related,
                edits=_asleep(call),
                fix="Await `asyncio.sleep()`",
            )


def _asleep(call: BlockingCall) -> list[Edit]:
    module, node = call.site.module, call.site.node
    if call.place is not node or not call.function.is_async or len(node.args) != 1 or node.keywords:
        return []
    spelling, imports = spelled(module, "asyncio.sleep")
    return [ReplaceCallee(module.span(node), spelling), Await(module.span(node)), *imports]
