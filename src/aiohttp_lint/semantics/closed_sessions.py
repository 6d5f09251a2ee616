"""Questions about sessions that are used when they are closed, and about shared ones that a user closes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import REQUESTS, SESSION, VERBS
from aiohttp_lint.semantics.graph import Node, NodeKind
from aiohttp_lint.semantics.resources import Holding
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.syntax import COMPREHENSIONS
from aiohttp_lint.semantics.websockets import is_failure_expected

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import Use
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_SENDING = frozenset({*VERBS, "ws_connect"})
_ERRORS = frozenset({"builtins.RuntimeError", "builtins.Exception", "builtins.BaseException"})
_STARTERS = ("asyncio.create_task", "asyncio.ensure_future", "asyncio.AbstractEventLoop.create_task")
_CONTAINERS = ("aiohttp.web.Application", "aiohttp.ChainMapProxy", "aiohttp.helpers.ChainMapProxy")
_SERVED = frozenset({Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE})
_OWNING_METHODS = frozenset({"__aenter__", "__aexit__", "run", "main", "start", "close", "stop"})


@dataclass(frozen=True, slots=True)
class LateUse:
    """A use of a session behind the place that closes it on every way: the `with` item, or the `close` call."""

    place: ast.expr
    closing: ast.AST


def late_uses(module: Module) -> Iterator[LateUse]:
    """Give the requests through a session, by this function or one that it calls, after the session is closed."""
    for held, entered in _sessions(module):
        closings: list[ast.AST] = [entered] if entered is not None else []
        for event in held.events:
            if isinstance(event.use.node, ast.withitem) and event.use.kind is UseKind.ENTERED:
                closings.append(event.use.node)
            elif _is_awaited_close(module, event.use):
                closings.append(event.name)
        late = held.uses_after_release(closings) if closings else []
        for event in late:
            if _sends(module, event.name, event.use) and not is_failure_expected(module, event.name, _ERRORS):
                yield LateUse(_shown(module, event.name, event.use), closings[0])
        if entered is not None:
            block = module.parent(entered)
            for event in held.events:
                if event.use.kind is UseKind.RETURNED and block in module.ancestors(event.name):
                    yield LateUse(event.name, entered)


def _sessions(module: Module) -> Iterator[tuple[Holding, ast.withitem | None]]:
    for call in module.calls_to(SESSION):
        use = module.use_of(call.node)
        if isinstance(use.node, ast.withitem) and use.kind is UseKind.ENTERED:
            held = resources.entering(module, use.node, resources.SESSION)
            if held is not None:
                yield held, use.node
        else:
            held = resources.holding(module, call.node, resources.SESSION)
            if held is not None:
                yield held, None


def _is_awaited_close(module: Module, use: Use) -> bool:
    attribute = use.node
    if not isinstance(attribute, ast.Attribute) or attribute.attr != "close":
        return False
    call = module.parent(attribute)
    return isinstance(call, ast.Call) and call.func is attribute and module.use_of(call).kind is UseKind.AWAITED


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
    parameter = resources.parameter_given(module, call, name, function)
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
    """A coroutine, or a task just started, that works on the session of a block and is awaited after it only."""

    call: ast.Call
    closing: ast.withitem
    awaited: ast.Name


def late_coroutines(module: Module) -> Iterator[LateCoroutine]:
    """Give the coroutines that are made in the block of a session, and get to run when the session is closed."""
    for held, entered in _sessions(module):
        if entered is None or held.function is None:
            continue
        block = module.parent(entered)
        assert isinstance(block, ast.AsyncWith)
        for event in held.events:
            call = _coroutine_made(module, event.name, event.use)
            if call is None or block not in module.ancestors(call):
                continue
            name = _kept_in(module, call)
            awaited = _awaited_after(module, held.function, block, entered, name) if name is not None else None
            if awaited is None or is_failure_expected(module, awaited, _ERRORS):
                continue
            if _is_started(module, call) and _waits_after(module, block, call):
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
    return call if kind in (UseKind.STORED, UseKind.ASSIGNED, UseKind.ARGUMENT) else None


def _is_started(module: Module, call: ast.Call) -> bool:
    starter = module.use_of(call).node
    return isinstance(starter, ast.Call) and module.call_site(starter).calls_only(*_STARTERS)


def _kept_in(module: Module, call: ast.Call) -> str | None:
    """Give the local name that the coroutine, its task or the list of such is kept under."""
    node: ast.AST = call
    if _is_started(module, call):
        node = module.use_of(call).node
    use = module.use_of(node)
    if isinstance(use.node, ast.Call) and use.kind is UseKind.ARGUMENT:
        adding = use.node.func
        if isinstance(adding, ast.Attribute) and adding.attr == "append" and isinstance(adding.value, ast.Name):
            return adding.value.id
        return None
    if isinstance(use.node, (ast.List, ast.Tuple, *COMPREHENSIONS)) and not isinstance(use.node, ast.DictComp):
        use = module.use_of(use.node)
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
        if nodes and graph.paths_avoiding(graph.entry, leaving, nodes) is None and _is_waited_for(module, load):
            found = found or load
        else:
            return None
    return found


def _is_waited_for(module: Module, load: ast.Name) -> bool:
    use = module.use_of(load)
    if use.kind is UseKind.AWAITED:
        return True
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
        roles = module.roles_of(function)
        is_served = bool(roles & _SERVED) or module.roles.caller(function) is not None
        for block in function.scope.all_nodes(ast.AsyncWith):
            assert isinstance(block, ast.AsyncWith)
            for item in block.items:
                shared = _origin(module, item.context_expr)
                types = module.type_of(item.context_expr)
                if not types.is_only(SESSION) or isinstance(shared, ast.Call):
                    continue
                if (is_served and _is_of_program(module, shared)) or (of_objects and _is_of_others(module, function, shared)):
                    yield SharedSessionClosed(item, ast.unparse(shared))


def _origin(module: Module, node: ast.expr) -> ast.expr:
    """Give where a local name has its value from, through one assignment."""
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT and bindings[0].value is not None:
            if bindings[0].scope.kind is ScopeKind.FUNCTION:
                return bindings[0].value
    return node


def _is_of_program(module: Module, node: ast.expr) -> bool:
    """Tell whether the session is an application's, or a global of the module that no function here opens."""
    if isinstance(node, ast.Subscript):
        return module.is_instance(node.value, *_CONTAINERS)
    if not isinstance(node, ast.Name):
        return False
    function = module.function_at(node)
    home = module.scope_at(node).binding_scope(node.id)
    opens = function is not None and node.id in function.scope.global_names
    return home is not None and home.kind is ScopeKind.MODULE and not opens


def _is_of_others(module: Module, function: Function, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
        return bool(bindings) and all(binding.kind is BindingKind.PARAMETER for binding in bindings)
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or function.class_scope is None:
        return False
    if function.name in _OWNING_METHODS or not function.positional or function.positional[0].arg != node.value.id:
        return False
    bindings = module.inference.attribute_bindings(module.class_of(function.class_scope), node.attr)
    return bool(bindings) and all(binding.scope is not function.scope for binding in bindings)
