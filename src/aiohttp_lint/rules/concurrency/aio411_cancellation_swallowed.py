"""AIO411."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExceptType
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.tasks import Outcome, names_cancellation, swallowed_cancellations

_MESSAGES = {
    Outcome.GOES_ON: "CancelledError is swallowed and the loop goes on: the task can't be stopped; let it pass",
    Outcome.MAY_GO_ON: "CancelledError is swallowed and the loop may go on: the task may not stop; let it pass",
    Outcome.ENDS: "CancelledError is swallowed: timeouts and task groups take the task for finished; re-raise it",
}


class CancellationSwallowed(Rule):
    """A coroutine that swallows `CancelledError` can't be stopped.

    A task is cancelled by an exception that is raised where it waits. A bare `except:`, `except BaseException` or
    `except CancelledError` in an endless loop catches it and goes on: half a second after `task.cancel()` such a
    worker still runs, cleanup code that awaits it hangs, and `run_app()` waits for its whole shutdown timeout.

    Bad:

    ```python
    async def worker() -> None:
        while True:
            try:
                await process_next()
            except:
                log.exception("processing failed")
    ```

    Good:

    ```python
    async def worker() -> None:
        while True:
            try:
                await process_next()
            except Exception:
                log.exception("processing failed")
    ```

    Fix: unsafe, because `KeyboardInterrupt` and `SystemExit` then pass as well: a bare `except:` and
    `except BaseException` become `except Exception`.

    Reported where an endless loop (`while True`) goes on after the cancellation, `with suppress(…)` and
    `finally: continue` included. Named in full, by `ALL` or by the strict preset, the rule reports every coroutine
    that keeps its cancellation to itself, also where it ends quietly: `asyncio.timeout()` and `TaskGroup` rely on
    the error. Silent for `task.cancel()` followed by `await task`, for waiting on somebody else's task, for the
    quiet end of a task that the same file keeps and cancels, and for clauses that raise again, save the error,
    call `uncancel()` or set a flag.
    """

    code = "AIO411"
    name = "cancellation-swallowed"
    message = _MESSAGES[Outcome.GOES_ON]
    fix = FixAvailability.UNSAFE
    practices = ("1.8", "8.1", "8.8", "11.3", "16.8")
    equivalents = ("ASYNC103", "ASYNC104")
    mentions = (any_of("async"), any_of("except", "finally", "suppress"))
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#graceful-shutdown"

    def check(self, module: Module) -> Iterator[Finding]:
        everywhere = self.is_named(module)
        for found in swallowed_cancellations(module):
            if found.outcome is not Outcome.GOES_ON and not everywhere:
                continue
            edits: list[Edit] = []
            place: ast.AST = found.node
            if isinstance(found.node, ast.withitem):
                place = found.node.context_expr
            elif isinstance(found.node, ast.ExceptHandler) and not names_cancellation(module, found.node):
                if not isinstance(found.node.type, ast.Tuple):
                    edits.append(ReplaceExceptType(module.span(found.node), "Exception"))
            yield self.finding(module, place, _MESSAGES[found.outcome], edits=edits, fix="Catch `Exception`")
