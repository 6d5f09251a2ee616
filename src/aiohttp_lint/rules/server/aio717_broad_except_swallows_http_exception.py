"""AIO717."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertExceptClause
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.broad_excepts import CLIENT_ERROR, ERROR, REDIRECTION, swallowed_exceptions
from aiohttp_lint.semantics.handlers import HTTP_EXCEPTION
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled


class BroadExceptSwallowsHttpException(Rule):
    """`except Exception` around a handler also catches redirects, 404 and 405.

    aiohttp's answers by exception (`HTTPFound`, `HTTPNotFound`, `HTTPMethodNotAllowed`, the `404` of an unknown path)
    derive from `Exception`. A middleware that turns every `Exception` into `500` turns `404` into `500 {"error": "Not
    Found"}`, and a redirect to the login page into `500 {"error": "Found"}`. In a handler, `raise web.HTTPNotFound()`
    inside of such a `try` never reaches the client. A clause before it that lets redirections out, and nothing else,
    says that what is called answers by exception: its errors end here. `contextlib.suppress(Exception)` and a `return` in `finally`
    swallow them as well.

    Bad:

    ```python
    @web.middleware
    async def errors(request, handler):
        try:
            return await handler(request)
        except Exception as error:
            return web.json_response({"error": str(error)}, status=500)
    ```

    Good:

    ```python
    @web.middleware
    async def errors(request, handler):
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("unhandled")
            return web.json_response({"error": "internal"}, status=500)
    ```

    Fix: unsafe, because clients then get other answers than before. It puts `except web.HTTPException: raise`
    before the broad clause.

    Where the rule is named by its full code, by `ALL` or by the strict preset, it also reports a handler that reads
    the body of a request in such a `try`: the `413` for a body that is too large then becomes another answer; and a decorator of
    handlers none of which raises an HTTP exception in sight.

    Silent when an earlier clause catches `web.HTTPException` (or errors, successes and redirections, which are
    all of them), or errors (or those of clients alone) in a project that names none of the others, when the clause looks at
    the exception, hands it to other code or raises it again,
    when it raises the same HTTP exception as the block, and once a streamed answer may be prepared: no other one reaches
    the client then.
    """

    code = "AIO717"
    name = "broad-except-swallows-http-exception"
    message = (
        "redirects and HTTP errors of aiohttp end here too: put `except web.HTTPException: raise` before it"
    )
    fix = FixAvailability.UNSAFE
    practices = ("1.4", "5.4", "8.1", "8.2", "8.3", "8.6", "K5")
    mentions = (any_of("except", "finally", "suppress"),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#middlewares"

    def check(self, module: Module) -> Iterator[Finding]:
        for swallowed in swallowed_exceptions(module):
            if (swallowed.is_only_size or swallowed.is_latent) and not self.is_named(module):
                continue
            clause = swallowed.clause
            message = None
            edits: list[Edit] = []
            if isinstance(clause, ast.ExceptHandler):
                name, imports = spelled(module, HTTP_EXCEPTION)
                edits.append(InsertExceptClause(module.span(clause), f"except {name}:\n    raise"))
                edits += imports
                if ERROR in swallowed.let_out:
                    message = (
                        "redirects of aiohttp end here too: put `except web.HTTPException: raise` before it"
                    )
                elif CLIENT_ERROR in swallowed.let_out:
                    message = "redirects and 5xx of aiohttp end here too: put `except web.HTTPException: raise` before it"
                elif REDIRECTION in swallowed.let_out:
                    message = (
                        "HTTP errors of aiohttp end here too: put `except web.HTTPException: raise` before it"
                    )
            elif isinstance(clause, ast.Return):
                message = (
                    "`return` in `finally` drops redirects and HTTP errors: return after the `try` statement"
                )
            else:
                message = "redirects and HTTP errors of aiohttp end here too: suppress only what is expected"
            if swallowed.is_only_size:
                message = "`413` for a body that is too large ends here too: put `except web.HTTPException: raise` first"
            related = [module.related(swallowed.source, "raises HTTP exceptions")]
            yield self.finding(
                module, clause, message, related=related, edits=edits, fix="Let HTTP exceptions pass"
            )
