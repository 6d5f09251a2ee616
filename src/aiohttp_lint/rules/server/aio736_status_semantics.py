"""AIO736."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.json_encoding import JSON_RESPONSE
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.statuses import UNAUTHORIZED, errors_as_successes, refusals_without_challenge


class StatusSemantics(Rule):
    """A status that contradicts what the response says.

    `web.json_response({"error": …})` has status 200: `raise_for_status()`, retries, caches, metrics and alarms take it for a
    success. `web.HTTPUnauthorized()` sends no `WWW-Authenticate` header, which a 401 must have (RFC 9110, 15.5.2): clients that
    answer challenges have nothing to answer, and a browser never asks for a password.

    Bad:

    ```python
    async def order(request: web.Request) -> web.Response:
        if "Authorization" not in request.headers:
            raise web.HTTPUnauthorized()
        return web.json_response({"error": "no such order"})

    app.router.add_get("/order", order)
    ```

    Good:

    ```python
    async def order(request: web.Request) -> web.Response:
        if "Authorization" not in request.headers:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return web.json_response({"error": "no such order"}, status=404)

    app.router.add_get("/order", order)
    ```

    Fix: none, because only the author knows the status and the scheme.

    Opt-in, because some protocols and clients want 200 for everything. Silent in files that speak JSON-RPC or GraphQL, where the error may
    be empty, where the status is set later, and in files that name `WWW-Authenticate` anywhere.
    """

    code = "AIO736"
    name = "status-semantics"
    message = (
        "an error goes out with status 200, and clients take it for a success; pass the `status` of the error"
    )
    opt_in = True
    relaxed_in_tests = True
    practices = ("4.2", "5.5", "8.2", "8.3", "10.5", "12.4")
    mentions = (any_of(JSON_RESPONSE, UNAUTHORIZED, "raise"),)
    source = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in errors_as_successes(module):
            yield self.finding(module, call)
        for refusal in refusals_without_challenge(module):
            message = (
                "a 401 without `WWW-Authenticate` tells no client how to authenticate; pass it in `headers`"
            )
            yield self.finding(module, refusal, message)
