"""AIO403."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.blockers import Kind
from aiohttp_lint.semantics.blocking import Where, blocking_calls
from aiohttp_lint.semantics.module import Module


class BlockingSubprocess(Rule):
    """Waiting for a process, or for somebody at the console, stops the event loop.

    Eight concurrent requests to a handler with `subprocess.run(["sleep", "0.2"])` take 1.64 s, with
    `asyncio.create_subprocess_exec()` they take 0.22 s. `input()` stops the server until somebody presses Enter.

    Bad:

    ```python
    async def deploy(request: web.Request) -> web.Response:
        subprocess.run(["git", "pull"], check=True)
        return web.Response()

    app.router.add_post("/deploy", deploy)
    ```

    Good:

    ```python
    async def deploy(request: web.Request) -> web.Response:
        process = await asyncio.create_subprocess_exec("git", "pull")
        await process.wait()
        return web.Response()

    app.router.add_post("/deploy", deploy)
    ```

    Reported in handlers, middlewares, `on_response_prepare` callbacks and started tasks, and in the functions of
    the project that they call. Named in full, by `ALL` or by the strict preset, the rule looks into every coroutine
    and what it calls.
    `subprocess.Popen()` alone starts a process and goes on, so only its `wait()` and `communicate()` are
    reported, and only where the receiver is proven to be a `Popen`: asyncio's own processes have methods of the
    same names. `input()` and `getpass()` count up to one call away from what serves: further away they are for
    those who start the program by hand.
    """

    code = "AIO403"
    name = "blocking-subprocess"
    message = "waiting for a process stops the event loop; use `asyncio.create_subprocess_exec()`"
    relaxed_in_tests = True
    practices = ("11.3", "13.1", "14.1")
    equivalents = ("ASYNC220", "ASYNC221", "ASYNC222", "ASYNC250")
    source = "https://docs.python.org/3/library/asyncio-subprocess.html"

    def check(self, module: Module) -> Iterator[Finding]:
        where = Where.EVERYWHERE if self.is_named(module) else Where.SERVED
        for call in blocking_calls(module, Kind.PROCESS, where):
            if where is Where.SERVED and call.is_remote_prompt:
                continue
            message = (
                f"{call.shown} stops the event loop until it is over{call.reached}; {call.blocker.instead}"
            )
            yield self.finding(module, call.place, message, related=call.related)
