"""AIO318."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.retries import hot_retries
from aiohttp_lint.semantics.urls import SENDERS

_ENDLESS = "failed request is sent again at once, thousands of times a second; bound the attempts, and sleep between them"
_COUNTED = "attempts follow each other at once, before anything can have changed; sleep between them, longer each time"


class RetryWithoutBackoff(Rule):
    """A failed request that is sent again at once hits a server that is down as fast as the machine can.

    `while True: try: … except aiohttp.ClientError: continue` made about 4600 attempts a second against a port that refuses
    connections, and kept the loop and the log busy with nothing else. A few attempts in a row are over within milliseconds:
    what made the first one fail is still there. aiohttp's cookbook of client middlewares asks for bounded loops.

    Bad:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> str:
        while True:
            try:
                async with session.get(url) as response:
                    return await response.text()
            except aiohttp.ClientError:
                continue
    ```

    Good:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> str:
        for attempt in range(5):
            try:
                async with session.get(url) as response:
                    return await response.text()
            except aiohttp.ClientError:
                await asyncio.sleep(min(2**attempt, 30) + random.random())
        raise ConnectionError(url)
    ```

    Fix: none, because how often and how long is the author's to choose.

    Opt-in. Reported for `while` loops and for `for` loops over `range()` and `itertools.count()`, where a way leads from an
    `except` clause for failed requests back to the same request and awaits nothing. Silent where the URL, the session or any
    argument gets another value in the loop (the next mirror, page or token), and where the way passes an `await` or a call
    that may wait or raise for all that is in sight.
    """

    code = "AIO318"
    name = "retry-without-backoff"
    message = _ENDLESS
    opt_in = True
    relaxed_in_tests = True
    practices = ("8.8", "15.5", "16.5", "16.6", "16.7")
    mentions = (any_of(*SENDERS), any_of("for", "while"), any_of("except"))
    source = "https://docs.aiohttp.org/en/stable/client_middleware_cookbook.html#best-practices"

    def check(self, module: Module) -> Iterator[Finding]:
        for retry in hot_retries(module):
            related = [module.related(retry.request.node, "the request that is sent again")]
            yield self.finding(
                module, retry.handler, _COUNTED if retry.is_counted else _ENDLESS, related=related
            )
