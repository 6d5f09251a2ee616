"""Receives of one WebSocket that wait at the same time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import websockets
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.scopes import Binding, BindingKind
from aiohttp_lint.semantics.syntax import COMPREHENSIONS, same_place, walk

if TYPE_CHECKING:
    from aiohttp_lint.semantics.graph import Node
    from aiohttp_lint.semantics.module import Module

TOGETHER = ("asyncio.gather", "asyncio.wait", "asyncio.as_completed")
STARTERS = ("asyncio.create_task", "asyncio.ensure_future", "asyncio.AbstractEventLoop.create_task")
_TASK_GROUP = "asyncio.TaskGroup"


def concurrent_receives(module: Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Give the first and the second receive of each pair that waits together (twice the same where it repeats)."""
    receives = {call.node: call for call in websockets.calls(module, *websockets.RECEIVES)}
    if not receives:
        return
    for together in module.calls_to(*TOGETHER):
        yield from _pairs([call for call in receives.values() if _takes_part(module, call, together.node)])
        for call in receives.values():
            if _is_repeated(module, call, together.node):
                yield call.node, call.node
    groups: dict[Binding, list[CallSite]] = {}
    for call in receives.values():
        group = _group_of(module, call)
        if group is not None:
            groups.setdefault(group, []).append(call)
    for calls in groups.values():
        yield from (pair for pair in _pairs(calls) if not _awaits_between(module, *pair))
    for call in receives.values():
        second = _receive_after_task(module, call, receives)
        if second is not None:
            yield call.node, second


def _pairs(calls: list[CallSite]) -> Iterator[tuple[ast.AST, ast.AST]]:
    for index, call in enumerate(calls):
        for earlier in calls[:index]:
            if call.receiver is not None and earlier.receiver is not None:
                if same_place(call.receiver, earlier.receiver):
                    yield earlier.node, call.node
                    break


def _takes_part(module: Module, call: CallSite, together: ast.Call) -> bool:
    """Tell whether a receive is one of the things that a call waits for, as it stands or as a task."""
    came_from: ast.AST = call.node
    for ancestor in module.ancestors(call.node):
        if ancestor is together:
            return came_from in together.args
        is_wrapper = isinstance(ancestor, ast.Call) and module.call_site(ancestor).calls_only(
            *STARTERS, "asyncio.wait_for"
        )
        if not is_wrapper and not isinstance(ancestor, ast.List | ast.Tuple | ast.Set | ast.Starred):
            return False
        came_from = ancestor
    return False


def _is_repeated(module: Module, call: CallSite, together: ast.Call) -> bool:
    """Tell whether a comprehension makes several receives of one socket: `*(ws.receive() for _ in range(3))`."""
    display = module.parent(call.node)
    if not isinstance(display, ast.ListComp | ast.SetComp | ast.GeneratorExp) or display.elt is not call.node:
        return False
    holder = module.parent(display)
    if not (holder is together or (isinstance(holder, ast.Starred) and module.parent(holder) is together)):
        return False
    receiver = call.receiver
    while isinstance(receiver, ast.Attribute | ast.Subscript):
        receiver = receiver.value
    if not isinstance(receiver, ast.Name):
        return False
    home = module.scope_at(receiver).binding_scope(receiver.id)
    return home is not None and not isinstance(home.node, COMPREHENSIONS)


def _group_of(module: Module, call: CallSite) -> Binding | None:
    """Give the task group that a receive is started in."""
    starter = module.parent(call.node)
    if not isinstance(starter, ast.Call) or starter.args[:1] != [call.node]:
        return None
    if not isinstance(starter.func, ast.Attribute) or starter.func.attr != "create_task":
        return None
    return task_group_behind(module, starter.func.value)


def task_group_behind(module: Module, node: ast.expr) -> Binding | None:
    """Give the `async with TaskGroup() as …` whose group a name surely is."""
    if not isinstance(node, ast.Name):
        return None
    binding = module.only_binding(node, BindingKind.WITH)
    opened = None if binding is None else binding.value
    is_group = isinstance(opened, ast.Call) and module.call_site(opened).calls_only(_TASK_GROUP)
    return binding if is_group else None


def _awaits_between(module: Module, first: ast.AST, second: ast.AST) -> bool:
    function = module.function_at(first)
    if function is None or function != module.function_at(second):
        return True
    if any(isinstance(ancestor, ast.Await) for ancestor in module.ancestors(first)):
        return True
    start, end = module.span(first), module.span(second)
    return any(
        (start.end_line, start.end_column) < (span.line, span.column) < (end.line, end.column)
        for span in (module.span(node) for node in function.scope.all_nodes(ast.Await))
    )


def _receive_after_task(module: Module, call: CallSite, receives: dict[ast.Call, CallSite]) -> ast.AST | None:
    """Give what receives from the socket while a task that receives was neither awaited nor cancelled."""
    starter = module.parent(call.node)
    if not isinstance(starter, ast.Call) or starter.args[:1] != [call.node] or call.receiver is None:
        return None
    if not module.call_site(starter).calls_only(*STARTERS):
        return None
    scope = call.scope.function
    graph = module.graph_of(scope)
    use = module.use_of(starter)
    if graph is None or use.kind not in (UseKind.DISCARDED, UseKind.ASSIGNED):
        return None
    settled: set[Node] = set()
    if use.kind is UseKind.ASSIGNED:
        target = use.targets[0]
        if len(use.targets) != 1 or not isinstance(target, ast.Name) or target.id not in scope.bindings:
            return None
        for load in module.uses(scope, target.id):
            using = graph.nodes_evaluating(load)
            if not using:
                return None
            settled.update(using)
    starts = [node for node in graph.nodes_evaluating(starter) if node in graph.reachable()]
    for second in _receiving(module, call, receives):
        nodes = [node for node in graph.nodes_evaluating(second) if node in graph.reachable()]
        if not nodes or graph.paths_avoiding(graph.entry, starts.__contains__, nodes) is not None:
            continue
        if any(graph.paths_avoiding(start, settled.__contains__, nodes) is not None for start in starts):
            return second
    return None


def _receiving(module: Module, call: CallSite, receives: dict[ast.Call, CallSite]) -> Iterator[ast.AST]:
    """Give what else in the function receives from the socket of a call, on the spot."""
    assert call.receiver is not None
    for other in receives.values():
        if other.scope.function is call.scope.function and other.receiver is not None:
            if same_place(other.receiver, call.receiver) and websockets.is_awaited(module, other):
                yield other.node
    for loop in websockets.iterations(module):
        if module.scope_at(loop).function is call.scope.function and same_place(loop.iter, call.receiver):
            if call.node not in set(walk(loop)):
                yield loop.iter
