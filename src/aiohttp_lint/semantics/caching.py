"""Questions about kept results: which caches keep a coroutine in place of what it gives, and what runs only once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.routing import block_of
from aiohttp_lint.semantics.switched_off import holds
from aiohttp_lint.semantics.syntax import is_none, walk_scope
from aiohttp_lint.semantics.types import FunctionObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.reached import Step

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


def runs_once(steps: Sequence[Step]) -> bool:
    """Tell whether a process runs the last function of a way once, and later calls give what that left.

    Either a cache of `functools` keeps the only result that there can be, or the function returns at once, maybe with
    a lock held, where a global that it sets says that it ran.
    """
    function, _ = steps[-1]
    module = function.owner
    if not function.parameters:
        for decorator in function.decorators:
            name = module.qualified_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name in CACHES:
                return True
    return _asks_first_whether_it_ran(steps)


def _asks_first_whether_it_ran(steps: Sequence[Step]) -> bool:
    function, _ = steps[-1]
    shared: set[str] = set()
    body = function.docstring_free_body
    if body and isinstance(body[-1], ast.With | ast.AsyncWith):
        body = [*body[:-1], *body[-1].body]
    for statement in body:
        if isinstance(statement, ast.Global):
            shared.update(statement.names)
            continue
        if not isinstance(statement, ast.If) or not isinstance(statement.body[-1], ast.Return):
            return False
        test = statement.test
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            parts = [part for part in test.values if not holds(steps, part)]
            test = parts[0] if len(parts) == 1 else test
        if (
            isinstance(test, ast.Compare)
            and isinstance(test.ops[0], ast.IsNot)
            and is_none(test.comparators[0])
        ):
            test = test.left
        return isinstance(test, ast.Name) and test.id in shared and _stays_set(function, test.id)
    return False


def _stays_set(function: Function, name: str) -> bool:
    """Tell whether a function sets a name, and to nothing that counts as not set, but where it gives up at once."""
    stored = [
        node
        for node in walk_scope(*function.body)
        if isinstance(node, ast.Assign)
        and any(isinstance(it, ast.Name) and it.id == name for it in node.targets)
    ]
    empty = [node for node in stored if isinstance(node.value, ast.Constant) and not node.value.value]
    return len(stored) > len(empty) and all(_gives_up(function, node) for node in empty)


def _gives_up(function: Function, statement: ast.stmt) -> bool:
    """Tell whether a function leaves right behind a statement that it doesn't always run."""
    block = block_of(function.owner, statement)
    following = block[block.index(statement) + 1 :]
    return statement not in function.body and isinstance(next(iter(following), None), ast.Return | ast.Raise)
