"""AIO707."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client_coroutines import ForgottenAwait, Misuse, can_await, forgotten_awaits_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_members import PROPERTIES, READS, Misread, Misreading, misread

_CONSEQUENCES = {
    "prepare": "no header is sent, and the next `write()` fails", "write": "nothing is sent", "write_eof": "nothing is sent",
    "setup": "the runner is not set up", "start": "the server does not listen", "stop": "the server goes on",
    "cleanup": "nothing is cleaned up", "shutdown": "nothing is shut down", "startup": "nothing is started",
    "release": "nothing is read",
}  # fmt: skip
_WRITES = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.StreamResponse.{name}").name
    for name in ("prepare", "write", "write_eof")
)
_COROUTINES = (
    *READS,
    *_WRITES,
    *(
        aiohttp_api.callable_named(f"aiohttp.{name}").name
        for name in (
            "web.Request.release", "web.AppRunner.setup", "web.AppRunner.cleanup", "web.AppRunner.shutdown",
            "web.TCPSite.start", "web.UnixSite.start", "web.SockSite.start", "web.TCPSite.stop", "web.Application.startup",
            "web.Application.shutdown", "web.Application.cleanup", "MultipartReader.next", "MultipartReader.release",
            "BodyPartReader.read", "BodyPartReader.text", "BodyPartReader.json", "BodyPartReader.form",
            "BodyPartReader.read_chunk", "BodyPartReader.readline", "BodyPartReader.release",
        )
    ),
)  # fmt: skip


class ServerCoroutineNotAwaited(Rule):
    """A coroutine of a request, a streamed response or a runner that is not awaited does not run.

    `response.write(b"…")` without `await` is heard of by nobody: the client gets a `200` with an empty body. Without the
    `await` of `prepare()` the next `write()` raises `RuntimeError: Cannot call write() before prepare()`, without that of
    `runner.setup()` the site raises `Call runner.setup() before making a site`. `request.json()` used as data fails with
    `TypeError: Object of type coroutine is not JSON serializable`, or `'coroutine' object is not subscriptable`.

    The other way round, `await request.json` (not called), `await request.query`, `request.headers()` and
    `request.json["name"]` raise `TypeError`: a `500`, on every request.

    Bad:

    ```python
    async def report(request: web.Request) -> web.StreamResponse:
        names = request.json()["names"]
        response = web.StreamResponse()
        await response.prepare(request)
        for name in names:
            response.write(name.encode())
        return response
    ```

    Good:

    ```python
    async def report(request: web.Request) -> web.StreamResponse:
        names = (await request.json())["names"]
        response = web.StreamResponse()
        await response.prepare(request)
        for name in names:
            await response.write(name.encode())
        return response
    ```

    Fix: awaits the call. Safe for `prepare()`, `write()` and `write_eof()`, and where the use of the coroutine surely
    fails; the call of a property and the `await` of what is none are taken out, missing parentheses put in, likewise.
    Unsafe where something starts or ends that did not so far (`start()`, `cleanup()`, a body that nobody reads), and
    where a dead branch wakes up. None in a plain function, lambda, generator expression or f-string.

    Silent where the coroutine goes anywhere that may await it: `gather`, `create_task`, `wait_for`, `return`, a list,
    another function. WebSockets are matter of AIO602, streams of request bodies of AIO104.
    """

    code = "AIO707"
    name = "server-coroutine-not-awaited"
    message = "coroutine of the server is never awaited: nothing is done; `await` it"
    fix = FixAvailability.MIXED
    practices = ("1.1", "3.1", "3.5", "3.6", "4.5", "8.6", "11.5", "16.1")
    mentions = (any_of(*_COROUTINES, *PROPERTIES),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in forgotten_awaits_of(module, *_COROUTINES):
            edits: list[Edit] = []
            if can_await(module, found.call.node):
                edits.append(Await(module.span(found.call.node)))
            related = []
            if found.place is not found.call.node:
                related.append(module.related(found.place, "used as if it were the result here"))
            is_safe = found.misuse is Misuse.FAILS or (
                found.misuse is Misuse.DROPPED and found.call.calls_only(*_WRITES)
            )
            yield self.finding(
                module,
                found.call,
                _message(found),
                related=related,
                edits=edits,
                fix="Await the call",
                safe=is_safe,
            )
        for wrong in misread(module):
            message, source = _repair(module, wrong)
            edits = [] if source is None else [ReplaceExpression(module.span(wrong.place), verbatim(source))]
            yield self.finding(
                module, wrong.place, message, edits=edits, fix="Use it as what it is", safe=True
            )


def _message(found: ForgottenAwait) -> str:
    called = f"`{found.call.method_name}()`"
    if found.misuse is Misuse.DROPPED:
        return f"{called} is never awaited: {_CONSEQUENCES.get(found.call.method_name, 'nothing is read')}; `await` it"
    what = "this use of it fails" if found.misuse is Misuse.FAILS else "that is what is looked at here"
    return f"{called} gives a coroutine, and {what}; `await` it"


def _repair(module: Module, wrong: Misread) -> tuple[str, str | None]:
    """Give the message of a misread member, and what stands rightly in its place."""
    member = wrong.member
    source = module.segment(member)
    if wrong.how is Misreading.NOT_CALLED:
        is_operand = isinstance(
            module.parent(wrong.place), ast.Attribute | ast.Subscript | ast.BinOp | ast.Compare
        )
        called = f"(await {source}())" if is_operand else f"await {source}()"
        message = f"`{member.attr}` is not called here, and the method itself fails; write `await {source}()`"
        return message, called if can_await(module, member) else None
    is_bare = not isinstance(wrong.place, ast.Call) or not (wrong.place.args or wrong.place.keywords)
    what = "is no method" if wrong.how is Misreading.CALLED else "can't be awaited"
    return f"`{member.attr}` {what}: TypeError, a 500; use the attribute itself", source if is_bare else None
