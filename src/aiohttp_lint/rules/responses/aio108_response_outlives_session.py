"""AIO108."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Await
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.client import REQUESTS
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.outliving import Left, outliving

_MESSAGES = {
    Left.REQUEST: "request is returned un-awaited from the block that closes its session; await it inside",
    Left.READING: "this reads the body only after its session is closed: await it inside the block",
    Left.READ_LATE: "body is read after the block that closes its session; read it inside",
}


class ResponseOutlivesSession(Rule):
    """A response, or what was to read it, leaves the block that closes its session.

    With the session, its connections are closed. A body that has not arrived by then never will: reading it raises
    `RuntimeError: Connection closed.` (5 MB body, from 3.10; `TimeoutError` before). A small body has often arrived
    already, which is why tests pass. `return response.json()` without `await` reads nothing: awaiting it outside
    raises `ClientConnectionError: Connection closed`. So do a returned `response.content`, what iterates it, and an
    un-awaited `session.get(…)` (`RuntimeError: Session is closed`).

    Bad:

    ```python
    async def fetch(url: str) -> aiohttp.ClientResponse:
        async with aiohttp.ClientSession() as session:
            return await session.get(url)
    ```

    Good:

    ```python
    async def fetch(url: str) -> object:
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as response:
                return await response.json()
    ```

    Fix: unsafe, for `return response.json()`, `text()` and `read()`: it inserts `await`. Callers that
    await the result twice today (`await (await fetch(url))`) have to change with it.

    Silent for HEAD requests, where the body is read inside the block first, where the session is detached from its
    connector, and where all that the project's callers do with the response is to look at its status or headers, or to
    drop it; in tests, whose bodies are small, also where nobody in the file reads it (unless the rule is named in full,
    by `ALL` or by the strict preset).
    """

    code = "AIO108"
    name = "response-outlives-session"
    message = "response leaves the block that closes its session, unread: what has not arrived is lost; read it inside"
    fix = FixAvailability.UNSAFE
    practices = ("6.1", "6.8", "7.6", "7.7", "8.5")
    mentions = (any_of(*REQUESTS), any_of("with"))
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request"

    def check(self, module: Module) -> Iterator[Finding]:
        is_named = self.is_named(module)
        for found in outliving(module, also_unread_in_tests=is_named):
            edits = [Await(module.span(found.place))] if found.is_method else []
            message = _MESSAGES.get(found.left)
            yield self.finding(module, found.place, message, edits=edits, fix="Await the body")
