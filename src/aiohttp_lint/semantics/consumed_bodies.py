"""Which reads of a request's body find nothing, because the body has been read in another way before."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node
from aiohttp_lint.semantics.request_members import REQUEST
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import same_place

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_BUFFERED = tuple(
    aiohttp_api.callable_named(f"{REQUEST}.{name}").name for name in ("read", "text", "json", "post")
)
READ_PARTS = aiohttp_api.callable_named(f"{REQUEST}.multipart").name
_NEXT = aiohttp_api.callable_named("aiohttp.MultipartReader.next").name
_STREAM_READ = aiohttp_api.callable_named("aiohttp.StreamReader.read").name
_CHUNKS = tuple(
    aiohttp_api.callable_named(f"aiohttp.StreamReader.{name}").name
    for name in ("iter_any", "iter_chunked", "iter_chunks")
)


class Reading(Enum):
    """A way to read a body."""

    BUFFERED = auto()
    """`read()`, `text()`, `json()` and `post()`, which keep what they read."""
    MULTIPART = auto()
    """Part by part, through `multipart()`."""
    STREAM = auto()
    """From `content`, to its end."""


@dataclass(frozen=True, slots=True)
class Read:
    """One place that reads a body: the request, the way, and what is complete when the body is read."""

    request: ast.expr
    reading: Reading
    place: ast.expr
    completes: ast.AST


@dataclass(frozen=True, slots=True)
class SecondRead:
    """A read that comes after another one, on every path."""

    first: Read
    second: Read


def second_reads(module: Module) -> Iterator[SecondRead]:
    """Give the reads of a body that was surely read in a way which leaves them nothing."""
    by_function: dict[Function, list[Read]] = {}
    for read in _reads(module):
        function = module.function_at(read.place)
        if function is not None and _is_one_request(module, read.request, function):
            by_function.setdefault(function, []).append(read)
    for function, reads in by_function.items():
        graph = module.graph(function) if len({read.reading for read in reads}) > 1 else None
        for second in reads if graph is not None else ():
            assert graph is not None
            first = next((first for first in reads if _leaves_nothing(graph, first, second)), None)
            if first is not None and not _is_expected(module, second):
                yield SecondRead(first, second)


def _reads(module: Module) -> Iterator[Read]:
    for call in module.calls_to(*_BUFFERED, READ_PARTS):
        if call.receiver is not None and module.use_of(call.node).kind is UseKind.AWAITED:
            is_parts = call.calls_only(READ_PARTS)
            completes = _first_part(module, call.node) if is_parts else call.node
            reading = Reading.MULTIPART if is_parts else Reading.BUFFERED
            yield Read(call.receiver, reading, call.node, completes or call.node)
    for content in module.attributes_named("content"):
        if module.is_instance(content.value, REQUEST) and isinstance(content.ctx, ast.Load):
            completes = _drain(module, content)
            if completes is not None:
                yield Read(content.value, Reading.STREAM, content, completes)


def _first_part(module: Module, call: ast.Call) -> ast.AST | None:
    """Give where the first part is taken from the reader that a call of `multipart()` makes; None where that is unknown."""
    awaited = module.parent(call)
    use = module.use_of(awaited) if awaited is not None else None
    if use is None or use.kind is not UseKind.ASSIGNED or not isinstance(use.targets[0], ast.Name):
        return use.node if use is not None and use.kind is UseKind.ITERATED_ASYNC else None
    name = use.targets[0]
    scope = module.scope_at(name).binding_scope(name.id)
    if scope is None or len(scope.bindings[name.id]) != 1:
        return None
    for load in module.uses(scope, name.id):
        loaded = module.use_of(load)
        if loaded.kind is UseKind.ITERATED_ASYNC:
            return loaded.node
        if loaded.kind is UseKind.ATTRIBUTE and isinstance(loaded.node, ast.Attribute):
            called = module.parent(loaded.node)
            if isinstance(called, ast.Call) and module.call_site(called).calls_only(_NEXT):
                return called
    return None


def _drain(module: Module, content: ast.Attribute) -> ast.AST | None:
    """Give what reads the stream to its end: a loop over it, or `read()` without a size."""
    use = module.use_of(content)
    if use.kind is UseKind.ITERATED_ASYNC and isinstance(use.node, ast.AsyncFor):
        return use.node
    call = module.parent(use.node) if use.kind is UseKind.ATTRIBUTE else None
    if not isinstance(call, ast.Call):
        return None
    site = module.call_site(call)
    called = module.use_of(call)
    if site.calls_only(*_CHUNKS) and isinstance(called.node, ast.AsyncFor):
        return called.node
    is_whole = site.calls_only(_STREAM_READ) and not call.args and not call.keywords
    return call if is_whole and called.kind is UseKind.AWAITED else None


def _is_one_request(module: Module, request: ast.expr, function: Function) -> bool:
    """Tell whether an expression is the same request wherever it stands in a function: its parameter, or a view's."""
    if isinstance(request, ast.Name):
        bindings = function.scope.bindings.get(request.id, ())
        return len(bindings) == 1 and bindings[0].kind is BindingKind.PARAMETER
    return (
        isinstance(request, ast.Attribute)
        and isinstance(request.value, ast.Name)
        and request.attr == "request"
    )


def _leaves_nothing(graph: Graph, first: Read, second: Read) -> bool:
    if first.reading is second.reading or not same_place(first.request, second.request):
        return False
    if first.reading is Reading.MULTIPART and first.completes is first.place:
        # The reader alone has read nothing yet.
        return False
    completing = set(graph.nodes_evaluating(first.completes) or graph.nodes_of(first.completes))
    later = [node for node in graph.nodes_evaluating(second.place) if node in graph.reachable()]
    if not completing or not later or completing & set(later):
        return False

    def incomplete(edge: Edge) -> bool:
        return edge.source not in completing or not _is_complete(first, edge)

    return graph.paths_avoiding(graph.entry, _never, later, follow=incomplete) is None


def _is_complete(first: Read, edge: Edge) -> bool:
    """Tell whether the body is read when a path takes an edge: of a loop over the stream, the one that ends it."""
    if first.reading is Reading.STREAM and isinstance(first.completes, ast.AsyncFor):
        return edge.kind is EdgeKind.EXHAUSTED
    return edge.kind is not EdgeKind.EXCEPTION


def _never(_: Node) -> bool:
    return False


def _is_expected(module: Module, second: Read) -> bool:
    return any(
        fails_on_purpose(module, second.place, error) for error in ("ValueError", "json.JSONDecodeError")
    )
