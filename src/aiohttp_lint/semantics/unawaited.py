"""Coroutines that nobody awaits: what becomes of them instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import CallSite, Use, UseKind
from aiohttp_lint.semantics.decorated import ASYNC_CONTEXT_DECORATORS, CONTEXT_DECORATORS
from aiohttp_lint.semantics.inheritance import keeps_methods, overrides
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.swallowing import SWALLOWING_CONTEXTS

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_COROUTINES = frozenset(
    f"asyncio.{owner}{name}"
    for owner, names in {
        "": "sleep wait_for wait to_thread open_connection start_server open_unix_connection start_unix_server"
            " create_subprocess_exec create_subprocess_shell",
        "Queue.": "put get join", "PriorityQueue.": "put get join", "LifoQueue.": "put get join",
        "Event.": "wait", "Lock.": "acquire", "Semaphore.": "acquire", "BoundedSemaphore.": "acquire",
        "Condition.": "acquire wait wait_for", "StreamWriter.": "drain wait_closed",
        "StreamReader.": "read readline readexactly readuntil", "subprocess.Process.": "wait communicate",
        "AbstractEventLoop.": "getaddrinfo getnameinfo create_connection create_server shutdown_asyncgens"
                              " shutdown_default_executor",
    }.items()
    for name in names.split()
)  # fmt: skip
"""The coroutine functions and methods of the standard library that are met with."""


def _by_owner() -> dict[str, frozenset[str]]:
    """Give the last names by the name of the class, or of the module, that has them."""
    found: dict[str, set[str]] = {}
    for name in _COROUTINES:
        *_, owner, last = name.split(".")
        found.setdefault(owner, set()).add(last)
    return {owner: frozenset(names) for owner, names in found.items()}


_BY_OWNER = _by_owner()
_GIVEN_UNNAMED = "AbstractEventLoop"
"""What a file gets hold of without its name."""

_OF_COROUTINES = frozenset({"close", "send", "throw"})
_FRAME = ("cr_", "__")


class Neglect(Enum):
    """What becomes of a coroutine instead of being awaited."""

    DROPPED = auto()
    TESTED = auto()
    MISTAKEN = auto()
    """It is taken for what it would give."""


def coroutines_not_awaited(module: Module) -> Iterator[tuple[CallSite, Neglect]]:
    """Give the calls of coroutine functions (the project's own, asyncio's) whose coroutine surely is never awaited."""
    for node in sorted(_candidates(module), key=lambda call: (call.lineno, call.col_offset)):
        use = module.use_of(node)
        neglect, name = _misuse(use), _local_name(module, node, use)
        if neglect is None and name is None:
            continue
        site = module.call_site(node)
        if not _gives_coroutine(site):
            continue
        if name is not None:
            neglect = _kept(module, node, name)
        if neglect is not None and not _expects_warning(module, node):
            yield site, neglect


def _candidates(module: Module) -> list[ast.Call]:
    if module.project is not None:
        # What other files define has any name.
        calls = [node for called in module.facts.calls.values() for node, _ in called]
    else:
        names = {function.name for function in module.functions() if function.is_coroutine}
        words = None if module.facts.has_star_imports else module.text.words
        for owner, coroutines in _BY_OWNER.items():
            # A file alone has no object of a class that it doesn't name.
            if words is None or owner in words or owner == _GIVEN_UNNAMED:
                names |= coroutines
        calls = module.calls_of(frozenset(names))
    return [
        node for node in calls if node not in module.awaited and _may_be_coroutine_function(module, node.func)
    ]


def _may_be_coroutine_function(module: Module, callee: ast.expr) -> bool:
    """Tell by texts alone whether a callee of another file can be defined by `async def`: most are not."""
    name = module.qualified_name(callee)
    if name is None or name in _COROUTINES:
        return True
    if module.project is None or name.startswith("builtins."):
        return False
    text = module.project.text_behind(name, module)
    if text is None:
        return False
    last = name.rpartition(".")[2].encode()
    return b"async def " + last in text or not (b"def " + last in text or b"class " + last in text)


def _misuse(use: Use) -> Neglect | None:
    """Tell what a use does with a coroutine that it can't be used for; None where it may be awaited yet."""
    if use.kind is UseKind.DISCARDED:
        return Neglect.DROPPED
    if use.kind is UseKind.TESTED:
        return Neglect.TESTED
    if use.kind is UseKind.ATTRIBUTE:
        name = use.node.attr if isinstance(use.node, ast.Attribute) else ""
        return None if name in _OF_COROUTINES or name.startswith(_FRAME) else Neglect.MISTAKEN
    return Neglect.MISTAKEN if use.kind in _FAILING else None


_FAILING = frozenset(
    {UseKind.SUBSCRIPTED, UseKind.ITERATED, UseKind.ITERATED_ASYNC, UseKind.ENTERED, UseKind.ENTERED_SYNC}
)
"""What raises a TypeError with a coroutine."""


def _local_name(module: Module, node: ast.Call, use: Use) -> ast.Name | None:
    """Give the one name of a function that a value is assigned to."""
    (target,) = use.targets if len(use.targets) == 1 else (None,)
    if not isinstance(target, ast.Name) or getattr(use.node, "value", None) is not node:
        return None
    function = module.function_at(node)
    scope = module.scope_at(target).binding_scope(target.id)
    is_local = function is not None and scope is function.scope and scope.kind is ScopeKind.FUNCTION
    return target if is_local else None


def _kept(module: Module, node: ast.Call, target: ast.Name) -> Neglect | None:
    """Tell what becomes of a coroutine under the local name that it gets; None where it may be awaited yet."""
    scope = module.scope_at(target).function
    found: Neglect | None = None
    for load in module.uses(scope, target.id):
        if module.scope_at(load) is not scope:
            return None
        bindings = module.reaching(load)
        if not any(binding.kind is BindingKind.ASSIGNMENT and binding.value is node for binding in bindings):
            continue
        misuse = _misuse(module.use_of(load))
        if misuse is None:
            return None
        found = Neglect.MISTAKEN if found not in (None, misuse) else misuse
    return found or Neglect.DROPPED


def _gives_coroutine(site: CallSite) -> bool:
    if site.calls_only(*_COROUTINES):
        return True
    if not site.is_certain or len(site.names) != 1 or len(site.functions) != 1:
        return False
    (function,) = site.functions
    makes_context = ASYNC_CONTEXT_DECORATORS | CONTEXT_DECORATORS
    if any(function.owner.qualified_name(decorator) in makes_context for decorator in function.decorators):
        return False
    return function.is_coroutine and not _may_be_another(function)


def _may_be_another(method: Function) -> bool:
    """Tell whether the call of a method may run something else: an override, or what a metaclass made of it."""
    if method.class_scope is None:
        return False
    definition = method.owner.class_of(method.class_scope)
    if not all(map(keeps_methods, definition.lineage())):
        return True
    others = overrides(definition, method.name)
    return others is None or any(not override.is_coroutine for override in others)


def _expects_warning(module: Module, node: ast.AST) -> bool:
    return any(
        isinstance(item.context_expr, ast.Call)
        and module.qualified_name(item.context_expr.func) in SWALLOWING_CONTEXTS
        for block in module.ancestors(node)
        if isinstance(block, ast.With)
        for item in block.items
    )
