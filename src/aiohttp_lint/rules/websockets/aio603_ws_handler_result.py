"""AIO603."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertAfter, ReplaceStatement
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import handler_results
from aiohttp_lint.semantics.handler_results import Outcome, OutcomeKind
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.websockets import SERVER

_BREAKS_FRAMES = "HTTP answer after `prepare()` breaks the frames (client sees error 1002)"
_MESSAGES = {
    OutcomeKind.FALLS_OFF: "WebSocket handler ends without a result, which logs an error; `return {name}`",
    OutcomeKind.NOTHING: "WebSocket handler returns None here, which logs an error; `return {name}`",
    OutcomeKind.OTHER_RESPONSE: "answer after `prepare()` never arrives: the connection is a WebSocket; `return {name}`",
    OutcomeKind.HTTP_EXCEPTION: f"{_BREAKS_FRAMES}; raise it before `prepare()`",
}
_TOO_LATE = f"{_BREAKS_FRAMES}; close the socket with a code instead"


class WsHandlerResult(Rule):
    """A WebSocket handler that does not return its socket, or answers HTTP after `prepare()`.

    Without a result, aiohttp logs `Missing return statement on request handler` at level ERROR for every
    client that leaves this way. An HTTP exception that is raised
    once the connection is upgraded is written into the stream of
    frames: the client gets `WebSocketError 1002: Received frame with non-zero reserved bits`, not the status. A
    different response that is returned never arrives.

    Bad:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if "token" not in request.query:
            raise web.HTTPForbidden()
        async for message in ws:
            await ws.send_str(message.data)


    app = web.Application()
    app.router.add_get("/echo", echo)
    ```

    Good:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        if "token" not in request.query:
            raise web.HTTPForbidden()
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws


    app = web.Application()
    app.router.add_get("/echo", echo)
    ```

    Fix: safe; returns the socket where nothing was returned. Moving a refusal before `prepare()` is yours to do.
    One that depends on a message is too late for HTTP: `await ws.close(code=…)` tells the client instead.

    Silent for functions that aren't registered as handlers here (helpers that run a socket return nothing), for
    handlers with a decorator that isn't known, and for exceptions that are caught, or raised after `close()`.
    """

    code = "AIO603"
    name = "ws-handler-result"
    message = "WebSocket handler does not end with its socket; `return ws`"
    fix = FixAvailability.SAFE
    practices = ("1.3", "8.2", "9.2", "9.3", "9.7", "9.8")
    mentions = (any_of(SERVER), any_of("prepare"), any_of("await"))
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#websockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for outcome in handler_results.socket_outcomes(module):
            name = outcome.answer.name
            related = [module.related(outcome.prepared, "the connection becomes a WebSocket here")]
            yield self.finding(
                module,
                outcome.place,
                _TOO_LATE if outcome.has_received else _MESSAGES[outcome.kind].format(name=name),
                related=related,
                edits=_edits(module, outcome),
                fix="Return the socket",
            )


def _edits(module: Module, outcome: Outcome) -> list[Edit]:
    source = f"return {outcome.answer.name}"
    if outcome.kind is OutcomeKind.FALLS_OFF and outcome.answer.function is not None:
        return [InsertAfter(module.span(outcome.answer.function.body[-1]), source)]
    if outcome.kind is OutcomeKind.NOTHING and isinstance(outcome.place, ast.Return):
        return [ReplaceStatement(module.span(outcome.place), source)]
    return []
