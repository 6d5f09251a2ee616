"""Questions about the fixtures that make test clients and servers: `aiohttp_client`, `aiohttp_server`, `aiohttp_raw_server`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, fixtures
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.requirement_files import is_held_below, is_required, requirement_texts
from aiohttp_lint.semantics.types import ApiFunction, FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_CLIENT, _SERVER, _RAW_SERVER = (
    aiohttp_api.callable_named(f"aiohttp.pytest_plugin.{factory}.__call__").name
    for factory in ("AiohttpClient", "AiohttpServer", "AiohttpRawServer")
)
_FACTORIES = (_CLIENT, _SERVER, _RAW_SERVER)
FACTORY_NAMES = frozenset({"aiohttp_client", "aiohttp_server", "aiohttp_raw_server"})
_OF_COROUTINES = frozenset({"send", "throw", "close"})
_MAXIMUM_CONFTESTS = 10
_PYTEST_AIOHTTP = "pytest-aiohttp"
_OWN_PLUGIN = "aiohttp.pytest_plugin"


class Misuse(Enum):
    """How a factory of test clients or servers is used wrongly."""

    NOT_AWAITED = auto()
    """Its coroutine is used as if it were the client."""
    DROPPED = auto()
    """Its coroutine is dropped."""
    FUNCTION = auto()
    """It is given the function that makes the application, or a coroutine."""
    SCOPE = auto()
    """A fixture that lives longer takes it."""


@dataclass(frozen=True, slots=True)
class FactoryMisuse:
    """A wrong use of a factory; `call` is what lacks an `await`."""

    node: ast.expr | ast.arg
    misuse: Misuse
    name: str
    call: ast.Call | None = None


def factory_misuses(module: Module) -> Iterator[FactoryMisuse]:
    """Give the wrong uses of the factories of test clients and servers in a file."""
    for site in map(module.call_site, module.calls_of(FACTORY_NAMES)):
        if not site.calls_only(*_FACTORIES):
            continue
        misuse = _without_await(module, site)
        if misuse is not None:
            function = site.function
            can_await = misuse is Misuse.NOT_AWAITED and function is not None and function.is_async
            yield FactoryMisuse(site.node, misuse, site.method_name, site.node if can_await else None)
        given = site.node.args[0] if site.node.args else None
        if given is not None and _is_no_application(module, site, given):
            yield FactoryMisuse(given, Misuse.FUNCTION, site.method_name)
    for function in module.functions():
        if _outlives_tests(module, function):
            for parameter in function.parameters:
                if _is_factory(module, function, parameter.arg):
                    yield FactoryMisuse(parameter, Misuse.SCOPE, parameter.arg)


def _without_await(module: Module, site: CallSite) -> Misuse | None:
    use = module.use_of(site.node)
    if use.kind is UseKind.DISCARDED:
        return Misuse.DROPPED
    if use.kind is UseKind.ENTERED or _is_member_of_result(
        use.node if use.kind is UseKind.ATTRIBUTE else None
    ):
        return Misuse.NOT_AWAITED
    if use.kind is not UseKind.ASSIGNED or len(use.targets) != 1 or not isinstance(use.targets[0], ast.Name):
        return None
    scope = site.scope.function
    uses = [
        load
        for load in module.uses(scope, use.targets[0].id)
        if any(binding.value is site.node for binding in module.reaching(load))
    ]
    if not uses or any(len(module.reaching(load)) != 1 for load in uses):
        return None
    return Misuse.NOT_AWAITED if all(_is_member_of_result(module.parent(load)) for load in uses) else None


def _is_member_of_result(node: ast.AST | None) -> bool:
    """Tell whether a node asks a coroutine for what only its result has."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr not in _OF_COROUTINES
        and not node.attr.startswith(("cr_", "__"))
    )


# What factories are given.


def _is_no_application(module: Module, site: CallSite, given: ast.expr) -> bool:
    types = module.type_of(given)
    if not types.is_known or not types.values or site.calls_only(_RAW_SERVER):
        return False
    if not all(
        isinstance(member, FunctionObject) or (isinstance(member, Instance) and member.name == "coroutine")
        for member in types.values
    ):
        return False
    # aiohttp's own plugin lets its client, not its server, call functions and await coroutines.
    return site.calls_only(_SERVER) or (site.calls_only(_CLIENT) and _uses_pytest_aiohttp(module))


def _uses_pytest_aiohttp(module: Module) -> bool:
    """Tell whether the fixtures of a project surely come from pytest-aiohttp 1 or newer."""
    project = module.project
    if project is None:
        return False
    seen: set[Module] = set()
    current: Module | None = module
    while current is not None and current not in seen and len(seen) < _MAXIMUM_CONFTESTS:
        if _OWN_PLUGIN in current.text.text:
            return False
        seen.add(current)
        current = project.conftest_above(current)
    is_used = False
    for text, is_lock in requirement_texts(module):
        if _OWN_PLUGIN in text or is_held_below(text, is_lock, _PYTEST_AIOHTTP, 1):
            return False
        is_used |= not is_lock and is_required(text, _PYTEST_AIOHTTP)
    return is_used


# Fixtures that take them.


def _outlives_tests(module: Module, function: Function) -> bool:
    """Tell whether a function is a fixture that is made once for several tests."""
    for decorator in function.decorators:
        if isinstance(decorator, ast.Call) and module.qualified_name(decorator.func) in fixtures.FIXTURES:
            for keyword in decorator.keywords:
                literal = module.constant(keyword.value) if keyword.arg == "scope" else None
                if literal is not None and literal.value in ("class", "module", "package", "session"):
                    return True
    return False


def _is_factory(module: Module, function: Function, name: str) -> bool:
    given = fixtures.value_given(module, function, name)
    return given is not None and any(
        isinstance(member, ApiFunction) and member.callable.name in _FACTORIES for member in given.members
    )
