"""What a call switches off: code behind a test of a parameter that fails with what it gives, or with the default."""

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
    """Tell whether code stands behind a test of a parameter that fails with what a call gives, or leaves at the default.

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
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_fails(function, part, call) for part in test.values)
    if isinstance(test, ast.Name):
        value = _given(function, test, call)
        return isinstance(value, ast.Constant) and not value.value
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    other, kind = test.comparators[0], type(test.ops[0])
    if kind is ast.In and isinstance(test.left, ast.Constant):
        return _lacks(_given(function, other, call), test.left.value)
    value, compare = _given(function, test.left, call), _COMPARISONS.get(kind)
    if not isinstance(value, ast.Constant) or not isinstance(other, ast.Constant) or compare is None:
        return False
    try:
        return not compare(value.value, other.value)
    except TypeError:
        return False


def _lacks(container: ast.expr | None, value: object) -> bool:
    """Tell whether a list, tuple or set of constants is without a value."""
    return isinstance(container, ast.List | ast.Tuple | ast.Set) and all(
        isinstance(item, ast.Constant) and item.value != value for item in container.elts
    )


def _given(function: Function, node: ast.expr, call: ast.Call) -> ast.expr | None:
    """Give what surely is the value of a parameter that nothing rebinds: the argument of the call, or the default."""
    if not isinstance(node, ast.Name) or len(function.scope.bindings.get(node.id, ())) != 1:
        return None
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    for keyword in call.keywords:
        if keyword.arg == node.id:
            return keyword.value
    arguments = function.node.args
    positional = function.positional
    # The object of a method takes a place that the call does not show.
    hidden = int(function.class_scope is not None)
    for index, parameter in enumerate(positional):
        if parameter.arg == node.id:
            if index < len(call.args) + hidden:
                return None if hidden else call.args[index]
            behind = index - len(positional) + len(arguments.defaults)
            return arguments.defaults[behind] if behind >= 0 else None
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if parameter.arg == node.id:
            return default
    return None
