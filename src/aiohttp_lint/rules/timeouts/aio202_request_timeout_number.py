"""AIO202."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import REQUESTS
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import (
    AIOHTTP_4,
    CLIENT_TIMEOUT,
    TimeoutKind,
    alternatives,
    kind_of,
    seconds,
)


class RequestTimeoutNumber(Rule):
    """A number as the timeout of a request fails on aiohttp 4.

    aiohttp 3 turns it into `ClientTimeout(total=…)`. That replaces the session's timeout as a whole, so the session's
    `sock_connect` and `sock_read` no longer count for the request. aiohttp 4 raises `AttributeError: 'float' object
    has no attribute 'total'`.

    Bad:

    ```python
    async def page(session: aiohttp.ClientSession, url: str) -> str:
        async with session.get(url, timeout=10) as response:
            return await response.text()
    ```

    Good:

    ```python
    async def page(session: aiohttp.ClientSession, url: str) -> str:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=10)) as response:
            return await response.text()
    ```

    Fix: safe, because it writes what aiohttp 3 does itself. There is none for 0, which aiohttp 4 refuses within
    `ClientTimeout` too, nor for a value that may be `None`.

    Reported only where the project's aiohttp versions include 4. Silent for `ws_connect`, whose timeout is of another
    class, for `aiohttp.request` (there a number fails on every version: AIO201), and for wrappers and classes of other
    packages with the same methods.
    """

    code = "AIO202"
    name = "request-timeout-number"
    message = (
        "a number as a request's timeout raises AttributeError on aiohttp 4; pass ClientTimeout(total=…)"
    )
    fix = FixAvailability.SAFE
    practices = ("7.5", "11.4")
    versions = "4.0 and later"
    mentions = (any_of("timeout"), any_of(*REQUESTS))
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#timeouts"

    def check(self, module: Module) -> Iterator[Finding]:
        if not module.target.includes(AIOHTTP_4):
            return
        for call in module.calls_to(*REQUESTS):
            given = call.argument("timeout").value
            if given is None or fails_on_purpose(module, call.node, "AttributeError"):
                continue
            for value in alternatives(module, given):
                if kind_of(module, value) is not TimeoutKind.SECONDS:
                    continue
                edits: list[Edit] = []
                number = seconds(module, value)
                if (
                    not module.type_of(value).may_be_none
                    and (number is None or number > 0)
                    and value is given
                ):
                    spelling, imports = spelled(module, CLIENT_TIMEOUT)
                    edits.append(ReplaceExpression(module.span(value), f"{spelling}(total={{}})"))
                    edits += imports
                yield self.finding(module, value, edits=edits, fix="Put the seconds into a ClientTimeout")
