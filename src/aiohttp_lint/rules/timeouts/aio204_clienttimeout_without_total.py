"""AIO204."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.client import REQUESTS
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.timeouts import (
    AIOHTTP_4,
    CLIENT_TIMEOUT,
    has_other_limits,
    is_copied_with_changes,
    is_under_deadline,
    limits_of,
    streams_bodies,
)


class ClienttimeoutWithoutTotal(Rule):
    """A ClientTimeout without a total takes away the five minutes that every request has otherwise.

    Before aiohttp 4, what is not given to `ClientTimeout` is off: `ClientTimeout(connect=5)` has `total=None`,
    `sock_connect=None` and `sock_read=None`. It waits for ever for an answer, where the default
    (`total=300`, and `sock_connect=30` since 3.10.9) would not. aiohttp 4 keeps `total=300`.

    Bad:

    ```python
    TIMEOUT = aiohttp.ClientTimeout(connect=5)
    ```

    Good:

    ```python
    TIMEOUT = aiohttp.ClientTimeout(total=300, connect=5)
    ```

    Fix: unsafe, because requests that take longer than five minutes then fail. It writes `total=300`.

    Silent with `sock_read` (how a stream is limited), with an explicit `total=None`, with `**kwargs`, under
    `asyncio.timeout` or `wait_for`, for a session where the file limits requests otherwise (another `ClientTimeout`
    with a total, a deadline), for requests of functions that stream a body, as a positional argument (a connector's
    `connect` has no use for a total), and where only aiohttp 4 is allowed.
    """

    code = "AIO204"
    name = "clienttimeout-without-total"
    message = "without total= this has no overall limit (the default has 300 s): set total=, or sock_read= for a stream"
    fix = FixAvailability.UNSAFE
    practices = ("7.5", "11.4", "K8")
    versions = "before 4.0"
    mentions = (any_of(CLIENT_TIMEOUT),)
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientTimeout"

    def check(self, module: Module) -> Iterator[Finding]:
        if not module.target.any_below(AIOHTTP_4):
            return
        for call in module.calls_to(CLIENT_TIMEOUT):
            limits = limits_of(call)
            if not limits.is_certain or limits.is_empty or limits.total.is_given or limits.sock_read.is_given:
                continue
            if is_copied_with_changes(module, call) or is_under_deadline(module, call.node):
                continue
            if not self._limits_something_else(module, call):
                edits = [SetKeyword(module.span(call.node), "total", "300")]
                yield self.finding(module, call, edits=edits, fix="Set the default total of 300 seconds")

    def _limits_something_else(self, module: Module, call: CallSite) -> bool:
        """Tell whether the timeout is for a streaming request, or not what limits requests, or nobody knows."""
        parent = module.parent(call.node)
        if isinstance(parent, ast.Call):
            return True
        request = module.parent(parent) if isinstance(parent, ast.keyword) else None
        if isinstance(request, ast.Call) and module.call_site(request).calls_only(*REQUESTS):
            return call.function is not None and streams_bodies(call.function)
        return has_other_limits(module, call)
