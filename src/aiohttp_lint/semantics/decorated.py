"""What a decorated name is: functions seen through decorators that are known, or declared, to keep them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.generics import Solution, solve, substituted
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import (
    UNKNOWN,
    ApiFunction,
    FunctionObject,
    Instance,
    Types,
    Variable,
    has_variables,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.inference import Inference

ASYNC_CONTEXT_DECORATORS = frozenset({"contextlib.asynccontextmanager"})
CONTEXT_DECORATORS = frozenset({"contextlib.contextmanager"})
_TRANSPARENT = frozenset(
    {
        "builtins.staticmethod", "builtins.classmethod", "abc.abstractmethod", "typing.override", "typing.final",
        "typing_extensions.override", "typing_extensions.final", "typing.no_type_check", "functools.wraps",
        "aiohttp.web.middleware", "asyncio.coroutine", "types.coroutine", "functools.lru_cache", "functools.cache",
        "warnings.deprecated", "typing_extensions.deprecated", *ASYNC_CONTEXT_DECORATORS, *CONTEXT_DECORATORS,
    }
)  # fmt: skip
_KEEPING = frozenset(
    {
        "tenacity.retry", "backoff.on_exception", "backoff.on_predicate", "stamina.retry", "retry.retry",
        "retrying.retry", "async_lru.alru_cache", "cachetools.cached", "aiocache.cached", "ratelimit.limits",
        "ratelimit.sleep_and_retry",
    }
)  # fmt: skip
"""Decorators that call the function as often as they like, and give what it gives."""

_ROUTES = frozenset(f"aiohttp.web.RouteTableDef.{verb}" for verb in (
    "get", "post", "put", "patch", "delete", "head", "options", "route", "view",
))  # fmt: skip
_WRAPS = "functools.wraps"


def is_transparent(inference: Inference, decorator: ast.expr) -> bool:
    """Tell whether a decorator is known to give back a function that behaves as the decorated one."""
    plain = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = inference.module.qualified_name(plain)
    if name is None and isinstance(decorator, ast.Call):
        members = inference.type_of(plain).values
        if members and all(
            isinstance(member, ApiFunction) and member.callable.name in _ROUTES for member in members
        ):
            return True
    if name in _TRANSPARENT:
        return True
    declared = inference.module.options.own_names.transparent_decorators
    return bool(declared) and inference.module.dotted_name(plain) in declared


def keeps_types(inference: Inference, decorator: ast.expr) -> bool:
    """Tell whether a decorator gives back a function that takes and gives what the decorated one does.

    It is known by name, or it is a function of the project that declares so (`Callable[P, R]` to the same) or
    plainly does so (gives back what it got, or a wrapper that returns what the function returns for its own
    `*args` and `**kwargs`). What else such a wrapper runs, or catches, is not asked.
    """
    plain = decorator.func if isinstance(decorator, ast.Call) else decorator
    if is_transparent(inference, decorator) or inference.module.qualified_name(plain) in _KEEPING:
        return True
    signature = _signature(inference, decorator)
    if signature is not None and signature[0] == signature[1] and _names_parameters(signature[0]):
        return True
    return any(map(_keeps_function, _applied(inference, decorator)))


def decorated(inference: Inference, function: Function, value: Types) -> Types:
    """Give what a function's name is bound to after its decorators, innermost first."""
    for decorator in reversed(function.decorators):
        if keeps_types(inference, decorator):
            continue
        signature = _signature(inference, decorator)
        if signature is None:
            return UNKNOWN
        given, result = signature
        solution: Solution = {}
        solve(inference, given, value, solution)
        value = substituted(result, solution)
        if value.is_open or not all(
            isinstance(member, Instance) and member.name == "callable" and member.arguments
            for member in value.members
        ):
            return UNKNOWN
    return value


def _applied(inference: Inference, decorator: ast.expr) -> list[Function]:
    """Give the project's function that gets the decorated one, if that is surely one."""
    types = inference.type_of(decorator)
    (member,) = types.members if len(types.members) == 1 and not types.is_open else (None,)
    return [member.function] if isinstance(member, FunctionObject) and not member.is_bound else []


def _signature(inference: Inference, decorator: ast.expr) -> tuple[Types, Types] | None:
    """Give what a project's decorator declares to take and to give, with their type variables."""
    for function in _applied(inference, decorator):
        node = function.node
        if isinstance(node, ast.Lambda) or node.returns is None or not function.positional:
            continue
        annotation = function.positional[0].annotation
        if annotation is not None and not function.is_coroutine:
            owner = function.owner.inference
            return _if_generic(owner.declared(annotation), owner.declared(node.returns))
    if isinstance(decorator, ast.Call):
        for maker in _applied(inference, decorator.func):
            result = maker.owner.inference.generic_result(maker)
            (member,) = result.members if result is not None and len(result.members) == 1 else (None,)
            if isinstance(member, Instance) and member.name == "callable" and len(member.arguments) == 2:
                return _if_generic(member.arguments[1], member.arguments[0])
    return None


def _if_generic(given: Types, result: Types) -> tuple[Types, Types] | None:
    return (given, result) if has_variables(given) and has_variables(result) else None


def _names_parameters(types: Types) -> bool:
    """Tell whether the types are a variable for the whole function, or a callable with a `ParamSpec`."""
    return all(
        isinstance(member, Variable)
        or (
            isinstance(member, Instance) and len(member.arguments) == 2 and has_variables(member.arguments[1])
        )
        for member in types.members
    )


def _keeps_function(decorator: Function) -> bool:
    """Tell whether a decorator's body gives back the function it gets, or a plain wrapper of it."""
    if not decorator.positional or decorator.is_async or decorator.is_generator:
        return False
    given = decorator.positional[0].arg
    if len(decorator.scope.bindings.get(given, ())) != 1:
        return False
    wrappers = {
        child.node.name: Function(child.node, child)
        for child in decorator.scope.children
        if isinstance(child.node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    returns = [node for node in decorator.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
    for statement in returns:
        value = statement.value
        if not isinstance(value, ast.Name):
            return False
        if value.id == given:
            continue
        wrapper = wrappers.get(value.id)
        if wrapper is None or len(decorator.scope.bindings.get(value.id, ())) != 1:
            return False
        if not _passes_through(wrapper, given):
            return False
    return bool(returns)


def _passes_through(wrapper: Function, given: str) -> bool:
    """Tell whether a wrapper takes any arguments, and returns what the function gives for just these."""
    arguments = wrapper.node.args
    if arguments.vararg is None or arguments.kwarg is None or arguments.kwonlyargs or wrapper.is_generator:
        return False
    positional = [*(parameter.arg for parameter in wrapper.positional), f"*{arguments.vararg.arg}"]
    keywords = [(None, arguments.kwarg.arg)]
    module = wrapper.owner
    if any(
        module.qualified_name(node.func if isinstance(node, ast.Call) else node) != _WRAPS
        for node in wrapper.decorators
    ):
        return False

    def is_original(value: ast.expr | None) -> bool:
        if isinstance(value, ast.Name):
            bindings = wrapper.scope.bindings.get(value.id, [])
            return (
                len(bindings) == 1
                and bindings[0].kind is BindingKind.ASSIGNMENT
                and not isinstance(bindings[0].value, ast.Name)
                and is_original(bindings[0].value)
            )
        if wrapper.is_async:
            value = value.value if isinstance(value, ast.Await) else None
        return (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and value.func.id == given
            and [_passed(argument) for argument in value.args] == positional
            and [(keyword.arg, _passed(keyword.value)) for keyword in value.keywords] == keywords
        )

    returns = [node for node in wrapper.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
    return bool(returns) and all(is_original(node.value) for node in returns)


def _passed(argument: ast.expr) -> str | None:
    if isinstance(argument, ast.Starred):
        inner = _passed(argument.value)
        return None if inner is None else f"*{inner}"
    return argument.id if isinstance(argument, ast.Name) else None
