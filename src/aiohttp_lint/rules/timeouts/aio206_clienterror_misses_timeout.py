"""AIO206."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExceptType
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS
from aiohttp_lint.semantics.handlers_of_errors import ASYNCIO_TIMEOUT_IS_BUILTIN, timeouts_passing_by
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled


class ClienterrorMissesTimeout(Rule):
    """A request's total timeout is no ClientError, and passes by an except clause for it.

    When the `total` of a `ClientTimeout` is over (five minutes where nothing is set), aiohttp raises a bare
    `asyncio.TimeoutError`. Only the timeouts of `connect`, `sock_connect` and `sock_read` are
    `ServerTimeoutError`, which is both. In a web handler, the escaping error is answered with 504.

    Bad:

    ```python
    async def page(session: aiohttp.ClientSession, url: str) -> str | None:
        try:
            async with session.get(url) as response:
                return await response.text()
        except aiohttp.ClientError:
            return None
    ```

    Good:

    ```python
    async def page(session: aiohttp.ClientSession, url: str) -> str | None:
        try:
            async with session.get(url) as response:
                return await response.text()
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return None
    ```

    Fix: unsafe, because the caller may be the one who is to see timeouts. It adds `TimeoutError` from Python 3.11
    on, where asyncio's is the builtin class, and `asyncio.TimeoutError` below.

    Opt-in. Silent where a `try` around it catches timeouts (`OSError` and the builtin `TimeoutError` do so from 3.11
    on, and pass for it where no oldest Python is declared), where a class is not known, where the handler raises the
    error again, where only `ClientResponseError` and the like are caught, and for requests without a total: their
    own is off, or that of the session which the file makes for them.
    """

    code = "AIO206"
    name = "clienterror-misses-timeout"
    message = "the total timeout raises asyncio.TimeoutError, which is no ClientError and passes by here; catch it too"
    fix = FixAvailability.UNSAFE
    opt_in = True
    practices = ("7.8", "8.1", "8.5", "8.8", "16.6")
    mentions = (any_of(*REQUESTS, MODULE_REQUEST), any_of("except"))
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ServerTimeoutError"

    def check(self, module: Module) -> Iterator[Finding]:
        for passed_by in timeouts_passing_by(module):
            handler = passed_by.handler
            assert handler.type is not None
            spelling = "TimeoutError"
            imports: list[Edit] = []
            if module.python_minimum < ASYNCIO_TIMEOUT_IS_BUILTIN:
                spelling, imports = spelled(module, "asyncio.TimeoutError")
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            caught = ", ".join([*map(module.segment, kinds), spelling])
            yield self.finding(
                module,
                handler,
                related=[module.related(passed_by.request.node, "the total timeout of this request")],
                edits=[ReplaceExceptType(module.span(handler), f"({caught})"), *imports],
                fix="Catch the timeout too",
            )
