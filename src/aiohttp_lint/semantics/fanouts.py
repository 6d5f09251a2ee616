"""Questions about requests that are all started at once, as many as a collection has items."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.client import REQUESTS, SESSION
from aiohttp_lint.semantics.concurrent_receives import task_group_behind
from aiohttp_lint.semantics.handlers_of_errors import has_no_total
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import FUNCTIONS

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

POOL = 100
"""How many connections a connector opens unless it is told otherwise."""

TOGETHER = ("asyncio.gather", "asyncio.wait", "asyncio.as_completed")
_WRAPPERS = (
    "asyncio.create_task",
    "asyncio.ensure_future",
    "asyncio.AbstractEventLoop.create_task",
    "asyncio.wait_for",
)
_ORDERINGS = frozenset(
    f"builtins.{name}" for name in ("enumerate", "zip", "sorted", "reversed", "set", "list", "tuple", "map")
)
_DEADLINES = frozenset({"asyncio.timeout", "asyncio.timeout_at", "async_timeout.timeout"})
_MAXIMUM_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Fanout:
    """What starts the requests, and the request that each item is for."""

    start: ast.expr
    request: CallSite


def unbounded_fanouts(module: Module) -> Iterator[Fanout]:
    """Give the places that start a request for each item of a collection of any size, with nothing to bound them."""
    if not any(module.facts.calls.get(name) for name in ("gather", "wait", "as_completed", "create_task")):
        return
    for together in module.calls_to(*TOGETHER):
        for argument in together.node.args[: None if together.method_name == "gather" else 1]:
            spread = argument.value if isinstance(argument, ast.Starred) else argument
            for started, collection in _started_by(module, spread):
                request = _unbounded_request(module, started, collection)
                if request is not None:
                    yield Fanout(together.node, request)
    for start, _ in module.facts.calls.get("create_task", ()):
        group = start.func.value if isinstance(start.func, ast.Attribute) else None
        loop = _loop_around(module, start)
        if loop is None or group is None or not start.args or task_group_behind(module, group) is None:
            continue
        request = _unbounded_request(module, start.args[0], loop.iter)
        if request is not None:
            yield Fanout(start, request)


def _started_by(module: Module, spread: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Give what is started for each item, and the collection, of a comprehension or of a list filled in a loop."""
    if isinstance(spread, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        yield spread.elt, spread.generators[0].iter
    if not isinstance(spread, ast.Name):
        return
    binding = module.only_binding(spread, BindingKind.ASSIGNMENT)
    made = None if binding is None else binding.value
    if isinstance(made, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        yield made.elt, made.generators[0].iter
    if binding is not None and isinstance(made, ast.List) and not made.elts:
        for name in module.uses(binding.scope, spread.id):
            attribute = module.parent(name)
            append = module.parent(attribute) if isinstance(attribute, ast.Attribute) else None
            if isinstance(append, ast.Call) and getattr(attribute, "attr", "") in ("append", "add"):
                loop = _loop_around(module, append)
                if loop is not None and append.args and made not in _below(loop):
                    yield append.args[0], loop.iter


def _below(loop: ast.For | ast.AsyncFor) -> set[ast.AST]:
    return {node for statement in loop.body for node in ast.walk(statement)}


def _loop_around(module: Module, node: ast.AST) -> ast.For | ast.AsyncFor | None:
    """Give the `for` loop that a node is in, where nothing else repeats it or makes it wait for its turn."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (*FUNCTIONS, ast.While)):
            return None
        if isinstance(ancestor, ast.For | ast.AsyncFor):
            waits = any(
                isinstance(inner, ast.Await | ast.AsyncWith)
                for statement in ancestor.body
                for inner in ast.walk(statement)
            )
            return None if waits else ancestor
    return None


def _unbounded_request(module: Module, started: ast.expr, collection: ast.expr) -> CallSite | None:
    if _is_bounded(module, collection):
        return None
    request = _request_of(module, started, 0)
    return None if request is None or has_no_total(request) else request


def _is_bounded(module: Module, collection: ast.expr) -> bool:
    """Tell whether a collection is small, a part of another one, or may be such a part."""
    if isinstance(collection, ast.Call) and module.qualified_name(collection.func) in _ORDERINGS:
        return any(_is_bounded(module, argument) for argument in collection.args)
    if isinstance(collection, ast.Call) and module.qualified_name(collection.func) == "builtins.range":
        counts = [module.constant(argument) for argument in collection.args]
        return all(
            count is not None and isinstance(count.value, int) and abs(count.value) <= POOL
            for count in counts
        )
    if isinstance(
        collection, ast.List | ast.Tuple | ast.Set | ast.Dict | ast.Subscript | ast.IfExp | ast.BinOp
    ):
        return True
    if isinstance(collection, ast.Name):
        bindings = module.reaching(collection)
        if any(binding.kind not in (BindingKind.ASSIGNMENT, BindingKind.PARAMETER) for binding in bindings):
            return True
        made = [binding.value for binding in bindings if binding.kind is BindingKind.ASSIGNMENT]
        return any(value is not None and _is_small(module, value) for value in made)
    return False


def _is_small(module: Module, value: ast.expr) -> bool:
    # A list that starts empty is filled by the way.
    if isinstance(value, ast.List | ast.Set) and not value.elts:
        return False
    if isinstance(value, ast.Name):
        return False
    return _is_bounded(module, value)


def _request_of(module: Module, started: ast.expr, depth: int) -> CallSite | None:
    """Give the request that a started coroutine surely is, or sends, on a session that others share."""
    if isinstance(started, ast.Await):
        return None
    if not isinstance(started, ast.Call) or depth > _MAXIMUM_DEPTH:
        return None
    site = module.call_site(started)
    if site.calls_only(*_WRAPPERS) and started.args:
        return _request_of(module, started.args[0], depth)
    if site.calls_only(*REQUESTS):
        return site
    if not site.is_certain or len(site.functions) != 1 or len(site.names) != 1:
        return None
    (function,) = site.functions
    if not function.is_coroutine or function.decorators or _may_wait_for_its_turn(function):
        return None
    for node in function.scope.all_nodes(ast.Call):
        assert isinstance(node, ast.Call)
        inner = function.owner.call_site(node)
        if inner.calls_only(*REQUESTS):
            return inner
        if inner.functions and function.owner.use_of(node).kind is UseKind.AWAITED:
            found = _request_of(function.owner, node, depth + 1)
            if found is not None:
                return found
    return None


def _may_wait_for_its_turn(function: Function) -> bool:
    """Tell whether a function enters or acquires what may be a limiter, or has a session of its own."""
    module = function.owner
    for block in function.scope.all_nodes(ast.AsyncWith):
        assert isinstance(block, ast.AsyncWith)
        for item in block.items:
            entered = item.context_expr
            known = isinstance(entered, ast.Call) and (
                module.call_site(entered).calls_only(*REQUESTS)
                or module.qualified_name(entered.func) in _DEADLINES
            )
            if not known:
                return True
    for node in function.scope.all_nodes(ast.Call):
        assert isinstance(node, ast.Call)
        is_acquired = isinstance(node.func, ast.Attribute) and node.func.attr in ("acquire", "wait")
        if is_acquired or module.call_site(node).calls_only(SESSION):
            return True
    return False
