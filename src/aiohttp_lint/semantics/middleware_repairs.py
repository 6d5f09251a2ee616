"""What a broken middleware, or its list, is meant to be, as the edits that make it so."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.edits import Await, ReplaceExpression, ReplaceStatement
from aiohttp_lint.findings import Span
from aiohttp_lint.semantics.handlers import delegations
from aiohttp_lint.semantics.middlewares import Breach, can_be_called_bare, name_places

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.middlewares import Broken
    from aiohttp_lint.semantics.module import Module


def place_of(module: Module, found: Broken) -> ast.AST | Span:
    """Give what to underline: of a parameter its name alone."""
    return _name_span(module, found.place) if isinstance(found.place, ast.arg) else found.place


def _name_span(module: Module, parameter: ast.arg) -> Span:
    span = module.span(parameter)
    return Span(span.line, span.column, span.line, span.column + len(parameter.arg))


def middleware_repair(module: Module, found: Broken) -> list[Edit]:
    """Give what mends a breach; nothing where what is missing is for the author to say."""
    place, function = found.place, found.function
    match found.breach:
        case Breach.PARAMETER:
            return _named_handler(module, place, function)
        case Breach.COROUTINE:
            return [Await(module.span(place))]
        case Breach.FACTORY:
            is_callable = can_be_called_bare(function)
            return [ReplaceExpression(module.span(place), "{}()")] if is_callable else []
        case Breach.NO_SEQUENCE:
            return [ReplaceExpression(module.span(place), "[{}]")]
        case Breach.NO_RESULT:
            return _returned(module, place, function)


def _named_handler(module: Module, place: ast.AST, function: Function | None) -> list[Edit]:
    uses = None if function is None else name_places(function)
    if uses is None or not isinstance(place, ast.arg):
        return []
    return [
        ReplaceExpression(span, "handler") for span in (_name_span(module, place), *map(module.span, uses))
    ]


def _returned(module: Module, place: ast.AST, function: Function | None) -> list[Edit]:
    """Return what the last statement awaits, where that is the handler's answer."""
    if not isinstance(place, ast.Expr) or not isinstance(place.value, ast.Await) or function is None:
        return []
    is_answer = any(call is place.value.value for call in delegations(module, function))
    return [ReplaceStatement(module.span(place), "return {}")] if is_answer else []
