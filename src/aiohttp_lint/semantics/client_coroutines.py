"""Questions about coroutines and context managers of the client that are used as if they were plain values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, resources
from aiohttp_lint.semantics.calls import CallSite, Use, UseKind
from aiohttp_lint.semantics.client import REQUESTS, SESSION, WS_CONNECT
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.scopes import MAXIMUM_BINDINGS, BindingKind, ScopeKind
from aiohttp_lint.semantics.syntax import FUNCTIONS
from aiohttp_lint.semantics.types import Instance, Types

if TYPE_CHECKING:
    from aiohttp_lint.semantics.graph import Node
    from aiohttp_lint.semantics.module import Module

SESSION_CLOSE = aiohttp_api.callable_named(f"{SESSION}.close").name
_CONNECTOR_CLOSE = aiohttp_api.callable_named("aiohttp.TCPConnector.close").name
CONNECTOR_CLOSE_IS_COROUTINE = (3, 12, 0)
BODY_READS = tuple(
    aiohttp_api.callable_named(f"aiohttp.ClientResponse.{name}").name for name in ("read", "text", "json")
) + tuple(
    aiohttp_api.callable_named(f"aiohttp.StreamReader.{name}").name
    for name in ("read", "readany", "readexactly", "readline", "readchunk", "readuntil")
)
OPENING = (*REQUESTS, WS_CONNECT)
# What a coroutine, and aiohttp's wrapper of one, has for those who drive it by hand.
_DRIVING = frozenset({"send", "throw", "close", "__aenter__", "__aexit__", "__await__"})
_READING_FUNCTIONS = frozenset(
    {"json.loads", "json.dumps", "aiohttp.web.json_response", "builtins.len", "builtins.int", "builtins.float", "builtins.dict", "builtins.list", "builtins.sorted",
     "builtins.tuple", "builtins.set", "builtins.bytes", "builtins.enumerate"}
)  # fmt: skip
_FAILING = frozenset({UseKind.SUBSCRIPTED, UseKind.ATTRIBUTE, UseKind.ITERATED, UseKind.OPERAND})
_MISLEADING = frozenset({UseKind.TESTED, UseKind.COMPARED, UseKind.FORMATTED})


class Misuse(Enum):
    """What is done with a coroutine instead of awaiting it."""

    DROPPED = auto()
    """Nothing: it never runs."""
    FAILS = auto()
    """Something that a coroutine can't do: an error."""
    MISLEADS = auto()
    """It is tested, compared or formatted: that works on the coroutine itself."""


@dataclass(frozen=True, slots=True)
class ForgottenAwait:
    """A call of the client that gives a coroutine, and what is done with that.

    `place` is where it shows (the call itself, or a later use of its name); `use` what the value is used for there.
    """

    call: CallSite
    misuse: Misuse
    use: Use
    place: ast.expr

    @property
    def opens(self) -> bool:
        """Whether the call would send a request."""
        return bool(self.call.names & set(OPENING))

    @property
    def closes(self) -> bool:
        """Whether the call would close a session or connector."""
        return self.call.method_name == "close"


def forgotten_awaits(module: Module) -> Iterator[ForgottenAwait]:
    """Give the calls of the client whose coroutine is dropped, or used as if it were its result."""
    names = [*OPENING, SESSION_CLOSE, *BODY_READS]
    if module.target.all_at_least(CONNECTOR_CLOSE_IS_COROUTINE):
        names.append(_CONNECTOR_CLOSE)
    return forgotten_awaits_of(module, *names)


def forgotten_awaits_of(module: Module, *names: str) -> Iterator[ForgottenAwait]:
    """Give the calls of some coroutine functions whose coroutine is dropped, or used as if it were its result."""
    for call in module.calls_to(*names):
        if call.node in module.awaited or _is_raising_on_purpose(module, call.node):
            continue
        use = module.use_of(call.node)
        if use.kind is UseKind.ASSIGNED:
            yield from _by_name(module, call, use)
            continue
        misuse = _misuse(module, use)
        if misuse is not None:
            yield ForgottenAwait(call, misuse, use, call.node)


def _is_raising_on_purpose(module: Module, node: ast.AST) -> bool:
    return any(fails_on_purpose(module, node, error) for error in ("TypeError", "AttributeError"))


def _misuse(module: Module, use: Use) -> Misuse | None:
    if use.kind is UseKind.DISCARDED:
        return Misuse.DROPPED
    if use.kind in _MISLEADING:
        return Misuse.MISLEADS
    if use.kind is UseKind.ATTRIBUTE:
        assert isinstance(use.node, ast.Attribute)
        return None if use.node.attr in _DRIVING or use.node.attr.startswith("cr_") else Misuse.FAILS
    if use.kind in _FAILING:
        return Misuse.FAILS
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        function = module.call_site(use.node)
        return Misuse.FAILS if function.names and function.calls_only(*_READING_FUNCTIONS) else None
    return None


def _by_name(module: Module, call: CallSite, use: Use) -> Iterator[ForgottenAwait]:
    """Follow the coroutine through the one local name that it is assigned to."""
    target = use.targets[0]
    function = call.function
    if len(use.targets) != 1 or not isinstance(target, ast.Name) or function is None:
        return
    scope = module.scope_at(target).function
    if target.id in scope.global_names | scope.nonlocal_names or scope is not function.scope:
        return
    every = scope.bindings.get(target.id, [])
    bindings = [binding for binding in every if binding.target is target]
    if (
        not bindings
        or len(every) > MAXIMUM_BINDINGS
        or bindings[0].kind is not BindingKind.ASSIGNMENT
        or bindings[0].value is not call.node
    ):
        return
    loads = [load for load in module.uses(scope, target.id) if bindings[0] in module.reaching(load)]
    if not loads and len(scope.bindings[target.id]) == 1 and not _reads_locals(module, scope.node):
        yield ForgottenAwait(call, Misuse.DROPPED, use, call.node)
    uses = [(load, module.use_of(load)) for load in loads]
    if any(module.reaching(load) != bindings or module.scope_at(load) is not scope for load in loads):
        return
    found = [(load, use, _misuse(module, use)) for load, use in uses]
    wrong = [(load, use) for load, use, misuse in found if misuse is Misuse.FAILS]
    # A use that may await it, or hand it on, says that its author knows.
    if wrong and all(misuse is not None for _, _, misuse in found):
        place, how = wrong[0]
        yield ForgottenAwait(call, Misuse.FAILS, how, place)


def _reads_locals(module: Module, node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Call)
        and module.qualified_name(inner.func) in ("builtins.locals", "builtins.vars")
        for inner in ast.walk(node)
    )


def can_await(module: Module, node: ast.AST) -> bool:
    """Tell whether `await` can be put at a node: in an `async def`, but not in a lambda, class or generator in it.

    Nor in an f-string, whose parts are no places that an edit can name.
    """
    if any(isinstance(ancestor, ast.JoinedStr) for ancestor in module.ancestors(node)):
        return False
    scope = module.scope_at(node)
    while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
        if isinstance(scope.node, ast.GeneratorExp):
            return False
        scope = scope.parent
    return scope.kind is ScopeKind.FUNCTION and isinstance(scope.node, ast.AsyncFunctionDef)


def ends_own_session(module: Module, close: CallSite) -> bool:
    """Tell whether a session that the function opened itself is closed after its last use, and of its responses'."""
    receiver, function = close.receiver, close.function
    if not isinstance(receiver, ast.Name) or function is None:
        return False
    opened = module.only_value(receiver)
    if not isinstance(opened, ast.Call):
        return False
    held = resources.holding(module, opened, resources.SESSION)
    graph = module.graph(function)
    if held is None or graph is None or held.escapes or held.function != function:
        return False
    names = {held.name}
    for event in held.events:
        names |= _names_bound_from(module, event.name)
    later: set[Node] = set()
    for name in names:
        for load in module.uses(function.scope, name):
            if load is not receiver:
                later.update(graph.nodes_evaluating(load))
    return all(
        graph.paths_avoiding(start, lambda _: False, later) is None
        for start in graph.nodes_evaluating(close.node)
    )


def _names_bound_from(module: Module, name: ast.Name) -> set[str]:
    """Give the names that get something of what stands in the statement of a use: responses, tasks."""
    for ancestor in module.ancestors(name):
        if isinstance(ancestor, FUNCTIONS):
            break
        if isinstance(ancestor, ast.withitem):
            return _stored(ancestor.optional_vars)
        if isinstance(ancestor, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            targets = ancestor.targets if isinstance(ancestor, ast.Assign) else [ancestor.target]
            return set().union(*map(_stored, targets))
    return set()


def _stored(target: ast.AST | None) -> set[str]:
    return (
        {node.id for node in ast.walk(target) if isinstance(node, ast.Name)} if target is not None else set()
    )


# Plain `with`.

_REQUEST_MANAGERS = tuple(
    aiohttp_api.class_named(f"aiohttp.client.{name}").name
    for name in ("_RequestContextManager", "_WSRequestContextManager", "_SessionRequestContextManager")
)
_ASYNC_ONLY = (
    SESSION,
    *(
        aiohttp_api.class_named(f"aiohttp.test_utils.{name}").name
        for name in ("TestClient", "BaseTestServer")
    ),
    aiohttp_api.class_named("aiohttp.ClientResponse").name,
    aiohttp_api.class_named("aiohttp.ClientWebSocketResponse").name,
)
WITHOUT_PLAIN_WITH = frozenset({*_REQUEST_MANAGERS, *_ASYNC_ONLY})
"""Classes whose objects are entered by `async with` only."""


@dataclass(frozen=True, slots=True)
class PlainWith:
    """A `with` item whose context manager works with `async with` only.

    `sends` tells that a request is among its statement's items, which would be sent.
    """

    statement: ast.With
    item: ast.withitem
    sends: bool


def plain_withs(module: Module) -> Iterator[PlainWith]:
    """Give the items of plain `with` statements that need `async with`, in source order."""
    found: list[PlainWith] = []
    for scope in module.scope.descend():
        for statement in scope.nodes.get(ast.With, ()):
            assert isinstance(statement, ast.With)
            wrong = [item for item in statement.items if _needs_async(module, item.context_expr)]
            for item in wrong:
                if not _is_raising_on_purpose(module, item.context_expr):
                    sends = any(module.is_instance(each.context_expr, *_REQUEST_MANAGERS) for each in wrong)
                    found.append(PlainWith(statement, item, sends))
    return iter(
        sorted(found, key=lambda one: (one.item.context_expr.lineno, one.item.context_expr.col_offset))
    )


def _needs_async(module: Module, expression: ast.expr) -> bool:
    types = module.type_of(expression)
    return not types.may_be_none and types.is_only(*WITHOUT_PLAIN_WITH) and not _has_own_enter(types)


def _has_own_enter(types: Types) -> bool:
    """Tell whether a class of the file among them defines a plain `with` for itself."""
    return any(
        isinstance(member, Instance)
        and member.definition is not None
        and (member.definition.find_method("__enter__") is not None or not member.definition.is_complete)
        for member in types.values
    )
