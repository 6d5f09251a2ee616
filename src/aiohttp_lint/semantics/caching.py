"""Questions about kept results: which caches keep a coroutine in place of what it gives, and what runs only once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.syntax import is_none, walk_scope
from aiohttp_lint.semantics.types import FunctionObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

CACHES = ("functools.lru_cache", "functools.cache")
CACHED_PROPERTY = "functools.cached_property"


class Cached(Enum):
    """What a cache keeps of an `async def`."""

    COROUTINE = auto()
    """The coroutine of the first call."""
    ATTRIBUTE = auto()
    """The coroutine of the first access, as an attribute of the instance."""
    GENERATOR = auto()
    """The asynchronous generator of the first call."""


@dataclass(frozen=True, slots=True)
class CachedOnce:
    """A cache of the standard library right around an `async def`: the decorator, or the call that wraps it."""

    place: ast.expr
    kept: Cached


def cached_coroutines(module: Module) -> Iterator[CachedOnce]:
    """Give the caches of `functools` that keep what can be awaited, or iterated over, only once."""
    for function in module.functions():
        if not function.is_async or not function.decorators:
            continue
        nearest = function.decorators[-1]
        name = module.qualified_name(nearest.func if isinstance(nearest, ast.Call) else nearest)
        if name in CACHES or name == CACHED_PROPERTY:
            kept = Cached.ATTRIBUTE if name == CACHED_PROPERTY else Cached.COROUTINE
            yield CachedOnce(nearest, Cached.GENERATOR if function.is_generator else kept)
    for call in module.calls_to(*CACHES):
        wrapped = call.node.args[0] if call.node.args else None
        members = module.type_of(wrapped).members if isinstance(wrapped, ast.Name | ast.Attribute) else ()
        functions = [member.function for member in members if isinstance(member, FunctionObject)]
        if len(functions) == len(members) == 1 and functions[0].is_async and not functions[0].decorators:
            is_generator = functions[0].is_generator
            yield CachedOnce(call.node, Cached.GENERATOR if is_generator else Cached.COROUTINE)


def runs_once(function: Function) -> bool:
    """Tell whether a process runs the code of a function once, and later calls give what that left.

    Either a cache of `functools` keeps the only result that there can be, or the function returns at once where a
    global that it sets says that it ran.
    """
    module = function.owner
    if not function.parameters:
        for decorator in function.decorators:
            name = module.qualified_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name in CACHES:
                return True
    return _asks_first_whether_it_ran(function)


def _asks_first_whether_it_ran(function: Function) -> bool:
    shared: set[str] = set()
    for statement in function.docstring_free_body:
        if isinstance(statement, ast.Global):
            shared.update(statement.names)
            continue
        if not isinstance(statement, ast.If) or not isinstance(statement.body[-1], ast.Return):
            return False
        test = statement.test
        if (
            isinstance(test, ast.Compare)
            and isinstance(test.ops[0], ast.IsNot)
            and is_none(test.comparators[0])
        ):
            test = test.left
        return isinstance(test, ast.Name) and test.id in shared and _stays_set(function, test.id)
    return False


def _stays_set(function: Function, name: str) -> bool:
    """Tell whether a function sets a name, and to nothing that counts as not set."""
    values = [
        node.value
        for node in walk_scope(*function.body)
        if isinstance(node, ast.Assign)
        and any(isinstance(it, ast.Name) and it.id == name for it in node.targets)
    ]
    return bool(values) and not any(isinstance(value, ast.Constant) and not value.value for value in values)
