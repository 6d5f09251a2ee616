"""AIO741."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_connections import CONNECTIONS, POOLS, connections_per_request


class ConnectionPerRequest(Rule):
    """A pool that is made for each request is no pool: every request connects and logs in anew.

    What a pool is for is gone: each request pays for a TCP connection, TLS and a login to the database, and the number of
    connections has no upper bound: a hundred requests at once are a hundred pools, and the database refuses the next. One that
    nobody closes keeps its connections after the request, too. A cleanup context makes the pool once and ends it with the application.

    Bad:

    ```python
    async def orders(request: web.Request) -> web.Response:
        pool = await asyncpg.create_pool("postgresql://shop")
        rows = await pool.fetch("SELECT id FROM orders")
        await pool.close()
        return web.json_response([row["id"] for row in rows])

    app.router.add_get("/orders", orders)
    ```

    Good:

    ```python
    POOL = web.AppKey("pool", asyncpg.Pool)

    async def database(app: web.Application) -> AsyncIterator[None]:
        async with asyncpg.create_pool("postgresql://shop") as pool:
            app[POOL] = pool
            yield

    async def orders(request: web.Request) -> web.Response:
        rows = await request.app[POOL].fetch("SELECT id FROM orders")
        return web.json_response([row["id"] for row in rows])

    app.cleanup_ctx.append(database)
    app.router.add_get("/orders", orders)
    ```

    Fix: none, because the pool moves to another function.

    Reported in registered handlers and middlewares, and in what they call, for pools, engines and clients that hold a pool (asyncpg,
    aiomysql, aiopg, psycopg_pool, SQLAlchemy, redis.asyncio, motor, pymongo). Named in full, by `ALL` or by the strict preset,
    the rule also reports single connections (`asyncpg.connect()`), which a page that tests a connection opens with good reason.
    Silent where the arguments come from the request, where a client is given a pool (`connection_pool=`), where the pool is kept or handed on, and in handlers of WebSockets and streams, which
    may need a connection of their own.
    """

    code = "AIO741"
    name = "connection-per-request"
    message = (
        "each request makes a pool and connects anew; make it once, in a cleanup context of the application"
    )
    relaxed_in_tests = True
    practices = ("1.8", "11.1", "11.8", "15.1", "15.4")
    mentions = (any_of(*POOLS, *CONNECTIONS),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#cleanup-context"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in connections_per_request(module):
            if found.is_pool:
                message = self.message
            elif self.is_named(module):
                message = (
                    "each request connects anew; take a connection from a pool that the application keeps"
                )
            else:
                continue
            related = []
            if found.root != found.call.function:
                related.append(found.root.owner.related(found.root.node, "a handler that reaches it"))
            yield self.finding(module, found.call, message, related=related)
