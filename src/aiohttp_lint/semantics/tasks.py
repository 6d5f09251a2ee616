"""Questions about coroutines, tasks and their cancellation."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.graph import EdgeKind
from aiohttp_lint.semantics.inheritance import overrides
from aiohttp_lint.semantics.syntax import DEFINITIONS, dotted, same_place, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.graph import Edge, Node
    from aiohttp_lint.semantics.module import Module

LOOP = "asyncio.AbstractEventLoop"
STARTERS = ("asyncio.create_task", "asyncio.ensure_future", f"{LOOP}.create_task", "asyncio.gather")

_QUEUE = "asyncio.Queue"
_QUEUES = (_QUEUE, "asyncio.LifoQueue", "asyncio.PriorityQueue")
_CANCELLED = frozenset({"asyncio.CancelledError", "asyncio.exceptions.CancelledError"})
_CATCHES_CANCELLATION = _CANCELLED | {"builtins.BaseException"}
_NAMING_CANCELLATION = frozenset(name.rpartition(".")[2] for name in _CATCHES_CANCELLATION)
_WAITS_FOR_OTHERS = frozenset({"asyncio.shield", "asyncio.gather", "asyncio.wait", "asyncio.wait_for"})
_SHOWING = frozenset(
    {
        "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "repr", "str", "type",
        "isinstance", "format_exception",
    }
)  # fmt: skip
_SUSPENSIONS = (ast.Await, ast.AsyncFor, ast.AsyncWith)

LOCKS = tuple(
    f"{module}.{name}"
    for module in ("threading", "multiprocessing")
    for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition")
)
REENTRANT_LOCKS = ("threading.RLock", "multiprocessing.RLock")


# Tasks.


def dropped_tasks(module: Module) -> Iterator[CallSite]:
    """Give the calls that start a task (or gather several) whose handle nobody keeps."""
    for site in module.calls_to(*STARTERS):
        use = module.use_of(site.node)
        is_dropped = use.kind is UseKind.DISCARDED or (
            use.kind is UseKind.ASSIGNED and all(map(_is_placeholder, use.targets))
        )
        if not is_dropped or site.function is None:
            continue
        if site.method_name == "ensure_future" and not isinstance(_first(site), ast.Call):
            # A future that exists already is somebody's.
            continue
        if _fills_queue(site):
            continue
        yield site


def function_started(site: CallSite) -> Function | None:
    """Give the function of the project that a started task surely runs."""
    started = _first(site)
    if not isinstance(started, ast.Call):
        return None
    called = site.module.call_site(started)
    return (
        called.functions[0] if called.is_certain and len(called.functions) == len(called.names) == 1 else None
    )


def only_sleeps(site: CallSite) -> bool:
    """Tell whether what a started task runs waits for nothing but `asyncio.sleep()`: the loop's timers keep it."""
    function = function_started(site)
    if function is None:
        return False
    waits = [node for node in walk_scope(*function.body) if _is_suspension(node)]
    return bool(waits) and all(
        isinstance(wait, ast.Await)
        and isinstance(wait.value, ast.Call)
        and function.owner.call_site(wait.value).calls_only("asyncio.sleep")
        for wait in waits
    )


def _fills_queue(site: CallSite) -> bool:
    """Tell whether a started task only puts into a queue without a bound: it ends with its first step."""
    started, module = _first(site), site.module
    if not isinstance(started, ast.Call) or not isinstance(started.func, ast.Attribute):
        return False
    if started.func.attr != "put" or len(started.args) != 1 or started.keywords:
        return False
    types = module.type_of(started.func.value)
    if not types.is_open and not types.is_only(_QUEUE):
        return False
    return all(made.argument("maxsize", 0).is_missing for made in module.calls_to(*_QUEUES))


def _is_placeholder(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "_"


def _first(site: CallSite) -> ast.expr | None:
    return site.node.args[0] if site.node.args else None


# Cancellation.


class Outcome(Enum):
    """What a task does with a cancellation that it keeps to itself."""

    GOES_ON = auto()
    """An endless loop starts its next round: nothing can stop the task."""
    MAY_GO_ON = auto()
    """So it does, as long as the condition of its loop holds."""
    ENDS = auto()
    """It ends as if it had finished."""


@dataclass(frozen=True, slots=True)
class SwallowedCancellation:
    """A place where a coroutine catches its own cancellation and does not pass it on.

    `node` is the `except` clause, the item of `with suppress(…)`, or the statement that leaves a `finally`.
    """

    function: Function
    node: ast.ExceptHandler | ast.withitem | ast.stmt
    outcome: Outcome


def swallowed_cancellations(module: Module) -> Iterator[SwallowedCancellation]:
    """Give the places where coroutines swallow their own cancellation.

    Not those where the body of a task ends quietly when this file, which started it, cancels it.
    """
    places = list(_places_that_swallow(module))
    if not places:
        return
    cancelled = _names_cancelled(module)
    bodies = _bodies_of_tasks(module, cancelled)
    for function, node, place in places:
        if not _waits_for_own_work(module, node, cancelled):
            continue
        outcome = _outcome(module, function, node, place)
        if outcome is not Outcome.ENDS or function not in bodies:
            yield SwallowedCancellation(function, place, outcome)


def _places_that_swallow(
    module: Module,
) -> Iterator[tuple[Function, ast.Try | ast.With, ast.ExceptHandler | ast.withitem | ast.stmt]]:
    """Give what keeps any cancellation in a coroutine, with the statement that it is a part of."""
    # A file alone that doesn't name the error, or what it is, catches it by a bare clause only.
    may_name = module.project is not None or not _NAMING_CANCELLATION.isdisjoint(module.text.words)
    for function in module.functions():
        if not function.is_async:
            continue
        for node in function.scope.all_nodes(ast.Try, getattr(ast, "TryStar", ast.Try), ast.With):
            if isinstance(node, ast.With):
                if may_name:
                    yield from ((function, node, item) for item in _suppressors(module, node))
            elif isinstance(node, ast.Try):
                if may_name or (node.handlers and node.handlers[-1].type is None):
                    yield from ((function, node, handler) for handler in _catching(module, node))
                yield from ((function, node, jump) for jump in _leaving_finally(node))


def _names_cancelled(module: Module) -> set[object]:
    """Give what this file calls `cancel()` on, as far as it has names."""
    found: set[object] = set()
    for node, _ in module.facts.calls.get("cancel", ()):
        receiver = module.call_site(node).receiver
        if receiver is not None:
            found.add(_identity(module, receiver))
    return found - {None}


def _identity(module: Module, node: ast.expr) -> object:
    """Give what makes two names the same in this file: the names, and the scope or class that they belong to."""
    names = dotted(node)
    if names is None:
        return None
    scope = module.scope_at(node)
    function = module.function_of(scope)
    if len(names) > 1 and names[0] == "self" and function is not None:
        around = function.class_around
        return (around.node if around is not None else None, names)
    return (scope.binding_scope(names[0]), names)


def _bodies_of_tasks(module: Module, cancelled: set[object]) -> set[Function]:
    """Give the functions that run as tasks which this file keeps by a name and cancels by it.

    Whatever is given a coroutine and gives something to cancel starts a task, be it `create_task()` or not.
    """
    found: set[Function] = set()
    for node, _ in chain.from_iterable(module.facts.calls.values()):
        body = node.args[0] if node.args else None
        if not isinstance(body, ast.Call):
            continue
        if any(_identity(module, target) in cancelled for target in module.use_of(node).targets):
            found.update(module.call_site(body).functions)
    return found


def _catching(module: Module, node: ast.Try) -> Iterator[ast.ExceptHandler]:
    """Give the `except` clause that a cancellation ends in, if one keeps it."""
    for handler in node.handlers:
        kinds = _caught(module, handler)
        if None in kinds:
            # An unknown type may be the one that passes it on.
            return
        if kinds.isdisjoint(_CATCHES_CANCELLATION):
            continue
        if not _passes_on(module, handler):
            yield handler
        return


def _caught(module: Module, handler: ast.ExceptHandler) -> frozenset[str | None]:
    if handler.type is None:
        return frozenset({"builtins.BaseException"})
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(map(module.qualified_name, types))


def names_cancellation(module: Module, handler: ast.ExceptHandler) -> bool:
    """Tell whether an `except` clause catches CancelledError by its name."""
    return not _caught(module, handler).isdisjoint(_CANCELLED)


def _passes_on(module: Module, handler: ast.ExceptHandler) -> bool:
    """Tell whether the clause raises, saves the error, tells others that it is over, or knows what it does."""
    for node in _running_in(handler.body):
        if isinstance(node, ast.Raise | ast.Delete):
            return True
        if isinstance(node, ast.Name) and node.id == handler.name and not _is_only_shown(module, node):
            return True
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, bool):
                return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name in ("uncancel", "set_exception", "cancel", "throw") or module.never_returns(node):
                return True
    return False


def _running_in(statements: list[ast.stmt]) -> Iterator[ast.AST]:
    """Walk what runs in a block, without the bodies of functions that it defines."""
    return walk_scope(*(statement for statement in statements if not isinstance(statement, DEFINITIONS)))


def _is_only_shown(module: Module, name: ast.Name) -> bool:
    """Tell whether the error is only logged, formatted or asked something, and so goes nowhere."""
    use = module.use_of(name)
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        callee = use.node.func
        return (callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")) in _SHOWING
    return use.kind in (UseKind.FORMATTED, UseKind.ATTRIBUTE, UseKind.COMPARED)


def _suppressors(module: Module, node: ast.With) -> Iterator[ast.withitem]:
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and module.qualified_name(call.func) == "contextlib.suppress":
            if any(module.qualified_name(argument) in _CATCHES_CANCELLATION for argument in call.args):
                yield item


def _leaving_finally(node: ast.Try) -> Iterator[ast.stmt]:
    """Give the jumps that leave a `finally` and drop the exception under way."""
    stack: list[tuple[ast.AST, bool]] = [(statement, False) for statement in node.finalbody]
    while stack:
        current, in_loop = stack.pop()
        if isinstance(current, ast.Return) or (isinstance(current, ast.Break | ast.Continue) and not in_loop):
            yield current
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            continue
        inside = in_loop or isinstance(current, ast.For | ast.AsyncFor | ast.While)
        stack.extend((child, inside) for child in ast.iter_child_nodes(current))


def _waits_for_own_work(module: Module, node: ast.Try | ast.With, cancelled: set[object]) -> bool:
    """Tell whether what is tried waits for work of its own, and not for somebody whom it cancelled."""
    own = False
    for inner in _running_in(node.body):
        if isinstance(inner, ast.AsyncFor | ast.AsyncWith):
            own = True
        elif isinstance(inner, ast.Await):
            if not isinstance(inner.value, ast.Call):
                return False
            if module.qualified_name(inner.value.func) in _WAITS_FOR_OTHERS:
                if not all(isinstance(argument, ast.Call | ast.Constant) for argument in inner.value.args):
                    return False
            if _waits_for_a_cancelled_task(module, inner.value, cancelled):
                return False
            own = True
    return own and not any(
        isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "cancel"
        for around in _around(module, node)
        for call in walk_scope(around)
    )


def _waits_for_a_cancelled_task(module: Module, call: ast.Call, cancelled: set[object]) -> bool:
    """Tell whether a coroutine of this file awaits a task that the file also cancels."""
    return any(
        isinstance(inner, ast.Await) and _identity(module, inner.value) in cancelled
        for function in module.call_site(call).functions
        if function.owner is module
        for inner in function.scope.all_nodes(ast.Await)
    )


def _around(module: Module, node: ast.AST) -> list[ast.AST]:
    """Give the outermost loop around a statement, else its function: where a task would be cancelled before."""
    found: ast.AST = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return [ancestor] if found is node else [found]
        if isinstance(ancestor, ast.For | ast.AsyncFor | ast.While):
            found = ancestor
    return [found]


def _outcome(
    module: Module, function: Function, node: ast.stmt, place: ast.ExceptHandler | ast.withitem | ast.stmt
) -> Outcome:
    graph = module.graph(function)
    outcome = Outcome.ENDS
    if graph is None:
        return outcome
    starts = graph.nodes_of(place)
    if isinstance(place, ast.withitem):
        starts = tuple(start for start in starts if start.exceptional)
    leaves_at_times = isinstance(place, ast.ExceptHandler) and any(
        isinstance(inner, ast.Return | ast.Break) for inner in _running_in(place.body)
    )
    for loop in module.ancestors(node):
        if isinstance(loop, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            break
        if not isinstance(loop, ast.While):
            continue
        tests = graph.nodes_of(loop.test)
        if any(graph.paths_avoiding(start, _never, tests, follow=_goes_well(start)) for start in starts):
            if isinstance(loop.test, ast.Constant) and not leaves_at_times:
                return Outcome.GOES_ON
            outcome = Outcome.MAY_GO_ON
    return outcome


def _never(_: Node) -> bool:
    return False


def _goes_well(start: Node) -> Callable[[Edge], bool]:
    """Follow what happens when the clause at `start` has caught the cancellation and nothing else fails."""

    def follow(edge: Edge) -> bool:
        if edge.source is start and edge.kind is EdgeKind.FALSE:
            return False
        return edge.kind not in (EdgeKind.EXCEPTION, EdgeKind.PROPAGATE)

    return follow


# Locks of threads.


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock of threads that a coroutine holds in a `with`: the first place where it waits, and the lock's class.

    `is_taken_in_plain_code`: a plain function of the file takes the lock too, and can't take one of asyncio's.
    """

    lock: ast.expr
    waits: ast.AST
    kind: str
    is_taken_in_plain_code: bool


def locks_held_across_await(module: Module) -> Iterator[HeldLock]:
    """Give the locks of threads or processes that a coroutine holds while it waits."""
    for function in module.functions():
        if not function.is_async:
            continue
        for block in function.scope.all_nodes(ast.With):
            assert isinstance(block, ast.With)
            waits = next((node for node in _running_in(block.body) if _suspends(module, node)), None)
            if waits is None:
                continue
            for item in block.items:
                types = module.type_of(item.context_expr)
                kind = next((lock for lock in LOCKS if types.is_only(lock)), None)
                if kind is not None and not _is_own(module, function, item.context_expr):
                    shared = _is_taken_in_plain_code(module, function, item.context_expr)
                    yield HeldLock(item.context_expr, waits, kind, shared)
                    break


def _suspends(module: Module, node: ast.AST) -> bool:
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        return not _runs_through(module.call_site(node.value))
    return _is_suspension(node)


def _is_suspension(node: ast.AST) -> bool:
    return isinstance(node, _SUSPENSIONS) or (isinstance(node, ast.comprehension) and bool(node.is_async))


def _runs_through(site: CallSite) -> bool:
    """Tell whether a call is of coroutines that wait for nothing: awaiting such a one lets no other task run."""
    known = site.is_certain and bool(site.functions) and len(site.functions) == len(site.names)
    return known and all(
        function.is_coroutine
        and not function.decorators
        and not any(map(_is_suspension, walk_scope(*function.body)))
        and (
            function.class_scope is None
            or overrides(function.owner.class_of(function.class_scope), function.name) == []
        )
        for function in site.functions
    )


def _is_taken_in_plain_code(module: Module, holder: Function, lock: ast.expr) -> bool:
    return any(
        same_place(item.context_expr, lock) and _share_root(holder, other, lock)
        for other in module.functions()
        if not other.is_async
        for block in other.scope.all_nodes(ast.With)
        if isinstance(block, ast.With)
        for item in block.items
    )


def _share_root(first: Function, second: Function, place: ast.expr) -> bool:
    """Tell whether the name that a place begins with is one variable in both, or the object of the same class."""
    path = dotted(place)
    if path is None:
        return False
    scopes = [function.scope.binding_scope(path[0]) for function in (first, second)]
    if scopes[0] is not None and scopes[0] is scopes[1]:
        return True
    return first.class_scope is not None and all(
        function.class_scope is first.class_scope
        and scope is function.scope
        and bool(function.positional)
        and function.positional[0].arg == path[0]
        for function, scope in zip((first, second), scopes, strict=True)
    )


def _is_own(module: Module, function: Function, lock: ast.expr) -> bool:
    """Tell whether the lock is made by the call that holds it, so that nobody else waits for it."""
    if isinstance(lock, ast.Call):
        return True
    return isinstance(lock, ast.Name) and any(
        binding.scope is function.scope and isinstance(binding.value, ast.Call)
        for binding in module.reaching(lock)
    )
