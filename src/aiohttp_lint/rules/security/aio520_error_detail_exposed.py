"""AIO520."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import RemoveKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.cookies import APPLICATION, serves_only_this_machine
from aiohttp_lint.semantics.error_details import ANSWERS, debugging_applications, tracebacks_answered
from aiohttp_lint.semantics.module import Module

_TRACEBACK = (
    "traceback is sent to the client, with paths, code and values: log it, and let aiohttp answer 500"
)


class ErrorDetailExposed(Rule):
    """A traceback that clients get to see tells them paths, code, versions, and values in error messages.

    With `web.Application(debug=True)`, or `handler_args={"debug": True}`, the page for an error that nobody caught
    is the traceback itself; without it, it reads `500 Internal Server Error` and nothing more, and the log has the
    traceback. `traceback.format_exc()` as the text of a response does the same by hand.

    Bad:

    ```python
    async def report(request: web.Request) -> web.Response:
        try:
            return web.json_response(await figures())
        except KeyError:
            return web.Response(text=traceback.format_exc(), status=500)

    app = web.Application(debug=True)
    ```

    Good:

    ```python
    async def report(request: web.Request) -> web.Response:
        try:
            return web.json_response(await figures())
        except KeyError:
            log.exception("no figures")
            raise web.HTTPInternalServerError from None

    app = web.Application()
    ```

    Fix: unsafe, because error pages change. `debug=True` is taken out. On aiohttp 4, applications have no such
    argument.

    Silent under a condition on an option (`if DEBUG:`, `if self.verbose:`, `if SCOPE == "dev":`), in functions and classes
    that are called after debugging, in a file that serves only this machine (`host="127.0.0.1"`), and in tests and
    examples. The message of an exception alone (`str(exc)`) is not reported, nor is asyncio's debug mode.
    """

    code = "AIO520"
    name = "error-detail-exposed"
    message = "debug mode answers errors with the traceback: leave `debug=True` out"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("1.7", "8.2", "8.6", "13.5", "14.7")
    versions = "all for tracebacks in responses, below 4 for `debug=True`"
    mentions = (any_of(APPLICATION, *ANSWERS),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.Application"

    def check(self, module: Module) -> Iterator[Finding]:
        if serves_only_this_machine(module):
            return
        for call, value, is_own in debugging_applications(module):
            edits = [RemoveKeyword(module.span(call.node), "debug")] if is_own else []
            yield self.finding(module, value, edits=edits, fix="Leave `debug` out")
        for value in tracebacks_answered(module):
            yield self.finding(module, value, _TRACEBACK)
