"""AIO404."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.blockers import Kind
from aiohttp_lint.semantics.blocking import Where, blocking_calls
from aiohttp_lint.semantics.module import Module


class BlockingDbDriver(Rule):
    """A synchronous database or cache driver stops the event loop during each query.

    While four SQLite queries of 0.2 s ran in handlers, an unrelated `/ping` waited 0.5 to 1.0 s; with the queries
    in `asyncio.to_thread()` it took 0.03 s. A lock in the database, or a server that is down, stops everything.

    Bad:

    ```python
    async def order(request: web.Request) -> web.Response:
        connection = psycopg2.connect(DSN)
        cursor = connection.cursor()
        cursor.execute("SELECT total FROM orders WHERE id = %s", (request.match_info["id"],))
        return web.json_response(cursor.fetchone())

    app.router.add_get("/orders/{id}", order)
    ```

    Good:

    ```python
    async def order(request: web.Request) -> web.Response:
        row = await request.app[POOL].fetchrow("SELECT total FROM orders WHERE id = $1", request.match_info["id"])
        return web.json_response(dict(row))

    app.router.add_get("/orders/{id}", order)
    ```

    Reported in handlers, middlewares, `on_response_prepare` callbacks and started tasks, and in the functions of
    the project that they call; once for a connection or cursor in each function. Named in full, by `ALL` or by the
    strict preset, the rule looks into every coroutine and what it calls. A connection of `sqlite3` belongs to the thread that opened it
    (`ProgrammingError` in another one), so single calls of it can't move to threads. Queries of Django
    (`Order.objects.get(…)`, a query set that is read) are refused on the event loop by Django itself
    (`SynchronousOnlyOperation`), unless `DJANGO_ALLOW_ASYNC_UNSAFE` is set: then they stop it. Silent for constructors that connect to nobody
    (`redis.Redis()`, `MongoClient()`), for SQLite in memory, and for the asynchronous halves of the same packages
    (`redis.asyncio`, `psycopg.AsyncConnection`). Unless the rule is named, silent too for what a process runs once, behind
    a global that says that it ran.
    """

    code = "AIO404"
    name = "blocking-db-driver"
    message = "synchronous database call stops the event loop; use an asynchronous driver"
    relaxed_in_tests = True
    practices = ("11.8", "15.1", "15.4", "15.7", "K6")
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#signals"

    def check(self, module: Module) -> Iterator[Finding]:
        where = Where.EVERYWHERE if self.is_named(module) else Where.SERVED
        for call in blocking_calls(module, Kind.DATABASE, where):
            waits = "while the disk works" if call.name.startswith("sqlite3.") else "until the server answers"
            message = f"{call.shown} stops the event loop {waits}{call.reached}; {call.blocker.instead}"
            yield self.finding(module, call.place, message, related=call.related)
