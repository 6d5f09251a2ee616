"""AIO605."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import failures, websockets
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.receive_loops import CLOSING_TYPES, Ending, ReceiveLoop, member_of, receive_loops
from aiohttp_lint.semantics.syntax import walk, walk_scope


class ReceiveLoopWithoutCloseCheck(Rule):
    """A `receive()` loop that goes on after the connection is closed.

    From then on `receive()` gives CLOSED at once, every time. On the client the loop never suspends again: in
    200 000 rounds no other task ran once; the whole process stands still at 100 % CPU. On the server the fifth
    round raises `RuntimeError: WebSocket connection is closed.`, an error in the log for every disconnect. To
    look at `CLOSE` alone is not enough, since a lost connection gives CLOSED without it.

    Bad:

    ```python
    async def listen(ws: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            message = await ws.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                print(message.data)
    ```

    Good:

    ```python
    async def listen(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                print(message.data)
    ```

    Fix: unsafe, since what follows the loop now runs; `async for` in place of `while` and `receive()`, where the
    loop begins with `receive()` and nothing else in it knows of closing.

    A message is never false: `while message := await ws.receive():` leaves no loop. Silent as soon as some way
    out of the loop may be taken for CLOSED: `else: break`, `ws.closed`, a flag, a call that is given the message or may raise; and where the server's error is caught around the loop.
    """

    code = "AIO605"
    name = "receive-loop-without-close-check"
    message = (
        "`receive()` gives CLOSED for ever once the connection is gone: the loop never ends; use `async for`"
    )
    fix = FixAvailability.UNSAFE
    practices = ("8.8", "9.3", "9.4", "9.7", "9.8", "K8")
    mentions = (any_of("receive"), any_of("while"), any_of("await"))
    source = (
        "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientWebSocketResponse.receive"
    )

    def check(self, module: Module) -> Iterator[Finding]:
        for found in receive_loops(module):
            if found.ending is not Ending.ENDLESS:
                continue
            is_server = websockets.is_socket(module, found.socket, websockets.SERVER)
            if is_server and failures.goes_on_after(module, found.loop, websockets.RUNTIME_ERRORS):
                continue
            checked = {member_of(module, node) for node in walk(found.loop) if isinstance(node, ast.expr)}
            yield self.finding(
                module,
                found.receive,
                _message(is_server, bool(checked & CLOSING_TYPES)),
                related=[module.related(found.loop, "this loop has no way out")],
                edits=[] if checked & CLOSING_TYPES else _iteration(module, found),
                fix="Iterate over the socket",
            )


def _message(is_server: bool, sees_close: bool) -> str:
    if sees_close:
        return "a lost connection gives CLOSED without CLOSE: the loop never ends; check both, or use `async for`"
    if is_server:
        return "after a disconnect `receive()` gives CLOSED, then raises RuntimeError; use `async for`"
    return "`receive()` gives CLOSED at once for ever after a disconnect: the loop spins; use `async for`"


def _iteration(module: Module, found: ReceiveLoop) -> list[ReplaceStatement]:
    first, *rest = found.loop.body
    is_endless = isinstance(found.loop.test, ast.Constant)
    is_plain = (
        isinstance(first, ast.Assign)
        and isinstance(first.value, ast.Await)
        and first.value.value is found.receive.node
        and not found.receive.node.args
        and not found.receive.node.keywords
        and found.loop.lineno < first.lineno
    )
    if not (is_endless and is_plain and found.message and rest) or found.loop.orelse:
        return []
    if rest[0].lineno == first.lineno:
        return []
    scope = found.receive.scope.function
    body = set(walk_scope(*rest))
    uses = module.uses(scope, found.message) if found.message in scope.bindings else []
    text = module.segment(found.loop)
    if any(use not in body for use in uses) or "#" in text or '"""' in text or "'''" in text:
        return []
    start, end = module.span(rest[0]), module.span(rest[-1])
    lines = module.text.lines[start.line - 1 : end.end_line]
    lines[-1] = lines[-1].rstrip("\r\n")
    inner = textwrap.dedent("\n".join(line.rstrip("\r\n") for line in lines))
    header = f"async for {found.message} in {module.segment(found.socket)}:"
    source = verbatim(f"{header}\n{textwrap.indent(inner, '    ')}")
    return [ReplaceStatement(module.span(found.loop), source)]
