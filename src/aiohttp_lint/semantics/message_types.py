"""What a program takes a WebSocket message for: its type compared with text, its data used untested."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, failures, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.receive_loops import AUTOMATIC_TYPES, CLOSING_TYPES, is_field_of
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

MESSAGE = aiohttp_api.class_named("aiohttp.WSMessage").name
_MEMBERS = frozenset({"TEXT", "BINARY", "ERROR", *AUTOMATIC_TYPES, *CLOSING_TYPES})
_CATCHING = frozenset({"builtins.Exception", "builtins.BaseException"})


@dataclass(frozen=True, slots=True)
class TextComparison:
    """A message's type compared with text.

    `members` are the text literals with the type that each of them names; none where one names no type, stands in a
    pattern or behind a name, or names a type that the loop around it never gives.
    """

    place: ast.expr | ast.pattern
    holds: bool
    """Whether the comparison is always true (`!=`) instead of never."""
    members: tuple[tuple[ast.expr, str], ...]


def text_comparisons(module: Module) -> Iterator[TextComparison]:
    """Give the comparisons of message types with text, which no type equals."""
    for field in module.attributes_named("type"):
        if not isinstance(field.ctx, ast.Load) or not module.is_instance(field.value, MESSAGE):
            continue
        use = module.use_of(field)
        if use.kind is not UseKind.COMPARED:
            continue
        if isinstance(use.node, ast.Match):
            for case in use.node.cases:
                pattern = case.pattern
                parts = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
                if all(isinstance(part, ast.MatchValue) and _text(module, part.value) for part in parts):
                    yield TextComparison(pattern, False, ())
        elif isinstance(use.node, ast.Compare) and len(use.node.ops) == 1:
            found = _comparison(module, use.node, field)
            if found is not None:
                yield found


def _comparison(module: Module, node: ast.Compare, field: ast.Attribute) -> TextComparison | None:
    operator, right = node.ops[0], node.comparators[0]
    if isinstance(operator, ast.In | ast.NotIn):
        if node.left is not field or not isinstance(right, ast.Tuple | ast.List | ast.Set):
            return None
        texts = right.elts
    elif isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
        texts = [right if node.left is field else node.left]
    else:
        return None
    values = [_text(module, text) for text in texts]
    if not texts or not all(values):
        return None
    holds = isinstance(operator, ast.NotEq | ast.IsNot | ast.NotIn)
    never = CLOSING_TYPES | AUTOMATIC_TYPES if _is_iterated(module, field.value) else frozenset()
    members = [
        (text, value.upper())
        for text, value in zip(texts, values, strict=True)
        if value is not None and isinstance(text, ast.Constant) and value.upper() in _MEMBERS - never
    ]
    return TextComparison(node, holds, tuple(members) if len(members) == len(texts) else ())


def _text(module: Module, node: ast.expr) -> str | None:
    literal = module.constant(node)
    return literal.value if literal is not None and isinstance(literal.value, str) else None


def _is_iterated(module: Module, message: ast.expr) -> bool:
    return not isinstance(message, ast.Name) or any(
        isinstance(binding.node, ast.AsyncFor) for binding in module.reaching(message)
    )


# Data that is taken for JSON text.


@dataclass(frozen=True, slots=True)
class UncheckedJson:
    """Where a message is decoded, in a loop over its socket: with no look at any type, or with no way for bad JSON."""

    call: ast.Call
    is_typed: bool


def unchecked_json(module: Module) -> Iterator[UncheckedJson]:
    """Give the places that decode iterated messages and fail for those that are no JSON text."""
    for loop in websockets.iterations(module):
        if not isinstance(loop.target, ast.Name):
            continue
        message = loop.target.id
        inside = list(walk_scope(*loop.body))
        is_typed = any(is_field_of(node, message, "type", "tp") for node in inside)
        function = module.function_at(loop)
        is_handler = function is not None and Role.HANDLER in module.roles_of(function)
        for node in inside:
            if not isinstance(node, ast.Call) or not _decodes(module, node, message):
                continue
            if not is_typed:
                if not failures.goes_on_after(module, node, websockets.VALUE_ERRORS):
                    yield UncheckedJson(node, is_typed)
            elif is_handler and not failures.goes_on_after(module, node, websockets.JSON_ERRORS | _CATCHING):
                yield UncheckedJson(node, is_typed)


def _decodes(module: Module, call: ast.Call, message: str) -> bool:
    if is_field_of(call.func, message, "json"):
        return True
    return (
        bool(call.args)
        and is_field_of(call.args[0], message, "data")
        and module.call_site(call).calls_only("json.loads")
    )
