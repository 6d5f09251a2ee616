"""AIO405."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.blockers import Kind
from aiohttp_lint.semantics.blocking import Where, blocking_calls, in_thread
from aiohttp_lint.semantics.module import Module


class CpuHeavyInHandler(Rule):
    """Hashing a password on the event loop stops every other request.

    Password hashes are slow on purpose. While four `scrypt` calls of 0.1 s ran in handlers, an unrelated `/ping`
    waited 0.44 s; with the hashes in `asyncio.to_thread()` it took 0.03 s (they release the interpreter lock). A
    few logins a second are then enough to stop a server.

    Bad:

    ```python
    async def login(request: web.Request) -> web.Response:
        form = await request.post()
        if not bcrypt.checkpw(form["password"].encode(), request.app[PASSWORD]):
            raise web.HTTPUnauthorized
        return web.Response()

    app.router.add_post("/login", login)
    ```

    Good:

    ```python
    async def login(request: web.Request) -> web.Response:
        form = await request.post()
        if not await asyncio.to_thread(bcrypt.checkpw, form["password"].encode(), request.app[PASSWORD]):
            raise web.HTTPUnauthorized
        return web.Response()

    app.router.add_post("/login", login)
    ```

    Fix: unsafe, because other tasks then run between the lines around the call.

    Reported in handlers, middlewares, `on_response_prepare` callbacks and started tasks, and in the functions of
    the project that they call. Named in full, by `ALL` or by the strict preset, the rule looks into every coroutine
    but those of startup and shutdown. Only password hashing is reported: whether compression is heavy depends on
    the data. Silent for fewer than 10,000 rounds of PBKDF2 and an scrypt `n` below 2048 that stand in the source: that
    takes some 2 to 4 ms.
    """

    code = "AIO405"
    name = "cpu-heavy-in-handler"
    message = "password hashing stops the event loop; run it with `asyncio.to_thread()`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("10.5", "11.3", "11.7", "14.6")
    source = "https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code"

    def check(self, module: Module) -> Iterator[Finding]:
        where = Where.CONCURRENT if self.is_named(module) else Where.SERVED
        for call in blocking_calls(module, Kind.HASH, where):
            message = (
                f"{call.shown} stops the event loop while it computes{call.reached}; {call.blocker.instead}"
            )
            yield self.finding(
                module,
                call.place,
                message,
                related=call.related,
                edits=in_thread(call),
                fix="Compute it in a thread",
            )
