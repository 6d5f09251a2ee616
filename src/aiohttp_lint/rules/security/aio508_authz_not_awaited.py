"""AIO508."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Await
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.authorization import CHECKS, COROUTINES, GRANTS, ignored_answers
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client_coroutines import ForgottenAwait, Misuse, can_await, forgotten_awaits_of
from aiohttp_lint.semantics.module import Module

_IGNORED = "answer of {}() is thrown away, so nobody is turned away: test it, or await check_permission()"


class AuthzNotAwaited(Rule):
    """An authorization check that is not awaited, or whose answer is dropped, checks nothing.

    The functions of aiohttp-security and aiohttp-session are coroutine functions. `if permits(request, "admin"):`
    tests a coroutine object, which is true for everybody: an anonymous client gets `200`. `check_authorized(request)`
    as a statement never runs, with `RuntimeWarning: coroutine 'check_authorized' was never awaited` in the log as the
    only trace. `await permits(request, "admin")` as a statement runs, and its answer is lost: `200` as well. The
    other way round, `if is_anonymous(request): raise …` denies everybody.

    Bad:

    ```python
    async def report(request: web.Request) -> web.Response:
        check_authorized(request)
        if permits(request, "admin"):
            return web.Response(text="all figures")
        raise web.HTTPForbidden
    ```

    Good:

    ```python
    async def report(request: web.Request) -> web.Response:
        await check_authorized(request)
        if await permits(request, "admin"):
            return web.Response(text="all figures")
        raise web.HTTPForbidden
    ```

    Fix: `await` is put before the call. Safe for `check_permission()` and `check_authorized()` as a statement, and for
    `permits()` and `authorized_userid()` in a condition: the repaired check can only turn people away. Unsafe
    elsewhere, because code runs then that never ran. None where the answer is dropped, nor where `await` can't stand.

    Silent where the coroutine is returned, handed to a call (`gather`, `create_task`) or kept by a lambda.
    """

    code = "AIO508"
    name = "authz-not-awaited"
    message = "authorization is not awaited, so it checks nothing: await it"
    fix = FixAvailability.MIXED
    practices = ("5.5", "10.6", "10.8", "14.6", "15.3", "K8")
    mentions = (any_of(*COROUTINES),)
    source = "https://aiohttp-security.readthedocs.io/en/stable/reference.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for forgotten in forgotten_awaits_of(module, *COROUTINES):
            call = forgotten.call
            edits = [Await(module.span(call.node))] if can_await(module, call.node) else []
            is_safe = (forgotten.use.kind is UseKind.DISCARDED and call.calls_only(*CHECKS)) or (
                forgotten.use.kind is UseKind.TESTED and call.calls_only(*GRANTS)
            )
            yield self.finding(
                module, forgotten.place, _message(forgotten), edits=edits, fix="Await the call", safe=is_safe
            )
        for call in ignored_answers(module):
            yield self.finding(module, call, _IGNORED.format(_name(call.names)))


def _name(names: frozenset[str]) -> str:
    return min(names).rpartition(".")[2]


def _message(forgotten: ForgottenAwait) -> str:
    subject = f"coroutine of {_name(forgotten.call.names)}()"
    if forgotten.misuse is Misuse.DROPPED:
        return f"{subject} is never awaited, so it does nothing: await it"
    if forgotten.misuse is Misuse.FAILS:
        return f"{subject} is used as if it were the result, which fails: await it"
    if forgotten.use.kind is UseKind.TESTED:
        return f"{subject} is always true, whoever asks: await it"
    return f"{subject} is used in place of its answer: await it"
