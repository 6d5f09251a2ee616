"""What handlers give to aiohttp that is no response: nothing at all, or data that nobody makes a response of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.graph import EdgeKind, NodeKind
from aiohttp_lint.semantics.mappings import is_surely
from aiohttp_lint.semantics.middleware_chains import pass_answers_on
from aiohttp_lint.semantics.registered import handlers
from aiohttp_lint.semantics.response_arguments import RESPONSES, is_made_here, is_string
from aiohttp_lint.semantics.unraised import unraised

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.graph import Edge, Graph
    from aiohttp_lint.semantics.module import Module

_PREPARE = aiohttp_api.callable_named("aiohttp.web.StreamResponse.prepare").name.rpartition(".")[2]
_DATA = frozenset(
    {
        "dict", "list", "tuple", "set", "builtins.dict", "builtins.list", "builtins.tuple", "builtins.set", "builtins.str",
        "builtins.bytes", "builtins.int", "builtins.float", "builtins.bool",
    }
)  # fmt: skip
_OWN_WAYS = ("transport", "protocol", "writer", "task", _PREPARE)
"""Attributes by which a handler answers on its own, below or beside the response that it returns."""
_RETURNING = ("builtins.", "logging.", "asyncio.", "json.", "aiohttp.")


class Answer(Enum):
    """What a handler gives that is no response."""

    DATA = auto()
    NOTHING = auto()
    """It ends without a `return` that has a value, whatever way it takes."""
    DROPPED = auto()
    """The response is made in its last statement, and not returned."""
    SOMETIMES_NOTHING = auto()


@dataclass(frozen=True, slots=True)
class NoResponse:
    """One such answer, where it shows, and the handler."""

    answer: Answer
    place: ast.expr | ast.stmt
    function: Function


def answers_without_response(module: Module) -> Iterator[NoResponse]:
    """Give what the registered handlers of a file answer that no middleware makes a response of."""
    answering = [
        function
        for function in handlers(module)
        if function.is_coroutine and not function.is_stub and not isinstance(function.node, ast.Lambda)
    ]
    if not answering:
        return
    found: list[NoResponse] = []
    unraised_there = {each.statement for each in unraised(module)}
    for function in answering:
        found += _data(module, function)
        found += _nothing(module, function, unraised_there)
    if found and pass_answers_on(module):
        yield from found


def _data(module: Module, function: Function) -> Iterator[NoResponse]:
    for node in function.scope.all_nodes(ast.Return):
        value = node.value if isinstance(node, ast.Return) else None
        if value is None:
            continue
        if (is_surely(module, value, _DATA) and is_made_here(module, value)) or is_string(module, value):
            yield NoResponse(Answer.DATA, value, function)


def _nothing(module: Module, function: Function, unraised_there: set[ast.stmt]) -> Iterator[NoResponse]:
    graph = module.graph(function)
    if graph is None or _answers_on_its_own(module, function):
        return
    ends = [edge for edge in graph.predecessors(graph.exit) if edge.source in graph.reachable()]
    empty = [edge for edge in ends if _is_without_value(edge) and not _is_after_return(graph, edge)]
    if not empty or not all(_is_known_to_return(module, edge) for edge in empty):
        return
    if any(edge.source.ast in unraised_there for edge in empty):
        return
    made = [edge.source.ast for edge in empty if _makes_response(module, edge.source.ast)]
    for statement in made:
        assert isinstance(statement, ast.Expr)
        yield NoResponse(Answer.DROPPED, statement.value, function)
    if not made:
        answer = Answer.NOTHING if len(empty) == len(ends) else Answer.SOMETIMES_NOTHING
        yield NoResponse(answer, function.body[-1], function)


def _answers_on_its_own(module: Module, function: Function) -> bool:
    return any(
        isinstance(inner, ast.Attribute) and inner.attr in _OWN_WAYS
        for statement in function.body
        for inner in ast.walk(statement)
    )


def _is_without_value(edge: Edge) -> bool:
    """Tell whether a handler ends with `None` on an edge to its end."""
    node = edge.source.ast
    if edge.kind is not EdgeKind.RETURN:
        return True
    value = node.value if isinstance(node, ast.Return) else node
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _is_known_to_return(module: Module, edge: Edge) -> bool:
    """Tell whether the last step before the end is no call of something unknown, which may never return."""
    source = edge.source
    if source.kind not in (NodeKind.STATEMENT, NodeKind.TEST, NodeKind.ITERATE, NodeKind.ENTRY):
        return False
    if source.kind is not NodeKind.STATEMENT or not isinstance(source.ast, ast.Expr):
        return True
    value = source.ast.value
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call):
        return True
    site = module.call_site(call)
    known = len(site.callables) + len(site.functions)
    return site.is_certain and (
        known == len(site.names) or all(name.startswith(_RETURNING) for name in site.names)
    )


def _is_after_return(graph: Graph, end: Edge) -> bool:
    """Tell whether an end is that of a `finally` which runs only on the way of a `return` that has a value."""

    def goes_on(edge: Edge) -> bool:
        return edge.kind is not EdgeKind.RETURN or _is_without_value(edge)

    return end.kind is not EdgeKind.RETURN and not (
        end.source is graph.entry
        or graph.paths_avoiding(graph.entry, lambda _: False, {end.source}, follow=goes_on)
    )


def _makes_response(module: Module, node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and module.call_site(node.value).calls_only(*RESPONSES)
    )
