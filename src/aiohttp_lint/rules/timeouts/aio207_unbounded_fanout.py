"""AIO207."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.fanouts import TOGETHER, unbounded_fanouts
from aiohttp_lint.semantics.module import Module


class UnboundedFanout(Rule):
    """Requests that are all started at once wait for the pool within their own total timeout.

    A connector opens 100 connections, and whatever is started beyond that waits in its queue. The time in the queue counts:
    with one connection, a total timeout of 1.5 s and three requests that take 1 s each, the first is answered and the other
    two raise `TimeoutError`, though the server is well. With the default total of 300 s it takes a collection of some
    thousand items. All coroutines and tasks exist at once, too.

    Bad:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> str:
        async with session.get(url) as response:
            return await response.text()

    async def fetch_all(session: aiohttp.ClientSession, urls: list[str]) -> list[str]:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
    ```

    Good:

    ```python
    async def fetch(session: aiohttp.ClientSession, limit: asyncio.Semaphore, url: str) -> str:
        async with limit:
            async with session.get(url) as response:
                return await response.text()

    async def fetch_all(session: aiohttp.ClientSession, urls: list[str]) -> list[str]:
        limit = asyncio.Semaphore(50)
        return await asyncio.gather(*(fetch(session, limit, url) for url in urls))
    ```

    Fix: none, because the limit is the author's to choose.

    Opt-in, since for a collection of twenty it is noise, and the size of most collections is not to be seen. Silent for
    literals, slices, batches that an outer loop makes, `range()` up to 100, sessions without a total timeout, and wherever the
    started function enters or acquires anything that may be a limiter, or opens a session of its own.
    """

    code = "AIO207"
    name = "unbounded-fanout"
    message = (
        "requests beyond the pool (100 connections) wait in its queue within their own total timeout; "
        "bound them with a Semaphore"
    )
    opt_in = True
    relaxed_in_tests = True
    practices = ("7.5", "11.1", "11.2", "11.4", "11.5", "16.5", "K6")
    mentions = (any_of(*TOGETHER, "create_task"), any_of("for"))
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#limiting-connection-pool-size"

    def check(self, module: Module) -> Iterator[Finding]:
        for fanout in unbounded_fanouts(module):
            request = fanout.request
            related = [request.module.related(request.node, "each sends this request")]
            yield self.finding(module, fanout.start, related=related)
