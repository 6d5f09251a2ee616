"""Questions about what may fail: whether the code around it waits for that, or goes on after it."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.swallowing import swallows
from aiohttp_lint.semantics.syntax import SCOPES, TRIES, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_EXPECTING = frozenset({"pytest.raises", "contextlib.suppress"})
_EXPECTING_METHODS = frozenset({"assertRaises", "assertRaisesRegex"})
_WARNING_CONTEXTS = frozenset({"pytest.warns", "pytest.deprecated_call", "warnings.catch_warnings"})
_PATCHING = ("unittest.mock.patch", "mock.patch")


def fails_on_purpose(module: Module, node: ast.AST, error: str) -> bool:
    """Tell whether the code around a node waits for its failure, or replaces aiohttp by a mock.

    Args:
        module: The file.
        node: What fails.
        error: The class of its error: a builtin, or a canonical dotted name. Broad handlers (`Exception`) wait for
            nothing in particular.
    """
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.With | ast.AsyncWith):
            if any(_waits_for(module, item.context_expr, error) for item in ancestor.items):
                return True
        elif isinstance(ancestor, TRIES):
            assert isinstance(ancestor, ast.Try)
            if came_from in ancestor.body and any(
                _names_error(module, handler.type, error) for handler in ancestor.handlers
            ):
                return True
        elif isinstance(ancestor, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if any(_patches_aiohttp(module, decorator) for decorator in ancestor.decorator_list):
                return True
        came_from = ancestor
    return False


def stands_for_failure(module: Module, node: ast.AST, *errors: str) -> bool:
    """Tell whether a node stands in an `except` clause for one of these builtin errors: the way when all else failed."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES):
            return False
        if isinstance(ancestor, ast.ExceptHandler):
            return any(_names_error(module, ancestor.type, error) for error in errors)
    return False


def fails_before(module: Module, node: ast.AST) -> bool:
    """Tell whether a node stands in an `except` clause for a name that nobody binds: `NameError` comes before it."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES):
            return False
        if isinstance(ancestor, ast.ExceptHandler) and ancestor.type is not None:
            names = [part for part in ast.walk(ancestor.type) if isinstance(part, ast.Name)]
            return not module.scope.star_imports and any(
                not module.scope_at(name).lookup(name.id) and not hasattr(builtins, name.id) for name in names
            )
    return False


def warns_on_purpose(module: Module, node: ast.AST) -> bool:
    """Tell whether the code around a node waits for a warning."""
    return any(
        isinstance(item.context_expr, ast.Call)
        and module.qualified_name(item.context_expr.func) in _WARNING_CONTEXTS
        for ancestor in module.ancestors(node)
        if isinstance(ancestor, ast.With | ast.AsyncWith)
        for item in ancestor.items
    )


def _waits_for(module: Module, entered: ast.expr, error: str) -> bool:
    if not isinstance(entered, ast.Call):
        return False
    if _patches_aiohttp(module, entered):
        return True
    method = entered.func.attr if isinstance(entered.func, ast.Attribute) else ""
    if module.qualified_name(entered.func) not in _EXPECTING and method not in _EXPECTING_METHODS:
        return False
    return any(
        _names_error(module, argument, error) or module.qualified_name(argument) == "builtins.Exception"
        for argument in entered.args
    )


def _names_error(module: Module, node: ast.expr | None, error: str) -> bool:
    kinds = node.elts if isinstance(node, ast.Tuple) else [node]
    name = error if "." in error else f"builtins.{error}"
    return any(kind is not None and module.qualified_name(kind) == name for kind in kinds)


def _patches_aiohttp(module: Module, node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or not (module.qualified_name(node.func) or "").startswith(_PATCHING):
        return False
    return any(
        "aiohttp" in argument.value or "ClientSession" in argument.value
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def _catches(module: Module, handler: ast.ExceptHandler, errors: frozenset[str]) -> bool:
    """Tell whether an `except` clause may catch one of these errors; an unknown type may."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = [module.qualified_name(kind) for kind in kinds]
    return any(name is None or name in errors for name in names)


def goes_on_after(
    module: Module, node: ast.AST, errors: frozenset[str], *, within: ast.AST | None = None
) -> bool:
    """Tell whether the function goes on when the node raises one of these errors.

    An `except` clause, `suppress` and the like, and a `finally` that jumps away count, around the node and
    (where given) within a statement around it.
    """
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES) or ancestor is within:
            return False
        body = getattr(ancestor, "body", None)
        in_body = isinstance(body, list) and any(came_from is statement for statement in body)
        if in_body and isinstance(ancestor, TRIES):
            handlers: list[ast.ExceptHandler] = getattr(ancestor, "handlers", [])
            finalbody: list[ast.stmt] = getattr(ancestor, "finalbody", [])
            if any(_catches(module, handler, errors) for handler in handlers):
                return True
            if any(
                isinstance(inner, ast.Return | ast.Break | ast.Continue) for inner in walk_scope(*finalbody)
            ):
                return True
        if in_body and isinstance(ancestor, ast.With | ast.AsyncWith):
            if any(swallows(module, item) for item in ancestor.items):
                return True
        came_from = ancestor
    return False


def catchers_of(module: Module, node: ast.expr) -> frozenset[str]:
    """Give the names of the classes that catch the exceptions that an expression can be."""
    names = {"builtins.Exception", "builtins.BaseException"}
    for member in module.type_of(node).values:
        known = aiohttp_api.find_class(getattr(member, "name", ""))
        names.update(known.mro if known is not None else ())
    return frozenset(names)


def callers_go_on_after(module: Module, function: Function, errors: frozenset[str]) -> bool:
    """Tell whether a call in the file that may be of the function goes on when it raises one of these errors."""
    return any(goes_on_after(module, node, errors) for node, _ in module.facts.calls.get(function.name, ()))
