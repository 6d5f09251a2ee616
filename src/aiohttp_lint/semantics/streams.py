"""Questions about a body that is read as a stream: is it iterated as a stream can be, and is it read once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import RESPONSE
from aiohttp_lint.semantics.response_members import BODY_METHODS, accesses, awaiting, called, is_plain
from aiohttp_lint.semantics.syntax import COMPREHENSIONS, FUNCTIONS, blocks, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

STREAM = aiohttp_api.class_named("aiohttp.StreamReader").name

_ITERATORS = tuple(
    aiohttp_api.callable_named(f"{STREAM}.{name}").name.rpartition(".")[2]
    for name in ("iter_chunked", "iter_any", "iter_chunks")
)
_READS = ("read", "readany", "readline", "readchunk", "readexactly")
_CONTENT = "content"
_ITERATING = frozenset(
    f"builtins.{name}"
    for name in (
        "list",
        "tuple",
        "set",
        "enumerate",
        "zip",
        "sorted",
        "iter",
        "sum",
        "map",
        "filter",
        "len",
        "bytes",
    )
)
_CONDITIONAL = (ast.IfExp, ast.BoolOp, *COMPREHENSIONS, *FUNCTIONS)


class Fault(Enum):
    """What is wrong with the use of a stream."""

    SYNCHRONOUS = auto()
    """It is iterated by code that does not await."""
    NO_SIZE = auto()
    """`iter_chunked()` without a size."""
    ARGUMENTS = auto()
    """An iterator that takes no argument gets one."""
    NOT_CALLED = auto()
    """The method itself is iterated."""
    COROUTINE = auto()
    """A read, which is one piece, is iterated."""
    RESPONSE = auto()
    """The response is iterated in the place of its stream."""
    AWAITED = auto()
    """An iterator is awaited."""
    NO_SEQUENCE = auto()
    """It is subscripted, or asked for its length."""
    READ_AGAIN = auto()
    """What was read to its end is read again."""


@dataclass(frozen=True, slots=True)
class StreamMisuse:
    """A wrong use: what to underline, what is wrong, and the place that it goes back to (a loop, an earlier read)."""

    place: ast.expr
    fault: Fault
    other: ast.AST | None = None


def stream_misuses(module: Module) -> Iterator[StreamMisuse]:
    """Give the uses of streams that fail, or that read nothing."""
    for node in accesses(module, STREAM, *_ITERATORS):
        yield from _iterator(module, node)
    for node in accesses(module, STREAM, *_READS):
        call = called(module, node)
        if call is not None and module.use_of(call).kind in (UseKind.ITERATED, UseKind.ITERATED_ASYNC):
            yield StreamMisuse(call, Fault.COROUTINE)
    for node in module.attributes_named(_CONTENT):
        if isinstance(node.ctx, ast.Load) and is_plain(module, node, STREAM):
            if module.use_of(node).kind is UseKind.SUBSCRIPTED or _taker(module, node) in ("len", "bytes"):
                yield StreamMisuse(node, Fault.NO_SEQUENCE)
            else:
                yield from _iterated(module, node, Fault.SYNCHRONOUS)
    for scope in module.scope.descend():
        for loop in scope.nodes.get(ast.AsyncFor, ()):
            assert isinstance(loop, ast.AsyncFor)
            if isinstance(loop.iter, ast.Name) and is_plain(module, loop.iter, RESPONSE):
                yield StreamMisuse(loop.iter, Fault.RESPONSE)
    yield from _read_again(module)


def _iterator(module: Module, node: ast.Attribute) -> Iterator[StreamMisuse]:
    call = called(module, node)
    if call is None:
        if module.use_of(node).kind in (UseKind.ITERATED, UseKind.ITERATED_ASYNC):
            yield StreamMisuse(node, Fault.NOT_CALLED)
        return
    needs_size = node.attr == "iter_chunked"
    if needs_size and not call.args and not call.keywords:
        yield StreamMisuse(call, Fault.NO_SIZE)
    elif not needs_size and call.args and not isinstance(call.args[0], ast.Starred):
        yield StreamMisuse(call, Fault.ARGUMENTS)
    elif awaiting(module, call) is not None:
        yield StreamMisuse(call, Fault.AWAITED)
    else:
        yield from _iterated(module, call, Fault.SYNCHRONOUS)


def _iterated(module: Module, node: ast.expr, fault: Fault) -> Iterator[StreamMisuse]:
    use = module.use_of(node)
    if use.kind is UseKind.ITERATED:
        yield StreamMisuse(node, fault, use.node if isinstance(use.node, ast.For) else None)
    elif _taker(module, node) is not None:
        yield StreamMisuse(node, fault)


def _taker(module: Module, node: ast.expr) -> str | None:
    """Give the last name of the builtin function that a value is given to, and that iterates or measures it."""
    call = module.use_of(node).node
    if not isinstance(call, ast.Call) or node not in call.args:
        return None
    name = module.qualified_name(call.func)
    if name in _ITERATING:
        return name.rpartition(".")[2]
    joins = isinstance(call.func, ast.Attribute) and call.func.attr == "join"
    return (
        "join"
        if joins and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant)
        else None
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """A read of a whole body: the expression, the name of the response, and whether it is read as a stream."""

    node: ast.expr
    response: ast.Name
    is_stream: bool


def _read_again(module: Module) -> Iterator[StreamMisuse]:
    by_response: dict[frozenset[Binding], list[_Read]] = {}
    for read in _whole_reads(module):
        by_response.setdefault(frozenset(module.reaching(read.response)), []).append(read)
    for bindings, reads in by_response.items():
        if not bindings or not any(read.is_stream for read in reads):
            continue
        for second in reads:
            earlier = [
                first
                for first in reads
                if (first.is_stream or second.is_stream) and _comes_before(module, first.node, second.node)
            ]
            if earlier:
                yield StreamMisuse(second.node, Fault.READ_AGAIN, earlier[0].node)


def _whole_reads(module: Module) -> Iterator[_Read]:
    for node in accesses(module, RESPONSE, *BODY_METHODS):
        call = called(module, node)
        if call is not None and awaiting(module, call) is not None and isinstance(node.value, ast.Name):
            yield _Read(call, node.value, is_stream=False)
    for content in accesses(module, RESPONSE, _CONTENT):
        if not isinstance(content.value, ast.Name):
            continue
        parent = module.parent(content)
        method = parent if isinstance(parent, ast.Attribute) else None
        call = called(module, method) if method is not None else None
        if method is not None and call is not None and method.attr == "read":
            if awaiting(module, call) is not None and _reads_all(call):
                yield _Read(call, content.value, is_stream=True)
            continue
        iterated: ast.expr = call if call is not None else content
        loop = module.parent(iterated)
        if isinstance(loop, ast.AsyncFor) and loop.iter is iterated and _runs_out(loop):
            yield _Read(iterated, content.value, is_stream=True)


def _reads_all(call: ast.Call) -> bool:
    if call.keywords or len(call.args) > 1:
        return False
    size = call.args[0] if call.args else None
    return size is None or (isinstance(size, ast.UnaryOp) and isinstance(size.op, ast.USub))


def _runs_out(loop: ast.AsyncFor) -> bool:
    """Tell whether a loop is left only when there is no more, or by an exception."""
    return not any(isinstance(inner, ast.Break | ast.Return) for inner in walk_scope(*loop.body))


def _comes_before(module: Module, first: ast.expr, second: ast.expr) -> bool:
    """Tell whether the first always ran when the second runs, in the same turn of any loop."""
    statement = module.statement(first)
    for ancestor in module.ancestors(first):
        if ancestor is statement:
            break
        if isinstance(ancestor, _CONDITIONAL):
            return False
    if isinstance(statement, ast.Assert) and statement.msg in (first, *module.ancestors(first)):
        # The message of an assertion is made where it fails.
        return False
    is_loop = isinstance(statement, ast.AsyncFor)
    if not is_loop and blocks(statement):
        return False
    holder = module.parent(statement)
    bodies = blocks(holder) if isinstance(holder, ast.stmt) else []
    around = list(module.ancestors(second))
    for body in bodies:
        if statement in body:
            return any(later in around for later in body[body.index(statement) + 1 :])
    return False
