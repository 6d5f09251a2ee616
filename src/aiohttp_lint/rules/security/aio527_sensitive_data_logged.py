"""AIO527."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.access_logs import TAKERS, formats_with_secrets
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.taint import TAINTED
from aiohttp_lint.semantics.taint_data import Danger


class SensitiveDataLogged(Rule):
    """Credentials in the log are there for everybody who reads logs, and for as long as they are kept.

    `log.info("headers: %s", request.headers)` writes `'Authorization': 'Bearer …'` and `'Cookie': 'sid=…'` as they came;
    `%{Authorization}i` in the format of the access log does it for every request. Who has the line has the session.

    Bad:

    ```python
    async def order(request: web.Request) -> web.Response:
        log.info("order from %s", request.headers)
        return web.Response()
    ```

    Good:

    ```python
    async def order(request: web.Request) -> web.Response:
        log.info("order from %s", request.headers.get("User-Agent"))
        return web.Response()
    ```

    Fix: none; what is worth a line only the author knows.

    Reported for all headers or all cookies of a request, for headers that hold a credential (`Authorization`, `Cookie`,
    `X-Api-Key` and the like), for cookies named like a session or a token, and for fields such as `password` of forms, bodies
    and queries, where a logger of `logging`, `structlog` or `loguru` writes them; and for such headers in
    `access_log_format`. `debug()` and `log()` count when the rule is named in full, by `ALL` or by the strict preset. Silent
    for what an unknown function makes of it (`redact(request.headers)`, `len()`, a hash), for slices and parts, and for the
    headers of responses.
    """

    code = "AIO527"
    name = "sensitive-data-logged"
    message = "credentials are written to the log: leave them out"
    relaxed_in_tests = True
    practices = ("3.3", "5.6", "8.7", "13.6", "14.6")
    about = TAINTED.union(TAKERS)
    source = "https://docs.aiohttp.org/en/stable/logging.html#format-specification"

    def check(self, module: Module) -> Iterator[Finding]:
        for flow in module.taint.flows():
            if flow.danger is Danger.LOG:
                if flow.label.is_all:
                    message = f"the log gets all of {flow.source}, credentials included: pick what it needs"
                else:
                    message = f"the log gets {flow.source}, a credential: leave it out"
                yield self.finding(module, flow.place, message, related=flow.related)
        for node, header in formats_with_secrets(module):
            message = f"the access log gets `{header}` of every request: leave it out of the format"
            yield self.finding(module, node, message)
