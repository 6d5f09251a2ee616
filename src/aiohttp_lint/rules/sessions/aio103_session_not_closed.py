"""AIO103."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import WrapFollowing
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.client import SESSION, can_move_into_block, is_connector_of_others, runs_once
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.session_leaks import (
    closings_in_vain,
    may_be_closed_elsewhere,
    place_of,
    sessions_made_elsewhere,
)
from aiohttp_lint.semantics.syntax import is_none


class SessionNotClosed(Rule):
    """A client session that its function never closes leaks its connections.

    When it is collected, aiohttp warns `Unclosed client session` (a `ResourceWarning`) and calls the loop's
    exception handler with `Unclosed client session` and `Unclosed connector`: the ERROR lines in the log. Until
    then its connections stay open. A session that is closed only where everything went well stays open whenever
    something before the `close()` raises.

    Bad:

    ```python
    async def main() -> None:
        session = aiohttp.ClientSession()
        async with session.get("https://shop.example/") as response:
            print(await response.text())
    ```

    Good:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.get("https://shop.example/") as response:
                print(await response.text())
    ```

    Fix: unsafe, because a response, a task or a bound method that outlives the block stops working. It puts
    what follows in the block into `async with`; it is offered where nothing closes the session yet.

    `contextlib.closing`, `contextlib.aclosing` and `session.aclose()` don't close a session either: its `close()` is
    a coroutine, and it has no `aclose()`. A new session that a function of the project returns counts as opened where
    that is called.

    Silent when anything else may hold the session (it is returned, stored, captured or passed to code that is
    not in sight), when its connector belongs to somebody else or is closed instead, in notebooks, and, as to what
    an exception leaves open, in a function that the program runs once, and where a `finally` does more than
    `close()` without waiting.
    """

    code = "AIO103"
    name = "session-not-closed"
    message = "session is never closed: its connections leak; open it with `async with`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("6.1", "6.8", "8.5", "11.8", "15.5", "K3")
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#graceful-shutdown"

    def check(self, module: Module) -> Iterator[Finding]:
        for closing in closings_in_vain(module):
            yield self.finding(
                module, closing.place, f"{closing.failure}; open the session with `async with`"
            )
        for call in module.calls_to(SESSION):
            held = resources.holding(module, call.node, resources.SESSION)
            if (
                held is None
                or held.escapes
                or is_connector_of_others(call)
                or may_be_closed_elsewhere(held, call)
            ):
                continue
            if held.function is None and module.runs_in_loop:
                continue
            leak = held.leak()
            if not held.releases and (leak.at_exit or leak.rebound is not None):
                edits = []
                if can_move_into_block(held):
                    header = f"async with {module.segment(call.node)} as {held.name}:"
                    edits.append(WrapFollowing(module.span(module.statement(call.node)), header))
                yield self.finding(module, call, edits=edits, fix="Open the session with `async with`")
            elif leak.at_exit or leak.rebound is not None:
                message = f"session stays open on a way that ends without `close()`; {_advice(held)}"
                yield self.finding(module, call, message)
            elif leak.by_exception is not None and not runs_once(module, held.function):
                message = f"session stays open when this raises before `close()`; {_advice(held)}"
                failing = module.related(
                    place_of(leak.by_exception), "an exception here passes by the close()"
                )
                yield self.finding(module, call, message, related=[failing])
        for session in sessions_made_elsewhere(module):
            held = resources.holding(module, session.value, resources.SESSION)
            if held is None or held.escapes or (held.function is None and module.runs_in_loop):
                continue
            leak = held.leak()
            if leak.at_exit or leak.rebound is not None:
                made = session.made.module.related(
                    session.made.node, f"`{session.maker.shown}` makes it here"
                )
                yield self.finding(module, session.value, related=[made])


def _advice(held: resources.Holding) -> str:
    """Say how to close a session: a name that holds one of somebody else's at times is no matter of `async with`."""
    bindings = held.scope.bindings.get(held.name, ())
    is_shared = sum(each.kind is BindingKind.PARAMETER or not is_none(each.value) for each in bindings) > 1
    is_choice = any(isinstance(each.value, ast.BoolOp | ast.IfExp) for each in bindings)
    return "close it in a `finally`" if is_shared or is_choice else "open it with `async with`"
