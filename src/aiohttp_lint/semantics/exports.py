"""What a module of the project has under a name, for the files that import it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import declared
from aiohttp_lint.semantics.attributes import member_attribute
from aiohttp_lint.semantics.scopes import BindingKind, Scope
from aiohttp_lint.semantics.types import Types, union

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding


def value_of(module: Module, attributes: Sequence[str]) -> Types | None:
    """Give what a name of a module of the project, or an attribute below it, means to another file; None for no such name."""
    name = attributes[0]
    bindings = module.scope.bindings.get(name)
    types: Types | None = None
    if module.stub is not None:
        types = declared.value_of(module.stub.scope.bindings.get(name, ()))
        bindings = bindings or module.stub.scope.bindings.get(name)
    if types is None and bindings:
        types = union(module.inference.type_of_binding(binding) for binding in bindings)
    if types is None:
        star = module.starred_name(name)
        types = None if star is None else module.inference.named(star)
    if types is None:
        return None
    for attribute in attributes[1:]:
        types = union(member_attribute(module.inference, member, attribute) for member in types.values)
    return types


def function_in(module: Module, attributes: Sequence[str]) -> Function | None:
    """Give the function or method that a name of a module surely means, decorated or not."""
    scope: Scope = module.scope
    for attribute in attributes:
        bindings = scope.bindings.get(attribute, ())
        if len(bindings) != 1 or bindings[0].kind not in (BindingKind.CLASS, BindingKind.FUNCTION):
            return None
        scope = module.facts.scope_of[bindings[0].node]
    return module.function_of(scope) if len(attributes) < 3 else None


def alias_in(module: Module, name: str) -> Binding | None:
    """Give the one binding by which a module gives a name to a type expression; None where it does not."""
    bindings = module.scope.bindings.get(name, [])
    if len(bindings) != 1 or bindings[0].kind not in (BindingKind.ASSIGNMENT, BindingKind.TYPE_ALIAS):
        return None
    value = bindings[0].value
    is_quoted = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return bindings[0] if is_quoted or isinstance(value, ast.Subscript | ast.BinOp) else None


def is_made_when_asked(module: Module, name: str) -> bool:
    """Tell whether nothing in a module can give a name but its `__getattr__`."""
    bound = module.scope.bindings
    return "__getattr__" in bound and name not in bound
