"""AIO606."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import failures, websockets
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.receive_loops import Ending, is_opened_in, loop_around, receive_loops
from aiohttp_lint.semantics.roles import Role


class TypedReceiveInLoop(Rule):
    """A loop of `receive_json()`, `receive_str()` or `receive_bytes()` raises at every normal close.

    The closing message is no text: `WSMessageTypeError: Received message 8:1000 is not WSMsgType.TEXT` (a plain
    `TypeError` before aiohttp 3.11). A handler that does not catch it logs an ERROR with a traceback for each
    client that leaves. A `receive()` whose `data` is used without a look at the type fails in the same way.

    Bad:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        while True:
            await ws.send_json(await ws.receive_json())


    app = web.Application()
    app.router.add_get("/echo", echo)
    ```

    Good:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            if message.type is web.WSMsgType.TEXT:
                await ws.send_json(message.json())
        return ws


    app = web.Application()
    app.router.add_get("/echo", echo)
    ```

    Fix: none.

    On by default for the socket of a registered handler, whose caller is aiohttp; everywhere else (clients,
    helpers) only when the rule is named, since the caller may catch the error. Silent in loops that open the socket anew,
    and where `TypeError` or `Exception` is caught. Outside of `while` loops only a `receive_json()` is reported whose
    bad JSON is caught (`ValueError`): a message of the wrong type goes past that.
    """

    code = "AIO606"
    name = "typed-receive-in-loop"
    message = (
        "typed receive raises TypeError at every normal close; use `async for` and look at the message's type"
    )
    relaxed_in_tests = True
    practices = ("8.1", "9.3", "9.4", "9.7", "9.8")
    mentions = (any_of(*websockets.RECEIVES), any_of("await"))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.WebSocketResponse.receive_str"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in websockets.calls(module, *websockets.TYPED_RECEIVES):
            loop = loop_around(module, call.node)
            if not websockets.is_awaited(module, call) or not self._is_asked_for(module, call):
                continue
            if failures.goes_on_after(module, call.node, websockets.TYPE_ERRORS):
                continue
            if not isinstance(loop, ast.While):
                if _is_bad_json_expected(module, call):
                    message = "bad JSON is caught here, but a closing or binary message raises TypeError; catch it too"
                    yield self.finding(module, call, message)
            elif not is_opened_in(module, call, loop):
                message = f"`{call.method_name}()` raises TypeError at every normal close; use `async for`"
                yield self.finding(module, call, message)
        for found in receive_loops(module):
            if found.ending is not Ending.FAILS or found.failing is None:
                continue
            if not self._is_asked_for(module, found.receive) or is_opened_in(
                module, found.receive, found.loop
            ):
                continue
            errors = websockets.VALUE_ERRORS | websockets.SEND_ERRORS
            if not failures.goes_on_after(module, found.failing, errors):
                yield self.finding(
                    module,
                    found.receive,
                    "message is used without a look at its type: this raises at every close; use `async for`",
                    related=[module.related(found.failing, "a closing message fails here")],
                )

    def _is_asked_for(self, module: Module, call: CallSite) -> bool:
        if self.is_named(module):
            return call.function is not None and not failures.callers_go_on_after(
                module, call.function, websockets.TYPE_ERRORS
            )
        assert call.receiver is not None
        return (
            call.function is not None
            and Role.HANDLER in module.roles_of(call.function)
            and websockets.is_socket(module, call.receiver, websockets.SERVER)
        )


def _is_bad_json_expected(module: Module, call: CallSite) -> bool:
    """Tell whether an `except` clause waits for the error of a message that is no JSON."""
    return call.method_name == "receive_json" and failures.goes_on_after(
        module, call.node, websockets.JSON_ERRORS
    )
