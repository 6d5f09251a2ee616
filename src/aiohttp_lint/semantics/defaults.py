"""What the defaults of parameters switch off: code behind a test of a parameter that a call leaves out."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.syntax import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp_lint.semantics.definitions import Function

_COMPARISONS: dict[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
}  # fmt: skip


def is_switched_off(function: Function, node: ast.AST, call: ast.expr) -> bool:
    """Tell whether code runs only where a parameter is other than by default, and a call leaves it at that.

    Args:
        function: The function.
        node: What it runs, or not.
        call: A call of the function.
    """
    if not isinstance(call, ast.Call):
        return False
    came_from = node
    for ancestor in function.owner.ancestors(node):
        if isinstance(ancestor, SCOPES):
            break
        if (
            isinstance(ancestor, ast.If)
            and came_from in ancestor.body
            and _fails(function, ancestor.test, call)
        ):
            return True
        came_from = ancestor
    return False


def _fails(function: Function, test: ast.expr, call: ast.Call) -> bool:
    if isinstance(test, ast.Name):
        value = _left_at(function, test, call)
        return value is not None and not value.value
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    value, other = _left_at(function, test.left, call), test.comparators[0]
    compare = _COMPARISONS.get(type(test.ops[0]))
    if value is None or not isinstance(other, ast.Constant) or compare is None:
        return False
    try:
        return not compare(value.value, other.value)
    except TypeError:
        return False


def _left_at(function: Function, node: ast.expr, call: ast.Call) -> ast.Constant | None:
    """Give the default of a parameter that nothing rebinds, where the call surely leaves it out."""
    if not isinstance(node, ast.Name) or len(function.scope.bindings.get(node.id, ())) != 1:
        return None
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if any(keyword.arg is None or keyword.arg == node.id for keyword in call.keywords):
        return None
    arguments = function.node.args
    positional = function.positional
    # The object of a method takes a place that the call does not show.
    given = len(call.args) + (function.class_scope is not None)
    for index, parameter in enumerate(positional):
        if parameter.arg == node.id:
            behind = index - len(positional) + len(arguments.defaults)
            default = arguments.defaults[behind] if behind >= 0 and given <= index else None
            return default if isinstance(default, ast.Constant) else None
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if parameter.arg == node.id:
            return default if isinstance(default, ast.Constant) else None
    return None
