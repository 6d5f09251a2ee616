"""AIO203."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.client import REQUESTS
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.responses import response_of
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.timeouts import (
    AIOHTTP_4,
    CLIENT_TIMEOUT,
    is_copied_with_changes,
    is_none_for_sure,
    is_off,
    is_under_deadline,
    limits_of,
    seconds,
    streams_bodies,
    written_limits,
)


class TimeoutDisabled(Rule):
    """A request without any time limit waits for as long as the other side likes.

    Before aiohttp 4, `timeout=None` and `timeout=0` of a request switch off every limit, those of the session too:
    a session of 0.3 seconds then waits for ever. So do `ClientTimeout(total=None)`, `ClientTimeout(total=0)`,
    a negative total, and `ClientTimeout()`, which has no limit at all (the five minutes are the default of the session,
    not of the class). In a handler, every browser that gave up leaves one more task waiting.
    `ClientTimeout(total=float("inf"))` is no way to say it either: the first request raises `OverflowError`.

    Bad:

    ```python
    async def price(request: web.Request) -> web.Response:
        async with request.app[HTTP].get(PRICES, timeout=None) as response:
            return web.json_response(await response.json())
    ```

    Good:

    ```python
    async def price(request: web.Request) -> web.Response:
        async with request.app[HTTP].get(PRICES, timeout=aiohttp.ClientTimeout(total=5)) as response:
            return web.json_response(await response.json())
    ```

    Fix: none; how long to wait is a decision.

    Reported for requests of registered handlers and middlewares, and wherever the total is infinite. Named
    by its full code (or by `ALL` or the strict preset), the rule reports every request and every `ClientTimeout` without
    limits, which outside of handlers is mostly a decision.
    Silent where `connect`, `sock_connect` or `sock_read` limits something, under `asyncio.timeout` or `wait_for`, and
    in functions that stream a body (downloads, server-sent events, proxies). On aiohttp 4, `timeout=None` means the
    session's timeout, `ClientTimeout()` has five minutes, and 0 is refused: with such a target they are not reported.
    """

    code = "AIO203"
    name = "timeout-disabled"
    message = "no time limit: this may wait for ever; set ClientTimeout(total=…), or sock_read for a stream"
    relaxed_in_tests = True
    practices = ("7.5", "8.8", "11.4", "K8")
    mentions = (any_of("timeout", CLIENT_TIMEOUT), any_of(*REQUESTS, CLIENT_TIMEOUT))
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#timeouts"

    def check(self, module: Module) -> Iterator[Finding]:
        looks_everywhere = self.is_named(module)
        streaming: set[ast.Call] = set()
        for call in module.calls_to(*REQUESTS):
            given = call.argument("timeout").value
            if given is None or not self._is_disabled(module, given) or is_under_deadline(module, call.node):
                continue
            if self._may_stream(module, call):
                limits = written_limits(module, given)
                if limits is not None:
                    streaming.add(limits.call.node)
            elif looks_everywhere or self._is_served(module, call):
                yield self.finding(module, given)
        for call in module.calls_to(CLIENT_TIMEOUT):
            total = limits_of(call).total.value
            if total is not None and seconds(module, total) == math.inf:
                if not fails_on_purpose(module, call.node, "OverflowError"):
                    message = "an infinite total raises OverflowError at the first request; write total=None with sock_read"
                    yield self.finding(module, call, message)
            elif looks_everywhere and call.node not in streaming and self._is_disabled(module, call.node):
                function = call.function
                if not is_copied_with_changes(module, call) and not (function and streams_bodies(function)):
                    if not is_under_deadline(module, call.node):
                        yield self.finding(module, call)

    def _is_disabled(self, module: Module, given: ast.expr) -> bool:
        is_before_4 = module.target.any_below(AIOHTTP_4)
        limits = written_limits(module, given)
        if limits is None:
            return is_before_4 and is_off(module, given)
        if limits.total.value is None or not is_none_for_sure(module, limits.total.value):
            return is_before_4 and limits.has_none and (limits.is_empty or limits.total.is_given)
        return limits.has_none

    def _is_served(self, module: Module, call: CallSite) -> bool:
        function = call.function
        return function is not None and bool(module.roles_of(function) & {Role.HANDLER, Role.MIDDLEWARE})

    def _may_stream(self, module: Module, call: CallSite) -> bool:
        if call.function is not None and streams_bodies(call.function):
            return True
        held = response_of(module, call)
        return held is not None and held.escapes
