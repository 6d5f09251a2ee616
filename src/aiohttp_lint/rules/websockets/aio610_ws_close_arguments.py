"""AIO610."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, NameArgument, RenameKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import closing_frames, failures, websockets
from aiohttp_lint.semantics.module import Module

_TYPE_ERRORS = frozenset({"builtins.TypeError", "builtins.Exception", "builtins.BaseException"})
_NAMES = ("code", "message")


class WsCloseArguments(Rule):
    """A WebSocket that is closed with arguments that don't work.

    `close()` takes keywords only: `close(1000)` raises `TypeError: close() takes 1 positional argument but 2
    were given`, and the peer sees 1006. A code that the protocol keeps for itself or does not know (0 to 999,
    1004 to 1006, 1015 to 2999, from 5000) makes the peer report error 1002 instead of the code; 1006 and 5000
    go on the wire. A reason of more than 123 bytes makes it report `Control frame payload cannot be larger than
    125 bytes`.

    Bad:

    ```python
    async def leave(ws: web.WebSocketResponse) -> None:
        await ws.close(4000, b"wrong token")
    ```

    Good:

    ```python
    async def leave(ws: web.WebSocketResponse) -> None:
        await ws.close(code=4000, message=b"wrong token")
    ```

    Fix: safe; names the positional arguments, and calls `reason=` by its name here, `message=`. A better code is
    yours to choose: 1000 to 1003, 1007 to 1014, or your own from 3000 to 4999.

    Silent for a `str` message (works at run time), and for what is not known here.
    """

    code = "AIO610"
    name = "ws-close-arguments"
    message = (
        "WebSocket `close()` fails with these arguments; pass `code=` and `message=` as RFC 6455 allows them"
    )
    fix = FixAvailability.SAFE
    practices = ("9.7", "9.8", "16.8")
    mentions = (any_of("close"),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.WebSocketResponse.close"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in websockets.calls(module, "close"):
            if failures.goes_on_after(module, call.node, _TYPE_ERRORS):
                continue
            edits: list[Edit] = []
            arguments = call.node.args
            if arguments and not any(isinstance(argument, ast.Starred) for argument in arguments):
                if len(arguments) <= len(_NAMES) and not any(map(call.keyword, _NAMES[: len(arguments)])):
                    span = module.span(call.node)
                    edits = [NameArgument(span, index, _NAMES[index]) for index in range(len(arguments))]
                message = "positional argument of `close()` raises TypeError; pass `code=` and `message=`"
                yield self.finding(module, call, message, edits=edits, fix="Name the arguments")
            elif call.keyword("reason") is not None:
                if call.keyword("message") is None:
                    edits = [RenameKeyword(module.span(call.node), "reason", "message")]
                message = "`reason=` raises TypeError: aiohttp calls it `message=`"
                yield self.finding(module, call, message, edits=edits, fix="Call it `message`")
            else:
                problem = closing_frames.code_problem(call) or closing_frames.reason_problem(call)
                if problem is not None:
                    yield self.finding(module, *problem)
