"""Resources that a function holds in a local name: who releases them, whether they escape, and on which paths.

A resource is what an expression gives that somebody must release: a session, a response, a connector, a
WebSocket. The question is asked of the expression that acquires it; the answer follows the local name that
it is assigned to through the control-flow graph of the function.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import Use, UseKind, parameter_given
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node, NodeKind
from aiohttp_lint.semantics.scopes import MAXIMUM_BINDINGS, Binding, BindingKind, Scope
from aiohttp_lint.semantics.syntax import is_none
from aiohttp_lint.semantics.types import ApiFunction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp_lint.semantics.module import Module

_WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)


class EventKind(Enum):
    """What one use of the name does to the resource."""

    RELEASED = auto()
    ESCAPED = auto()
    """Somebody else may hold it from here on."""
    USED = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """One use of the name that holds a resource: the name itself, and what it is used for."""

    kind: EventKind
    name: ast.Name
    use: Use


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a kind of resource is released.

    `releases` are the methods any mention of which counts as a release. `plain` are attributes whose reading
    keeps nothing alive. `ends_when_iterated`: an `async for` over it runs until it is closed.
    """

    releases: frozenset[str]
    plain: frozenset[str] = frozenset()
    ends_when_iterated: bool = False


SESSION = Lifecycle(
    frozenset({"close", "detach", "__aexit__", "__aenter__", "_connector", "connector", "aclose"}),
    frozenset({
        "closed", "cookie_jar", "headers", "timeout", "auth", "get", "post", "put", "patch", "delete", "head",
        "options", "request", "ws_connect", "version", "loop", "raise_for_status", "skip_auto_headers", "json_serialize",
        "auto_decompress", "trace_configs", "trust_env",
    }),
)  # fmt: skip
RESPONSE = Lifecycle(
    frozenset({"read", "text", "json", "release", "close", "__aexit__", "wait_for_close", "content", "_body"}),
    frozenset({
        "status", "ok", "headers", "raw_headers", "url", "real_url", "reason", "method", "cookies", "history", "links",
        "content_type", "charset", "content_length", "content_disposition", "host", "version", "request_info",
        "raise_for_status", "get_encoding", "closed", "connection",
    }),
)  # fmt: skip
CLIENT_WEBSOCKET = Lifecycle(
    frozenset({"close", "__aexit__"}),
    frozenset({
        "closed", "close_code", "protocol", "compress", "client_notakeover", "exception", "get_extra_info", "ping",
        "pong", "send_str", "send_bytes", "send_json", "send_frame", "receive", "receive_str", "receive_bytes", "receive_json",
    }),
    ends_when_iterated=True,
)  # fmt: skip
CONNECTOR = Lifecycle(frozenset({"close", "__aexit__"}), frozenset({"closed", "limit", "force_close"}))

# Functions that look at an argument and keep nothing of it.
_BORROWERS = frozenset(
    f"builtins.{name}"
    for name in (
        "print",
        "len",
        "isinstance",
        "issubclass",
        "id",
        "repr",
        "str",
        "bool",
        "type",
        "hash",
        "callable",
        "dir",
    )
)
_CLOSERS = frozenset(
    {"contextlib.closing", "contextlib.aclosing", "contextlib.AsyncExitStack.enter_async_context"}
)
_TRANSPARENT_WAITS = frozenset({"asyncio.wait_for", "asyncio.shield"})
_MAXIMUM_CALL_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Leak:
    """Ways on which a resource is left unreleased.

    `at_exit`: the function can end normally with it. `by_exception`: it is released on some way out, but an
    exception at this node passes by the release. `rebound`: this binding drops it for another value.
    """

    at_exit: bool = False
    by_exception: Node | None = None
    rebound: ast.AST | None = None

    def __bool__(self) -> bool:
        return self.at_exit or self.by_exception is not None or self.rebound is not None


@dataclass(frozen=True, slots=True)
class Holding:
    """A resource in a local name: the acquiring expression, the binding, and every use of the name."""

    module: Module
    function: Function | None
    scope: Scope
    binding: Binding
    acquisition: ast.expr
    lifecycle: Lifecycle
    events: tuple[Event, ...]

    @property
    def name(self) -> str:
        """The local name."""
        return self.binding.name

    @property
    def escapes(self) -> bool:
        """Whether some use may hand the resource to code out of sight."""
        return any(event.kind is EventKind.ESCAPED for event in self.events)

    @property
    def releases(self) -> tuple[Event, ...]:
        """The uses that release it."""
        return tuple(event for event in self.events if event.kind is EventKind.RELEASED)

    def leak(self) -> Leak:
        """Find the ways on which nobody releases the resource; an empty leak where flow is unknown."""
        graph = self.module.graph_of(self.scope)
        if graph is None:
            return Leak()
        ending = self._nodes(graph, (EventKind.RELEASED, EventKind.ESCAPED))
        rebinding = self._rebinding_nodes(graph)
        flags = self._owner_tests()
        starts = graph.nodes_evaluating(self.acquisition)

        conditions = self.module.conditions_of(self.scope, graph)

        tidying = self._tidying()

        def follow(edge: Edge, is_decided: bool) -> bool:
            # Who releases in a `finally` has thought of failures: what fails beside that is not held against it.
            if edge.kind is EdgeKind.EXCEPTION and (edge.source in starts or edge.source.ast in tidying):
                return False
            if edge.source.kind is NodeKind.TEST and isinstance(edge.source.ast, ast.expr):
                outcome = held_outcome(edge.source.ast, self.name, frozenset() if is_decided else flags)
                if outcome is not None and edge.kind in (EdgeKind.TRUE, EdgeKind.FALSE):
                    return (edge.kind is EdgeKind.TRUE) is outcome
            return edge.kind is not EdgeKind.EXCEPTION or raises_for_real(edge.source)

        def released(node: Node) -> bool:
            return node in ending and node not in starts

        def gone(node: Node) -> bool:
            return released(node) or node in rebinding

        at_exit = False
        by_exception: Node | None = None
        rebound: ast.AST | None = None
        for start in starts:
            if start not in graph.reachable():
                continue
            if conditions.search(start, self.acquisition, gone, {graph.exit}, follow):
                at_exit = True
            dropped = conditions.search(start, self.acquisition, released, rebinding, follow)
            if dropped is not None:
                rebound = dropped.ast
            if self.releases and by_exception is None:
                by_exception = next(
                    (
                        failed
                        for node, failed in conditions.walk(start, self.acquisition, gone, follow)
                        if node is graph.raises
                    ),
                    None,
                )
        return Leak(at_exit, by_exception, rebound)

    def _tidying(self) -> set[ast.AST]:
        """Give all that stands in a `finally` together with a release and waits for nothing: no cancellation ends it."""
        found: set[ast.AST] = set()
        for event in self.releases:
            inner: ast.AST = event.name
            for ancestor in self.module.ancestors(event.name):
                body: list[ast.stmt] = getattr(ancestor, "finalbody", [])
                if inner in body:
                    nodes = [node for statement in body for node in ast.walk(statement)]
                    found.update(
                        node
                        for node in nodes
                        if not any(isinstance(part, _WAITING) for part in ast.walk(node))
                    )
                inner = ancestor
        return found

    def uses_after_release(self, released: Iterable[ast.AST]) -> list[Event]:
        """Give the uses that come after one of these release steps on every path that leads to them.

        `released` are `with` items (their leaving counts) and expressions whose evaluation releases.
        """
        graph = self.module.graph_of(self.scope)
        if graph is None:
            return []
        ending: set[Node] = set()
        for step in released:
            if isinstance(step, ast.withitem):
                ending.update(node for node in graph.nodes_of(step) if node.kind is NodeKind.LEAVE)
            else:
                ending.update(graph.nodes_evaluating(step))
        rebinding = self._rebinding_nodes(graph)
        found: list[Event] = []
        for event in self.events:
            nodes = [node for node in graph.nodes_evaluating(event.name) if node in graph.reachable()]
            if not nodes or any(node in ending for node in nodes):
                continue
            avoids_release = graph.paths_avoiding(graph.entry, lambda node: node in ending, nodes)
            fresh = any(
                graph.paths_avoiding(start, lambda node: node in ending, nodes) for start in rebinding
            )
            if avoids_release is None and not fresh:
                found.append(event)
        return found

    def _nodes(self, graph: Graph, kinds: tuple[EventKind, ...]) -> set[Node]:
        found: set[Node] = set()
        for event in self.events:
            if event.kind in kinds:
                found.update(graph.nodes_evaluating(event.name))
        return found

    def _rebinding_nodes(self, graph: Graph) -> set[Node]:
        found: set[Node] = set()
        for other in self.scope.bindings.get(self.name, ()):
            if other.kind is BindingKind.PARAMETER or other.scope is not self.scope:
                continue
            syntax: ast.AST = (
                other.value
                if other.value is not None and other.kind is BindingKind.ASSIGNMENT
                else other.node
            )
            nodes = graph.nodes_evaluating(syntax) if isinstance(syntax, ast.expr) else graph.nodes_of(syntax)
            # Leaving a `with` block binds nothing.
            found.update(node for node in nodes if node.kind is not NodeKind.LEAVE)
        return found

    def _owner_tests(self) -> frozenset[str]:
        """Give the flags under which the resource is released: `if own: await session.close()`."""
        found: set[str] = set()
        acquired_in = set(self.module.ancestors(self.acquisition))
        for event in self.releases:
            came_from: ast.AST = event.name
            for ancestor in self.module.ancestors(event.name):
                if (
                    isinstance(ancestor, ast.If)
                    and ancestor not in acquired_in
                    and came_from is not ancestor.test
                ):
                    if any(came_from is statement for statement in ancestor.body):
                        found.update(_flags(ancestor.test, self.name))
                came_from = ancestor
        return frozenset(found)


def holding(module: Module, acquisition: ast.expr, lifecycle: Lifecycle) -> Holding | None:
    """Follow the resource that an expression gives.

    Returns:
        What becomes of it, where the value is assigned to exactly one local name of a function or of the
        module (`x = E`, `x: T = E`, `(x := E)`); None otherwise.
    """
    use = module.use_of(acquisition)
    if use.kind is not UseKind.ASSIGNED or len(use.targets) != 1 or not isinstance(use.targets[0], ast.Name):
        return None
    if isinstance(use.node, ast.AugAssign):
        return None
    target = use.targets[0]
    scope = module.scope_at(target).function
    if target.id in scope.global_names or target.id in scope.nonlocal_names:
        return None
    for binding in _followed(scope, target.id):
        if binding.target is target:
            events = tuple(_events(module, scope, target.id, lifecycle, binding))
            return Holding(module, module.function_of(scope), scope, binding, acquisition, lifecycle, events)
    return None


def entering(module: Module, item: ast.withitem, lifecycle: Lifecycle) -> Holding | None:
    """Follow the resource that a `with` item binds to one local name; None where it binds anything else."""
    target = item.optional_vars
    if not isinstance(target, ast.Name):
        return None
    scope = module.scope_at(target).function
    for binding in _followed(scope, target.id):
        if binding.target is target and binding.scope is scope:
            events = tuple(_events(module, scope, target.id, lifecycle, binding))
            acquisition = item.context_expr
            return Holding(module, module.function_of(scope), scope, binding, acquisition, lifecycle, events)
    return None


def _followed(scope: Scope, name: str) -> list[Binding]:
    bindings = scope.bindings.get(name, [])
    return bindings if len(bindings) <= MAXIMUM_BINDINGS else []


def parameter_effect(function: Function, name: str, lifecycle: Lifecycle, depth: int = 0) -> EventKind:
    """Tell what a function does with a resource that it is given under a parameter name."""
    bindings = function.scope.bindings.get(name, [])
    if depth > _MAXIMUM_CALL_DEPTH or len(bindings) != 1 or function.is_generator:
        return EventKind.ESCAPED
    kinds = {
        event.kind for event in _events(function.owner, function.scope, name, lifecycle, None, depth + 1)
    }
    for kind in (EventKind.ESCAPED, EventKind.RELEASED):
        if kind in kinds:
            return kind
    return EventKind.USED


def _events(
    module: Module, scope: Scope, name: str, lifecycle: Lifecycle, binding: Binding | None, depth: int = 0
) -> Iterable[Event]:
    for load in module.uses(scope, name):
        if binding is not None and binding not in module.reaching(load):
            continue
        use = module.use_of(load)
        if module.scope_at(load).function is not scope:
            yield Event(EventKind.ESCAPED, load, use)
        else:
            yield Event(_effect(module, load, use, lifecycle, depth), load, use)


def effect_of(module: Module, place: ast.expr, lifecycle: Lifecycle) -> EventKind:
    """Tell what the use of an expression (a name, `self.x`, `app[KEY]`) does to the resource that it gives."""
    return _effect(module, place, module.use_of(place), lifecycle, 0)


def _effect(module: Module, load: ast.expr, use: Use, lifecycle: Lifecycle, depth: int) -> EventKind:
    if use.kind is UseKind.ATTRIBUTE:
        assert isinstance(use.node, ast.Attribute)
        return _attribute_effect(module, use.node, lifecycle)
    if use.kind in (UseKind.ENTERED, UseKind.ENTERED_SYNC, UseKind.AWAITED):
        return EventKind.RELEASED
    if use.kind is UseKind.ITERATED_ASYNC and lifecycle.ends_when_iterated:
        return EventKind.RELEASED
    if use.kind is UseKind.ARGUMENT:
        return _argument_effect(module, load, use.node, lifecycle, depth)
    if use.kind in (
        UseKind.TESTED, UseKind.COMPARED, UseKind.FORMATTED, UseKind.SUBSCRIPTED, UseKind.ITERATED,
        UseKind.ITERATED_ASYNC, UseKind.DISCARDED,
    ):  # fmt: skip
        return EventKind.USED
    return EventKind.ESCAPED


def _attribute_effect(module: Module, attribute: ast.Attribute, lifecycle: Lifecycle) -> EventKind:
    if attribute.attr in lifecycle.releases:
        return EventKind.RELEASED
    if attribute.attr not in lifecycle.plain:
        return EventKind.ESCAPED
    if not isinstance(attribute.ctx, ast.Load):
        return EventKind.USED
    outer = module.use_of(attribute)
    types = module.type_of(attribute)
    is_method = any(isinstance(member, ApiFunction) for member in types.values)
    # A bound method that is kept keeps the resource.
    return EventKind.ESCAPED if is_method and outer.kind is not UseKind.CALLED else EventKind.USED


def _argument_effect(
    module: Module, load: ast.expr, holder: ast.AST, lifecycle: Lifecycle, depth: int
) -> EventKind:
    keyword = holder if isinstance(holder, ast.keyword) else None
    call = module.parent(holder) if keyword is not None else holder
    if not isinstance(call, ast.Call):
        return EventKind.ESCAPED
    site = module.call_site(call)
    if not site.is_certain or not site.names:
        return EventKind.ESCAPED
    if site.names <= _BORROWERS:
        return EventKind.USED
    if site.names <= _CLOSERS:
        return EventKind.RELEASED
    if len(site.functions) != 1 or len(site.names) != 1:
        return EventKind.ESCAPED
    function = site.functions[0]
    if function.is_async and not _is_awaited_at_once(module, call):
        return EventKind.ESCAPED
    parameter = parameter_given(module, call, load, function)
    return EventKind.ESCAPED if parameter is None else parameter_effect(function, parameter, lifecycle, depth)


def _is_awaited_at_once(module: Module, call: ast.Call) -> bool:
    use = module.use_of(call)
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        site = module.call_site(use.node)
        return site.calls_only(*_TRANSPARENT_WAITS) and module.use_of(use.node).kind is UseKind.AWAITED
    return use.kind is UseKind.AWAITED


def held_outcome(test: ast.expr, name: str, flags: frozenset[str] = frozenset()) -> bool | None:
    """Give the outcome that a condition has while `name` holds an open resource; None: it could be both.

    `flags` are the source forms of owner flags, taken to be set; `not x` of those taken to be unset.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = held_outcome(test.operand, name, flags)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        outcomes = [held_outcome(value, name, flags) for value in test.values]
        if isinstance(test.op, ast.And):
            return False if False in outcomes else True if None not in outcomes else None
        return True if True in outcomes else False if None not in outcomes else None
    if flags and isinstance(test, ast.Name | ast.Attribute | ast.Compare):
        text = ast.unparse(test)
        if text in flags:
            return True
        if f"not {text}" in flags:
            return False
    if isinstance(test, ast.Name) and test.id == name:
        return True
    if isinstance(test, ast.Attribute) and isinstance(test.value, ast.Name) and test.value.id == name:
        return False if test.attr == "closed" else None
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and is_none(test.comparators[0]):
        if isinstance(test.left, ast.Name) and test.left.id == name:
            return isinstance(test.ops[0], ast.IsNot | ast.NotEq)
    return None


def _flags(test: ast.expr, name: str) -> Iterable[str]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            yield from _flags(value, name)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        if isinstance(test.operand, ast.Name | ast.Attribute) and held_outcome(test, name) is None:
            yield ast.unparse(test)
    elif isinstance(test, ast.Name | ast.Attribute | ast.Compare) and held_outcome(test, name) is None:
        yield ast.unparse(test)


def raises_for_real(node: Node) -> bool:
    """Tell whether a step can raise because of what it calls or awaits, not only because of what it reads."""
    if node.kind in (NodeKind.ENTER, NodeKind.LEAVE, NodeKind.ITERATE, NodeKind.HANDLER, NodeKind.REST):
        return True
    return any(
        isinstance(inner, ast.Call | ast.Await | ast.Raise | ast.Assert) for inner in ast.walk(node.ast)
    )
