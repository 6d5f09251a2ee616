"""Tests of parameters on the way to code: those that fail with what a call gives or leaves out, and those of unknown marks."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import SCOPES
from aiohttp_lint.semantics.types import ClassObject, Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.reached import Step

_REFLECTION = frozenset({"builtins.getattr", "builtins.hasattr"})

_COMPARISONS: dict[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
}  # fmt: skip


def is_switched_off(steps: Sequence[Step]) -> bool:
    """Tell whether code on a way stands behind a test of a parameter that fails with what the call before it gives.

    Args:
        steps: Functions, each with what it runs: the next one of them, or the code that the way is for.
    """
    return any(
        _fails(steps[: index + 1], test)
        for index in range(1, len(steps))
        for test in _tests_around(*steps[index])
    )


def is_for_marked(steps: Sequence[Step]) -> bool:
    """Tell whether code on a way runs only for arguments that carry a mark, such as the functions that a decorator marked.

    Which calls give such a one is not known.
    """
    return any(
        _asks_for_mark(function, test)
        for function, then in steps[1:]
        for test in _tests_around(function, then)
    )


def holds(steps: Sequence[Step], test: ast.expr) -> bool:
    """Tell whether `not parameter` is true in the last function of a way, with what the call before it gives."""
    if not isinstance(test, ast.UnaryOp) or not isinstance(test.op, ast.Not):
        return False
    return len(steps) > 1 and isinstance(test.operand, ast.Name) and _fails(steps, test.operand)


def _tests_around(function: Function, node: ast.AST) -> Iterator[ast.expr]:
    """Give the tests that have to come out true before a function gets to a node."""
    came_from = node
    for ancestor in function.owner.ancestors(node):
        if isinstance(ancestor, SCOPES):
            break
        if isinstance(ancestor, ast.If) and came_from in ancestor.body:
            yield ancestor.test
        came_from = ancestor


def _asks_for_mark(function: Function, test: ast.expr) -> bool:
    module = function.owner
    value = module.only_value(test) if isinstance(test, ast.Name) else test
    if (
        not isinstance(value, ast.Call)
        or module.qualified_name(value.func) not in _REFLECTION
        or not value.args
    ):
        return False
    asked = value.args[0]
    if module.only_binding(asked, BindingKind.PARAMETER) is None:
        return False
    return module.type_of(asked).is_open or module.is_instance(asked, "callable")


def _fails(steps: Sequence[Step], test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_fails(steps, part) for part in test.values)
    if isinstance(test, ast.Name):
        value = _given(steps, test)
        return isinstance(value, ast.Constant) and not value.value
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    other, kind = test.comparators[0], type(test.ops[0])
    if kind is ast.In and isinstance(test.left, ast.Constant):
        return _lacks(_given(steps, other), test.left.value)
    value, compare = _given(steps, test.left), _COMPARISONS.get(kind)
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


def _given(steps: Sequence[Step], node: ast.expr) -> ast.expr | None:
    """Give what surely is the value of a parameter that nothing rebinds: the argument of the call, or the default.

    An argument that is a parameter of the function that calls is what that was given.
    """
    (caller, call), (function, _) = steps[-2:]
    if not isinstance(node, ast.Name) or len(function.scope.bindings.get(node.id, ())) != 1:
        return None
    if not isinstance(call, ast.Call) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    given = next((keyword.value for keyword in call.keywords if keyword.arg == node.id), None)
    positional = [parameter.arg for parameter in function.positional]
    if given is None and node.id in positional:
        hidden, index = _hidden(caller, call, function), positional.index(node.id)
        if index < len(call.args) + int(function.class_scope is not None):
            if hidden is None or not hidden <= index < len(call.args) + hidden:
                return None
            given = call.args[index - hidden]
    if given is None:
        return _default(function, node.id)
    return (_given(steps[:-1], given) if len(steps) > 2 else None) or given


def _hidden(caller: Function, call: ast.Call, function: Function) -> int | None:
    """Count the parameters in front that a call does not show: the object of a method; None where that is unknown."""
    if function.class_scope is None:
        return 0
    if function.decorators:
        return None
    members = caller.owner.type_of(call.func).members
    if function.name == "__init__" and members and all(isinstance(member, ClassObject) for member in members):
        return 1
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    holders = () if receiver is None else caller.owner.type_of(receiver).members
    return 1 if holders and all(isinstance(holder, Instance) for holder in holders) else None


def _default(function: Function, name: str) -> ast.expr | None:
    arguments = function.node.args
    names = [parameter.arg for parameter in function.positional]
    if name in names:
        behind = names.index(name) - len(names) + len(arguments.defaults)
        return arguments.defaults[behind] if behind >= 0 else None
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if parameter.arg == name:
            return default
    return None
