"""Responses and HTTP exceptions that more than one request is answered with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.classes import class_named
from aiohttp_lint.semantics.decorators import function_named
from aiohttp_lint.semantics.failures import catchers_of, goes_on_after
from aiohttp_lint.semantics.handlers import HTTP_EXCEPTION
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import Binding, BindingKind, ScopeKind
from aiohttp_lint.semantics.streaming import STREAM_RESPONSE

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_ANSWERING = frozenset({Role.HANDLER, Role.MIDDLEWARE})
_CACHES = frozenset({"functools.lru_cache", "functools.cache"})
_MAXIMUM_HOPS = 3


class Place(Enum):
    """Where the one instance lives."""

    MODULE = "at module level"
    CLASS = "in the class"
    CLOSURE = "in the function around"
    DEFAULT = "as a default"
    CACHE = "in a cache"


@dataclass(frozen=True, slots=True)
class Shared:
    """An instance that each request gets: where it is returned or raised, and where it is made, if that is in sight."""

    use: ast.expr
    place: Place
    is_exception: bool
    made: ast.expr | None = None
    binding: Binding | None = None


def shared_responses(module: Module, *, with_exceptions: bool) -> Iterator[Shared]:
    """Give the responses that handlers and middlewares share between requests, and the HTTP exceptions that are raised again.

    Args:
        module: The file.
        with_exceptions: Whether exceptions count: in aiohttp 4 they are no responses.
    """
    for function in module.functions():
        is_answering = bool(_ANSWERING & module.roles_of(function)) and not function.is_generator
        if is_answering:
            for value in _returned(function):
                given = None if value is None else _default(module, function, value) or value
                if value is not None and given is not None and _is_only(module, given, STREAM_RESPONSE):
                    is_exception = _is_only(module, given, HTTP_EXCEPTION)
                    found = _shared(module, function, value, is_exception, True)
                    if found is not None and (with_exceptions or not is_exception):
                        yield found
        if not with_exceptions:
            continue
        for node in function.scope.all_nodes(ast.Raise):
            assert isinstance(node, ast.Raise)
            if not isinstance(node.exc, ast.Name | ast.Attribute) or not _is_only(
                module, node.exc, HTTP_EXCEPTION
            ):
                continue
            raised = _shared(module, function, node.exc, True, is_answering)
            if raised is not None and not goes_on_after(module, node, catchers_of(module, node.exc)):
                yield raised


def _returned(function: Function) -> Iterator[ast.expr | None]:
    if isinstance(function.node, ast.Lambda):
        yield function.node.body
        return
    for node in function.scope.all_nodes(ast.Return):
        assert isinstance(node, ast.Return)
        values = [node.value]
        if isinstance(node.value, ast.IfExp):
            values = [node.value.body, node.value.orelse]
        yield from values


def _is_only(module: Module, value: ast.expr, name: str) -> bool:
    types = module.type_of(value)
    return types.is_only(name) and not types.may_be_none


def _shared(
    module: Module, function: Function, value: ast.expr, is_exception: bool, is_answering: bool, hops: int = 0
) -> Shared | None:
    if isinstance(value, ast.Call):
        return _cached(module, value, is_exception) if is_answering else None
    if isinstance(value, ast.Attribute):
        return _of_class(module, function, value, is_exception)
    if not isinstance(value, ast.Name):
        return None
    bindings = module.reaching(value)
    if len(bindings) != 1 or len(bindings[0].scope.bindings[value.id]) != 1:
        return None
    (binding,) = bindings
    if binding.kind is BindingKind.IMPORT:
        return Shared(value, Place.MODULE, is_exception)
    if binding.kind is BindingKind.PARAMETER and is_answering and binding.scope is function.scope:
        made = _default(module, function, value)
        return Shared(value, Place.DEFAULT, is_exception, made) if isinstance(made, ast.Call) else None
    if binding.kind is not BindingKind.ASSIGNMENT or binding.value is None:
        return None
    if binding.scope is function.scope:
        if isinstance(binding.value, ast.Call) or hops > _MAXIMUM_HOPS:
            return None
        return _shared(module, function, binding.value, is_exception, is_answering, hops + 1)
    if not isinstance(binding.value, ast.Call):
        return None
    if binding.scope.kind is ScopeKind.MODULE:
        return Shared(value, Place.MODULE, is_exception, binding.value, binding)
    around = module.function_of(binding.scope)
    # What is around a handler runs once for each application, unless it answers requests itself.
    if around is None or not is_answering or _ANSWERING & module.roles_of(around):
        return None
    return Shared(value, Place.CLOSURE, is_exception, binding.value)


def _of_class(module: Module, function: Function, value: ast.Attribute, is_exception: bool) -> Shared | None:
    """Give the attribute of the class that `self.x`, `cls.x` or `Class.x` surely means."""
    definition = class_named(module, value.value)
    if definition is None and function.class_scope is not None and function.positional:
        if isinstance(value.value, ast.Name) and value.value.id == function.positional[0].arg:
            definition = module.class_of(function.class_scope)
    if definition is None or definition.owner is not module:
        return None
    bindings = module.inference.attribute_bindings(definition, value.attr)
    if len(bindings) != 1 or bindings[0].scope is not definition.scope:
        return None
    made = bindings[0].value
    return Shared(value, Place.CLASS, is_exception, made) if isinstance(made, ast.Call) else None


def _cached(module: Module, call: ast.Call, is_exception: bool) -> Shared | None:
    """Give what a function with a cache makes once: with no argument, or with constants."""
    function = function_named(module, call.func)
    if function is None or function.is_async or len(function.decorators) != 1:
        return None
    (decorator,) = function.decorators
    plain = decorator.func if isinstance(decorator, ast.Call) else decorator
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if function.owner.qualified_name(plain) not in _CACHES:
        return None
    if not all(isinstance(argument, ast.Constant) for argument in given):
        return None
    return Shared(call, Place.CACHE, is_exception, decorator if function.owner is module else None)


def _default(module: Module, function: Function, value: ast.expr) -> ast.expr | None:
    """Give the default of the parameter that an expression surely is."""
    if not isinstance(value, ast.Name) or len(function.scope.bindings.get(value.id, ())) != 1:
        return None
    if module.scope_at(value).binding_scope(value.id) is not function.scope:
        return None
    arguments = function.node.args
    positional = function.positional
    with_default = zip(
        positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
    )
    for parameter, default in (*with_default, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)):
        if parameter.arg == value.id:
            return default
    return None


def is_only_answered_with(module: Module, shared: Shared) -> bool:
    """Tell whether an instance at module level is written with literals alone, and only returned and raised."""
    if (
        shared.binding is None
        or not isinstance(shared.made, ast.Call)
        or not isinstance(shared.use, ast.Name)
    ):
        return False
    given = [*shared.made.args, *(keyword.value for keyword in shared.made.keywords)]
    if any(isinstance(node, ast.Name | ast.Call) for argument in given for node in ast.walk(argument)):
        return False
    return all(
        module.use_of(use).kind in (UseKind.RETURNED, UseKind.RAISED)
        for use in module.uses(shared.binding.scope, shared.use.id)
    )
