"""AIO613."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import failures, websockets
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Node
from aiohttp_lint.semantics.module import Module


class WsSendAfterClose(Rule):
    """A send on a WebSocket that is closed by then.

    `async for` ends when the connection is closed, and `close()` closes it: every later send or ping raises
    `ClientConnectionResetError: Cannot write to closing transport` (`ConnectionResetError` before aiohttp
    3.10.11).

    Bad:

    ```python
    async def listen(session: aiohttp.ClientSession) -> None:
        async with session.ws_connect("https://chat.example/") as ws:
            async for message in ws:
                print(message.data)
            await ws.send_str("bye")
    ```

    Good:

    ```python
    async def listen(session: aiohttp.ClientSession) -> None:
        async with session.ws_connect("https://chat.example/") as ws:
            async for message in ws:
                print(message.data)
                if message.data == "bye":
                    await ws.send_str("bye")
                    break
    ```

    Fix: none.

    Reported where every way to the send leads through the closing: a loop with a `break`, a condition around
    `close()`, a name that is bound again, `autoclose=False`, a caught error and a look at `closed` are silent.
    """

    code = "AIO613"
    name = "ws-send-after-close"
    message = "WebSocket is closed by now: this raises ClientConnectionResetError; send before it closes"
    practices = ("9.6", "9.7", "9.8")
    mentions = (any_of(*websockets.SENDS), any_of("await"))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.WebSocketResponse.send_str"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in websockets.calls(module, *websockets.SENDS):
            if call.receiver is None or not websockets.is_awaited(module, call):
                continue
            closing = _closed_before(module, call)
            if closing is None or websockets.is_open_for_sure(module, call.node, call.receiver):
                continue
            if not failures.goes_on_after(module, call.node, websockets.SEND_ERRORS):
                yield self.finding(module, call, related=[module.related(closing, "it is closed after this")])


def _closed_before(module: Module, call: CallSite) -> ast.AST | None:
    """Give what closes the socket on every path to a send."""
    receiver = call.receiver
    scope = call.scope.function
    graph = module.graph_of(scope)
    if graph is None or not isinstance(receiver, ast.Name) or len(scope.bindings.get(receiver.id, ())) != 1:
        return None

    def is_socket(node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == receiver.id

    closes = [
        other.node
        for other in websockets.calls(module, "close")
        if other.receiver is not None
        and is_socket(other.receiver)
        and other.scope.function is scope
        and websockets.is_awaited(module, other)
    ]
    loops: list[ast.AST] = []
    if websockets.is_switched_off(module, websockets.opening(module, receiver), "autoclose") is False:
        loops.extend(
            loop
            for loop in websockets.iterations(module)
            if is_socket(loop.iter) and module.scope_at(loop).function is scope
        )
    closing = {node for close in closes for node in graph.nodes_evaluating(close)}
    ended = {node for loop in loops for node in graph.nodes_of(loop)}
    sends = [node for node in graph.nodes_evaluating(call.node) if node in graph.reachable()]

    def follow(edge: Edge) -> bool:
        if edge.source in closing:
            return edge.kind is EdgeKind.EXCEPTION
        return not (edge.source in ended and edge.kind is EdgeKind.EXHAUSTED)

    def never(_: Node) -> bool:
        return False

    if not sends or graph.paths_avoiding(graph.entry, never, sends, follow=follow) is not None:
        return None
    before = [place for place in (*closes, *loops) if module.span(place).line <= module.span(call.node).line]
    return before[-1] if before else None
