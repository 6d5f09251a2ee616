"""AIO409."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.tasks import REENTRANT_LOCKS, locks_held_across_await

_STOPS_THE_LOOP = (
    "a thread's lock is held across `await`: the next task that wants it stops the loop for ever"
)
_EXCLUDES_NOBODY = "{} lets every task of the loop in at once: it excludes nobody across `await`"
_USE_ANOTHER = "use asyncio.Lock"
_LET_GO = "let it go before the `await`"


class SyncLockAcrossAwait(Rule):
    """A lock of threads that is held across `await` stops the event loop for ever, or excludes nobody.

    While the holder waits, another task comes to the same `with`: `threading.Lock` blocks the thread, which is
    the loop's own, so the holder never gets to release it. Two tasks that do `with lock: await asyncio.sleep(0)`
    hang the process. `threading.RLock` does the opposite: all tasks run in one thread, so every one of them gets
    in at once.

    Bad:

    ```python
    lock = threading.Lock()

    async def save(session: aiohttp.ClientSession, row: dict[str, str]) -> None:
        with lock:
            async with session.post("https://shop.example/rows", json=row) as response:
                await response.read()
    ```

    Good:

    ```python
    lock = asyncio.Lock()

    async def save(session: aiohttp.ClientSession, row: dict[str, str]) -> None:
        async with lock:
            async with session.post("https://shop.example/rows", json=row) as response:
                await response.read()
    ```

    A lock that plain functions take as well stays one of threads: do what it guards, leave the block, then wait.

    Silent where no `await` stands in the block, and for a lock that the same call creates. Only what is proven to
    be a lock of `threading` or `multiprocessing` counts, whatever it is called.
    """

    code = "AIO409"
    name = "sync-lock-across-await"
    message = f"{_STOPS_THE_LOOP}; {_USE_ANOTHER}"
    practices = ("11.3", "K8")
    mentions = (any_of("async"), any_of("with"))
    source = "https://docs.python.org/3/library/asyncio-sync.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for held in locks_held_across_await(module):
            happens = _EXCLUDES_NOBODY.format(held.kind) if held.kind in REENTRANT_LOCKS else _STOPS_THE_LOOP
            related = (
                [module.related(held.waits, "waits while the lock is held")]
                if hasattr(held.waits, "lineno")
                else []
            )
            advice = _LET_GO if held.is_taken_in_plain_code else _USE_ANOTHER
            yield self.finding(module, held.lock, f"{happens}; {advice}", related=related)
