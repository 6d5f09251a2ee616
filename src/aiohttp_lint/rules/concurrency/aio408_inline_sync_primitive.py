"""AIO408."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.primitives import PRIMITIVES, SEMAPHORES, Unshared, unshared_primitives

_INLINE = "a new {name} at each use {effect}; make it once, and share it"
_LOCAL = "a new {name} at each call of the function {effect}; make it once, and share it"


class InlineSyncPrimitive(Rule):
    """A lock or semaphore that is made where it is used keeps nobody waiting.

    A semaphore counts those who hold this very object. Twenty tasks that each enter a new `asyncio.Semaphore(2)` all run
    at once: the peak is 20, not 2. It is the same with a local one that its function shares with nobody.

    Bad:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> str:
        async with asyncio.Semaphore(5):
            async with session.get(url) as response:
                return await response.text()
    ```

    Good:

    ```python
    async def fetch(session: aiohttp.ClientSession, limit: asyncio.Semaphore, url: str) -> str:
        async with limit:
            async with session.get(url) as response:
                return await response.text()

    async def fetch_all(session: aiohttp.ClientSession, urls: list[str]) -> list[str]:
        limit = asyncio.Semaphore(5)
        return await asyncio.gather(*(fetch(session, limit, url) for url in urls))
    ```

    Fix: none, because where it belongs (an attribute, an application key, the function that starts the tasks) is the
    author's to know. Not at module level: a primitive belongs to the event loop in which it was first waited for (to the
    one that it was made under, on Python 3.9), so a second `asyncio.run` fails with `RuntimeError: … is bound to a different
    event loop`.

    Silent when anything else may hold it: a nested function or a task that it is passed to, an attribute, a result.
    """

    code = "AIO408"
    name = "inline-sync-primitive"
    message = "a new semaphore at each use limits nothing; make it once, and share it"
    relaxed_in_tests = True
    practices = ("5.8", "11.2", "11.5", "14.5")
    mentions = (any_of(*PRIMITIVES),)
    source = "https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore"

    def check(self, module: Module) -> Iterator[Finding]:
        for primitive in unshared_primitives(module):
            effect = "limits nothing" if primitive.made.calls_only(*SEMAPHORES) else "excludes nobody"
            text = _INLINE if primitive.kind is Unshared.INLINE else _LOCAL
            message = text.format(name=primitive.made.method_name, effect=effect)
            yield self.finding(module, primitive.made, message)
