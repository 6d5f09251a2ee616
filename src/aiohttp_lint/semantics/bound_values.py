"""What a name gets from one binding: an import, a parameter, an assignment, a loop, a `with`, an `except`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import fixtures
from aiohttp_lint.semantics.declared import declared_parameter
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.protocols import element, entered, record_field
from aiohttp_lint.semantics.scopes import Binding, BindingKind
from aiohttp_lint.semantics.types import NONE, NOTHING, UNKNOWN, ClassObject, Instance, Types, instance, union

if TYPE_CHECKING:
    from aiohttp_lint.semantics.inference import Inference


def bound_value(inference: Inference, binding: Binding) -> Types:
    """Give what a binding of this file gives its name."""
    kind = binding.kind
    if kind is BindingKind.IMPORT and binding.imported is not None:
        return inference.named(inference.module.canonical(binding.imported))
    if kind is BindingKind.PARAMETER:
        return _parameter(inference, binding)
    if kind is BindingKind.CAPTURE:
        captured = inference.narrowing.captured(binding.node)
        return UNKNOWN if captured is None else captured
    if kind is BindingKind.FUNCTION:
        return _function_object(inference, binding)
    if kind is BindingKind.CLASS:
        definition = inference.module.class_of(inference.module.facts.scope_of[binding.node])
        return Types(frozenset({ClassObject(definition.name, definition)}))
    if binding.annotation is not None:
        declared = inference.annotated(binding.annotation)
        if not declared.is_open or binding.value is None:
            return declared
    if binding.value is None:
        return NOTHING if kind in (BindingKind.DELETION, BindingKind.DECLARATION) else UNKNOWN
    if kind is BindingKind.ASSIGNMENT:
        return inference.type_of(binding.value)
    if kind is BindingKind.UNPACKING:
        return _unpacked(inference, inference.type_of(binding.value), binding)
    if kind is BindingKind.LOOP:
        item = element(inference, inference.type_of(binding.value), binding.is_async)
        return item if binding.position is None else _unpacked(inference, item, binding)
    if kind is BindingKind.WITH and binding.position is None:
        return entered(inference, inference.type_of(binding.value), binding.is_async)
    if kind is BindingKind.EXCEPT:
        return _caught(inference, binding.value)
    return UNKNOWN


def _unpacked(inference: Inference, types: Types, binding: Binding) -> Types:
    position = binding.position
    parts: list[Types] = []
    for member in types.values:
        if not isinstance(member, Instance):
            return UNKNOWN
        field = None
        if member.definition is not None and position is not None:
            field = record_field(member.definition, ast.Constant(position))
        if field is not None:
            parts.append(field)
        elif member.name == "tuple" and position is not None and position < len(member.arguments):
            parts.append(member.arguments[position])
        elif member.name == "list" and member.arguments:
            parts.append(member.arguments[0])
        else:
            return UNKNOWN
    return UNKNOWN if types.is_open else union(parts)


def _caught(inference: Inference, node: ast.expr) -> Types:
    kinds = node.elts if isinstance(node, ast.Tuple) else [node]
    return union(map(inference.instances_of, kinds))


def _parameter(inference: Inference, binding: Binding) -> Types:
    module = inference.module
    function = module.function_of(binding.scope)
    if binding.annotation is not None:
        declared = inference.annotated(binding.annotation)
        return (
            declared | NONE
            if isinstance(binding.value, ast.Constant) and binding.value.value is None
            else declared
        )
    if function is None:
        return UNKNOWN
    receiver = _receiver(inference, function, binding.name)
    if receiver is not None:
        return receiver
    if module.stub is not None:
        stubbed = declared_parameter(module.stub, function, binding.name)
        if stubbed is not None:
            return stubbed
    proven = module.roles.parameter_type(function, binding.name)
    if proven is None and fixtures.takes_fixtures(module, function):
        proven = fixtures.value_given(module, function, binding.name)
    if proven is None and binding in module.sessions_by_use:
        given = instance("aiohttp.ClientSession")
        return given | NONE if binding.value is not None else given
    return UNKNOWN if proven is None else proven


def _receiver(inference: Inference, function: Function, name: str) -> Types | None:
    scope = function.class_scope
    if scope is None or not function.positional or function.positional[0].arg != name:
        return None
    decorators = {inference.module.qualified_name(decorator) for decorator in function.decorators}
    if "builtins.staticmethod" in decorators:
        return None
    definition = inference.module.class_of(scope)
    if "builtins.classmethod" in decorators or function.name == "__new__":
        return Types(frozenset({ClassObject(definition.name, definition)}))
    return instance(definition.name, definition=definition)


def _function_object(inference: Inference, binding: Binding) -> Types:
    function = inference.module.function_of(inference.module.facts.scope_of[binding.node])
    return UNKNOWN if function is None else inference.decorated(function)
