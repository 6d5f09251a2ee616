"""The types of expressions, by evidence: constructors, signatures, annotations, assignments, and use."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.annotations import types_of_annotation, types_of_api
from aiohttp_lint.semantics.attributes import collect_attributes
from aiohttp_lint.semantics.bound_values import bound_value
from aiohttp_lint.semantics.declared import declared_result
from aiohttp_lint.semantics.decorated import decorated, is_transparent
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.expressions import EXPRESSIONS
from aiohttp_lint.semantics.generics import solution_of_receiver, substituted
from aiohttp_lint.semantics.narrowing import Narrowing
from aiohttp_lint.semantics.protocols import awaited, element
from aiohttp_lint.semantics.returned_values import as_called, returned, returns_receiver
from aiohttp_lint.semantics.scopes import Binding, BindingKind
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
    Variable,
    has_variables,
    instance,
    union,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_MAXIMUM_DEPTH = 60
_MAXIMUM_STEPS = 20_000


class Inference:
    """The memory of one file's inference."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._memo: dict[ast.AST, Types] = {}
        self._annotated: dict[ast.expr, Types] = {}
        self._aliases = 0
        self._under_way: set[object] = set()
        self._cycles = 0
        self._steps = 0
        self._attributes: dict[Class, dict[str, list[Binding]]] = {}
        self._results: dict[Function, Types] = {}
        self._generic_results: dict[Function, Types | None] = {}
        self._application_values: dict[str, list[ast.expr]] | None = None
        self.narrowing = Narrowing(self)

    def forget(self) -> None:
        """Drop what was inferred, because roles proved more about parameters."""
        self._memo.clear()
        self._results.clear()

    # Expressions.

    def type_of(self, node: ast.expr) -> Types:
        """Give what is known of an expression's value."""
        known = self._memo.get(node)
        if known is not None:
            return known
        if node in self._under_way:
            self._cycles += 1
            return NOTHING
        if len(self._under_way) > _MAXIMUM_DEPTH or self._steps > _MAXIMUM_STEPS:
            return UNKNOWN
        cycles_before = self._cycles
        self._steps += 1
        self._under_way.add(node)
        try:
            types = self._infer(node)
        finally:
            self._under_way.discard(node)
        # What was cut short by a cycle holds only for the question that started it.
        if not self._under_way:
            self._steps = 0
        if not self._under_way or self._cycles == cycles_before:
            self._memo[node] = types
        return types

    def _infer(self, node: ast.expr) -> Types:
        infer = EXPRESSIONS.get(type(node))
        return infer(self, node) if infer is not None else UNKNOWN

    # Bindings.

    def named(self, name: str) -> Types:
        """Give the value that a canonical dotted name stands for."""
        known = aiohttp_api.find_class(name)
        if known is not None:
            return Types(frozenset({ClassObject(name)}))
        function = aiohttp_api.find_callable(name)
        if function is not None:
            return Types(frozenset({ApiFunction(function)}))
        owner, _, member = name.rpartition(".")
        holder = aiohttp_api.find_class(owner) if owner else None
        if holder is not None and member in holder.members:
            return instance(owner)
        project = self.module.project
        defined = project.types_of(name, self.module) if project is not None else None
        return Types(frozenset({External(name)})) if defined is None else defined

    def type_of_binding(self, binding: Binding) -> Types:
        """Give what a name gets from one binding."""
        owner = binding.scope.owner
        if owner is not self.module:
            return owner.inference.type_of_binding(binding)
        if binding in self._under_way:
            self._cycles += 1
            return NOTHING
        self._under_way.add(binding)
        try:
            return bound_value(self, binding)
        finally:
            self._under_way.discard(binding)

    def instances_of(self, node: ast.expr) -> Types:
        """Give the objects of the class that an expression is."""
        return _instances(self.type_of(node))

    def decorated(self, function: Function) -> Types:
        """Give what the name of a function of this file is bound to after its decorators."""
        value = Types(frozenset({FunctionObject(function)}))
        if not function.decorators:
            return value
        key = ("decorated", function)
        if key in self._under_way:
            self._cycles += 1
            return NOTHING
        self._under_way.add(key)
        try:
            return decorated(self, function, value)
        finally:
            self._under_way.discard(key)

    def is_transparent(self, decorator: ast.expr) -> bool:
        """Tell whether a decorator of this file gives back a function that behaves as the decorated one."""
        return is_transparent(self, decorator)

    def annotated(self, annotation: ast.expr) -> Types:
        """Give the types that an annotation of this file declares; type variables become what they are bound to."""
        known = self._annotated.get(annotation)
        if known is not None:
            return known
        cycles_before = self._cycles
        types = substituted(self.declared(annotation), {})
        # What is asked on the way to itself is cut short.
        if not self._aliases and self._cycles == cycles_before:
            self._annotated[annotation] = types
        return types

    def declared(self, annotation: ast.expr) -> Types:
        """Give the types that an annotation of this file declares, with its type variables."""
        return types_of_annotation(annotation, self._resolve_class)

    def type_parameter(self, node: ast.AST) -> Variable | None:
        """Give the variable that `[T: Bound]` after a definition's name declares."""
        bound = getattr(node, "bound", None)
        name = getattr(node, "name", None)
        return None if name is None else Variable(name, UNKNOWN if bound is None else self.annotated(bound))

    def _type_parameter_around(self, node: ast.Name) -> Variable | None:
        for ancestor in self.module.ancestors(node):
            for parameter in getattr(ancestor, "type_params", ()):
                if parameter.name == node.id:
                    return self.type_parameter(parameter)
        return None

    def _resolve_class(self, node: ast.expr) -> Types:
        if isinstance(node, ast.Name) and self._is_quoted(node):
            # A quoted annotation: its names are looked up from the top of the file.
            bindings = self.module.scope.lookup(node.id)
        elif isinstance(node, ast.Name):
            bindings = self.module.scope_at(node).lookup(node.id)
        else:
            name = self._dotted_name(node)
            return self._class_of_name(name) if name is not None else UNKNOWN
        if not bindings:
            name = self.module.qualified_name(node)
            if name is not None:
                return self._class_of_name(name)
            variable = self._type_parameter_around(node)
            return UNKNOWN if variable is None else Types(frozenset({variable}))
        parts = [part for part in map(self._class_of_binding, bindings) if part is not None]
        return union(parts)

    def _is_quoted(self, node: ast.expr) -> bool:
        """Tell whether a name stands in an annotation that is a string, and so in no tree of a file."""
        # What the walk met is in the tree; who holds it, only the parents tell, and they cost more.
        return not self.module.is_met(node) and self.module.parent(node) is None

    def _dotted_name(self, node: ast.expr) -> str | None:
        if not isinstance(node, ast.Attribute) or not self._is_quoted(node):
            return self.module.qualified_name(node)
        base = node.value
        if isinstance(base, ast.Name):
            bindings = self.module.scope.lookup(base.id)
            imported = bindings[0].imported if len(bindings) == 1 else None
        else:
            imported = self._dotted_name(base)
        if imported is None:
            return None
        return self.module.canonical(f"{imported}.{node.attr}")

    def _class_of_name(self, name: str) -> Types:
        """Give the class that a dotted name of an annotation means; classes out of sight go by their name."""
        types = self.named(name)
        if not types.is_open and all(isinstance(member, ClassObject | Variable) for member in types.members):
            return types
        project = self.module.project
        alias = None if project is None else project.alias(name, self.module)
        if alias is not None:
            return alias.scope.owner.inference._class_of_binding(alias) or UNKNOWN
        is_out_of_sight = types.is_open or any(isinstance(member, External) for member in types.members)
        return Types(frozenset({ClassObject(name)})) if is_out_of_sight else types

    def _class_of_binding(self, binding: Binding) -> Types | None:
        if binding.kind is BindingKind.IMPORT and binding.imported is not None:
            return self._class_of_name(self.module.canonical(binding.imported))
        if binding.kind is BindingKind.CLASS:
            definition = self.module.class_of(self.module.facts.scope_of[binding.node])
            return Types(frozenset({ClassObject(definition.name, definition)}))
        if binding.kind in (BindingKind.ASSIGNMENT, BindingKind.TYPE_ALIAS) and binding.value is not None:
            if isinstance(binding.value, ast.Constant) and binding.value.value is None:
                return None
            if isinstance(binding.value, ast.Call):
                # `TypeVar`, `NewType`
                return self.type_of(binding.value)
            key = ("alias", binding)
            if key in self._under_way:
                return UNKNOWN
            self._under_way.add(key)
            self._aliases += 1
            try:
                aliased = self.declared(binding.value)
            finally:
                self._under_way.discard(key)
                self._aliases -= 1
            members = frozenset(
                ClassObject(member.name, member.definition, member.arguments)
                if isinstance(member, Instance)
                else member
                for member in aliased.members
                if isinstance(member, Instance | Variable)
            )
            return Types(members, aliased.is_open or not members)
        return UNKNOWN

    # Attributes.

    def attribute_bindings(self, definition: Class, name: str) -> list[Binding]:
        """Give what the class body and `self.name = …` in its methods bind an attribute to."""
        if definition.owner is not self.module:
            return definition.owner.inference.attribute_bindings(definition, name)
        if definition not in self._attributes:
            self._attributes[definition] = collect_attributes(definition)
        return [*definition.scope.bindings.get(name, ()), *self._attributes[definition].get(name, ())]

    def attribute_names(self, definition: Class) -> list[str]:
        """Give the names that methods of the class assign on `self`."""
        if definition.owner is not self.module:
            return definition.owner.inference.attribute_names(definition)
        self.attribute_bindings(definition, "")
        return list(self._attributes[definition])

    # Results.

    def result(self, member: Member) -> Types:
        """Give what calling a value gives, whatever the arguments."""
        if isinstance(member, ClassObject):
            return Types(frozenset({Instance(member.name, member.arguments, member.definition)}))
        if isinstance(member, FunctionObject):
            return self.result_of(member.function)
        if isinstance(member, ApiFunction):
            result = types_of_api(member.callable.result)
            return instance("coroutine", result) if member.callable.is_async else result
        if isinstance(member, External):
            return self.declared_result(member.name) or instance(member.name)
        if isinstance(member, Instance):
            if member.definition is not None:
                method = member.definition.find_method("__call__")
                return UNKNOWN if method is None else self.result_on(member, method)
            if member.name == "callable" and member.arguments:
                return member.arguments[0]
            known = aiohttp_api.find_class(member.name)
            called_as = None if known is None else known.method("__call__")
            return UNKNOWN if called_as is None else self.result(ApiFunction(called_as, member))
        return UNKNOWN

    def result_on(self, receiver: Instance, method: Function) -> Types:
        """Give what calling a method on an object gives, whatever the arguments."""
        pattern = method.owner.inference.generic_result(method)
        if pattern is None:
            return self.result_of(method)
        return substituted(pattern, solution_of_receiver(receiver, method))

    def generic_result(self, function: Function) -> Types | None:
        """Give what a call of a function of this file gives, with type variables; None where it has none.

        A method that plainly returns `self`, or `cls(…)`, counts as declared with `Self`.
        """
        if function not in self._generic_results:
            self._generic_results[function] = None
            node = function.node
            declared = UNKNOWN
            if not isinstance(node, ast.Lambda) and node.returns is not None:
                declared = self.declared(node.returns)
            elif returns_receiver(function):
                declared = Types(frozenset({SELF}))
            if has_variables(declared):
                self._generic_results[function] = as_called(self, function, declared)
        return self._generic_results[function]

    def declared_result(self, name: str) -> Types | None:
        """Give what an installed package declares that a call of a dotted name gives, if that is our business."""
        project = self.module.project
        return None if project is None else project.declared_result(name, self.module)

    def result_of(self, function: Function) -> Types:
        """Give what a call of a function gives (a coroutine for an `async def`)."""
        if function.owner is not self.module:
            project = self.module.project
            assert project is not None, "functions of other files are seen through a project"
            return project.result_of(function)
        known = self._results.get(function)
        if known is not None:
            return known
        key = ("result", function)
        if key in self._under_way:
            self._cycles += 1
            return NOTHING
        cycles_before = self._cycles
        self._under_way.add(key)
        try:
            stub = self.module.stub
            stubbed = None if stub is None else declared_result(stub, function)
            result = as_called(self, function, returned(self, function)) if stubbed is None else stubbed
        finally:
            self._under_way.discard(key)
        if not self._under_way or self._cycles == cycles_before:
            self._results[function] = result
        return result

    def value_of_fixture(self, function: Function) -> Types:
        """Give what pytest hands on of a fixture: what it returns or yields, awaited where it is a coroutine."""
        if function.owner is not self.module:
            return function.owner.inference.value_of_fixture(function)
        result = self.result_of(function)
        if function.is_generator:
            return element(self, result, is_async=function.is_async)
        return awaited(self, result) if function.is_coroutine else result

    # Values.

    def constant(self, node: ast.expr) -> ast.Constant | None:
        """Give the literal that an expression surely is: itself, or the only value of a name."""
        for _ in range(10):
            if isinstance(node, ast.Constant):
                return node
            if not isinstance(node, ast.Name):
                return None
            bindings = self.module.scope_at(node).lookup(node.id)
            if (
                len(bindings) != 1
                or bindings[0].kind is not BindingKind.ASSIGNMENT
                or bindings[0].value is None
            ):
                return None
            node = bindings[0].value
        return None

    def application_values(self, key: str) -> list[ast.expr]:
        """Give the values that this file stores in an application under a string key."""
        if self._application_values is None:
            self._application_values = {}
            for scope in self.module.scope.descend():
                for statement in scope.nodes.get(ast.Assign, ()):
                    assert isinstance(statement, ast.Assign)
                    for target in statement.targets:
                        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                            if isinstance(target.slice.value, str) and self.type_of(target.value).is_only(
                                "aiohttp.web.Application"
                            ):
                                self._application_values.setdefault(target.slice.value, []).append(
                                    statement.value
                                )
        return self._application_values.get(key, [])


def _instances(types: Types) -> Types:
    members: set[Member] = set()
    for member in types.members:
        if isinstance(member, ClassObject):
            members.add(Instance(member.name, member.arguments, member.definition))
        elif isinstance(member, External):
            members.add(Instance(member.name))
        else:
            return UNKNOWN
    return Types(frozenset(members), types.is_open)
