"""AIO607."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import concurrent_receives
from aiohttp_lint.semantics.concurrent_receives import STARTERS, TOGETHER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.websockets import RECEIVES


class ConcurrentReceive(Rule):
    """Two tasks that receive from one WebSocket: the second call fails.

    aiohttp allows one `receive()` at a time: `RuntimeError: Concurrent call to receive() is not allowed`.
    Iteration receives too. Any number of tasks may send.

    Bad:

    ```python
    async def pair(ws: aiohttp.ClientWebSocketResponse) -> list[aiohttp.WSMessage]:
        return await asyncio.gather(ws.receive(), ws.receive())
    ```

    Good:

    ```python
    async def pair(ws: aiohttp.ClientWebSocketResponse) -> list[aiohttp.WSMessage]:
        return [await ws.receive(), await ws.receive()]
    ```

    Fix: none. Let one task receive, and hand out what came through an `asyncio.Queue`.

    Reported are several receives of one socket in one `gather`, `wait` or `TaskGroup`, and a `receive()` or a
    loop that follows a task which receives and was neither awaited nor cancelled since.
    """

    code = "AIO607"
    name = "concurrent-receive"
    message = (
        "second `receive()` of one WebSocket raises RuntimeError while the first waits; let one task receive"
    )
    practices = ("9.3", "9.4", "11.3")
    mentions = (any_of(*RECEIVES), any_of(*TOGETHER, *STARTERS))
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#reading-from-the-same-task-in-websockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for first, second in concurrent_receives.concurrent_receives(module):
            related = [] if first is second else [module.related(first, "this one waits already")]
            yield self.finding(module, second, related=related)
