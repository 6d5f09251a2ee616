"""Questions about sessions that are used when they are closed, and about shared ones that a user closes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.calls import UseKind, parameter_given
from aiohttp_lint.semantics.client import REQUESTS, SESSION, VERBS
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.graph import Node, NodeKind
from aiohttp_lint.semantics.resources import Holding
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.session_leaks import sessions_made_elsewhere
from aiohttp_lint.semantics.syntax import same_place, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import Use
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Scope

HeldSession: TypeAlias = "tuple[Holding, ast.withitem | None]"
"""A session that a local name holds, and the `with` item that closes it."""

_SENDING = frozenset({*VERBS, "ws_connect"})
_STARTERS = (
    "asyncio.create_task", "asyncio.ensure_future", "asyncio.AbstractEventLoop.create_task", "asyncio.gather",
)  # fmt: skip
_CONTAINERS = ("aiohttp.web.Application", "aiohttp.ChainMapProxy", "aiohttp.helpers.ChainMapProxy")
_SERVED = frozenset({Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE})
_OWNING_METHODS = frozenset({"__aenter__", "__aexit__", "run", "main", "start", "close", "stop"})


@dataclass(frozen=True, slots=True)
class LateUse:
    """A use of a session behind the place that closes it on every way: the `with` item, or the `close` call."""

    place: ast.expr
    closing: ast.AST


def late_uses(module: Module, sessions: Sequence[HeldSession]) -> Iterator[LateUse]:
    """Give the requests through a session, by this function or one that it calls, after the session is closed."""
    for held, entered in sessions:
        closings: list[ast.AST] = [entered] if entered is not None else []
        for event in held.events:
            if isinstance(event.use.node, ast.withitem) and event.use.kind is UseKind.ENTERED:
                closings.append(event.use.node)
            elif _is_awaited_close(module, event.use):
                closings.append(event.name)
        late = held.uses_after_release(closings) if closings and not _asks_if_closed(held) else []
        for event in late:
            if _sends(module, event.name, event.use) and not _is_expected(module, event.name):
                yield LateUse(_shown(module, event.name, event.use), closings[0])


def returned_closed(module: Module, sessions: Sequence[HeldSession]) -> Iterator[LateUse]:
    """Give the sessions that are returned out of the block that closes them."""
    for held, entered in sessions:
        if entered is None or _is_detached(held):
            continue
        block = module.statement(entered)
        for event in held.events:
            if isinstance(event.use.node, ast.Return) and block in module.ancestors(event.name):
                yield LateUse(event.name, entered)


def _is_expected(module: Module, node: ast.AST) -> bool:
    return fails_on_purpose(module, node, "RuntimeError")


def _is_detached(held: Holding) -> bool:
    """Tell whether the session hands its connector over, so that its end closes nothing."""
    return any(
        isinstance(event.use.node, ast.Attribute) and event.use.node.attr == "detach" for event in held.events
    )


def _asks_if_closed(held: Holding) -> bool:
    """Tell whether some condition depends on `session.closed`."""
    return any(
        isinstance(event.use.node, ast.Attribute)
        and event.use.node.attr == "closed"
        and held.module.use_of(event.use.node).kind in (UseKind.TESTED, UseKind.COMPARED)
        for event in held.events
    )


def held_sessions(module: Module) -> Iterator[HeldSession]:
    """Give the sessions of a file that local names hold."""
    made: list[ast.expr] = [call.node for call in module.calls_to(SESSION)]
    made.extend(session.value for session in sessions_made_elsewhere(module))
    for value in made:
        use = module.use_of(value)
        if isinstance(use.node, ast.withitem) and use.kind is UseKind.ENTERED:
            held = resources.entering(module, use.node, resources.SESSION)
            if held is not None:
                yield held, use.node
        else:
            held = resources.holding(module, value, resources.SESSION)
            if held is not None:
                yield held, None


def _is_awaited_close(module: Module, use: Use) -> bool:
    attribute = use.node
    if not isinstance(attribute, ast.Attribute) or attribute.attr != "close":
        return False
    call = module.parent(attribute)
    return (
        isinstance(call, ast.Call) and call.func is attribute and module.use_of(call).kind is UseKind.AWAITED
    )


def _sends(module: Module, name: ast.Name, use: Use) -> bool:
    """Tell whether a use of the session sends a request."""
    if isinstance(use.node, ast.Attribute):
        called = module.parent(use.node)
        return use.node.attr in _SENDING and isinstance(called, ast.Call) and called.func is use.node
    call = module.parent(use.node) if isinstance(use.node, ast.keyword) else use.node
    return use.kind is UseKind.ARGUMENT and isinstance(call, ast.Call) and _callee_sends(module, call, name)


def _callee_sends(module: Module, call: ast.Call, name: ast.Name) -> bool:
    """Tell whether the called function of the file sends requests through the session that it is given."""
    site = module.call_site(call)
    if not site.is_certain or len(site.functions) != 1 or len(site.names) != 1:
        return False
    (function,) = site.functions
    parameter = parameter_given(module, call, name, function)
    if parameter is None or not function.is_coroutine or len(function.scope.bindings.get(parameter, ())) != 1:
        return False
    owner = function.owner
    return any(
        isinstance(attribute := owner.parent(load), ast.Attribute) and attribute.attr in _SENDING
        for load in owner.uses(function.scope, parameter)
    )


def _shown(module: Module, name: ast.Name, use: Use) -> ast.expr:
    if isinstance(use.node, ast.Attribute):
        called = module.parent(use.node)
        return called if isinstance(called, ast.Call) else use.node
    return name


# Coroutines that are made in the block and run after it.


@dataclass(frozen=True, slots=True)
class LateCoroutine:
    """A coroutine, or a task just started, that works on the session of a block and is awaited after it only.

    `awaited` is where; None where the function returns it from the block.
    """

    call: ast.Call
    closing: ast.withitem
    awaited: ast.Name | None


def late_coroutines(module: Module, sessions: Sequence[HeldSession]) -> Iterator[LateCoroutine]:
    """Give the coroutines that are made in the block of a session, and get to run when the session is closed."""
    for held, entered in sessions:
        if entered is None or held.function is None or _is_detached(held):
            continue
        block = module.parent(entered)
        assert isinstance(block, ast.AsyncWith)
        for event in held.events:
            call = _coroutine_made(module, event.name, event.use)
            if call is None or block not in module.ancestors(call):
                continue
            whole, is_started = _gathered(module, call)
            use = module.use_of(whole)
            if isinstance(use.node, ast.Return):
                # A response's own rule (AIO108) speaks of `return session.get(…)`.
                if whole is not call or not isinstance(event.use.node, ast.Attribute):
                    yield LateCoroutine(call, entered, None)
                continue
            name = _kept_in(use)
            awaited = (
                _awaited_after(module, held.function, block, entered, name) if name is not None else None
            )
            if awaited is None or _is_expected(module, awaited):
                continue
            if is_started and _waits_after(module, block, call):
                continue
            yield LateCoroutine(call, entered, awaited)


def _coroutine_made(module: Module, name: ast.Name, use: Use) -> ast.Call | None:
    """Give the call that makes a coroutine of a request through the session, and does not await it."""
    call: ast.AST | None = use.node
    if isinstance(call, ast.Attribute | ast.keyword):
        call = module.parent(call)
    if not isinstance(call, ast.Call) or not _sends(module, name, use):
        return None
    if isinstance(use.node, ast.Attribute) and not module.call_site(call).calls_only(*REQUESTS):
        return None
    kind = module.use_of(call).kind
    is_kept = kind in (UseKind.STORED, UseKind.ASSIGNED, UseKind.ARGUMENT, UseKind.RETURNED)
    return call if is_kept else None


def _gathered(module: Module, call: ast.Call) -> tuple[ast.expr, bool]:
    """Give the list, task or `gather` that a coroutine is part of, and whether it is started by that."""
    whole: ast.expr = call
    is_started = False
    while True:
        holder: ast.AST | None = module.use_of(whole).node
        if isinstance(holder, ast.Starred):
            holder = module.parent(holder)
        if isinstance(holder, ast.Call) and module.call_site(holder).calls_only(*_STARTERS):
            whole, is_started = holder, True
        elif isinstance(
            holder, ast.List | ast.Tuple | ast.Set | ast.ListComp | ast.SetComp | ast.GeneratorExp
        ):
            whole = holder
        else:
            return whole, is_started


def _kept_in(use: Use) -> str | None:
    """Give the local name that coroutines are assigned to, or whose list they are appended to."""
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        adding = use.node.func
        if (
            isinstance(adding, ast.Attribute)
            and adding.attr == "append"
            and isinstance(adding.value, ast.Name)
        ):
            return adding.value.id
        return None
    if use.kind is not UseKind.ASSIGNED or len(use.targets) != 1:
        return None
    return use.targets[0].id if isinstance(use.targets[0], ast.Name) else None


def _awaited_after(
    module: Module, function: Function, block: ast.AsyncWith, item: ast.withitem, name: str
) -> ast.Name | None:
    """Give the use of the name by which its coroutines are awaited, if all that do so stand behind the block."""
    graph = module.graph(function)
    if graph is None or name not in function.scope.bindings:
        return None
    leaves = {node for node in graph.nodes_of(item) if node.kind is NodeKind.LEAVE}

    def leaving(node: Node) -> bool:
        return node in leaves

    found: ast.Name | None = None
    for load in module.uses(function.scope, name):
        attribute = module.parent(load)
        if isinstance(attribute, ast.Attribute) and attribute.attr == "append":
            continue
        if block in module.ancestors(load):
            return None
        nodes = graph.nodes_evaluating(load)
        if (
            nodes
            and graph.paths_avoiding(graph.entry, leaving, nodes) is None
            and _is_waited_for(module, load)
        ):
            found = found or load
        else:
            return None
    return found


def _is_waited_for(module: Module, load: ast.Name) -> bool:
    use = module.use_of(load)
    if use.kind is UseKind.AWAITED:
        return True
    if isinstance(use.node, ast.For) and isinstance(use.node.target, ast.Name):
        return any(
            isinstance(node, ast.Await)
            and isinstance(node.value, ast.Name)
            and node.value.id == use.node.target.id
            for node in walk_scope(*use.node.body)
        )
    call = module.parent(use.node) if isinstance(use.node, ast.Starred) else use.node
    return isinstance(call, ast.Call) and module.call_site(call).calls_only(
        "asyncio.gather", "asyncio.wait", "asyncio.as_completed", "asyncio.wait_for"
    )


def _waits_after(module: Module, block: ast.AsyncWith, call: ast.Call) -> bool:
    """Tell whether the block waits for something after a task was started in it: then the task gets on."""
    end = (call.end_lineno or call.lineno, call.end_col_offset or call.col_offset)
    loops = any(isinstance(ancestor, ast.For | ast.While) and block in module.ancestors(ancestor)
                for ancestor in module.ancestors(call))  # fmt: skip
    return any(
        isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith)
        and (loops or (node.lineno, node.col_offset) > end)
        for statement in block.body
        for node in ast.walk(statement)
    )


# Shared sessions.


@dataclass(frozen=True, slots=True)
class SharedSessionClosed:
    """A shared session that a function enters, and so closes when it is done. `kept_in` is its source."""

    item: ast.withitem
    kept_in: str


def shared_sessions_closed(module: Module, *, of_objects: bool) -> Iterator[SharedSessionClosed]:
    """Give the `async with` items by which a function that runs again and again closes a shared session.

    Args:
        module: The file.
        of_objects: Whether sessions of `self`, and those given as arguments, count too: some close them on purpose.
    """
    for function in module.functions():
        for block in function.scope.all_nodes(ast.AsyncWith):
            assert isinstance(block, ast.AsyncWith)
            for item in block.items:
                shared = _origin(module, item.context_expr)
                types = module.type_of(item.context_expr)
                if not types.is_only(SESSION) or isinstance(shared, ast.Call):
                    continue
                if _is_stored_here(module, function, shared):
                    continue
                if (_is_of_program(module, shared) and _is_served(module, function)) or (
                    of_objects and _is_of_others(module, function, shared)
                ):
                    yield SharedSessionClosed(item, ast.unparse(shared))


def _is_served(module: Module, function: Function) -> bool:
    return bool(module.roles_of(function) & _SERVED) or module.roles.caller(function) is not None


def _is_stored_here(module: Module, function: Function, shared: ast.expr) -> bool:
    """Tell whether the function itself puts the session where it takes it from."""
    return isinstance(shared, ast.Subscript) and any(
        isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and same_place(node, shared)
        for node in walk_scope(*function.body)
    )


def _origin(module: Module, node: ast.expr) -> ast.expr:
    """Give where a local name has its value from, through one assignment."""
    binding = module.only_binding(node, BindingKind.ASSIGNMENT)
    if binding is None or binding.value is None or binding.scope.kind is not ScopeKind.FUNCTION:
        return node
    return binding.value


def _is_of_program(module: Module, node: ast.expr) -> bool:
    """Tell whether the session is an application's, or a global of the module that no function here opens."""
    if isinstance(node, ast.Subscript):
        return module.is_instance(node.value, *_CONTAINERS)
    if not isinstance(node, ast.Name):
        return False
    function = module.function_at(node)
    home = module.scope_at(node).binding_scope(node.id)
    opens = function is not None and node.id in function.scope.global_names
    return (
        home is not None
        and home.kind is ScopeKind.MODULE
        and not opens
        and not _is_renewed(module, home, node.id)
    )


def _is_renewed(module: Module, home: Scope, name: str) -> bool:
    """Tell whether the file asks if the global session is closed, as who opens a new one then does."""
    return any(
        isinstance(attribute := module.parent(load), ast.Attribute) and attribute.attr == "closed"
        for load in module.uses(home, name)
    )


def _is_of_others(module: Module, function: Function, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
        return bool(bindings) and all(binding.kind is BindingKind.PARAMETER for binding in bindings)
    if (
        not isinstance(node, ast.Attribute)
        or not isinstance(node.value, ast.Name)
        or function.class_scope is None
    ):
        return False
    if (
        function.name in _OWNING_METHODS
        or not function.positional
        or function.positional[0].arg != node.value.id
    ):
        return False
    bindings = module.inference.attribute_bindings(module.class_of(function.class_scope), node.attr)
    return bool(bindings) and all(binding.scope is not function.scope for binding in bindings)
