"""AIO901."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceReturnByRaise
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.broad_excepts import may_be_caught
from aiohttp_lint.semantics.handlers import is_guarded, is_seen_by_nobody, returned_exceptions
from aiohttp_lint.semantics.module import Module

_NEXT = (4, 0, 0)


class ReturnHttpException(Rule):
    """An HTTP exception that a handler returns is deprecated in aiohttp 3 and a `500` in aiohttp 4.

    On 3.x the server warns (`DeprecationWarning: returning HTTPException object is deprecated`). On 4.0 an
    `HTTPException` is no response any more, and the client gets `500`. A returned *class* (`return
    web.HTTPNotFound`) drops the connection on 3.x already: the client sees no answer at all.

    Bad:

    ```python
    async def account(request: web.Request) -> web.Response:
        if "user" not in request:
            return web.HTTPFound("/login")
        return web.Response(text="your account")

    app.router.add_get("/account", account)
    ```

    Good:

    ```python
    async def account(request: web.Request) -> web.Response:
        if "user" not in request:
            raise web.HTTPFound("/login")
        return web.Response(text="your account")

    app.router.add_get("/account", account)
    ```

    Fix: `raise` for `return`. Safe where nothing can tell the two apart: not in a `try` body or a `with` block, and
    either no middleware or decorator stands in between that does more than hand the answer on (the application is
    created and run in the file, with middlewares of the file), or the target is aiohttp 4, or a class is returned.
    Unsafe otherwise: code after `await handler(request)` in a middleware runs for a returned exception only. None
    for one branch of a conditional expression and for lambdas, nor in a `try` with an `except Exception`, or another clause
    that would catch the exception once it is raised: measured, a `404` that is returned there becomes the clause's `500`.
    Raise it behind that `try`, or let `web.HTTPException` out of it first (AIO717).

    Only registered handlers, methods of a `web.View` and middlewares count, and only where every decorator is known:
    aiohttp's, one that leaves the function as it is, or one of the file whose wrapper returns what the handler
    returned. A helper may return an exception for its caller to raise.
    """

    code = "AIO901"
    name = "return-http-exception"
    message = "returning an HTTP exception is deprecated, and a 500 in aiohttp 4: raise it"
    fix = FixAvailability.MIXED
    practices = ("1.6", "4.2", "5.4", "8.1", "8.2", "8.3", "K7")
    versions = "warns on 3.x, fails on 4.0"
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#exceptions"

    def check(self, module: Module) -> Iterator[Finding]:
        for returned in returned_exceptions(module):
            message = None
            if returned.is_class:
                message = "returning the class of an HTTP exception drops the connection: raise it"
            elif module.target.all_at_least(_NEXT):
                message = "a returned HTTP exception is a 500 in aiohttp 4: raise it"
            statement = returned.statement
            edits = []
            safe = False
            if statement is not None and may_be_caught(module, statement, returned.value):
                message = f"{message or self.message} where no `except` of this function catches it"
            elif statement is not None:
                edits.append(ReplaceReturnByRaise(module.span(statement)))
                fails_anyway = returned.is_class or module.target.all_at_least(_NEXT)
                safe = not is_guarded(module, statement) and (
                    fails_anyway or is_seen_by_nobody(module, returned.function)
                )
            place = statement if statement is not None else returned.value
            yield self.finding(module, place, message, edits=edits, fix="Raise the exception", safe=safe)
