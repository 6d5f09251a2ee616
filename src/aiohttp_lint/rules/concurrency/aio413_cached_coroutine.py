"""AIO413."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.caching import CACHED_PROPERTY, CACHES, Cached, cached_coroutines
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Cached.COROUTINE: (
        "cache keeps the coroutine, not its result: the second call raises RuntimeError; use an asynchronous cache"
    ),
    Cached.ATTRIBUTE: (
        "cached_property keeps the coroutine, not its result: the second await raises RuntimeError; store the result"
    ),
    Cached.GENERATOR: (
        "cache keeps the asynchronous generator: the second iteration is silently empty; cache what it yields"
    ),
}


class CachedCoroutine(Rule):
    """A functools cache on an `async def` keeps the coroutine, which can be awaited only once.

    Calling an `async def` gives a coroutine, and that is what `lru_cache`, `cache` and `cached_property` keep. The first
    caller awaits it; the second gets the same one: `RuntimeError: cannot reuse already awaited coroutine`. Of an
    asynchronous generator the second caller gets one that is exhausted: its loop ends at once, without an error.

    Bad:

    ```python
    @functools.lru_cache
    async def rates(session: aiohttp.ClientSession, currency: str) -> dict[str, float]:
        async with session.get(f"https://bank.example/rates/{currency}") as response:
            return await response.json()
    ```

    Good:

    ```python
    RATES: dict[str, dict[str, float]] = {}

    async def rates(session: aiohttp.ClientSession, currency: str) -> dict[str, float]:
        if currency not in RATES:
            async with session.get(f"https://bank.example/rates/{currency}") as response:
                RATES[currency] = await response.json()
        return RATES[currency]
    ```

    Or a cache that awaits: `async_lru.alru_cache`, `aiocache.cached`.

    Fix: none, because there is no asynchronous cache in the standard library.

    A `cached_property` that is awaited once an object works until somebody awaits it again. Silent when another decorator
    stands between the cache and the `async def`: one that makes a task of each call gives what can be awaited again.
    """

    code = "AIO413"
    name = "cached-coroutine"
    message = _MESSAGES[Cached.COROUTINE]
    practices = ("8.6", "11.6", "15.4")
    mentions = (any_of(*CACHES, CACHED_PROPERTY),)
    source = "https://docs.python.org/3/library/functools.html#functools.lru_cache"

    def check(self, module: Module) -> Iterator[Finding]:
        for cached in cached_coroutines(module):
            yield self.finding(module, cached.place, _MESSAGES[cached.kept])
