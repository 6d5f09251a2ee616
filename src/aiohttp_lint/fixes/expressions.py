"""Putting one expression in the place of another, with parentheses exactly where Python needs them."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, TypeVar, cast

import libcst as cst

from aiohttp_lint.fixes.pieces import Piece, parents_of
from aiohttp_lint.fixes.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_Node = TypeVar("_Node", bound=cst.CSTNode)

# A name that stands for `{}` while a template is parsed; no one's program has it.
PLACEHOLDER = "_aiohttp_lint_placeholder_"

# How tightly an expression binds, from the loosest (the order of Python's reference, "Operator precedence").
_LOOSEST, _NAMED, _ANY, _OR, _AND, _NOT, _COMPARISON, _BIT_OR = range(-1, 7)
_BIT_XOR, _BIT_AND, _SHIFT, _SUM, _PRODUCT, _UNARY, _POWER, _AWAIT, _NUMBER, _ATOM = range(7, 17)
_CONDITION = _ANY

_OPERATORS: dict[type[cst.CSTNode], int] = {
    cst.Or: _OR,
    cst.And: _AND,
    cst.BitOr: _BIT_OR,
    cst.BitXor: _BIT_XOR,
    cst.BitAnd: _BIT_AND,
    cst.LeftShift: _SHIFT,
    cst.RightShift: _SHIFT,
    cst.Add: _SUM,
    cst.Subtract: _SUM,
    cst.Power: _POWER,
}


def _operator(node: cst.BinaryOperation | cst.BooleanOperation) -> int:
    return _OPERATORS.get(type(node.operator), _PRODUCT)


def _binding(node: cst.BaseExpression) -> int:
    """Return how tightly an expression binds as it stands."""
    if node.lpar:
        return _ATOM
    match node:
        case cst.Tuple() | cst.Yield() | cst.StarredElement():
            return _LOOSEST
        case cst.NamedExpr():
            return _NAMED
        case cst.Lambda() | cst.IfExp():
            return _CONDITION
        case cst.BinaryOperation() | cst.BooleanOperation():
            return _operator(node)
        case cst.UnaryOperation():
            return _NOT if isinstance(node.operator, cst.Not) else _UNARY
        case cst.Comparison():
            return _COMPARISON
        case cst.Await():
            return _AWAIT
        case cst.BaseNumber():
            return _NUMBER
        case _:
            return _ATOM


def _demand(parent: cst.CSTNode | None, child: cst.CSTNode) -> int:
    """Return how tightly the expression in the place of `child` must bind."""
    match parent:
        case None | cst.Expr() | cst.Assign():
            return _LOOSEST
        case cst.Attribute() | cst.Await():
            return _ATOM
        case cst.Call() | cst.Subscript():
            return _NUMBER
        case cst.BinaryOperation() if isinstance(parent.operator, cst.Power):
            return _NUMBER if child is parent.left else _UNARY
        case cst.BinaryOperation() | cst.BooleanOperation():
            return _operator(parent) + (child is parent.right)
        case cst.UnaryOperation():
            return _NOT if isinstance(parent.operator, cst.Not) else _UNARY
        case cst.Comparison() | cst.ComparisonTarget() | cst.StarredElement() | cst.StarredDictElement():
            return _COMPARISON + 1
        case cst.IfExp():
            return _ANY if child is parent.orelse else _OR
        case cst.CompFor() | cst.CompIf():
            return _OR
        case cst.Arg() if parent.keyword is None and not parent.star:
            return _NAMED
        case _:
            return _ANY


def parenthesised(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return the expression with one more pair of parentheses around it."""
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])


def fitted(
    node: cst.BaseExpression, parent: cst.CSTNode | None, child: cst.CSTNode, *, alone: bool = False
) -> cst.BaseExpression:
    """Return `node` as it must be written in the place of `child` below `parent`.

    Args:
        node: The expression to write.
        parent: The node that it gets into; None for an expression on its own.
        child: The node whose place it takes.
        alone: Whether that place is the only argument of a call.
    """
    if isinstance(node, cst.GeneratorExp) and not node.lpar and not alone:
        return parenthesised(node)
    return parenthesised(node) if _binding(node) < _demand(parent, child) else node


def parse_expression(source: str, indentation: str = "") -> cst.BaseExpression:
    """Parse the source of an expression, or raise Refusal.

    Args:
        source: The expression.
        indentation: That of the block that it gets into, for what was copied from there on more than one line.
    """
    try:
        return outdented(cst.parse_expression(source.strip()), indentation)
    except (cst.ParserSyntaxError, RecursionError) as error:
        raise Refusal(f"{source!r} is not an expression") from error


class _Outdenter(cst.CSTTransformer):
    """Takes some characters off the head of each continued line."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        value = updated_node.last_line.value[self._count :]
        return updated_node.with_changes(last_line=cst.SimpleWhitespace(value))


def _continued_lines(node: cst.CSTNode) -> list[str]:
    """Give the whitespace at the head of each continued line of a node."""
    found: list[str] = []
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, cst.ParenthesizedWhitespace):
            found.append(each.last_line.value)
        stack.extend(each.children)
    return found


def shifted(node: cst.BaseExpression, count: int) -> cst.BaseExpression:
    """Move the continued lines of a call to the left with its head, where they are aligned with its first argument."""
    if not isinstance(node, cst.Call) or isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace):
        return node
    continued = _continued_lines(node)
    head = len("return (") + len(cst.Module([]).code_for_node(node.func))
    is_aligned = all(len(value) >= head and not value.strip(" ") for value in continued)
    return cast("cst.BaseExpression", node.visit(_Outdenter(count))) if continued and is_aligned else node


def outdented(node: _Node, indentation: str) -> _Node:
    """Take the indentation of a block off the continued lines of code that was copied from it.

    libcst writes it before each of them. Code of which a continued line has less was not copied from there.
    """
    continued = _continued_lines(node) if indentation else []
    if not continued or not all(value.startswith(indentation) for value in continued):
        return node
    return cast("_Node", node.visit(_Outdenter(len(indentation))))


def template_source(template: str) -> tuple[str, bool]:
    """Return the source of a template, a placeholder name for `{}`, and whether it has one."""
    parts: list[str] = []
    found = False
    try:
        for literal, field, specification, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if field is None:
                continue
            if field or specification or conversion:
                raise Refusal(f"{template!r} has a replacement field other than {{}}")
            parts.append(PLACEHOLDER)
            found = True
    except ValueError as error:
        raise Refusal(f"{template!r} is not a template") from error
    return "".join(parts), found


class _Filler(cst.CSTTransformer):
    def __init__(
        self, root: cst.CSTNode, fill: Callable[[cst.CSTNode | None, cst.Name, bool], cst.BaseExpression]
    ) -> None:
        super().__init__()
        self._parents = parents_of(root)
        self._fill = fill

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        if original_node.value != PLACEHOLDER:
            return updated_node
        parent = self._parents.get(original_node)
        return self._fill(parent, original_node, _is_only_argument(parent, self._parents))


def _is_only_argument(parent: cst.CSTNode | None, parents: dict[cst.CSTNode, cst.CSTNode]) -> bool:
    if not isinstance(parent, cst.Arg) or parent.keyword is not None or parent.star:
        return False
    call = parents[parent]
    return isinstance(call, cst.Call) and len(call.args) == 1 and not isinstance(parent.comma, cst.Comma)


def fill_placeholders(root: _Node, expression: cst.BaseExpression) -> _Node:
    """Put an expression in the place of every placeholder below `root`."""
    filler = _Filler(root, lambda parent, child, alone: fitted(expression, parent, child, alone=alone))
    return cast("_Node", root.visit(filler))


def replace_in_place(
    piece: Piece,
    original: cst.BaseExpression,
    updated: cst.BaseExpression,
    build: Callable[[cst.BaseExpression], cst.BaseExpression],
) -> cst.BaseExpression:
    """Put what `build` makes of an expression in its place, inside the parentheses that stand around it.

    Args:
        piece: The tree of `original`.
        original: The expression as it was.
        updated: The same one, with what other edits made of it.
        build: Gets the expression without the parentheses around it.
    """
    own = 1 if isinstance(updated, cst.Tuple | cst.GeneratorExp) and updated.lpar else 0
    outer = len(updated.lpar) - own
    left, right = updated.lpar[:outer], updated.rpar[own:]
    bare = updated.with_changes(lpar=updated.lpar[outer:], rpar=updated.rpar[:own])
    built = build(bare)
    if left:
        return built.with_changes(lpar=[*left, *built.lpar], rpar=[*built.rpar, *right])
    parent = piece.parents[original]
    return fitted(built, parent, original, alone=_is_only_argument(parent, piece.parents))


def awaited(expression: cst.BaseExpression) -> cst.BaseExpression:
    """Return `await expression`."""
    operand = fitted(expression, cst.Await(cst.Name("x")), expression)
    return cst.Await(operand)


def filled(template: str, expression: cst.BaseExpression, indentation: str) -> cst.BaseExpression:
    """Return a template's expression, which gets into a block of this indentation, with `expression` for `{}`."""
    source, _ = template_source(template)
    return fill_placeholders(parse_expression(source, indentation), expression)
