"""The functions that answer requests in place, whose own shape aiohttp meets: what it calls and what it gets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.decorators import returned_definition
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.failures import fails_on_purpose, warns_on_purpose
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.types import FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_OLD_COROUTINES = ("asyncio.coroutine", "types.coroutine")
VIEW = aiohttp_api.class_named("aiohttp.web.View").name


def handlers(module: Module) -> Iterator[Function]:
    """Give the functions of the file that are registered as they stand; methods of views too.

    Functions with a decorator that may do anything are left out, and so are wrappers that decorators make.
    """
    named: set[Function] = set()
    expected: set[Function] = set()
    for registration in module.registrations():
        node = registration.node
        is_expected = warns_on_purpose(module, node) or fails_on_purpose(module, node, "TypeError")
        (expected if is_expected else named).update(registration.functions)
    for function in module.functions():
        if function in expected or Role.HANDLER not in module.roles_of(function) or not is_plain(function):
            continue
        around = function.enclosing_function
        if function in named or around is None or returned_definition(around) != function:
            yield function


def is_plain(function: Function) -> bool:
    """Tell whether nothing stands around a function that may change how it is called, or what it gives."""
    around = None if function.class_scope is None else function.owner.class_of(function.class_scope)
    if around is not None and VIEW in around.outside_bases and not around.is_complete:
        return False
    return all(map(function.owner.inference.is_transparent, function.decorators))


def view_of(function: Function) -> Class | None:
    """Give the `web.View` whose method a function is."""
    around = None if function.class_scope is None else function.owner.class_of(function.class_scope)
    return around if around is not None and VIEW in around.outside_bases else None


class Misfit(Enum):
    """Why aiohttp can't call a handler with a request and nothing else."""

    TOO_FEW = auto()
    TOO_MANY = auto()
    KEYWORD_ONLY = auto()


@dataclass(frozen=True, slots=True)
class Uncallable:
    """A handler that can't be called with the request alone, the first parameter in the way, and where to say so."""

    misfit: Misfit
    function: Function
    parameter: str
    place: ast.AST
    registration: ast.AST


def uncallable_handlers(module: Module) -> Iterator[Uncallable]:
    """Give the registered functions that don't take the request, or need more than it."""
    seen: set[Function] = set()
    for registration in module.registrations():
        if fails_on_purpose(module, registration.node, "TypeError"):
            continue
        found = _registered(module, registration.handler, registration.functions)
        for function, is_bound in found:
            misfit = None if function in seen else _misfit(function, is_bound)
            seen.add(function)
            if misfit is not None:
                handler = registration.handler
                place = handler if function.owner is not module and handler is not None else function.node
                yield Uncallable(misfit[0], function, misfit[1], place, registration.node)


def _registered(
    module: Module, handler: ast.expr | None, functions: tuple[Function, ...]
) -> list[tuple[Function, bool]]:
    """Give the functions that a registration surely means as they stand, each with whether its first parameter is taken."""
    if handler is None:
        # By a decorator: of a method, what is registered isn't bound, and the project may do that later.
        return [(each, False) for each in functions if each.class_scope is None and is_plain(each)]
    types = module.type_of(handler)
    members = [member for member in types.values if isinstance(member, FunctionObject)]
    if types.is_open or len(members) != 1 or len(types.values) != 1 or not is_plain(members[0].function):
        return []
    (member,) = members
    is_method = member.function.class_scope is not None
    return [] if is_method and not member.is_bound else [(member.function, member.is_bound)]


def _misfit(function: Function, is_bound: bool) -> tuple[Misfit, str] | None:
    arguments = function.node.args
    positional = function.positional
    is_static = function.class_scope is not None and any(
        function.owner.qualified_name(decorator) == "builtins.staticmethod"
        for decorator in function.decorators
    )
    taken = positional[1:] if is_bound and not is_static else positional
    if not taken and arguments.vararg is None:
        return Misfit.TOO_FEW, ""
    required = taken[: len(taken) - len(arguments.defaults)] if len(arguments.defaults) < len(taken) else []
    if len(required) > 1:
        return Misfit.TOO_MANY, required[1].arg
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            return Misfit.KEYWORD_ONLY, parameter.arg
    return None


class Bareness(Enum):
    """Why a handler is no coroutine function."""

    SYNC = auto()
    RETURNS_COROUTINE = auto()
    """It gives back the coroutine of another one, which works on aiohttp 3."""
    GENERATOR = auto()
    CALLABLE = auto()
    """An object with `async def __call__`, which works on aiohttp 3."""


def bare_handlers(module: Module) -> Iterator[tuple[Bareness, Function]]:
    """Give the registered functions that are no coroutine functions."""
    for function in handlers(module):
        if view_of(function) is not None or _is_old_coroutine(function):
            continue
        if function.is_coroutine:
            if function.name == "__call__" and function.class_scope is not None:
                yield Bareness.CALLABLE, function
        elif function.is_generator:
            yield Bareness.GENERATOR, function
        else:
            yield (Bareness.RETURNS_COROUTINE if _gives_coroutine(function) else Bareness.SYNC), function


def _is_old_coroutine(function: Function) -> bool:
    return any(
        function.owner.qualified_name(decorator) in _OLD_COROUTINES for decorator in function.decorators
    )


def _gives_coroutine(function: Function) -> bool:
    """Tell whether what a plain function returns is, or may be, a coroutine."""
    returned = [node.value for node in _returns(function) if node.value is not None]
    members = [function.owner.type_of(value) for value in returned]
    return any(
        types.is_open
        or any(isinstance(member, Instance) and member.name == "coroutine" for member in types.members)
        for types in members
    )


def _returns(function: Function) -> list[ast.Return]:
    if isinstance(function.node, ast.Lambda):
        return [ast.Return(function.node.body)]
    return [node for node in function.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]


def returns_only(function: Function, *names: str) -> bool:
    """Tell whether every `return` of a function gives an instance of one of these classes, and it has some."""
    returned = _returns(function)
    return bool(returned) and all(
        node.value is not None
        and function.owner.is_instance(node.value, *names)
        and not function.owner.type_of(node.value).may_be_none
        for node in returned
    )


def sync_expect_handlers(module: Module) -> Iterator[ast.expr]:
    """Give the plain functions that are registered to answer `Expect: 100-continue`."""
    for registration in module.registrations():
        if not isinstance(registration.node, ast.Call) or fails_on_purpose(
            module, registration.node, "AssertionError"
        ):
            continue
        value = next(
            (each.value for each in registration.node.keywords if each.arg == "expect_handler"), None
        )
        members = module.type_of(value).values if value is not None else frozenset()
        if value is not None and members and not module.type_of(value).is_open:
            if all(isinstance(member, FunctionObject) and not member.function.is_async for member in members):
                yield value
