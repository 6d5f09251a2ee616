"""AIO707."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Await
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.client_coroutines import ForgottenAwait, Misuse, can_await
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_members import PROPERTIES, Misread, Misreading, misread, misread_repair
from aiohttp_lint.semantics.server_coroutines import COROUTINES, forgotten, is_surely_broken

_CONSEQUENCES = {
    "prepare": "no header is sent, and the next `write()` fails", "write": "nothing is sent", "write_eof": "nothing is sent",
    "setup": "the runner is not set up", "start": "the server does not listen", "stop": "the server goes on",
    "cleanup": "nothing is cleaned up", "shutdown": "nothing is shut down", "startup": "nothing is started",
    "release": "nothing is read",
}  # fmt: skip


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
    mentions = (any_of(*COROUTINES, *PROPERTIES),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in forgotten(module):
            edits = [Await(module.span(found.call.node))] if can_await(module, found.call.node) else []
            related = []
            if found.place is not found.call.node:
                related.append(module.related(found.place, "used as if it were the result here"))
            yield self.finding(
                module,
                found.call,
                _message(found),
                related=related,
                edits=edits,
                fix="Await the call",
                safe=is_surely_broken(found),
            )
        for wrong in misread(module):
            yield self.finding(
                module,
                wrong.place,
                _misread_message(module, wrong),
                edits=misread_repair(module, wrong),
                fix="Use it as what it is",
                safe=True,
            )


def _message(found: ForgottenAwait) -> str:
    called = f"`{found.call.method_name}()`"
    if found.misuse is Misuse.DROPPED:
        return f"{called} is never awaited: {_CONSEQUENCES.get(found.call.method_name, 'nothing is read')}; `await` it"
    what = "this use of it fails" if found.misuse is Misuse.FAILS else "that is what is looked at here"
    return f"{called} gives a coroutine, and {what}; `await` it"


def _misread_message(module: Module, wrong: Misread) -> str:
    name = wrong.member.attr
    if wrong.how is Misreading.NOT_CALLED:
        called = f"await {module.segment(wrong.member)}()"
        return f"`{name}` is not called here, and the method itself fails; write `{called}`"
    what = "is no method" if wrong.how is Misreading.CALLED else "can't be awaited"
    return f"`{name}` {what}: TypeError, a 500; use the attribute itself"
