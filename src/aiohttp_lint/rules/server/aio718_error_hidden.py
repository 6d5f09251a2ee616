"""AIO718."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import InsertBefore
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.hidden_errors import hidden_errors
from aiohttp_lint.semantics.module import Module


class ErrorHidden(Rule):
    """Every exception becomes a server error, and nothing is logged.

    aiohttp logs an exception that leaves a handler (`Error handling request`, with the traceback, logger `aiohttp.server`)
    and answers with 500 by itself. An exception that is caught and turned into `web.Response(status=500)` or
    `HTTPInternalServerError` leaves no traceback: the access log shows the 500, and nothing shows why.

    Bad:

    ```python
    async def report(request: web.Request):
        try:
            return web.json_response(await build(request))
        except Exception:
            return web.json_response({"error": "internal"}, status=500)


    app = web.Application()
    app.router.add_get("/report", report)
    ```

    Good:

    ```python
    async def report(request: web.Request):
        try:
            return web.json_response(await build(request))
        except Exception:
            request.app.logger.exception("report failed")
            return web.json_response({"error": "internal"}, status=500)


    app = web.Application()
    app.router.add_get("/report", report)
    ```

    Fix: unsafe, because the log then has lines that it did not have. Logs the exception with the logger of the
    application.

    Off unless it is named: some services report errors in ways that one file does not show. Silent for
    classes other than `Exception`, and where the clause uses the exception, raises it again or calls anything but the answer itself.
    """

    code = "AIO718"
    name = "error-hidden"
    message = "the exception ends here without a line in the log: log it, or let it pass"
    fix = FixAvailability.UNSAFE
    opt_in = True
    practices = ("5.6", "8.6", "8.7", "8.8", "13.5", "13.6", "15.6")
    mentions = (any_of("except"),)
    source = "https://docs.aiohttp.org/en/stable/logging.html#error-logs"

    def check(self, module: Module) -> Iterator[Finding]:
        for hidden in hidden_errors(module):
            edits = []
            if hidden.request is not None:
                source = f'{hidden.request}.app.logger.exception("unexpected error")'
                edits.append(InsertBefore(module.span(hidden.clause.body[0]), source))
            yield self.finding(module, hidden.clause, edits=edits, fix="Log the exception")
