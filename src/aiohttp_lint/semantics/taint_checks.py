"""What code tests, checks or refuses on the way to a sink: such data is not untrusted any more."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.taint_calls import arguments, function_called, last_name, name_of
from aiohttp_lint.semantics.taint_data import CONVERSIONS, NEUTRAL_TESTS, SANITISERS, UNCHECKED, Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.taint_labels import State
    from aiohttp_lint.semantics.taint_values import Values

_LAST_OF_CONVERSIONS = frozenset(name.rpartition(".")[2] for name in CONVERSIONS)
_OF_EACH = ("builtins.all", "builtins.any")
_TESTED_BY_IN = frozenset({Form.TEXT, Form.FIELD, Form.PARAMETER, Form.VERDICT})


def after_test(values: Values, test: ast.expr) -> State:
    """Give the state after a condition was looked at, whichever way it went."""
    return values.state.test(tested_by(values, test))


def tested_by(values: Values, test: ast.expr) -> set[str]:
    """Give the data that a condition is about: more than whether there is any."""
    if isinstance(test, ast.BoolOp):
        return {key for operand in test.values for key in tested_by(values, operand)}
    if isinstance(test, ast.UnaryOp):
        return tested_by(values, test.operand)
    if isinstance(test, ast.NamedExpr | ast.Await):
        return tested_by(values, test.value)
    if isinstance(test, ast.Compare):
        return _compared(values, test)
    if isinstance(test, ast.Call) and name_of(values, test) in _OF_EACH:
        return _tested_each(values, test)
    return {label.key for label in values.labels(test) if label.form is Form.VERDICT}


def _tested_each(values: Values, call: ast.Call) -> set[str]:
    """Give the data whose every part is looked at: who tests each character has tested the text."""
    found = {label.key for label in values.labels(call) if label.form is Form.VERDICT}
    for argument in call.args:
        if isinstance(argument, ast.GeneratorExp | ast.ListComp):
            found |= {key for generator in argument.generators for key in values.keys(generator.iter)}
    return found


def _compared(values: Values, test: ast.Compare) -> set[str]:
    found: set[str] = set()
    left = test.left
    for operator, right in zip(test.ops, test.comparators, strict=True):
        if isinstance(operator, ast.In | ast.NotIn):
            found |= {label.key for label in values.labels(left)}
            # `"x" in request.query` asks for a key; `".." in name` is about the name.
            found |= {label.key for label in values.labels(right) if not label.inside
                      and (label.form in _TESTED_BY_IN or (label.form is Form.JSON and _is_no_key(left)))}  # fmt: skip
        elif isinstance(operator, ast.Is | ast.IsNot):
            # `name is None` asks whether there is any; `PATTERN.fullmatch(name) is None` is about the name.
            found |= {label.key for label in values.labels(left) if label.form is Form.VERDICT}
        elif not (_is_empty(left) or _is_empty(right)):
            found |= values.keys(left) | values.keys(right)
        left = right
    return found


def without_text(test: ast.expr, outcome: bool) -> set[str]:
    """Give the names that surely hold no text where a condition came out so: those that `if name:` found empty."""
    if isinstance(test, ast.UnaryOp):
        return without_text(test.operand, not outcome) if isinstance(test.op, ast.Not) else set()
    if isinstance(test, ast.BoolOp):
        decides_all = isinstance(test.op, ast.And) is outcome
        return (
            {name for part in test.values for name in without_text(part, outcome)} if decides_all else set()
        )
    if isinstance(test, ast.Compare):
        if len(test.ops) > 1 or not _is_empty(test.comparators[0]):
            return set()
        equal = (ast.Is, ast.Eq) if outcome else (ast.IsNot, ast.NotEq)
        return _names_of(test.left) if isinstance(test.ops[0], equal) else set()
    return set() if outcome else _names_of(test)


def _names_of(node: ast.expr) -> set[str]:
    if isinstance(node, ast.NamedExpr):
        return {node.target.id}
    return {node.id} if isinstance(node, ast.Name) else set()


def checked_by(values: Values, node: ast.expr) -> set[str]:
    """Give the data that a statement checks by calling something: what it doesn't like it refuses."""
    call = node.value if isinstance(node, ast.Await) else node
    if not isinstance(call, ast.Call):
        return set()
    found: set[str] = set()
    function = function_called(values.module, call)
    if function is not None:
        given = arguments(values, call, function)
        tested = values.summary(function).tested if given else ()
        return {label.key for name in tested for label in (given or {}).get(name, ())}
    if last_name(call) in UNCHECKED or last_name(call) in NEUTRAL_TESTS:
        return set()
    site = values.module.call_site(call)
    if site.callables or name_of(values, call) in SANITISERS:
        return set()
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        found |= {label.key for label in values.labels(argument)}
    return found


def refused_by(values: Values, statement: ast.AST) -> set[str]:
    """Give the data that a step would have refused by an exception, had it not been as expected."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            # Only what is a key of the table comes past `TABLE[name]`.
            found |= set() if values.labels(node.value) else values.keys(node.slice)
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "relative_to":
            found |= values.keys(node.func.value)
        elif last_name(node) in _LAST_OF_CONVERSIONS and name_of(values, node) in CONVERSIONS and node.args:
            found |= values.keys(node.args[0])
    return found


def known_by_parameters(function: Function, call: ast.Call, keys: Iterable[str]) -> set[str]:
    """Give data of a caller's as a function calls it: what hangs on the arguments hangs on its parameters there."""
    return {
        parameter.arg + key.removeprefix(argument.id)
        for parameter, argument in zip(function.positional, call.args, strict=False)
        if isinstance(argument, ast.Name)
        for key in keys
        if key.startswith((f"{argument.id}.", f"{argument.id}["))
    }


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _is_no_key(node: ast.expr) -> bool:
    """Tell whether a text is of signs alone, as what is looked for in a path, and no key of a mapping."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and not re.search(r"\w", node.value)
