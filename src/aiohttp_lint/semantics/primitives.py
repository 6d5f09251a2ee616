"""Questions about asyncio's locks and semaphores: which ones no two tasks can ever meet at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

SEMAPHORES = ("asyncio.Semaphore", "asyncio.BoundedSemaphore")
PRIMITIVES = (*SEMAPHORES, "asyncio.Lock", "asyncio.Condition")
_OWN_METHODS = frozenset({"acquire", "release", "locked"})


class Unshared(Enum):
    """Why no two tasks meet at a primitive."""

    INLINE = auto()
    """It is made in the very expression that enters it."""
    LOCAL = auto()
    """It is made and used within one call of a function only."""


@dataclass(frozen=True, slots=True)
class UnsharedPrimitive:
    """A lock or semaphore that each use, or each call of its function, makes anew."""

    made: CallSite
    kind: Unshared


def unshared_primitives(module: Module) -> Iterator[UnsharedPrimitive]:
    """Give the primitives that surely keep no task waiting, because nobody else can have them."""
    for made in module.calls_to(*PRIMITIVES):
        use = module.use_of(made.node)
        if use.kind is UseKind.ENTERED or _is_acquired_at_once(module, made):
            yield UnsharedPrimitive(made, Unshared.INLINE)
        elif use.kind is UseKind.ASSIGNED and _is_used_by_its_call_alone(module, made.node):
            yield UnsharedPrimitive(made, Unshared.LOCAL)


def _is_acquired_at_once(module: Module, made: CallSite) -> bool:
    attribute = module.parent(made.node)
    call = module.parent(attribute) if isinstance(attribute, ast.Attribute) else None
    return (
        isinstance(attribute, ast.Attribute)
        and attribute.attr == "acquire"
        and isinstance(call, ast.Call)
        and module.use_of(call).kind is UseKind.AWAITED
    )


def _is_used_by_its_call_alone(module: Module, made: ast.Call) -> bool:
    """Tell whether a local name holds the primitive, and all that uses it runs one after the other in its function."""
    targets = module.use_of(made).targets
    target = targets[0] if len(targets) == 1 else None
    scope = module.scope_at(made)
    if not isinstance(target, ast.Name) or scope.kind is not ScopeKind.FUNCTION:
        return False
    if scope.binding_scope(target.id) is not scope:
        return False
    bindings = scope.bindings.get(target.id, ())
    if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGNMENT:
        return False
    uses = module.loads(scope).get(target.id, [])
    entered = [name for name in uses if module.use_of(name).kind is UseKind.ENTERED]
    return bool(entered) and all(
        module.scope_at(name) is scope and (name in entered or _calls_own_method(module, name))
        for name in uses
    )


def _calls_own_method(module: Module, name: ast.Name) -> bool:
    attribute = module.parent(name)
    return (
        isinstance(attribute, ast.Attribute)
        and attribute.attr in _OWN_METHODS
        and module.use_of(attribute).kind is UseKind.CALLED
    )
