"""What a call of a function gives, by its body: what it returns, what it yields, and what that is under its decorators."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.decorated import ASYNC_CONTEXT_DECORATORS, CONTEXT_DECORATORS
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.generics import substituted
from aiohttp_lint.semantics.protocols import element
from aiohttp_lint.semantics.types import NONE, SELF, UNKNOWN, Types, Variable, has_variables, instance, union

if TYPE_CHECKING:
    from aiohttp_lint.semantics.inference import Inference


def as_called(inference: Inference, function: Function, value: Types) -> Types:
    """Give what a call gives of a function whose body gives this value."""
    names = {inference.module.qualified_name(_undecorate(decorator)) for decorator in function.decorators}
    if names & ASYNC_CONTEXT_DECORATORS:
        return instance("async context", element(inference, value, is_async=True))
    if names & CONTEXT_DECORATORS:
        return instance("context", element(inference, value, is_async=False))
    return instance("coroutine", value) if function.is_coroutine else value


def returned(inference: Inference, function: Function) -> Types:
    """Give what the body of a function returns or yields: what is declared, or else what is inferred."""
    node = function.node
    returns = None if isinstance(node, ast.Lambda) else node.returns
    if returns is not None:
        declared = inference.declared(returns)
        if has_variables(declared):
            declared = substituted(declared, _own_class(inference, function))
        if not declared.is_open or function.is_stub:
            return declared
    if function.is_generator:
        yields = [item.value for item in function.scope.all_nodes(ast.Yield) if isinstance(item, ast.Yield)]
        values = union(
            [
                *(inference.type_of(value) for value in yields if value is not None),
                *(
                    element(inference, inference.type_of(item.value), is_async=False)
                    for item in function.scope.all_nodes(ast.YieldFrom)
                    if isinstance(item, ast.YieldFrom)
                ),
            ]
        )
        return instance("async iterable" if function.is_async else "iterable", values)
    if isinstance(node, ast.Lambda):
        return inference.type_of(node.body)
    found = [item.value for item in function.scope.all_nodes(ast.Return) if isinstance(item, ast.Return)]
    if not found:
        return NONE if not function.is_stub else UNKNOWN
    return union(NONE if value is None else inference.type_of(value) for value in found)


def _own_class(inference: Inference, function: Function) -> dict[Variable, Types]:
    """Give what `Self` means in a method, where nothing is known of the receiver."""
    if function.class_scope is None:
        return {}
    definition = inference.module.class_of(function.class_scope)
    return {SELF: instance(definition.name, definition=definition)}


def _undecorate(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def returns_receiver(function: Function) -> bool:
    """Tell whether all that a method returns is its `self`, or a new object of its `cls`."""
    if function.class_scope is None or not function.positional or function.is_generator:
        return False
    receiver = function.positional[0].arg
    if len(function.scope.bindings.get(receiver, ())) != 1:
        return False
    is_class = any(
        isinstance(decorator, ast.Name) and decorator.id == "classmethod" for decorator in function.decorators
    )
    returns = [node for node in function.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
    for statement in returns:
        value = statement.value
        if is_class:
            value = value.func if isinstance(value, ast.Call) else None
        if not (isinstance(value, ast.Name) and value.id == receiver):
            return False
    return bool(returns)
