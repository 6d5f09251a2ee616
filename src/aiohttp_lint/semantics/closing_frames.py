"""What the closing frame of a WebSocket may hold."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

CLOSE_CODE = aiohttp_api.class_named("aiohttp.WSCloseCode")
LONGEST_REASON = 123
"""Bytes: a control frame holds 125, two of them for the code."""


def code_problem(call: CallSite) -> tuple[ast.expr, str] | None:
    """Give the code that a call of `close()` must not send, and what happens; None where it is right or unknown."""
    module = call.module
    argument = call.argument("code").value
    if argument is None:
        return None
    literal = module.constant(argument)
    value: object = literal.value if literal is not None else None
    if isinstance(argument, ast.UnaryOp) and isinstance(argument.op, ast.USub):
        operand = module.constant(argument.operand)
        if operand is None or not isinstance(operand.value, int):
            return None
        value = -operand.value
    elif literal is None:
        owner, _, member = (module.qualified_name(argument) or "").rpartition(".")
        if owner != CLOSE_CODE.name or member not in CLOSE_CODE.members:
            return None
        value = CLOSE_CODE.members[member]
    if not isinstance(value, int) or isinstance(value, bool):
        return argument, "close code is no number: `close()` raises and the peer sees 1006; pass an int"
    if not 0 <= value <= 0xFFFF:
        return argument, f"close code {value} does not fit: `close()` raises and the peer sees 1006"
    if 1000 <= value <= 1003 or 1007 <= value <= 1014 or 3000 <= value <= 4999:
        return None
    return (
        argument,
        f"close code {value} must not be sent: the peer reports a protocol error; use 1000 or 3000 to 4999",
    )


def reason_problem(call: CallSite) -> tuple[ast.expr, str] | None:
    """Give the message of a `close()` that does not fit its frame, and what happens."""
    module = call.module
    argument = call.argument("message").value
    length = _length(module, argument) if argument is not None else None
    if argument is None or length is None or length <= LONGEST_REASON:
        return None
    return (
        argument,
        f"close message of {length} bytes: the peer reports a protocol error; keep it to {LONGEST_REASON}",
    )


def _length(module: Module, node: ast.expr) -> int | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        part, times = _length(module, node.left), module.constant(node.right)
        if part is None or times is None or not isinstance(times.value, int):
            return None
        return part * times.value
    literal = module.constant(node)
    if literal is None or not isinstance(literal.value, str | bytes):
        return None
    return len(literal.value.encode("utf-8", "replace") if isinstance(literal.value, str) else literal.value)
