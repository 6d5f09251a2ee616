"""The types of expressions, by evidence: constructors, signatures, annotations, assignments, and use."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.annotations import types_of_annotation, types_of_api
from aiohttp_lint.semantics.attributes import collect_attributes, member_attribute
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.protocols import (
    awaited,
    called,
    element,
    entered,
    subscripted,
)
from aiohttp_lint.semantics.scopes import Binding, BindingKind
from aiohttp_lint.semantics.types import (
    NONE,
    NOTHING,
    UNKNOWN,
    ApiFunction,
    ClassObject,
    External,
    FunctionObject,
    Instance,
    Member,
    Types,
    instance,
    union,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

HARMLESS_BASES = frozenset(
    {
        "builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol",
        "typing.NamedTuple", "typing.TypedDict", "enum.Enum", "builtins.Exception", "builtins.str", "builtins.dict",
        "builtins.list", "collections.abc.AsyncIterator", "collections.abc.AsyncIterable", "contextlib.AsyncExitStack",
        "contextlib.AbstractAsyncContextManager", "typing.AsyncContextManager", "builtins.BaseException",
    }
)  # fmt: skip
"""Bases outside aiohttp that add no attribute or method of interest."""

BROAD_EXCEPTIONS = frozenset({"builtins.Exception", "builtins.BaseException"})
SWALLOWING_CONTEXTS = frozenset({"contextlib.suppress", "pytest.raises", "pytest.warns"})

_TRANSPARENT_DECORATORS = frozenset(
    {
        "builtins.staticmethod", "builtins.classmethod", "abc.abstractmethod", "typing.override", "typing.final",
        "typing_extensions.override", "typing_extensions.final", "typing.no_type_check", "functools.wraps",
        "aiohttp.web.middleware", "asyncio.coroutine", "types.coroutine", "functools.lru_cache", "functools.cache",
    }
)  # fmt: skip
_ASYNC_CONTEXT_DECORATORS = frozenset({"contextlib.asynccontextmanager"})
_CONTEXT_DECORATORS = frozenset({"contextlib.contextmanager"})
_ROUTE_DECORATORS = frozenset(f"aiohttp.web.RouteTableDef.{verb}" for verb in (
    "get", "post", "put", "patch", "delete", "head", "options", "route", "view",
))  # fmt: skip
_PATH = "pathlib.Path"
_MAXIMUM_DEPTH = 60
_MAXIMUM_STEPS = 20_000
_LITERAL_DISPLAYS: dict[type[ast.AST], str] = {
    ast.List: "list",
    ast.Set: "set",
    ast.ListComp: "list",
    ast.SetComp: "set",
}


class Inference:
    """The memory of one file's inference."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._memo: dict[ast.AST, Types] = {}
        self._under_way: set[object] = set()
        self._cycles = 0
        self._steps = 0
        self._attributes: dict[Class, dict[str, list[Binding]]] = {}
        self._results: dict[Function, Types] = {}
        self._application_values: dict[str, list[ast.expr]] | None = None

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
        infer = _EXPRESSIONS.get(type(node))
        return infer(self, node) if infer is not None else UNKNOWN

    def _name(self, node: ast.Name) -> Types:
        bindings = self.module.reaching(node)
        if not bindings:
            name = self.module.qualified_name(node)
            return UNKNOWN if name is None else self.named(name)
        types = union(self.type_of_binding(binding) for binding in bindings)
        return self._narrow(node, types)

    def _attribute(self, node: ast.Attribute) -> Types:
        name = self.module.qualified_name(node)
        if name is not None:
            return self.named(name)
        receiver = self.type_of(node.value)
        types = union(member_attribute(self, member, node.attr) for member in receiver.values)
        return types | UNKNOWN if receiver.is_open else types

    def _call(self, node: ast.Call) -> Types:
        callee = self.type_of(node.func)
        special = called(self, node, callee)
        if special is not None:
            return special
        types = union(self._result(member) for member in callee.values)
        return types | UNKNOWN if callee.is_open else types

    def _await(self, node: ast.Await) -> Types:
        return awaited(self, self.type_of(node.value))

    def _subscript(self, node: ast.Subscript) -> Types:
        return subscripted(self, node)

    def _or(self, node: ast.BoolOp) -> Types:
        parts = [self.type_of(value) for value in node.values]
        if isinstance(node.op, ast.Or):
            parts = [part.without_none() for part in parts[:-1]] + parts[-1:]
        known = [part for part in parts if part != NOTHING]
        return union(known) if known else NOTHING

    def _conditional(self, node: ast.IfExp) -> Types:
        return self.type_of(node.body) | self.type_of(node.orelse)

    def _walrus(self, node: ast.NamedExpr) -> Types:
        return self.type_of(node.value)

    def _constant(self, node: ast.Constant) -> Types:
        return NONE if node.value is None else instance(f"builtins.{type(node.value).__name__}")

    def _string(self, node: ast.JoinedStr) -> Types:
        return instance("builtins.str")

    def _display(self, node: ast.List | ast.Set) -> Types:
        elements = union(self.type_of(item) for item in node.elts) if node.elts else NOTHING
        return instance(_LITERAL_DISPLAYS[type(node)], elements)

    def _tuple(self, node: ast.Tuple) -> Types:
        if any(isinstance(item, ast.Starred) for item in node.elts):
            return instance("tuple")
        return instance("tuple", *(self.type_of(item) for item in node.elts))

    def _comprehension(self, node: ast.ListComp | ast.SetComp) -> Types:
        return instance(_LITERAL_DISPLAYS[type(node)], self.type_of(node.elt))

    def _generator(self, node: ast.GeneratorExp) -> Types:
        return instance("iterable", self.type_of(node.elt))

    def _dict(self, node: ast.Dict) -> Types:
        keys = [key for key in node.keys if key is not None]
        if not keys or len(keys) != len(node.keys):
            return instance("dict")
        return instance("dict", union(map(self.type_of, keys)), union(map(self.type_of, node.values)))

    def _dict_comprehension(self, node: ast.DictComp) -> Types:
        return instance("dict", self.type_of(node.key), self.type_of(node.value))

    def _lambda(self, node: ast.Lambda) -> Types:
        return Types(frozenset({FunctionObject(Function(node, self.module.facts.scope_of[node]))}))

    def _operation(self, node: ast.BinOp) -> Types:
        left, right = self.type_of(node.left), self.type_of(node.right)
        numbers = ("builtins.int", "builtins.float")
        if left.is_only(*numbers) and right.is_only(*numbers):
            return left | right
        if isinstance(node.op, ast.Div) and left.is_only(_PATH):
            return left
        if isinstance(node.op, ast.Div) and left.is_only("builtins.str") and right.is_only(_PATH):
            return right
        if left.is_only("builtins.str") and isinstance(node.op, ast.Add | ast.Mod | ast.Mult):
            return left
        return UNKNOWN

    def _negation(self, node: ast.UnaryOp) -> Types:
        return instance("builtins.bool") if isinstance(node.op, ast.Not) else self.type_of(node.operand)

    def _comparison(self, node: ast.Compare) -> Types:
        return instance("builtins.bool")

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
            return self._bound(binding)
        finally:
            self._under_way.discard(binding)

    def _bound(self, binding: Binding) -> Types:
        kind = binding.kind
        if kind is BindingKind.IMPORT and binding.imported is not None:
            return self.named(self.module.canonical(binding.imported))
        if kind is BindingKind.PARAMETER:
            return self._parameter(binding)
        if kind is BindingKind.FUNCTION:
            return self._function_object(binding)
        if kind is BindingKind.CLASS:
            definition = self.module.class_of(self.module.facts.scope_of[binding.node])
            return Types(frozenset({ClassObject(definition.name, definition)}))
        if binding.annotation is not None:
            declared = self.annotated(binding.annotation)
            if not declared.is_open or binding.value is None:
                return declared
        if binding.value is None:
            return NOTHING if kind in (BindingKind.DELETION, BindingKind.DECLARATION) else UNKNOWN
        if kind is BindingKind.ASSIGNMENT:
            return self.type_of(binding.value)
        if kind is BindingKind.UNPACKING:
            return _unpacked(self.type_of(binding.value), binding.position)
        if kind is BindingKind.LOOP:
            item = element(self, self.type_of(binding.value), binding.is_async)
            return item if binding.position is None else _unpacked(item, binding.position)
        if kind is BindingKind.WITH and binding.position is None:
            return entered(self, self.type_of(binding.value), binding.is_async)
        if kind is BindingKind.EXCEPT:
            return self._caught(binding.value)
        return UNKNOWN

    def _caught(self, node: ast.expr) -> Types:
        kinds = node.elts if isinstance(node, ast.Tuple) else [node]
        return union(_instances(self.type_of(kind)) for kind in kinds)

    def _parameter(self, binding: Binding) -> Types:
        function = self.module.function_of(binding.scope)
        if binding.annotation is not None:
            declared = self.annotated(binding.annotation)
            return (
                declared | NONE
                if isinstance(binding.value, ast.Constant) and binding.value.value is None
                else declared
            )
        if function is None:
            return UNKNOWN
        receiver = self._receiver(function, binding.name)
        if receiver is not None:
            return receiver
        proven = self.module.roles.parameter_type(function, binding.name)
        return UNKNOWN if proven is None else proven

    def _receiver(self, function: Function, name: str) -> Types | None:
        scope = function.class_scope
        if scope is None or not function.positional or function.positional[0].arg != name:
            return None
        decorators = {self.module.qualified_name(decorator) for decorator in function.decorators}
        if "builtins.staticmethod" in decorators:
            return None
        definition = self.module.class_of(scope)
        if "builtins.classmethod" in decorators or function.name == "__new__":
            return Types(frozenset({ClassObject(definition.name, definition)}))
        return instance(definition.name, definition=definition)

    def _function_object(self, binding: Binding) -> Types:
        scope = self.module.facts.scope_of[binding.node]
        function = self.module.function_of(scope)
        if function is None:
            return UNKNOWN
        for decorator in function.decorators:
            if not self.is_transparent(decorator):
                return UNKNOWN
        return Types(frozenset({FunctionObject(function)}))

    def is_transparent(self, decorator: ast.expr) -> bool:
        """Tell whether a decorator is known to give back a function that behaves as the decorated one."""
        plain = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = self.module.qualified_name(plain)
        if name is None and isinstance(decorator, ast.Call):
            members = self.type_of(plain).values
            return bool(members) and all(
                isinstance(member, ApiFunction) and member.callable.name in _ROUTE_DECORATORS
                for member in members
            )
        return (
            name in _TRANSPARENT_DECORATORS
            or name in _ASYNC_CONTEXT_DECORATORS
            or name in _CONTEXT_DECORATORS
        )

    def annotated(self, annotation: ast.expr) -> Types:
        """Give the types that an annotation of this file declares."""
        return types_of_annotation(annotation, self._resolve_class)

    def _resolve_class(self, node: ast.expr) -> Types:
        if isinstance(node, ast.Name) and self.module.parent(node) is None:
            # A quoted annotation: its names are looked up from the top of the file.
            bindings = self.module.scope.lookup(node.id)
        elif isinstance(node, ast.Name):
            bindings = self.module.scope_at(node).lookup(node.id)
        else:
            name = self._dotted_name(node)
            return self._class_of_name(name) if name is not None else UNKNOWN
        if not bindings:
            return Types(frozenset({ClassObject(f"builtins.{node.id}")}))
        parts = [part for part in map(self._class_of_binding, bindings) if part is not None]
        return union(parts)

    def _dotted_name(self, node: ast.expr) -> str | None:
        if self.module.parent(node) is not None or not isinstance(node, ast.Attribute):
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
        if types.is_open or any(isinstance(member, External) for member in types.members):
            return Types(frozenset({ClassObject(name)}))
        return types

    def _class_of_binding(self, binding: Binding) -> Types | None:
        if binding.kind is BindingKind.IMPORT and binding.imported is not None:
            return self._class_of_name(self.module.canonical(binding.imported))
        if binding.kind is BindingKind.CLASS:
            definition = self.module.class_of(self.module.facts.scope_of[binding.node])
            return Types(frozenset({ClassObject(definition.name, definition)}))
        if binding.kind in (BindingKind.ASSIGNMENT, BindingKind.TYPE_ALIAS) and binding.value is not None:
            if isinstance(binding.value, ast.Constant) and binding.value.value is None:
                return None
            key = ("alias", binding)
            if key in self._under_way:
                return UNKNOWN
            self._under_way.add(key)
            try:
                aliased = self.annotated(binding.value)
            finally:
                self._under_way.discard(key)
            members = frozenset(
                ClassObject(member.name, member.definition, member.arguments)
                for member in aliased.members
                if isinstance(member, Instance)
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

    def _result(self, member: Member) -> Types:
        if isinstance(member, ClassObject):
            return Types(frozenset({Instance(member.name, member.arguments, member.definition)}))
        if isinstance(member, FunctionObject):
            return self.result_of(member.function)
        if isinstance(member, ApiFunction):
            result = types_of_api(member.callable.result)
            return instance("coroutine", result) if member.callable.is_async else result
        if isinstance(member, External):
            return instance(member.name)
        return UNKNOWN

    def result_of(self, function: Function) -> Types:
        """Give what a call of a function gives (a coroutine for an `async def`)."""
        if function.owner is not self.module:
            return function.owner.inference.result_of(function)
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
            result = self._result_of(function)
        finally:
            self._under_way.discard(key)
        if not self._under_way or self._cycles == cycles_before:
            self._results[function] = result
        return result

    def _result_of(self, function: Function) -> Types:
        names = {self.module.qualified_name(_undecorate(decorator)) for decorator in function.decorators}
        value = self._returned(function)
        if names & _ASYNC_CONTEXT_DECORATORS:
            return instance("async context", element(self, value, is_async=True))
        if names & _CONTEXT_DECORATORS:
            return instance("context", element(self, value, is_async=False))
        return instance("coroutine", value) if function.is_coroutine else value

    def _returned(self, function: Function) -> Types:
        node = function.node
        returns = None if isinstance(node, ast.Lambda) else node.returns
        if returns is not None:
            declared = self.annotated(returns)
            if not declared.is_open or function.is_stub:
                return declared
        if function.is_generator:
            yields = [
                item.value for item in function.scope.all_nodes(ast.Yield) if isinstance(item, ast.Yield)
            ]
            values = union(self.type_of(value) for value in yields if value is not None)
            return instance("async iterable" if function.is_async else "iterable", values)
        if isinstance(node, ast.Lambda):
            return self.type_of(node.body)
        found = [item.value for item in function.scope.all_nodes(ast.Return) if isinstance(item, ast.Return)]
        if not found:
            return NONE if not function.is_stub else UNKNOWN
        return union(NONE if value is None else self.type_of(value) for value in found)

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

    # Narrowing.

    def _narrow(self, node: ast.Name, types: Types) -> Types:
        if types.is_known and len(types.members) == 1:
            return types
        came_from: ast.AST = node
        for ancestor in self.module.ancestors(node):
            if isinstance(ancestor, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                break
            if isinstance(ancestor, ast.If | ast.While | ast.IfExp) and came_from is not ancestor.test:
                body = ancestor.body if isinstance(ancestor.body, list) else [ancestor.body]
                if any(came_from is part for part in body):
                    narrowed = self._by_isinstance(ancestor.test, node.id)
                    if narrowed is not None:
                        return narrowed
            elif isinstance(ancestor, ast.BoolOp) and isinstance(ancestor.op, ast.And):
                for value in ancestor.values:
                    if value is came_from:
                        break
                    narrowed = self._by_isinstance(value, node.id)
                    if narrowed is not None:
                        return narrowed
            came_from = ancestor
        return types

    def _by_isinstance(self, test: ast.expr, name: str) -> Types | None:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for value in test.values:
                narrowed = self._by_isinstance(value, name)
                if narrowed is not None:
                    return narrowed
            return None
        if not (
            isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance"
        ):
            return None
        if len(test.args) != 2 or not isinstance(test.args[0], ast.Name) or test.args[0].id != name:
            return None
        return self._caught(test.args[1])


def _undecorate(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


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


def _unpacked(types: Types, position: int | None) -> Types:
    parts: list[Types] = []
    for member in types.values:
        if not isinstance(member, Instance):
            return UNKNOWN
        if member.name == "tuple" and position is not None and position < len(member.arguments):
            parts.append(member.arguments[position])
        elif member.name == "list" and member.arguments:
            parts.append(member.arguments[0])
        else:
            return UNKNOWN
    return UNKNOWN if types.is_open else union(parts)


_EXPRESSIONS: dict[type[ast.expr], Callable[[Inference, Any], Types]] = {
    ast.Name: Inference._name,
    ast.Attribute: Inference._attribute,
    ast.Call: Inference._call,
    ast.Await: Inference._await,
    ast.Subscript: Inference._subscript,
    ast.BoolOp: Inference._or,
    ast.IfExp: Inference._conditional,
    ast.NamedExpr: Inference._walrus,
    ast.Constant: Inference._constant,
    ast.JoinedStr: Inference._string,
    ast.List: Inference._display,
    ast.Set: Inference._display,
    ast.Tuple: Inference._tuple,
    ast.ListComp: Inference._comprehension,
    ast.SetComp: Inference._comprehension,
    ast.GeneratorExp: Inference._generator,
    ast.Dict: Inference._dict,
    ast.DictComp: Inference._dict_comprehension,
    ast.Lambda: Inference._lambda,
    ast.BinOp: Inference._operation,
    ast.UnaryOp: Inference._negation,
    ast.Compare: Inference._comparison,
}
