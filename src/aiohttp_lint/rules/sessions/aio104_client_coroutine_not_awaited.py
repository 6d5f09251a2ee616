"""AIO104."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit, ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import client_coroutines
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.client import WS_CONNECT, fresh_name
from aiohttp_lint.semantics.client_coroutines import ForgottenAwait, Misuse
from aiohttp_lint.semantics.module import Module


class ClientCoroutineNotAwaited(Rule):
    """A request, a `close()` or a read of the client that is not awaited does not happen.

    `session.post(…)` as a statement sends nothing, `session.close()` closes nothing, `response.read()` reads nothing:
    all that is heard of it is `RuntimeWarning: coroutine … was never awaited`. Used as if it were the result, the
    coroutine fails: `response.json()["items"]` with `TypeError: 'coroutine' object is not subscriptable`,
    `session.get(url).status` with `AttributeError: '_RequestContextManager' object has no attribute 'status'`. As a
    condition it is always true.

    Bad:

    ```python
    async def report(session: aiohttp.ClientSession) -> list[str]:
        session.post("https://stats.example/events", json={"event": "sold"})
        async with session.get("https://stats.example/names") as response:
            return response.json()["names"]
    ```

    Good:

    ```python
    async def report(session: aiohttp.ClientSession) -> list[str]:
        async with session.post("https://stats.example/events", json={"event": "sold"}) as response:
            await response.read()
        async with session.get("https://stats.example/names") as response:
            return (await response.json())["names"]
    ```

    Fix: awaits the call. Safe for the read of a body whose coroutine would surely fail, and for the `close()` of a
    session that the function opened itself and doesn't use afterwards. Unsafe otherwise: a request that was never
    sent is sent, a session that others use is closed, an endless body is waited for, a dead branch wakes up.

    Silent where the coroutine goes anywhere that may await it: `create_task`, `gather`, `wait_for`, a list, a
    `return`, another function; and where it is driven by hand (`session.get(url).__aenter__()`). Connectors have a
    coroutine `close()` since 3.12, so theirs counts only from there on.
    """

    code = "AIO104"
    name = "client-coroutine-not-awaited"
    message = "client's coroutine is never awaited: nothing is done; `await` it"
    fix = FixAvailability.MIXED
    practices = ("6.2", "6.8", "7.6", "7.7", "8.5", "K3")
    mentions = (
        any_of(*client_coroutines.OPENING, client_coroutines.SESSION_CLOSE, *client_coroutines.BODY_READS),
    )
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in client_coroutines.forgotten_awaits(module):
            edits = self._edits(module, found)
            title = "Send the request" if found.misuse is Misuse.DROPPED and found.opens else "Await the call"
            related = []
            if found.place is not found.call.node:
                related.append(module.related(found.place, "used as if it were the result here"))
            yield self.finding(
                module,
                found.call,
                _message(found),
                related=related,
                edits=edits,
                fix=title,
                safe=_is_safe(module, found),
            )

    def _edits(self, module: Module, found: ForgottenAwait) -> list[Edit]:
        call = found.call
        if not client_coroutines.can_await(module, call.node):
            return []
        if not (found.misuse is Misuse.DROPPED and found.opens):
            return [Await(module.span(call.node))]
        if not isinstance(found.use.node, ast.Expr) or call.calls_only(WS_CONNECT):
            return []
        name = fresh_name(module, call.node, "response")
        header = f"async with {verbatim(module.segment(call.node))} as {name}:"
        return [ReplaceStatement(module.span(found.use.node), f"{header}\n    await {name}.read()")]


def _is_safe(module: Module, found: ForgottenAwait) -> bool:
    if found.misuse is Misuse.FAILS:
        return not found.opens and not found.closes
    return (
        found.misuse is Misuse.DROPPED
        and found.closes
        and client_coroutines.ends_own_session(module, found.call)
    )


def _message(found: ForgottenAwait) -> str:
    called = f"`{found.call.method_name}()`"
    if found.misuse is Misuse.FAILS:
        return f"{called} gives a coroutine, and this use of it fails; `await` it"
    if found.misuse is Misuse.MISLEADS:
        return f"{called} gives a coroutine, and that is what is looked at here; `await` it"
    if found.opens:
        return f"{called} is never awaited: the request is not sent; open it with `async with`"
    if found.closes:
        return f"{called} is never awaited: nothing is closed; `await` it"
    return f"{called} is never awaited: nothing is read; `await` it"
