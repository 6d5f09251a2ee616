"""The attributes of values: aiohttp's by its data, those of a class by its body and by what its methods assign."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.annotations import types_of_api
from aiohttp_lint.semantics.declared import declared_attribute
from aiohttp_lint.semantics.decorated import keeps_types
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.generics import solution_in, substituted
from aiohttp_lint.semantics.scopes import Binding, BindingKind, Scope, ScopeKind
from aiohttp_lint.semantics.types import (
    NOTHING,
    SELF,
    UNKNOWN,
    ApiFunction,
    ClassObject,
    External,
    FunctionObject,
    Instance,
    Member,
    Types,
    has_variables,
    instance,
    union,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.inference import Inference

_EXIT_STACKS = frozenset({"contextlib.AsyncExitStack", "contextlib.ExitStack"})
PROPERTIES = frozenset(
    {
        "builtins.property", "functools.cached_property", "propcache.cached_property", "propcache.api.cached_property",
        "propcache.under_cached_property", "abc.abstractproperty", "django.utils.functional.cached_property",
        "werkzeug.utils.cached_property", "cached_property.cached_property", "kombu.utils.cached_property",
        "aiohttp.helpers.reify",
    }
)  # fmt: skip
"""Decorators under which reading the attribute calls the method."""
_ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})


def member_attribute(inference: Inference, member: Member, name: str) -> Types:
    """Give what an attribute of one value is."""
    if isinstance(member, External):
        return inference.named(inference.module.canonical(f"{member.name}.{name}"))
    if isinstance(member, ClassObject):
        return _class_attribute(inference, member, name)
    if not isinstance(member, Instance):
        return UNKNOWN
    if name == "__class__":
        return Types(frozenset({ClassObject(member.name, member.definition, member.arguments)}))
    if member.definition is not None:
        return _own_attribute(inference, member, member.definition, name)
    return _api_attribute(inference, member, name)


def _class_attribute(inference: Inference, member: ClassObject, name: str) -> Types:
    if member.definition is not None:
        for ancestor in member.definition.lineage():
            bindings = ancestor.scope.bindings.get(name)
            if bindings and not _ENUMS.isdisjoint(ancestor.outside_bases):
                return UNKNOWN
            if bindings:
                types = union(inference.type_of_binding(binding) for binding in bindings)
                return _bound_to_class(member, types)
        return UNKNOWN
    known = aiohttp_api.find_class(member.name)
    if known is None:
        return inference.named(f"{member.name}.{name}")
    if name in known.members:
        return instance(member.name)
    method = known.method(name)
    return Types(frozenset({ApiFunction(method)})) if method is not None else UNKNOWN


def _bound_to_class(member: ClassObject, types: Types) -> Types:
    """Give what a class gives for attributes of its body: class methods have taken their first argument."""
    members = frozenset(
        FunctionObject(value.function, is_bound=True, receiver=member)
        if isinstance(value, FunctionObject) and _has_decorator(value.function, "builtins.classmethod")
        else value
        for value in types.members
    )
    return Types(members, types.is_open)


def _has_decorator(function: Function, name: str) -> bool:
    return any(function.owner.qualified_name(decorator) == name for decorator in function.decorators)


def _own_attribute(inference: Inference, member: Instance, definition: Class, name: str) -> Types:
    parts: list[Types] = []
    for ancestor in definition.lineage():
        stub = ancestor.owner.stub
        stubbed = None if stub is None else declared_attribute(stub, ancestor, name)
        if stubbed is not None:
            return stubbed
        for binding in inference.attribute_bindings(ancestor, name):
            if binding.annotation is not None:
                declared = ancestor.owner.inference.declared(binding.annotation)
                if has_variables(declared):
                    solution = solution_in(definition, member.arguments, ancestor)
                    declared = substituted(declared, {**solution, SELF: Types(frozenset({member}))})
                if not declared.is_open:
                    return declared
            parts.append(_value(ancestor.owner.inference, member, binding))
        if parts and any(
            binding.kind is BindingKind.FUNCTION for binding in inference.attribute_bindings(ancestor, name)
        ):
            break
    parts = [part for part in parts if part != NOTHING]
    if parts:
        return union(parts)
    for base in definition.outside_bases:
        known = aiohttp_api.find_class(base)
        if known is not None and (known.method(name) is not None or known.attribute_type(name) is not None):
            return _api_attribute(inference, Instance(base), name)
        types = inference.named(f"{base}.{name}") if known is None and "." in base else UNKNOWN
        if types.is_known and not any(isinstance(member, External) for member in types.members):
            return types
        if known is None and _is_called(inference, f"{base}.{name}"):
            return Types(frozenset({External(f"{base}.{name}")}))
        if base in _EXIT_STACKS:
            return Types(frozenset({External(f"{base}.{name}")}))
    return UNKNOWN


def _is_called(inference: Inference, name: str) -> bool:
    """Tell whether a name that an installed package defines is declared to give something of ours."""
    return "." in name and inference.declared_result(name) is not None


def _value(inference: Inference, receiver: Instance, binding: Binding) -> Types:
    """Give what an instance has for an attribute that one binding of its class gives."""
    if binding.kind is not BindingKind.FUNCTION:
        return inference.type_of_binding(binding)
    function = inference.module.function_of(inference.module.facts.scope_of[binding.node])
    if function is None:
        return UNKNOWN
    if any(_is_accessor(decorator, function.name) for decorator in function.decorators):
        return NOTHING
    names = [inference.module.qualified_name(decorator) for decorator in function.decorators]
    if not PROPERTIES.isdisjoint(names):
        plain = all(
            name in PROPERTIES or keeps_types(inference, decorator)
            for name, decorator in zip(names, function.decorators, strict=True)
        )
        return inference.result_on(receiver, function) if plain else UNKNOWN
    value = inference.decorated(function)
    is_static = "builtins.staticmethod" in names
    return Types(
        frozenset(
            FunctionObject(member.function, is_bound=not is_static, receiver=None if is_static else receiver)
            if isinstance(member, FunctionObject)
            else member
            for member in value.members
        ),
        value.is_open,
    )


def _is_accessor(decorator: ast.expr, name: str) -> bool:
    """Tell whether a decorator adds a setter or a deleter to the property of the same name."""
    return (
        isinstance(decorator, ast.Attribute)
        and decorator.attr in ("setter", "deleter")
        and isinstance(decorator.value, ast.Name)
        and decorator.value.id == name
    )


def _api_attribute(inference: Inference, receiver: Instance, name: str) -> Types:
    known = aiohttp_api.find_class(receiver.name)
    if known is None:
        # A name without a dot is that of a shape ("list"), and no package's.
        if "." in receiver.name:
            return inference.named(f"{receiver.name}.{name}")
        return Types(frozenset({External(f"{receiver.name}.{name}")}))
    method = known.method(name)
    if method is not None and method.kind != "property":
        return Types(frozenset({ApiFunction(method, receiver)}))
    return types_of_api(known.attribute_type(name))


def collect_attributes(definition: Class) -> dict[str, list[Binding]]:
    """Give what the methods of a class bind attributes of `self` to, by the attribute's name."""
    found: dict[str, list[Binding]] = {}
    for method in definition.methods():
        if not method.positional:
            continue
        own_name = method.positional[0].arg
        for scope in method.scope.descend():
            if scope.kind is ScopeKind.CLASS:
                continue
            for binding in _attribute_assignments(scope, own_name):
                found.setdefault(binding.name, []).append(binding)
    return found


def _attribute_assignments(scope: Scope, own_name: str) -> list[Binding]:
    """Give the bindings of `self.x` in one scope: assignments, annotations, `with … as self.x`, loops."""
    found: list[Binding] = []

    def add(
        target: ast.AST,
        kind: BindingKind,
        node: ast.AST,
        value: ast.expr | None,
        annotation: ast.expr | None = None,
        is_async: bool = False,
    ) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            values = (
                value.elts
                if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
                else None
            )
            for index, item in enumerate(target.elts):
                if values is not None:
                    add(item, kind, node, values[index])
                else:
                    add(item, BindingKind.UNPACKING, node, value)
            return
        if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
            return
        if target.value.id != own_name:
            return
        found.append(Binding(kind, target.attr, node, scope, value, annotation, target, is_async=is_async))

    for node in scope.all_nodes(
        ast.Assign, ast.AnnAssign, ast.AugAssign, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor
    ):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                add(target, BindingKind.ASSIGNMENT, node, node.value)
        elif isinstance(node, ast.AnnAssign):
            kind = BindingKind.DECLARATION if node.value is None else BindingKind.ASSIGNMENT
            add(node.target, kind, node, node.value, annotation=node.annotation)
        elif isinstance(node, ast.AugAssign):
            add(node.target, BindingKind.AUGMENTED, node, None)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    is_async = isinstance(node, ast.AsyncWith)
                    add(item.optional_vars, BindingKind.WITH, item, item.context_expr, is_async=is_async)
        elif isinstance(node, ast.For | ast.AsyncFor):
            add(node.target, BindingKind.LOOP, node, node.iter, is_async=isinstance(node, ast.AsyncFor))
    return found
