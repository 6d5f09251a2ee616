"""AIO201."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, SESSION, WS_CONNECT
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import (
    CLIENT_TIMEOUT,
    TimeoutKind,
    alternatives,
    failure_of_session,
    kind_name,
    kind_of,
    seconds,
)

_MESSAGE = "{{}} is no timeout that aiohttp takes here: {}; pass a ClientTimeout"
_OF_WEBSOCKET = (
    "{} as a WebSocket's timeout breaks its close (code 1006, no closing frame); pass a ClientWSTimeout"
)


class SessionTimeoutType(Rule):
    """A timeout of a class that aiohttp does not take there fails, at once or when the connection ends.

    - `ClientSession(timeout=10)` and `aiohttp.request(…, timeout=10)` raise `ValueError: timeout parameter cannot
      be of <class 'int'> type, please use 'timeout=ClientTimeout(...)'`, as they do for a string, a tuple, a
      `timedelta` or an `asyncio.timeout(…)`. Before aiohttp 3.9.2 a session takes them, and its first request raises
      `AttributeError: 'int' object has no attribute 'total'`; the message says so where the project allows these.
    - A request takes a number, but `timeout=(3, 10)`, `timeout="10"` and the like raise `TypeError: '>' not
      supported between instances of 'tuple' and 'int'`.
    - `ws_connect(timeout=ClientTimeout(…))` is accepted. When the WebSocket is closed, a `TypeError` is swallowed
      inside, no closing frame is awaited, and the connection ends with code 1006.

    Bad:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession(timeout=10) as session:
            await run(session)
    ```

    Good:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            await run(session)
    ```

    Fix: safe, since the call fails as it stands: a number of seconds is put into `ClientTimeout(total=…)`. There is
    no fix for 0 (that would switch the limit off), for a value that may be `None`, beside `read_timeout=` or
    `conn_timeout=` (with which `ClientTimeout` conflicts), nor for the other classes.

    Silent where the class of the value is not known for sure, and where the failure is expected (`pytest.raises`, an
    `except` that names the error, a patched `ClientSession`). A plain number given to `ws_connect` works, with a
    `DeprecationWarning` since 3.11, and is no matter of this rule.
    """

    code = "AIO201"
    name = "session-timeout-type"
    message = "this is no timeout that aiohttp takes here: the call fails; pass a ClientTimeout"
    fix = FixAvailability.SAFE
    practices = ("6.1", "7.5", "11.4")
    mentions = (any_of("timeout"), any_of(SESSION, MODULE_REQUEST, *REQUESTS, WS_CONNECT))
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientTimeout"

    def check(self, module: Module) -> Iterator[Finding]:
        other = TimeoutKind.OTHER
        for call in module.calls_to(SESSION, MODULE_REQUEST):
            wrong = frozenset({other, TimeoutKind.SECONDS, TimeoutKind.WEBSOCKET})
            message = _MESSAGE.format(failure_of_session(module, call))
            yield from self._given(module, call, wrong, "ValueError", message)
        for call in module.calls_to(*REQUESTS):
            wrong = frozenset({other, TimeoutKind.WEBSOCKET})
            yield from self._given(
                module, call, wrong, "TypeError", _MESSAGE.format("the call raises TypeError")
            )
        for call in module.calls_to(WS_CONNECT):
            wrong = frozenset({other, TimeoutKind.CLIENT})
            yield from self._given(module, call, wrong, "TypeError", _OF_WEBSOCKET)

    def _given(
        self, module: Module, call: CallSite, wrong: frozenset[TimeoutKind], error: str, message: str
    ) -> Iterator[Finding]:
        given = call.argument("timeout").value
        if given is None:
            return
        for value in alternatives(module, given):
            kind = kind_of(module, value)
            if kind not in wrong or fails_on_purpose(module, call.node, error):
                continue
            edits: list[Edit] = []
            number = seconds(module, value)
            conflicts = call.argument("read_timeout").is_given or call.argument("conn_timeout").is_given
            if (
                kind is TimeoutKind.SECONDS
                and value is given
                and not conflicts
                and not module.type_of(value).may_be_none
                and not module.is_instance(value, "builtins.bool")
                and (number is None or number > 0)
            ):
                spelling, imports = spelled(module, CLIENT_TIMEOUT)
                edits.append(ReplaceExpression(module.span(value), f"{spelling}(total={{}})"))
                edits += imports
            told = message.format(kind_name(module, value))
            yield self.finding(module, value, told, edits=edits, fix="Put the seconds into a ClientTimeout")
