"""AIO510."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_headers import headers_of_handlers_only
from aiohttp_lint.semantics.signals import APPLICATION


class HeadersOnlyInMiddleware(Rule):
    """A header that a middleware sets after `await handler(request)` is missing on whatever was raised.

    A redirect, a `404` or `405` of the router, an `HTTPForbidden` and the `500` for an error are exceptions: they
    leave the middleware at `await handler(request)`. Measured: the header is there on `200`, and missing on `302`, `404`,
    `405` and `500`. On a stream or a WebSocket it comes too late, when the headers have gone out. The signal
    `on_response_prepare` is sent for each response, before its headers go out.

    Bad:

    ```python
    @web.middleware
    async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        response.headers["X-Frame-Options"] = "DENY"
        return response

    def main() -> None:
        app = web.Application(middlewares=[protect])
        web.run_app(app)
    ```

    Good:

    ```python
    async def protect(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["X-Frame-Options"] = "DENY"

    def main() -> None:
        app = web.Application()
        app.on_response_prepare.append(protect)
        web.run_app(app)
    ```

    Fix: none; a signal is another kind of function.

    Reported for headers that protect (`Content-Security-Policy`, `Strict-Transport-Security`, `X-Frame-Options`,
    `X-Content-Type-Options`, `Referrer-Policy`, `Access-Control-Allow-Origin`), and only where the file shows the whole
    list of middlewares: an application that is created and run here, and has this one alone. With another middleware
    that turns errors into responses the header is there on all of them. Silent with a `try` in the middleware, and for a
    value that is made from the response.
    """

    code = "AIO510"
    name = "headers-only-in-middleware"
    message = "header is missing on redirects, 404, 405 and 500: set it in an `on_response_prepare` signal"
    practices = ("1.4", "1.5", "4.3", "5.3", "5.7", "14.3", "14.7", "14.8", "K4")
    mentions = (any_of(APPLICATION), any_of("middlewares"))
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#signals"

    def check(self, module: Module) -> Iterator[Finding]:
        for middleware, header in headers_of_handlers_only(module):
            related = [module.related(middleware.node, "the only middleware of the application")]
            yield self.finding(module, module.statement(header.value), related=related)
