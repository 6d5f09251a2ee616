"""Functions by their names, whatever their decorators make of them, and what the project's own decorators do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module


def function_named(module: Module, node: ast.expr) -> Function | None:
    """Give the function of the project that a name surely means, decorated or not; for that no flow is followed.

    Args:
        module: The file.
        node: A name, a dotted name, or a method of `self`.
    """
    if isinstance(node, ast.Name):
        bindings = module.scope_at(node).lookup(node.id)
        if len(bindings) == 1 and bindings[0].kind is BindingKind.FUNCTION:
            return module.function_of(module.facts.scope_of[bindings[0].node])
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        function = module.function_at(node)
        if function is not None and function.class_scope is not None and function.positional:
            own_name = function.positional[0].arg
            if own_name == node.value.id and len(function.scope.bindings[own_name]) == 1:
                return module.class_of(function.class_scope).find_method(node.attr)
    name = module.qualified_name(node) if module.project is not None else None
    return None if name is None or module.project is None else module.project.function_named(name, module)


def returned_definition(function: Function) -> Function | None:
    """Give the nested function that is all that a function returns."""
    returns = [node for node in function.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
    if len(returns) != 1 or returns[0].value is None or not isinstance(returns[0].value, ast.Name):
        return None
    found = function_named(function.owner, returns[0].value)
    return found if found is not None and found.scope.parent is function.scope else None


def decorating(module: Module, decorator: ast.expr) -> Function | None:
    """Give the function of the project that is called with the decorated one: of `@limit(3)`, what `limit` returns."""
    plain = decorator.func if isinstance(decorator, ast.Call) else decorator
    definition = function_named(module, plain)
    if definition is not None and isinstance(decorator, ast.Call):
        return returned_definition(definition)
    return definition


def wrappers(function: Function) -> list[Function] | None:
    """Give the functions that run in place of a decorated one, each of which calls it with its own first argument.

    Returns:
        The wrappers, from the outside; None where a decorator may do anything else.
    """
    module = function.owner
    found: list[Function] = []
    for decorator in function.decorators:
        if module.inference.is_transparent(decorator):
            continue
        definition = decorating(module, decorator)
        wrapper = None if definition is None else returned_definition(definition)
        if definition is None or wrapper is None or not definition.positional:
            return None
        if not any(_passes_first_on(wrapper, call) for call in _calls_of(definition, wrapper)):
            return None
        found.append(wrapper)
    return found


def runs_by_wrappers(function: Function) -> Iterator[tuple[Function, ast.Call]]:
    """Give the wrappers that run in place of a decorated function, each with its calls of what it wraps.

    Nothing where a decorator may do anything else.
    """
    if not wrappers(function):
        return
    for decorator in function.decorators:
        definition = None
        if not function.owner.inference.is_transparent(decorator):
            definition = decorating(function.owner, decorator)
        wrapper = None if definition is None else returned_definition(definition)
        if definition is not None and wrapper is not None:
            yield from ((wrapper, call) for call in _calls_of(definition, wrapper))


def _calls_of(decorator: Function, wrapper: Function) -> Iterator[ast.Call]:
    """Give the calls by which a wrapper runs the function that its decorator was given."""
    given = decorator.positional[0].arg
    for node in walk_scope(*wrapper.body):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == given:
            if decorator.owner.scope_at(node).binding_scope(given) is decorator.scope:
                yield node


def _passes_first_on(wrapper: Function, call: ast.Call) -> bool:
    if not call.args:
        return False
    first = call.args[0]
    if isinstance(first, ast.Starred):
        rest = wrapper.node.args.vararg
        return (
            not wrapper.positional
            and rest is not None
            and isinstance(first.value, ast.Name)
            and first.value.id == rest.arg
        )
    return bool(wrapper.positional) and isinstance(first, ast.Name) and first.id == wrapper.positional[0].arg
