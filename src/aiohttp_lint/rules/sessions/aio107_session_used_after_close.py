"""AIO107."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.closed_sessions import (
    held_sessions,
    late_coroutines,
    late_uses,
    returned_closed,
    shared_sessions_closed,
)
from aiohttp_lint.semantics.module import Module


class SessionUsedAfterClose(Rule):
    """A request through a closed session fails.

    `RuntimeError: Session is closed`, at each request after the `async with` block of the session or its `close()`.
    Most often the lines behind the block lack an indent. Coroutines that are only made in the block, and awaited
    after it, fail the same way; so do tasks that are started in it and get no turn before its end. A handler that
    enters a shared session (`async with request.app[HTTP]`) closes it for all requests to come.

    Bad:

    ```python
    async def fetch_all(urls: list[str]) -> list[str]:
        async with aiohttp.ClientSession() as session:
            pages = [fetch(session, url) for url in urls]
        return await asyncio.gather(*pages)
    ```

    Good:

    ```python
    async def fetch_all(urls: list[str]) -> list[str]:
        async with aiohttp.ClientSession() as session:
            pages = [fetch(session, url) for url in urls]
            return await asyncio.gather(*pages)
    ```

    Fix: none, because only the author knows how long the session is needed.

    Silent where some way leads around the closing, where `closed` is asked, after the name is bound anew, for what a
    closed session still has (`cookie_jar`, `headers`, `close()`, `detach()`), and where RuntimeError is caught. `async with
    self.session` and the like close what others may use too; some do so on purpose, so they are reported only when
    this rule is named by its full code.
    """

    code = "AIO107"
    name = "session-used-after-close"
    message = "session is closed by then: RuntimeError; move the request into its block"
    practices = ("6.1", "6.8", "7.8", "8.5")
    mentions = (any_of("with", "close"),)
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession.closed"

    def check(self, module: Module) -> Iterator[Finding]:
        sessions = list(held_sessions(module))
        for late in late_uses(module, sessions):
            yield self.finding(
                module, late.place, related=[module.related(late.closing, "the session is closed with this")]
            )
        for returned in returned_closed(module, sessions):
            yield self.finding(
                module,
                returned.place,
                "this returns a closed session: each request through it is a RuntimeError; open it where it is used",
                related=[module.related(returned.closing, "the session is closed at the end of this block")],
            )
        for made in late_coroutines(module, sessions):
            related = [module.related(made.closing, "the session is closed at the end of this block")]
            if made.awaited is not None:
                related.append(module.related(made.awaited, "only awaited here"))
            message = "this gets to run when its session is closed: RuntimeError; await it inside the block"
            yield self.finding(module, made.call, message, related=related)
        for shared in shared_sessions_closed(module, of_objects=self.is_named(module)):
            message = (
                f"leaving this block closes `{shared.kept_in}` for everybody: their next request is a RuntimeError; "
                "use it without `async with`"
            )
            yield self.finding(module, shared.item.context_expr, message)
