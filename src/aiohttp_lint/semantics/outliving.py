"""Questions about responses that leave the block which closes their session: what is lost of them, and where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import REQUESTS, method_of
from aiohttp_lint.semantics.responses import (
    BODY_METHODS,
    body_uses,
    is_given_away,
    is_nowhere_read,
    reads_stream,
    response_of,
    results_of,
    session_block_around,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Holding


class Left(Enum):
    """What leaves the block."""

    REQUEST = auto()
    """The request, which nobody has awaited."""
    RESPONSE = auto()
    READING = auto()
    """What is to read the body: the coroutine of a method, the stream, what iterates it."""
    READ_LATE = auto()
    """Nothing but the name, by which the body is read below the block."""


@dataclass(frozen=True, slots=True)
class Outliving:
    """Something that needs the session and comes after its end; `is_method` tells that it is `response.json()` and its like."""

    left: Left
    place: ast.expr
    is_method: bool = False


def outliving(module: Module, *, also_unread_in_tests: bool) -> Iterator[Outliving]:
    """Give what leaves the blocks that close its sessions, where somebody may want to read its body.

    Args:
        module: The file.
        also_unread_in_tests: Whether in tests a response counts that nobody in the file reads.
    """
    for request in module.calls_to(*REQUESTS):
        block = session_block_around(module, request)
        if block is None or method_of(request) == "HEAD":
            continue
        use = module.use_of(request.node)
        if isinstance(use.node, ast.Return):
            yield Outliving(Left.REQUEST, request.node)
        elif use.kind is UseKind.AWAITED and isinstance(module.use_of(use.node).node, ast.Return):
            if not _is_only_looked_at(module, request, also_unread_in_tests):
                yield Outliving(Left.RESPONSE, request.node)
        else:
            held = response_of(module, request)
            if held is not None:
                for found in _held(module, block, held):
                    if found.left is not Left.RESPONSE or not _is_only_looked_at(
                        module, request, also_unread_in_tests
                    ):
                        yield found


def _held(module: Module, block: ast.AsyncWith, held: Holding) -> Iterator[Outliving]:
    def is_inside(node: ast.AST) -> bool:
        return block in module.ancestors(node)

    uses = body_uses(held)
    returned = [use for use in uses if isinstance(module.use_of(use.expression).node, ast.Return)]
    for use in returned:
        if is_inside(use.expression) and reads_stream(use):
            called = use.expression.func if isinstance(use.expression, ast.Call) else None
            is_method = isinstance(called, ast.Attribute) and called.attr in BODY_METHODS
            yield Outliving(Left.READING, use.expression, is_method)
    if any(use.is_awaited or use not in returned for use in uses if is_inside(use.expression)):
        return
    if is_given_away(held):
        return
    for event in held.events:
        if isinstance(event.use.node, ast.Return) and is_inside(event.name):
            yield Outliving(Left.RESPONSE, event.name)
    items = [item for item in block.items if item.optional_vars is not None]
    late = set(held.uses_after_release(items))
    for use in uses:
        if use.event in late and reads_stream(use):
            yield Outliving(Left.READ_LATE, use.expression)


def _is_only_looked_at(module: Module, request: CallSite, also_unread_in_tests: bool) -> bool:
    """Tell whether nobody reads the body of a response that a function gives back."""
    function = request.function
    if function is None:
        return False
    if module.is_test and not also_unread_in_tests:
        return not results_of(module, function).reads
    return is_nowhere_read(module, function)
