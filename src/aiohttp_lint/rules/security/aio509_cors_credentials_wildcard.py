"""AIO509."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.browser_credentials import browsers_add_credentials
from aiohttp_lint.semantics.cors import CALLEES, wildcards_with_credentials
from aiohttp_lint.semantics.error_details import is_chosen
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_values import RESPONSES
from aiohttp_lint.semantics.response_headers import open_sharing

_REFUSED = "browsers refuse `*` where a page sends credentials: name the allowed origin"


class CorsCredentialsWildcard(Rule):
    """An answer that every origin may read with credentials hands each visitor's data to any page.

    aiohttp-cors with `"*"` and `allow_credentials=True` answers a request from `https://evil.example` with
    `Access-Control-Allow-Origin: https://evil.example` and `Access-Control-Allow-Credentials: true` (`null` as well): any
    page that a logged-in user opens can read what this user can. Sending the request's `Origin` back by hand does the
    same. A literal `*` with credentials is no hole: browsers refuse the pair, so that requests with credentials don't work.

    Bad:

    ```python
    def set_up(app: web.Application) -> None:
        aiohttp_cors.setup(app, defaults={"*": aiohttp_cors.ResourceOptions(allow_credentials=True)})

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
        response.headers["Access-Control-Allow-Credentials"] = "true"
    ```

    Good:

    ```python
    def set_up(app: web.Application) -> None:
        options = aiohttp_cors.ResourceOptions(allow_credentials=True)
        aiohttp_cors.setup(app, defaults={"https://app.example": options})

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin")
        if origin in ALLOWED:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
    ```

    Fix: none; which origins are the right ones only the author knows.

    Reported where the project's server knows its clients by what browsers add to a request by themselves: cookies that it
    sets or reads, aiohttp-session, aiohttp-security, an HTTP login (`WWW-Authenticate: Basic`), client certificates.
    Named in full, by `ALL` or by the strict preset, the rule reports the others too: those without a login may be
    reached from a visitor's network only, and a login may come later.

    Silent where the origin is compared or given to a call, under a condition on an option, and in tests and examples.
    """

    code = "AIO509"
    name = "cors-credentials-wildcard"
    message = "any page may read this with its visitor's credentials: name the allowed origins"
    relaxed_in_tests = True
    practices = ("5.7", "10.3", "14.2", "14.8")
    mentions = (any_of(*CALLEES, *RESPONSES, "headers"),)
    source = "https://github.com/aio-libs/aiohttp-cors#security"

    def check(self, module: Module) -> Iterator[Finding]:
        findings = list(self._opened(module))
        if findings and (self.is_named(module) or browsers_add_credentials(module)):
            yield from findings

    def _opened(self, module: Module) -> Iterator[Finding]:
        for place in wildcards_with_credentials(module):
            if not is_chosen(module, place):
                yield self.finding(module, place)
        for sharing in open_sharing(module):
            origin = sharing.place.id if isinstance(sharing.place, ast.Name) else None
            if not is_chosen(module, sharing.place, apart_from=origin):
                yield self.finding(module, sharing.place, _REFUSED if sharing.is_refused else None)
