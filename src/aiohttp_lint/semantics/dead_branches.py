"""Branches on the type of an iterated message that iteration never takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import websockets
from aiohttp_lint.semantics.receive_loops import (
    AUTOMATIC_TYPES,
    CLOSING_TYPES,
    is_field_of,
    members_of,
    types_compared,
)
from aiohttp_lint.semantics.syntax import same_place, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})


@dataclass(frozen=True, slots=True)
class DeadBranch:
    """A branch that never runs: its test (or pattern), the message types it waits for, and its statement.

    `only_stops`: all that it does is to end the loop, log, or close the socket. `is_automatic`: it waits for
    pings or pongs.
    """

    test: ast.expr | ast.pattern
    types: frozenset[str]
    statement: ast.If | ast.match_case
    only_stops: bool
    is_automatic: bool


def dead_branches(module: Module) -> Iterator[DeadBranch]:
    """Give the branches that wait for a closing message (or a ping) in loops over a WebSocket."""
    for loop in websockets.iterations(module):
        if not isinstance(loop.target, ast.Name):
            continue
        never = CLOSING_TYPES
        opened = websockets.opening(module, loop.iter)
        if websockets.is_switched_off(module, opened, "autoping") is False:
            never = never | AUTOMATIC_TYPES
        for node in walk_scope(*loop.body):
            if isinstance(node, ast.If):
                types = _dead_types(module, node.test, loop.target.id, never)
                if types and _means_loop_variable(module, node.test, loop):
                    yield _branch(module, loop, node.test, node, types)
            elif isinstance(node, ast.Match) and is_field_of(node.subject, loop.target.id, "type", "tp"):
                for case in node.cases:
                    types = _pattern_types(module, case.pattern)
                    if types and types <= never and _means_loop_variable(module, node.subject, loop):
                        yield _branch(module, loop, case.pattern, case, types)


def _branch(
    module: Module,
    loop: ast.AsyncFor,
    test: ast.expr | ast.pattern,
    statement: ast.If | ast.match_case,
    types: frozenset[str],
) -> DeadBranch:
    only_stops = all(_stops(module, inner, loop.iter) for inner in statement.body)
    return DeadBranch(test, types, statement, only_stops, types <= AUTOMATIC_TYPES)


def _means_loop_variable(module: Module, node: ast.expr, loop: ast.AsyncFor) -> bool:
    """Tell whether the message in the test is the one that the loop gives."""
    return all(
        binding.node is loop
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(loop.target, ast.Name) and name.id == loop.target.id
        for binding in module.reaching(name)
    )


def _dead_types(module: Module, test: ast.expr, message: str, never: frozenset[str]) -> frozenset[str]:
    """Give the types for which alone the test holds, where iteration gives none of them."""
    if isinstance(test, ast.BoolOp):
        parts = [_dead_types(module, value, message, never) for value in test.values]
        if isinstance(test.op, ast.Or):
            return frozenset().union(*parts) if all(parts) else frozenset()
        return next((part for part in parts if part), frozenset())
    compared = types_compared(module, test, message)
    if compared is None or not compared[1] or not compared[0] <= never:
        return frozenset()
    return compared[0]


def _pattern_types(module: Module, pattern: ast.pattern) -> frozenset[str]:
    if isinstance(pattern, ast.MatchOr):
        parts = [_pattern_types(module, part) for part in pattern.patterns]
        return frozenset().union(*parts) if all(parts) else frozenset()
    if isinstance(pattern, ast.MatchValue):
        return members_of(module, pattern.value) or frozenset()
    return frozenset()


def _stops(module: Module, statement: ast.stmt, socket: ast.expr) -> bool:
    """Tell whether a statement does nothing that the program would miss once the loop is over."""
    if isinstance(statement, ast.Break | ast.Continue | ast.Pass):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Name | ast.Constant)
    if not isinstance(statement, ast.Expr):
        return False
    call = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
    if isinstance(call, ast.Constant):
        return True
    if not isinstance(call, ast.Call):
        return False
    if module.call_site(call).calls_only("builtins.print"):
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "close" and same_place(call.func.value, socket):
        return True
    return call.func.attr in _LOG_METHODS
