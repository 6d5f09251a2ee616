"""Questions about members of a client response that are used as what they are not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.edits import ReplaceExpression, verbatim
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import RESPONSE
from aiohttp_lint.semantics.client_coroutines import can_await
from aiohttp_lint.semantics.response_members import (
    BODY_METHODS,
    PLAIN_METHODS,
    PROPERTIES,
    Outcome,
    accesses,
    awaiting,
    called,
    is_called_or_awaited,
    outcome_of_method,
)
from aiohttp_lint.semantics.types import NONE_VALUE

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.module import Module

_EQUALITY = (ast.Eq, ast.NotEq)
_MEMBERSHIP = (ast.In, ast.NotIn)
_ORDERING = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_URLS = ("url", "real_url")


class MisuseKind(Enum):
    """How a member is used wrongly."""

    PROPERTY_CALLED = auto()
    PROPERTY_AWAITED = auto()
    NOT_CALLED = auto()
    """The method itself stands where its result is wanted."""
    METHOD_AWAITED = auto()
    """A method that is no coroutine."""
    STATUS_AND_TEXT = auto()
    ALWAYS_TRUE = auto()
    """`status == 200 or 201`."""
    URL_EQUALS_TEXT = auto()
    URL_DIFFERS_FROM_TEXT = auto()
    URL_AS_TEXT = auto()
    """A method of strings, called on a URL."""
    HEADER_AND_NUMBER = auto()


@dataclass(frozen=True, slots=True)
class Misuse:
    """A wrong use: what to underline, the member, and what comes of it.

    `parts` are the expressions that a repair is made of: what is meant by a call or an `await`, the texts that are
    numbers, the numbers of an `or`.
    """

    kind: MisuseKind
    place: ast.expr
    member: ast.Attribute
    outcome: Outcome
    parts: tuple[ast.expr, ...] = ()


def member_misuses(module: Module) -> Iterator[Misuse]:
    """Give the wrong uses of responses' members, kind by kind."""
    yield from _properties(module)
    yield from _methods(module)
    for comparison in _comparisons(module, "status"):
        yield from _status(module, comparison)
    yield from _urls(module)
    yield from _headers(module)


def _properties(module: Module) -> Iterator[Misuse]:
    for node in accesses(module, RESPONSE, *PROPERTIES, fits=is_called_or_awaited):
        call = called(module, node)
        awaited = awaiting(module, call or node)
        if call is not None:
            parts = () if call.args or call.keywords else (node,)
            yield Misuse(MisuseKind.PROPERTY_CALLED, awaited or call, node, Outcome.FAILS, parts)
        elif awaited is not None:
            yield Misuse(MisuseKind.PROPERTY_AWAITED, awaited, node, Outcome.FAILS, (node,))


def _methods(module: Module) -> Iterator[Misuse]:
    for node in accesses(module, RESPONSE, *BODY_METHODS, *PLAIN_METHODS, fits=_may_be_misused):
        is_body = node.attr in BODY_METHODS
        call = called(module, node)
        if call is not None:
            awaited = awaiting(module, call)
            if awaited is not None and not is_body:
                yield Misuse(MisuseKind.METHOD_AWAITED, awaited, node, Outcome.FAILS, (call,))
            continue
        outcome = outcome_of_method(module, node)
        if outcome is None:
            continue
        if is_body:
            yield Misuse(MisuseKind.NOT_CALLED, awaiting(module, node) or node, node, outcome)
        elif module.use_of(node).kind in (UseKind.DISCARDED, UseKind.AWAITED):
            yield Misuse(MisuseKind.NOT_CALLED, node, node, outcome)


def _may_be_misused(module: Module, node: ast.Attribute) -> bool:
    """Tell whether a method is awaited that may be no coroutine, or is not called."""
    call = called(module, node)
    return call is None or (node.attr in PLAIN_METHODS and awaiting(module, call) is not None)


def _is_compared(module: Module, node: ast.Attribute) -> bool:
    parent = module.parent(node)
    return isinstance(parent, ast.Compare) and len(parent.ops) == 1


def _is_looked_into(module: Module, node: ast.Attribute) -> bool:
    return isinstance(module.parent(node), ast.Attribute)


def _is_element_compared(module: Module, node: ast.Attribute) -> bool:
    header = module.parent(node)
    return isinstance(header, ast.Subscript) and isinstance(module.parent(header), ast.Compare)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A member in a comparison, on either side, and what it is compared with."""

    node: ast.Compare
    member: ast.Attribute
    operator: ast.cmpop
    other: ast.expr


def _comparisons(module: Module, *names: str) -> Iterator[_Comparison]:
    for node in accesses(module, RESPONSE, *names, fits=_is_compared):
        parent = module.parent(node)
        assert isinstance(parent, ast.Compare), "asked for by its use"
        other = parent.comparators[0] if parent.left is node else parent.left
        yield _Comparison(parent, node, parent.ops[0], other)


def _status(module: Module, comparison: _Comparison) -> Iterator[Misuse]:
    other, operator = comparison.other, comparison.operator
    items = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
    texts = [item for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if texts and len(texts) == len(items) and isinstance(operator, (*_EQUALITY, *_MEMBERSHIP)):
        numbers = tuple(text for text in texts if str(text.value).isdigit())
        yield Misuse(MisuseKind.STATUS_AND_TEXT, other, comparison.member, Outcome.MISLEADS, numbers)
    either = module.parent(comparison.node)
    if isinstance(operator, ast.Eq) and isinstance(either, ast.BoolOp) and isinstance(either.op, ast.Or):
        rest = either.values[1:]
        are_numbers = all(
            isinstance(part, ast.Constant) and type(part.value) is int and part.value for part in rest
        )
        if either.values[0] is comparison.node and are_numbers:
            yield Misuse(MisuseKind.ALWAYS_TRUE, either, comparison.member, Outcome.MISLEADS, (other, *rest))


def _urls(module: Module) -> Iterator[Misuse]:
    for comparison in _comparisons(module, *_URLS):
        types = module.type_of(comparison.other)
        if not types.is_only("builtins.str") or NONE_VALUE in types.members:
            continue
        if isinstance(comparison.operator, _EQUALITY):
            is_equality = isinstance(comparison.operator, ast.Eq)
            kind = MisuseKind.URL_EQUALS_TEXT if is_equality else MisuseKind.URL_DIFFERS_FROM_TEXT
            yield Misuse(kind, comparison.member, comparison.member, Outcome.MISLEADS)
    for node in accesses(module, RESPONSE, *_URLS, fits=_is_looked_into):
        if outcome_of_method(module, node) is Outcome.FAILS:
            yield Misuse(MisuseKind.URL_AS_TEXT, node, node, Outcome.FAILS)


def _headers(module: Module) -> Iterator[Misuse]:
    for node in accesses(module, RESPONSE, "headers", fits=_is_element_compared):
        header = module.parent(node)
        if not isinstance(header, ast.Subscript) or header.value is not node:
            continue
        compared = module.parent(header)
        if not isinstance(compared, ast.Compare) or len(compared.ops) != 1:
            continue
        other = compared.comparators[0] if compared.left is header else compared.left
        if isinstance(compared.ops[0], _ORDERING) and module.is_instance(other, "builtins.int"):
            yield Misuse(MisuseKind.HEADER_AND_NUMBER, header, node, Outcome.FAILS)


# What was meant.

_CONVERTED = {
    MisuseKind.URL_EQUALS_TEXT: "str({})",
    MisuseKind.URL_DIFFERS_FROM_TEXT: "str({})",
    MisuseKind.URL_AS_TEXT: "str({})",
    MisuseKind.HEADER_AND_NUMBER: "int({})",
}
_OPERANDS = (ast.Attribute, ast.Subscript, ast.BinOp, ast.Compare)


def repair(module: Module, found: Misuse) -> list[Edit]:
    """Give what uses the member as what it is."""
    place = module.span(found.place)
    if found.kind in _CONVERTED:
        return [ReplaceExpression(place, _CONVERTED[found.kind])]
    if found.kind is MisuseKind.STATUS_AND_TEXT:
        numbers = [part for part in found.parts if isinstance(part, ast.Constant)]
        return [ReplaceExpression(module.span(number), str(number.value)) for number in numbers]
    if found.kind is MisuseKind.NOT_CALLED:
        return _called(module, found)
    parts = ", ".join(module.segment(part) for part in found.parts)
    if found.kind is MisuseKind.ALWAYS_TRUE:
        parts = f"{module.segment(found.member)} in ({parts})"
    return [ReplaceExpression(place, verbatim(parts))] if found.parts else []


def _called(module: Module, found: Misuse) -> list[Edit]:
    call = f"{module.segment(found.member)}()"
    if isinstance(module.parent(found.place), ast.FormattedValue):
        return []
    if found.member.attr in BODY_METHODS:
        if not can_await(module, found.member):
            return []
        call = f"(await {call})" if isinstance(module.parent(found.place), _OPERANDS) else f"await {call}"
    return [ReplaceExpression(module.span(found.place), verbatim(call))]
