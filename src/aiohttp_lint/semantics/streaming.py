"""Questions about answers that a function streams: what it does with them before `prepare()`, after it, and after their end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, resources, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.resources import EventKind, Lifecycle
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import is_none

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp_lint.semantics.graph import Graph, Node
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Event, Holding

STREAM_RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
RESPONSE = aiohttp_api.class_named("aiohttp.web.Response").name
JSON_RESPONSE = aiohttp_api.callable_named("aiohttp.web.json_response").name
WRITES = tuple(
    aiohttp_api.callable_named(f"{STREAM_RESPONSE}.{name}").name for name in ("write", "write_eof")
)
_TEXT_FUNCTIONS = frozenset({"json.dumps", "builtins.str", "builtins.repr"})
_TEXT_METHODS = frozenset({"format", "join", "lower", "replace", "rstrip", "strip", "upper"})
"""The methods of a `str` that give one."""
_PROPERTIES = ("content_type", "charset", "content_length", "last_modified", "etag")
_CALLS = ("set_cookie", "del_cookie", "set_status", "enable_compression", "enable_chunked_encoding")
_MAPPINGS = ("headers", "cookies")
CHANGED = (*_PROPERTIES, *_CALLS, *_MAPPINGS)
"""What of an answer can be changed until it is prepared."""
_CHANGES = frozenset({"add", "clear", "extend", "pop", "popall", "popitem", "setdefault", "update"})
STREAMED = Lifecycle(
    frozenset({"prepare"}),
    frozenset(
        {
            *_PROPERTIES, *_CALLS, *_MAPPINGS, "write", "write_eof", "prepared", "status", "reason", "chunked",
            "compression", "keep_alive", "force_close", "body_length", "drain", "task", "body", "text",
        }
    ),
)  # fmt: skip
"""An answer until it is prepared: `prepare` is what it waits for."""


class Disorder(Enum):
    """A call that comes at the wrong time, or with the wrong kind of data."""

    BEFORE_PREPARE = auto()
    AFTER_END = auto()
    TEXT = auto()
    LENGTH_AND_CHUNKS = auto()


@dataclass(frozen=True, slots=True)
class Disordered:
    """One such call or assignment, and the place that it collides with."""

    disorder: Disorder
    place: ast.expr
    method: str
    other: ast.AST | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an answer whose headers are sent already; `member` is what is changed."""

    statement: ast.stmt
    member: str
    response: Holding
    prepared: ast.AST


def disordered(module: Module) -> Iterator[Disordered]:
    """Give the calls that fail because of their order, or of what they are given."""
    for call in module.calls_to(*WRITES):
        data = call.argument("data", 0).value
        if data is not None and _is_text(module, data):
            yield Disordered(Disorder.TEXT, data, call.method_name)
    for held, graph in _streamed(module, STREAM_RESPONSE, RESPONSE):
        yield from _written_too_early(held, graph)
        yield from _written_too_late(held, graph)
        yield from _length_and_chunks(held, graph)


def _is_text(module: Module, data: ast.expr) -> bool:
    types = module.type_of(data)
    if types.is_only("builtins.str") and not types.may_be_none:
        return True
    if isinstance(data, ast.Name):
        binding = module.only_binding(data, BindingKind.ASSIGNMENT)
        if binding is None or not isinstance(binding.value, ast.Call):
            return False
        data = binding.value if binding.scope.owner is module else data
    if not isinstance(data, ast.Call):
        return False
    if module.qualified_name(data.func) in _TEXT_FUNCTIONS:
        return True
    method = data.func
    return (
        isinstance(method, ast.Attribute) and method.attr in _TEXT_METHODS and _is_text(module, method.value)
    )


def changes_after_prepare(module: Module) -> Iterator[Change]:
    """Give the changes of headers, cookies and status that surely come after `prepare()`."""
    for held, graph in _streamed(module, STREAM_RESPONSE, RESPONSE, websockets.SERVER):
        prepared = [
            event for event in held.events if event.kind is EventKind.RELEASED and _awaited(held, event)
        ]
        if not prepared:
            continue
        for event in held.events:
            member = _changed(held, event)
            if member is not None and graph.surely_after(
                _nodes(graph, prepared), graph.nodes_evaluating(event.name)
            ):
                yield Change(module.statement(event.name), member, held, prepared[0].name)


def _streamed(module: Module, *classes: str) -> Iterator[tuple[Holding, Graph]]:
    """Give the answers that are made in a function and bound to one name there, once."""
    for name in classes:
        for call in module.calls_to(name):
            if call.function is None:
                continue
            held = resources.holding(module, call.node, STREAMED)
            graph = module.graph(call.function)
            if held is not None and graph is not None and len(held.scope.bindings[held.name]) == 1:
                yield held, graph


def _nodes(graph: Graph, events: Collection[Event]) -> set[Node]:
    return {node for event in events for node in graph.nodes_evaluating(event.name)}


def _reaches(graph: Graph, starts: Collection[Node], goals: Collection[Node]) -> bool:
    return any(start in goals or graph.paths_avoiding(start, _never, goals) is not None for start in starts)


def _never(_: Node) -> bool:
    return False


def _called(held: Holding, event: Event, *methods: str) -> ast.Call | None:
    """Give the call of one of these methods that a use of the name is."""
    attribute = event.use.node
    if event.use.kind is not UseKind.ATTRIBUTE or not isinstance(attribute, ast.Attribute):
        return None
    use = held.module.use_of(attribute)
    if attribute.attr not in methods or use.kind is not UseKind.CALLED:
        return None
    assert isinstance(use.node, ast.Call)
    return use.node


def _awaited(held: Holding, event: Event) -> bool:
    call = _called(held, event, "prepare")
    return call is not None and held.module.use_of(call).kind is UseKind.AWAITED


def _written_too_early(held: Holding, graph: Graph) -> Iterator[Disordered]:
    # Whoever is given the answer may prepare it; a function that has it in sight may run at any time.
    preparing = [event for event in held.events if event.kind is not EventKind.USED]
    if not all(graph.nodes_evaluating(event.name) for event in preparing):
        return
    ready = _nodes(graph, preparing)
    for event in held.events:
        call = _called(held, event, "write", "write_eof")
        nodes = (
            []
            if call is None
            else [node for node in graph.nodes_evaluating(event.name) if node in graph.reachable()]
        )
        if call is not None and nodes and not _reaches(graph, ready, nodes):
            yield Disordered(
                Disorder.BEFORE_PREPARE, call, call.func.attr if isinstance(call.func, ast.Attribute) else ""
            )


def _written_too_late(held: Holding, graph: Graph) -> Iterator[Disordered]:
    ends = [
        event
        for event in held.events
        if (end := _called(held, event, "write_eof")) and _is_awaited(held, end)
    ]
    for event in held.events:
        call = _called(held, event, "write")
        if call is not None and graph.surely_after(_nodes(graph, ends), graph.nodes_evaluating(event.name)):
            yield Disordered(Disorder.AFTER_END, call, "write", ends[0].name)


def _is_awaited(held: Holding, call: ast.Call) -> bool:
    return held.module.use_of(call).kind is UseKind.AWAITED


def _length_and_chunks(held: Holding, graph: Graph) -> Iterator[Disordered]:
    chunked = [event for event in held.events if _called(held, event, "enable_chunked_encoding")]
    lengths = [event for event in held.events if _assigned(held, event) == "content_length"]
    if any(is_none(_value(held, event)) for event in lengths):
        return
    for first, then in ((lengths, chunked), (chunked, lengths)):
        for event in then:
            if graph.surely_after(_nodes(graph, first), graph.nodes_evaluating(event.name)):
                yield Disordered(Disorder.LENGTH_AND_CHUNKS, event.name, "", first[0].name)


def _assigned(held: Holding, event: Event) -> str | None:
    """Give the attribute that a use of the name assigns to."""
    attribute = event.use.node
    is_store = isinstance(attribute, ast.Attribute) and isinstance(attribute.ctx, ast.Store)
    return attribute.attr if isinstance(attribute, ast.Attribute) and is_store else None


def _value(held: Holding, event: Event) -> ast.expr | None:
    statement = held.module.statement(event.name)
    return statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None


def _changed(held: Holding, event: Event) -> str | None:
    """Give the member that a use of the name changes: by assignment, by a call, or in one of its mappings."""
    assigned = _assigned(held, event)
    if assigned is not None:
        return assigned if assigned in _PROPERTIES else None
    call = _called(held, event, *_CALLS)
    if call is not None:
        return call.func.attr if isinstance(call.func, ast.Attribute) else None
    mapping = event.use.node
    if not isinstance(mapping, ast.Attribute) or mapping.attr not in _MAPPINGS:
        return None
    use = held.module.use_of(mapping)
    if isinstance(use.node, ast.Subscript) and not isinstance(use.node.ctx, ast.Load):
        return mapping.attr
    if isinstance(use.node, ast.Attribute) and use.node.attr in _CHANGES:
        return mapping.attr if held.module.use_of(use.node).kind is UseKind.CALLED else None
    return None


def changes_of_dropped(module: Module) -> Iterator[Change]:
    """Give the changes of responses that are changed, and used for nothing else."""
    for held, graph in _streamed(module, STREAM_RESPONSE, RESPONSE, JSON_RESPONSE):
        members = [_changed(held, event) for event in held.events]
        if None in members or any(event.kind is not EventKind.USED for event in held.events):
            continue
        for event, member in zip(held.events, members, strict=True):
            if member is not None and any(
                node in graph.reachable() for node in graph.nodes_evaluating(event.name)
            ):
                yield Change(module.statement(event.name), member, held, held.acquisition)
