"""Sockets that a handler puts into a registry and does not take out again on every way that it ends."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, registries, resources, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node, NodeKind
from aiohttp_lint.semantics.receive_loops import LOG_METHODS
from aiohttp_lint.semantics.resources import EventKind
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import SCOPES, TRIES, blocks, same_place

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.registries import Place
    from aiohttp_lint.semantics.resources import Holding

_APP_KEY = aiohttp_api.class_named("aiohttp.web.AppKey").name
_KINDS = ("list", "set", "dict", "builtins.list", "builtins.set", "builtins.dict")
_PUTS = frozenset({"add", "append"})
_REMOVALS = frozenset({"remove", "discard", "pop", "clear", "difference_update", "intersection_update"})
_QUIET = (
    "builtins.print",
    "builtins.len",
    "builtins.isinstance",
    "builtins.str",
    "builtins.repr",
    "builtins.id",
)
_QUIET_OF_SOCKETS = frozenset({"exception", "get_extra_info"})


@dataclass(frozen=True, slots=True)
class RegistryLeak:
    """A socket left in a registry: where it is put in, what may fail before it is taken out, and where that stands.

    `removal` is None where nothing of the file takes it out; `failing` only exists with a removal.
    """

    put: ast.stmt
    collection: ast.expr
    removal: ast.stmt | None
    failing: ast.AST | None


def registry_leaks(module: Module) -> Iterator[RegistryLeak]:
    """Give the sockets of a function that stay in a registry when the function is over."""
    if module.imports("weakref"):
        # Which collection is a weak one can't be told.
        return
    for call in module.calls_to(websockets.SERVER):
        held = resources.holding(module, call.node, websockets.SERVER_SOCKET)
        if held is None or held.function is None or not held.function.is_coroutine:
            continue
        for event in held.events:
            found = _put(module, event.name, event.use.node) if event.kind is EventKind.ESCAPED else None
            if found is None:
                continue
            statement, collection = found
            place = registries.place_of(module, collection)
            if place is not None and module.type_of(collection).is_only(*_KINDS):
                leak = _leak(module, held, statement, collection, place)
                if leak is not None:
                    yield leak


def _put(module: Module, socket: ast.Name, holder: ast.AST) -> tuple[ast.stmt, ast.expr] | None:
    """Give the statement that puts a socket into a collection, and the collection."""
    if isinstance(holder, ast.Call) and isinstance(holder.func, ast.Attribute):
        if holder.func.attr in _PUTS and holder.args == [socket] and not holder.keywords:
            if module.use_of(holder).kind is UseKind.DISCARDED:
                return module.statement(holder), holder.func.value
    elif isinstance(holder, ast.Assign) and holder.value is socket and len(holder.targets) == 1:
        target = holder.targets[0]
        if isinstance(target, ast.Subscript):
            return holder, target.value
    return None


def _leak(
    module: Module, held: Holding, put: ast.stmt, collection: ast.expr, place: Place
) -> RegistryLeak | None:
    graph = module.graph_of(held.scope)
    assert held.function is not None
    if graph is None:
        return None
    own: list[ast.stmt] = []
    for node in _removals(module, place):
        function = module.function_at(node)
        if function == held.function:
            if isinstance(node, ast.Attribute) and module.use_of(node).kind is not UseKind.CALLED:
                return None
            own.append(module.statement(node))
            if _is_in_finally(module, own[-1]):
                return None
        elif not _is_at_the_end(module, function):
            return None
    taken = {node for statement in own for node in _steps(graph, statement)}
    for event in held.events:
        # Whoever gets the socket may take it out.
        if event.kind is EventKind.ESCAPED and event.use.kind is not UseKind.RETURNED:
            if module.statement(event.name) is not put:
                taken.update(graph.nodes_evaluating(event.name))
    starts = [node for node in graph.nodes_of(put) if node in graph.reachable()]
    if not starts:
        return None
    failing = _way_past(module, held, graph, starts, taken)
    if failing is None:
        return None
    others = _files_speaking_of(module, place)
    if others is None or any(_may_forget(other, place) for other in others):
        return None
    if not own and (taken or not all(_only_makes(other, place) for other in others)):
        return None
    removal = max(own, key=lambda statement: statement.lineno) if own else None
    return RegistryLeak(put, collection, removal, failing.ast if removal is not None else None)


def _is_in_finally(module: Module, statement: ast.stmt) -> bool:
    came_from: ast.AST = statement
    for ancestor in module.ancestors(statement):
        if isinstance(ancestor, SCOPES):
            return False
        if isinstance(ancestor, TRIES) and came_from in getattr(ancestor, "finalbody", ()):
            return True
        came_from = ancestor
    return False


def _steps(graph: Graph, statement: ast.stmt) -> tuple[Node, ...]:
    syntax = statement.value if isinstance(statement, ast.Expr) else statement
    return (*graph.nodes_of(statement), *graph.nodes_evaluating(syntax))


def _way_past(
    module: Module, held: Holding, graph: Graph, starts: list[Node], taken: set[Node]
) -> Node | None:
    """Give the last step before the function ends with the socket still in the registry."""
    last: dict[Node, Node] = {}

    def follow(edge: Edge) -> bool:
        if edge.kind is EdgeKind.EXCEPTION and (
            edge.source in starts or not _may_fail(module, held, edge.source)
        ):
            return False
        last.setdefault(edge.target, edge.source)
        return True

    for start in starts:
        for goal in (graph.raises, graph.exit):
            last.clear()
            if graph.paths_avoiding(start, taken.__contains__, {goal}, follow=follow) is not None:
                return _origin(last, goal)
    return None


def _origin(last: dict[Node, Node], goal: Node) -> Node:
    """Follow an exception back to the step that raises, through the blocks that it leaves."""
    node = last[goal]
    while node.kind in (NodeKind.LEAVE, NodeKind.REST) and node in last:
        node = last[node]
    return node


def _may_fail(module: Module, held: Holding, node: Node) -> bool:
    """Tell whether a step fails in practice. Iteration over a socket does not: it just ends."""
    if node.kind is NodeKind.ITERATE:
        return not (
            isinstance(node.ast, ast.AsyncFor)
            and isinstance(node.ast.iter, ast.Name)
            and node.ast.iter.id == held.name
        )
    return any(
        isinstance(inner, ast.Raise | ast.Assert)
        or (isinstance(inner, ast.Call) and not _is_quiet(module, held, inner))
        for inner in ast.walk(node.ast)
        if node.kind not in (NodeKind.LEAVE, NodeKind.HANDLER)
    )


def _is_quiet(module: Module, held: Holding, call: ast.Call) -> bool:
    if module.call_site(call).calls_only(*_QUIET):
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    receiver = call.func.value
    is_own = isinstance(receiver, ast.Name) and receiver.id == held.name
    return call.func.attr in LOG_METHODS or (is_own and call.func.attr in _QUIET_OF_SOCKETS)


def _removals(module: Module, place: Place) -> Iterator[ast.AST]:
    """Give what takes something out of a registry: methods, `del`, `-=`, and a new value made of the old one."""
    for attribute in module.attributes_named(*_REMOVALS):
        if registries.place_of(module, attribute.value) == place:
            yield attribute
    for scope in module.scope.descend():
        for kind in (ast.Delete, ast.Assign):
            for statement in scope.nodes.get(kind, ()):
                if _takes_out(module, statement, place):
                    yield statement
    for scope in module.scope.descend():
        for statement in scope.nodes.get(ast.AugAssign, ()):
            assert isinstance(statement, ast.AugAssign)
            if isinstance(statement.op, ast.Sub | ast.BitAnd):
                if registries.place_of(module, statement.target) == place:
                    yield statement


def _takes_out(module: Module, statement: ast.AST, place: Place) -> bool:
    targets: list[ast.expr] = getattr(statement, "targets", [])
    if isinstance(statement, ast.Delete):
        return any(
            isinstance(target, ast.Subscript) and registries.place_of(module, target.value) == place
            for target in targets
        )
    assert isinstance(statement, ast.Assign)
    for target in targets:
        whole = (
            target.value
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice)
            else target
        )
        if registries.place_of(module, whole) == place:
            return any(
                isinstance(node, ast.expr) and same_place(node, whole) for node in ast.walk(statement.value)
            )
    return False


def _is_at_the_end(module: Module, function: Function | None) -> bool:
    """Tell whether a function runs when the server stops, too late for a registry that grows."""
    return function is not None and bool(
        module.roles_of(function) & {Role.SHUTDOWN, Role.CLEANUP, Role.CLEANUP_CONTEXT}
    )


def _files_speaking_of(module: Module, place: Place) -> list[Module] | None:
    """Give the other files of the project that name a registry; None where there are too many to look into."""
    name = place[1] if place[0] != "attribute" else place[2]
    if not isinstance(name, str):
        return None
    project = module.project
    paths = [] if project is None else project.files_saying(module, name)
    if project is None or paths is None:
        return None if paths is None else []
    return [other for path in paths if (other := project.module_at(path)) is not None]


def _may_forget(other: Module, place: Place) -> bool:
    """Tell whether another file may make a registry of weak references, or takes something out of it."""
    name = place[1] if place[0] != "attribute" else place[2]
    return other.imports("weakref") or any(
        _last_name(attribute.value) == name for attribute in other.attributes_named(*_REMOVALS)
    )


def _only_makes(other: Module, place: Place) -> bool:
    """Tell whether another file does nothing with a registry but name its key, or put an empty one into the application."""
    name = place[1]
    if (
        place[0] != "key"
        or not isinstance(name, str)
        or not name.isidentifier()
        or other.attributes_named(name)
    ):
        return False
    return all(
        _only_makes_at(other, node)
        for node in ast.walk(other.tree)
        if (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.alias) and node.name == name)
        or (isinstance(node, ast.Constant) and node.value == name)
    )


def _only_makes_at(other: Module, use: ast.AST) -> bool:
    if isinstance(use, ast.alias):
        return use.asname is None
    if isinstance(use, ast.Name) and isinstance(use.ctx, ast.Store):
        return True
    if isinstance(use, ast.Constant):
        call = other.parent(use)
        if isinstance(call, ast.Call) and other.call_site(call).calls_only(_APP_KEY):
            return True
    entry = other.parent(use)
    statement = other.parent(entry) if isinstance(entry, ast.Subscript) and entry.slice is use else None
    return isinstance(statement, ast.Assign) and statement.targets == [entry] and _is_empty(statement.value)


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return (
            not value.args
            and not value.keywords
            and isinstance(value.func, ast.Name)
            and value.func.id in _KINDS
        )
    return (isinstance(value, ast.List) and not value.elts) or (
        isinstance(value, ast.Dict) and not value.keys
    )


def _last_name(node: ast.expr) -> object:
    if isinstance(node, ast.Subscript):
        return node.slice.value if isinstance(node.slice, ast.Constant) else _last_name(node.slice)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def statements_between(module: Module, leak: RegistryLeak) -> list[ast.stmt]:
    """Give what stands between the putting in and the taking out, where the two stand in one block."""
    holder = module.parent(leak.put)
    for block in blocks(holder) if isinstance(holder, ast.stmt) else []:
        if leak.put in block and leak.removal in block:
            return block[block.index(leak.put) + 1 : block.index(leak.removal)]
    return []
