"""AIO602."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import broadcasts, websockets
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.module import Module

_SAFE_TO_RUN = frozenset({"prepare", *websockets.SENDS})


class WsCoroutineNotAwaited(Rule):
    """A WebSocket method that is called without `await` does nothing.

    The coroutine is made and dropped: the message is never sent, the socket is never prepared (`RuntimeError:
    Call .prepare() first` from the next use, status 500 for the client) or closed. All that is heard of it is
    `RuntimeWarning: coroutine … was never awaited`, when it is collected. The methods are coroutines since
    aiohttp 3.0; older samples call them plainly.

    Bad:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            ws.send_str(message.data)
        return ws
    ```

    Good:

    ```python
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws
    ```

    Fix: awaits the call. Safe for `prepare()` and the sends; unsafe for `close()`, which ends what other code may
    still use, and for `receive()`, which takes a message that other code may wait for. In a loop over the live
    registry of peers the loop gets a copy too, since the new `await` lets the registry change meanwhile.

    Silent where the coroutine goes anywhere: into `create_task`, `gather`, a list that is used.
    """

    code = "AIO602"
    name = "ws-coroutine-not-awaited"
    message = "WebSocket coroutine is dropped: nothing is done; `await` it"
    fix = FixAvailability.MIXED
    practices = ("9.3", "9.4", "9.6", "9.7", "9.8", "11.5")
    mentions = (any_of(*websockets.COROUTINES),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#websocketresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in websockets.calls(module, *websockets.COROUTINES):
            use = module.use_of(call.node)
            in_list = use.kind is UseKind.STORED and isinstance(use.node, ast.ListComp | ast.SetComp)
            if in_list:
                use = module.use_of(use.node)
            if use.kind is not UseKind.DISCARDED:
                continue
            message = f"`{call.method_name}()` is dropped without `await`: {_consequence(call)}; `await` it"
            edits: list[Edit] = []
            is_safe = call.method_name in _SAFE_TO_RUN
            if not in_list and call.function is not None and call.function.is_async:
                edits.append(Await(module.span(call.node)))
                live = broadcasts.live_loop_around(module, call)
                if live is not None:
                    edits.append(ReplaceExpression(module.span(live), "list({})"))
                    is_safe = False
            yield self.finding(module, call, message, edits=edits, fix="Await the call", safe=is_safe)


def _consequence(call: CallSite) -> str:
    if call.method_name == "prepare":
        return "the handshake does not happen"
    if call.method_name == "close":
        return "the connection stays open"
    return "no message is taken" if call.method_name in websockets.RECEIVES else "nothing is sent"
