"""Decorators above a route: they decorate a function that nobody calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.decorators import decorating, returned_definition

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

# Each gives another function than the one that it gets.
_REPLACING = frozenset(
    {
        aiohttp_api.callable_named("aiohttp_jinja2.template").name,
        "functools.cache",
        "functools.lru_cache",
        "aiocache.cached",
        "aiocache.cached_stampede",
        "aiocache.multi_cached",
    }
)


@dataclass(frozen=True, slots=True)
class MisplacedDecorator:
    """A decorator above a route decorator, and the decorators of the function in the order that applies all."""

    function: Function
    decorator: ast.expr
    route: ast.expr
    order: tuple[ast.expr, ...]


def misplaced_decorators(module: Module) -> Iterator[MisplacedDecorator]:
    """Give the decorators that make a new function after a route has registered the old one."""
    registering = {registration.node for registration in module.registrations()}
    for function in module.functions():
        decorators = list(function.decorators)
        places = [index for index, decorator in enumerate(decorators) if decorator in registering]
        if not places:
            continue
        last = decorators[places[-1]]
        for decorator in decorators[: places[-1]]:
            if decorator not in registering and _replaces(module, decorator):
                rest = [other for other in decorators if other is not decorator]
                rest.insert(rest.index(last) + 1, decorator)
                yield MisplacedDecorator(function, decorator, last, tuple(rest))


def _replaces(module: Module, decorator: ast.expr) -> bool:
    plain = decorator.func if isinstance(decorator, ast.Call) else decorator
    if module.qualified_name(plain) in _REPLACING:
        return True
    definition = decorating(module, decorator)
    return definition is not None and returned_definition(definition) is not None
