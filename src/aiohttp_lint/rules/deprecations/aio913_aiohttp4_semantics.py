"""AIO913."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceExpression, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import changed_meanings as changed
from aiohttp_lint.semantics.legacy import AIOHTTP_4, fails_now
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import CLIENT_TIMEOUT

_ZERO = "`total=0` is ValueError on aiohttp 4; write total=None for no limit"
_NO_TOTAL = (
    "a ClientTimeout without `total` has no limit on aiohttp 3 and five minutes on aiohttp 4; say which"
)
_RESPONSE = "an HTTP exception is no response on aiohttp 4: this is False there; ask for web.HTTPException"
_JSON = "on aiohttp 4 this is a 400 unless the client declares the body as JSON; pass content_type=None to take any"


class Aiohttp4Semantics(Rule):
    """What aiohttp 4 takes without a word, and understands in another way.

    - `timeout=None` of a request: no limit at all on 3, the session's limits on 4.
    - `ClientTimeout(total=0)`: no limit on 3; on 4 `ValueError: total timeout must be a positive number or None to disable`.
    - `ClientTimeout(connect=5)`: no total on 3, `total=300` on 4.
    - `isinstance(error, web.Response)` for an HTTP exception: true on 3, false on 4.
    - `await request.json()`: on 4 a body that is not declared as JSON is answered with 400.

    Bad:

    ```python
    async def download(session: aiohttp.ClientSession, url: str) -> bytes:
        async with session.get(url, timeout=None) as response:
            return await response.read()
    ```

    Good:

    ```python
    async def download(session: aiohttp.ClientSession, url: str) -> bytes:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=None)) as response:
            return await response.read()
    ```

    Fix: `total=0` becomes `total=None`, which is safe: it is the same on 3, and what 4 asks for. Unsafe, since it may well be that
    the new meaning is welcome: `timeout=None` becomes `ClientTimeout(total=None)`, a missing `total` `total=None`, and for aiohttp 4
    alone `request.json()` gets `content_type=None`. None for `isinstance`.

    Reported only where the project's aiohttp versions include 4. `request.json()` is reported only where the rule is asked for
    by its full code (or `ALL` or the strict preset), since most clients declare what they send.
    """

    code = "AIO913"
    name = "aiohttp4-semantics"
    message = "`timeout=None` is no limit on aiohttp 3 and the session's on aiohttp 4; pass ClientTimeout(total=None) for none"
    fix = FixAvailability.MIXED
    practices = ("3.4", "3.6", "7.5", "8.1", "8.3", "K7")
    versions = "4.0 and later"
    mentions = (any_of("timeout", CLIENT_TIMEOUT, "isinstance", changed.JSON),)
    source = "https://docs.aiohttp.org/en/latest/changes.html"

    def check(self, module: Module) -> Iterator[Finding]:
        if not module.target.includes(AIOHTTP_4):
            return
        for timeout in changed.timeouts_of_none(module):
            spelling, imports = spelled(module, CLIENT_TIMEOUT)
            edits = [ReplaceExpression(module.span(timeout), f"{spelling}(total=None)"), *imports]
            yield self.finding(module, timeout, edits=edits, fix="Switch the limit off", safe=False)
        for total in changed.totals_of_zero(module):
            zero = [ReplaceExpression(module.span(total), "None")]
            yield self.finding(module, total, _ZERO, edits=zero, fix="Write None for no limit", safe=True)
        for call in changed.timeouts_without_total(module):
            total_set = [SetKeyword(module.span(call.node), "total", "None")]
            yield self.finding(
                module, call, _NO_TOTAL, edits=total_set, fix="Keep it without limit", safe=False
            )
        for asked in changed.exceptions_taken_for_responses(module):
            yield self.finding(module, asked, _RESPONSE)
        if self.is_named(module):
            for call in changed.parsed_bodies(module):
                any_type = (
                    [SetKeyword(module.span(call.node), "content_type", "None")] if fails_now(module) else []
                )
                yield self.finding(module, call, _JSON, edits=any_type, fix="Take any type", safe=False)
