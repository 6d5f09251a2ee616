"""AIO205."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RemoveKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import MODULE_REQUEST, SESSION
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.timeouts import is_none_for_sure


class SessionTimeoutNone(Rule):
    """A session's timeout=None does not switch the timeout off.

    `ClientSession(timeout=None)` and `aiohttp.request(…, timeout=None)` have the default: `ClientTimeout(total=300)`,
    with `sock_connect=30` since 3.10.9. Whoever reads it expects no limit, and a download of six minutes fails. Only
    the `timeout=None` of a single request switches the limits off (before aiohttp 4).

    Bad:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession(timeout=None) as session:
            await download(session)
    ```

    Good:

    ```python
    async def main() -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            await download(session)
    ```

    Fix: safe, it removes the argument, which changes nothing (but shows what happens). There is none beside
    `read_timeout=` and `conn_timeout=`. If no limit is what is wanted, write `ClientTimeout(total=None, sock_read=…)`.
    """

    code = "AIO205"
    name = "session-timeout-none"
    message = "timeout=None means the default of 300 s here, not no limit: leave it out, or pass ClientTimeout(total=None)"
    fix = FixAvailability.SAFE
    practices = ("6.1", "7.5", "11.4")
    versions = "3.9 and later"
    mentions = (any_of("timeout"), any_of(SESSION, MODULE_REQUEST))
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in module.calls_to(SESSION, MODULE_REQUEST):
            given = call.argument("timeout").value
            if given is None or not is_none_for_sure(module, given):
                continue
            edits: list[Edit] = []
            older = (call.argument("read_timeout"), call.argument("conn_timeout"))
            if call.keyword("timeout") is not None and all(argument.is_missing for argument in older):
                edits.append(RemoveKeyword(module.span(call.node), "timeout"))
            yield self.finding(module, given, edits=edits, fix="Remove timeout=None")
