"""What annotations alone say: of a name in an installed package, and in a stub of what the project's code does."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.scopes import Binding, BindingKind, Scope, ScopeKind
from aiohttp_lint.semantics.types import UNKNOWN, Instance, Member, Types, instance, union

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_PROPERTIES = frozenset({"builtins.property", "functools.cached_property", "propcache.cached_property"})
_OVERLOADS = frozenset({"typing.overload", "typing_extensions.overload"})
_SELF = frozenset({"typing.Self", "typing_extensions.Self"})
# Known to give back what they take, also where their own module can't be parsed.
_KEEPING = frozenset({"homeassistant.core.callback", "homeassistant.loader.bind_hass"})
_TYPE_VARIABLES = frozenset(
    f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("TypeVar", "ParamSpec")
)
_MAXIMUM_HOPS = 20


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Not defined here: the dotted names, any of which may lead to it, as the module that was asked sees them."""

    names: tuple[str, ...]


def are_public(attributes: Sequence[str]) -> bool:
    """Tell whether a way into a module passes no private name."""
    return not any(name.startswith("_") and not name.endswith("__") for name in attributes)


def definition_of(module: Module, attributes: Sequence[str]) -> list[Binding] | Elsewhere:
    """Give what binds a name of a module, or an attribute of a class in it, nearest class first."""
    bindings = module.scope.bindings.get(attributes[0], [])
    if not bindings:
        star = module.starred_name(attributes[0])
        return Elsewhere((".".join([star, *attributes[1:]]),)) if star is not None else []
    for index, name in enumerate(attributes[1:], 1):
        if len(bindings) == 1 and bindings[0].imported is not None:
            break
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.CLASS:
            return []
        owner = bindings[0].scope.owner
        definition = owner.class_of(owner.facts.scope_of[bindings[0].node])
        found = _member(definition, name)
        if found is None:
            rest = attributes[index:]
            return Elsewhere(tuple(".".join([base, *rest]) for base in definition.outside_bases))
        bindings = found
    else:
        index = len(attributes)
    if len(bindings) == 1 and bindings[0].imported is not None:
        return Elsewhere((".".join([bindings[0].imported, *attributes[index:]]),))
    return bindings


def bindings_named(name: str, asker: Module) -> list[Binding]:
    """Give what binds a dotted name, followed through imports and base classes; nothing where it is out of sight."""
    project = asker.project
    assert project is not None, "a name leads to other files through a project"
    pending = [(name, asker)]
    seen: set[tuple[str, Module]] = set()
    while pending and len(seen) < _MAXIMUM_HOPS:
        name, asker = pending.pop(0)
        found = project.definition(name, asker) if (name, asker) not in seen else None
        seen.add((name, asker))
        if found is None:
            continue
        module, attributes = found
        definition = definition_of(module, attributes)
        if isinstance(definition, list):
            return definition
        pending.extend((following, module) for following in definition.names)
    return []


def _member(definition: Class, name: str) -> list[Binding] | None:
    for ancestor in definition.lineage():
        found = ancestor.owner.inference.attribute_bindings(ancestor, name)
        if found:
            return found
    return None


def value_of(bindings: Sequence[Binding]) -> Types | None:
    """Give the declared type of a variable, attribute or property; None where nothing closed is declared."""
    for binding in bindings:
        inference = binding.scope.owner.inference
        if binding.kind is BindingKind.FUNCTION:
            function = _function(binding)
            names = {function.owner.qualified_name(decorator) for decorator in function.decorators}
            return _result(function) if names & _PROPERTIES else None
        if binding.annotation is not None and binding.kind is not BindingKind.PARAMETER:
            declared = inference.annotated(binding.annotation)
            if not declared.is_open:
                return declared
    return None


def result_of(bindings: Sequence[Binding]) -> Types | None:
    """Give what a call of a function or method is declared to give, all overloads together."""
    parts: list[Types] = []
    functions = [_function(binding) for binding in bindings if binding.kind is BindingKind.FUNCTION]
    if len(functions) != len(bindings):
        return None
    overloads = [function for function in functions if _is_overload(function)]
    for function in overloads or functions[-1:]:
        result = _result(function)
        if result is None:
            return None
        parts.append(result)
    return union(parts) if parts else None


def _is_overload(function: Function) -> bool:
    return any(function.owner.qualified_name(decorator) in _OVERLOADS for decorator in function.decorators)


def _result(function: Function) -> Types | None:
    node = function.node
    inference = function.owner.inference
    if isinstance(node, ast.Lambda) or node.returns is None:
        return None
    for decorator in function.decorators:
        name = function.owner.qualified_name(decorator)
        if name in _OVERLOADS or name in _PROPERTIES:
            continue
        if not inference.is_transparent(decorator) and not _keeps_type(function.owner, decorator):
            return None
    if _is_self(function):
        scope = function.class_scope
        assert scope is not None, "only methods give their own class"
        definition = function.owner.class_of(scope)
        own = instance(definition.name, definition=definition)
        return instance("coroutine", own) if function.is_coroutine else own
    return None if inference.annotated(node.returns).is_open else inference.result_of(function)


def _is_self(function: Function) -> bool:
    returns = None if isinstance(function.node, ast.Lambda) else function.node.returns
    return (
        returns is not None
        and function.class_scope is not None
        and function.owner.qualified_name(returns) in _SELF
    )


def _function(binding: Binding) -> Function:
    owner = binding.scope.owner
    function = owner.function_of(owner.facts.scope_of[binding.node])
    assert function is not None, "a function binding binds a function"
    return function


def _keeps_type(module: Module, decorator: ast.expr) -> bool:
    """Tell whether a decorator is declared to give back the type that it takes: `T -> T`, or callables of it."""
    name = module.qualified_name(decorator)
    if name in _KEEPING:
        return True
    if isinstance(decorator, ast.Name) and module.scope.bindings.get(decorator.id):
        found = definition_of(module, [decorator.id])
        bindings = (
            bindings_named(found.names[0], module)
            if (isinstance(found, Elsewhere) and module.project is not None)
            else found
        )
    elif name is not None and module.project is not None:
        bindings = bindings_named(name, module)
    else:
        return False
    if not isinstance(bindings, list) or len(bindings) != 1 or bindings[0].kind is not BindingKind.FUNCTION:
        return False
    function = _function(bindings[0])
    node = function.node
    taken = function.positional[0].annotation if len(function.parameters) == 1 else None
    if isinstance(node, ast.Lambda) or taken is None or node.returns is None:
        return False
    return ast.dump(taken) == ast.dump(node.returns) and _stands_for_a_type(function, taken)


def _stands_for_a_type(function: Function, annotation: ast.expr) -> bool:
    """Tell whether an annotation is a type variable, or a callable with nothing but such in it."""
    if isinstance(annotation, ast.Name):
        if annotation.id in {getattr(item, "name", "") for item in getattr(function.node, "type_params", ())}:
            return True
        bindings = function.owner.scope.bindings.get(annotation.id, [])
        return any(
            isinstance(binding.value, ast.Call)
            and function.owner.qualified_name(binding.value.func) in _TYPE_VARIABLES
            for binding in bindings
        )
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        return all(_stands_for_a_type(function, item) for item in annotation.slice.elts)
    return False


# Stubs.


def declared_result(stub: Module, function: Function) -> Types | None:
    """Give what a stub says that a call of a function gives."""
    bindings = _counterpart(stub, function.scope)
    return None if bindings is None else result_of(bindings)


def declared_parameter(stub: Module, function: Function, name: str) -> Types | None:
    """Give what a stub says of a parameter, where one signature says it."""
    bindings = _counterpart(stub, function.scope)
    if bindings is None or len(bindings) != 1 or bindings[0].kind is not BindingKind.FUNCTION:
        return None
    for parameter in _function(bindings[0]).parameters:
        if parameter.arg == name and parameter.annotation is not None:
            declared = stub.inference.annotated(parameter.annotation)
            return None if declared.is_open else declared
    return None


def declared_attribute(stub: Module, definition: Class, name: str) -> Types | None:
    """Give what a stub says of an attribute of a class."""
    path = _path(definition.scope)
    bindings = _bound_at(stub, [*path, name]) if path is not None else None
    return None if bindings is None else value_of(bindings)


def _counterpart(stub: Module, scope: Scope) -> list[Binding] | None:
    path = _path(scope)
    return None if path is None else _bound_at(stub, path)


def _path(scope: Scope) -> list[str] | None:
    names: list[str] = []
    current: Scope | None = scope
    while current is not None and current.kind is not ScopeKind.MODULE:
        name = getattr(current.node, "name", None)
        if not isinstance(name, str) or (names and current.kind is not ScopeKind.CLASS):
            return None
        names.append(name)
        current = current.parent
    return names[::-1]


def _bound_at(stub: Module, path: Sequence[str]) -> list[Binding] | None:
    scope = stub.scope
    for name in path[:-1]:
        bindings = scope.bindings.get(name, [])
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.CLASS:
            return None
        scope = stub.facts.scope_of[bindings[0].node]
    return scope.bindings.get(path[-1])


# Across the border.


def seen_by(asker: Module, types: Types | None) -> Types | None:
    """Give declared types under names that hold everywhere; None where they have nothing to do with aiohttp."""
    seen = None if types is None else seen_from_outside(types)
    if seen is None or not any(_matters(value.name, asker) for value in instances_in(seen)):
        return None
    return seen


def _matters(name: str, asker: Module) -> bool:
    """Tell whether a dotted name is a class of aiohttp, or leads to a module that speaks of it."""
    if aiohttp_api.find_class(name) is not None:
        return True
    project = asker.project
    return project is not None and project.definition(name, asker, only_if_relevant=True) is not None


def seen_from_outside(types: Types) -> Types | None:
    """Give what a module declares with classes by their dotted names, as importers see them; None for what is open."""
    if types.is_open:
        return None
    members: set[Member] = set()
    for member in types.members:
        if not isinstance(member, Instance):
            return None
        name = member.name
        if member.definition is not None:
            if member.definition.scope.parent is not member.definition.owner.scope:
                return None
            name = f"{_installed_name(member.definition.owner)}.{name}"
        arguments = tuple(seen_from_outside(part) or UNKNOWN for part in member.arguments)
        members.add(Instance(name, arguments))
    return Types(frozenset(members))


def instances_in(types: Types) -> Iterator[Instance]:
    """Give the instances among types, those in their arguments as well."""
    for member in types.members:
        if isinstance(member, Instance):
            yield member
            for argument in member.arguments:
                yield from instances_in(argument)


def _installed_name(module: Module) -> str:
    """Give the name under which an installed module is imported, of a stub that of what it describes."""
    return ".".join(part.removesuffix("-stubs") for part in module.name.split("."))
