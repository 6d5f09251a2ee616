"""AIO112."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.creation import sessions_made_in_plain_functions
from aiohttp_lint.semantics.module import Module


class SessionCreatedOutsideCoroutine(Rule):
    """A session that a plain function or `__init__` makes works only if a running loop calls that.

    Called from elsewhere, `ClientSession()` raises `RuntimeError: no running event loop` (since aiohttp 3.10; before,
    it warned and took a loop that may never run). Nobody who reads `Client()` sees that it needs a loop, and a
    plain function can't close the session again when it fails halfway.

    Bad:

    ```python
    class Client:
        def __init__(self) -> None:
            self.session = aiohttp.ClientSession()

        async def close(self) -> None:
            await self.session.close()
    ```

    Good:

    ```python
    class Client:
        def __init__(self, session: aiohttp.ClientSession) -> None:
            self.session = session

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            await run(Client(session))
    ```

    Fix: none, because the session has to move to a coroutine.

    Opt-in, because a class that is only built inside the loop is right, which one file can't prove. Silent in
    functions that the loop surely runs (nested in a coroutine, callbacks of an application, a private function that
    only coroutines of the file call), with an explicit `loop=`, on a connector that comes from elsewhere (the session
    takes its loop), and in a `try` that catches `RuntimeError`.
    """

    code = "AIO112"
    name = "session-created-outside-coroutine"
    message = (
        "session is made in a plain function: RuntimeError unless the loop runs it; make it in a coroutine"
    )
    opt_in = True
    relaxed_in_tests = True
    practices = ("1.1", "6.1", "11.8")
    versions = "error from 3.10, warning before"
    mentions = (any_of(SESSION),)
    source = "https://docs.aiohttp.org/en/stable/faq.html#why-is-creating-a-clientsession-outside-of-an-event-loop-dangerous"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in sessions_made_in_plain_functions(module):
            yield self.finding(module, call)
