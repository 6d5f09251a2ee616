"""Questions about sessions that live for a moment: how long, for how many requests, and how often they are opened."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import takewhile
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.blocking import PROMPTS
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.client import MODULE_REQUEST, SESSION, VERBS
from aiohttp_lint.semantics.client_input import relays_cookies
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.destinations import changes_server, is_told_server, names_in, stored_in
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.guards import is_found_later
from aiohttp_lint.semantics.reached import Step
from aiohttp_lint.semantics.resources import EventKind, Holding
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.serving import serves_until_answered
from aiohttp_lint.semantics.syntax import COMPREHENSIONS, FUNCTIONS, LOOPS, is_none, same_place, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

KEEPALIVE = 15
"""Seconds after which aiohttp's connector drops a connection that nobody used."""

_SERVED = frozenset({Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE})
_RUN_ONCE = frozenset(
    {
        Role.ENTRY_POINT,
        Role.STARTUP,
        Role.SHUTDOWN,
        Role.CLEANUP,
        Role.CLEANUP_CONTEXT,
        Role.TEST,
        Role.FIXTURE,
    }
)
# What makes a session another one than its like: these can't be given with the single request instead.
_OWN_STATE = ("cookies", "cookie_jar", "connector_owner")
_OWN_TARGET = ("connector", "base_url", "proxy", "local_addr", "trace_configs")
_LOOPS = (*LOOPS, *COMPREHENSIONS)


@dataclass(frozen=True, slots=True)
class BriefSession:
    """A session that the function which opens it closes too, or the hidden one of an `aiohttp.request(…)`.

    `held` follows its name; None for `aiohttp.request`. `requests` are the calls through the name that send one.
    """

    call: CallSite
    function: Function
    held: Holding | None
    requests: tuple[ast.Call, ...]

    @property
    def has_websocket(self) -> bool:
        """Whether it is for a WebSocket, and so lives as long as that."""
        return self.held is not None and any(
            isinstance(event.use.node, ast.Attribute) and event.use.node.attr == "ws_connect"
            for event in self.held.events
        )

    @property
    def is_handed_on(self) -> bool:
        """Whether code out of sight gets the session, other than by a call that is awaited at once."""
        return self.held is not None and any(
            event.kind is EventKind.ESCAPED and not _is_lent(self.call.module, event.use.node)
            for event in self.held.events
        )

    @property
    def serves_one_request(self) -> bool:
        """Whether one request goes through it, as far as the function shows: not in a loop, nor by other code.

        A loop that ends with the first success counts as one request.
        """
        if self.held is None:
            return True
        module = self.call.module
        if not self.requests or self.has_websocket or self.held.escapes:
            return False
        if any(event.use.kind is UseKind.ARGUMENT for event in self.held.events):
            return False
        around = set(module.ancestors(self.call.node))
        for request in self.requests:
            for loop in around_in_function(module, request):
                if isinstance(loop, _LOOPS) and loop not in around and not _ends_with_success(loop):
                    return False
        first = self.requests[0]
        return all(are_exclusive(module, first, other) for other in self.requests[1:])


def brief_sessions(module: Module) -> Iterator[BriefSession]:
    """Give the sessions that functions open and close by themselves, in source order."""
    for call in module.calls_to(SESSION, MODULE_REQUEST):
        function = call.function
        if function is None or function.is_generator:
            continue
        use = module.use_of(call.node)
        if call.calls_only(MODULE_REQUEST):
            if use.kind is UseKind.ENTERED and call.argument("connector").is_missing:
                yield BriefSession(call, function, None, (call.node,))
            continue
        if isinstance(use.node, ast.withitem) and use.kind is UseKind.ENTERED:
            held = resources.entering(module, use.node, resources.SESSION)
        else:
            held = resources.holding(module, call.node, resources.SESSION)
            if held is not None and not held.releases:
                held = None
        if held is not None and held.function == function:
            yield BriefSession(call, function, held, tuple(_requests(module, held)))


def _requests(module: Module, held: Holding) -> Iterator[ast.Call]:
    for event in held.events:
        attribute = event.use.node
        if isinstance(attribute, ast.Attribute) and attribute.attr in VERBS:
            call = module.parent(attribute)
            if isinstance(call, ast.Call) and call.func is attribute:
                yield call


def _is_lent(module: Module, holder: ast.AST) -> bool:
    """Tell whether the session is an argument of a call that is awaited, so that it comes back."""
    call = module.parent(holder) if isinstance(holder, ast.keyword) else holder
    return isinstance(call, ast.Call) and module.use_of(call).kind in (UseKind.AWAITED, UseKind.ENTERED)


def around_in_function(module: Module, node: ast.AST) -> list[ast.AST]:
    """Give the nodes around this one up to its function, from the inside."""
    return list(takewhile(lambda ancestor: not isinstance(ancestor, FUNCTIONS), module.ancestors(node)))


def are_exclusive(module: Module, one: ast.AST, other: ast.AST) -> bool:
    """Tell whether the two stand in different branches of one `if`, so that only one of them runs."""
    paths = [list(reversed([node, *around_in_function(module, node)])) for node in (one, other)]
    for index, (left, right) in enumerate(zip(*paths, strict=False)):
        if left is not right:
            branching = paths[0][index - 1] if index else None
            if not isinstance(branching, ast.If | ast.IfExp | ast.Match):
                return False
            if isinstance(branching, ast.If):
                return (left in branching.body) != (right in branching.body)
            return True
    return False


def _ends_with_success(loop: ast.AST) -> bool:
    # What polls (`while True: …; await asyncio.sleep(1)`) sends many requests before its success.
    return isinstance(loop, ast.For) and any(
        isinstance(inner, ast.Return | ast.Break) for inner in walk_scope(*loop.body)
    )


# How often it is opened.


class Repetition(Enum):
    """What shows that a session is opened again and again."""

    SERVED = auto()
    """Its function answers requests."""
    CALLED_WHEN_SERVED = auto()
    """Functions that answer requests call its function."""
    LOOP = auto()
    """It stands in a loop."""
    CALLED_IN_LOOP = auto()
    """Its function is called in a loop."""
    OWNER = auto()
    """It is opened by a method of an object that holds a session already."""


@dataclass(frozen=True, slots=True)
class SessionPerRequest:
    """A session that is opened for each request, and what shows it.

    `steps` are the functions and calls that lead to it, from the outside; for a loop or an owner, `shown` is the
    loop, or where the object gets its session.
    """

    session: BriefSession
    repetition: Repetition
    steps: tuple[Step, ...] = ()
    shown: ast.AST | None = None

    @property
    def place(self) -> ast.expr:
        """The call to report: the session's, or the last one in the handler's file on the way to another file."""
        home = self.steps[0][0].owner if self.steps else self.session.function.owner
        if self.session.function.owner is home:
            return self.session.call.node
        return next(call for caller, call in reversed(self.steps) if caller.owner is home)


def sessions_per_request(module: Module) -> Iterator[SessionPerRequest]:
    """Give the sessions of which the project shows that they are opened again and again, each for a request.

    In source order; at the end those of other files that this one's handlers reach, unless their own file shows it.
    """
    for session in brief_sessions(module):
        found = _repetition(module, session)
        if found is not None:
            yield found
    for owner in dict.fromkeys(function.owner for function in module.roles.served_elsewhere()):
        for session in brief_sessions(owner):
            steps = _way_from_served(module, session.function)
            if steps and _is_for_one_of_many(owner, session) and _repetition(owner, session) is None:
                yield SessionPerRequest(session, Repetition.CALLED_WHEN_SERVED, steps)


def _repetition(module: Module, session: BriefSession) -> SessionPerRequest | None:
    function = session.function
    if not _is_replaceable(module, session):
        return None
    if module.roles_of(function) & _SERVED:
        return None if serves_until_answered(function) else SessionPerRequest(session, Repetition.SERVED)
    if not session.serves_one_request:
        return None
    loop = _repeating_loop(module, session.call.node)
    if loop is not None and not _differs_in(module, session, loop):
        return SessionPerRequest(session, Repetition.LOOP, shown=loop)
    if not _is_for_one_of_many(module, session):
        return None
    steps = _way_from_served(module, function)
    if steps:
        return SessionPerRequest(session, Repetition.CALLED_WHEN_SERVED, steps)
    called = _call_in_loop(module, session)
    if called is not None:
        return SessionPerRequest(session, Repetition.CALLED_IN_LOOP, shown=called)
    owned = _session_of_object(module, function)
    return None if owned is None else SessionPerRequest(session, Repetition.OWNER, shown=owned)


def _is_replaceable(module: Module, session: BriefSession) -> bool:
    """Tell whether a shared session could do as well."""
    if session.has_websocket or session.is_handed_on or _is_fallback(module, session):
        return False
    return not _is_special(module, session)


def _is_for_one_of_many(module: Module, session: BriefSession) -> bool:
    """Tell whether each call of the function opens the session for one request, if it is called more than once."""
    function = session.function
    return (
        _is_replaceable(module, session)
        and session.serves_one_request
        and not module.roles_of(function) & _RUN_ONCE
        and not _fills_gap(module, session.call.node)
        and not _only_fills_gaps(module, function)
        and all(map(module.inference.is_transparent, function.decorators))
    )


def _way_from_served(module: Module, function: Function) -> tuple[Step, ...]:
    """Give the calls from a handler to the function; none where one of them only fills a gap now and then.

    Neither where a function in between may keep its result: `@cached(ttl=3600)`.
    """
    steps: list[Step] = []
    caller = module.roles.caller(function)
    while caller is not None:
        steps.insert(0, caller)
        caller = module.roles.caller(caller[0])
    if any(not step.owner.inference.is_transparent(it) for step, _ in steps[1:] for it in step.decorators):
        return ()
    return () if any(_fills_gap(step.owner, call) for step, call in steps) else tuple(steps)


def _is_special(module: Module, brief: BriefSession) -> bool:
    """Tell whether the session has state of its own, or is for what its function was told: nothing to share."""
    session, function = brief.call, brief.function
    if session.has_unknown_arguments or any(not session.argument(name).is_missing for name in _OWN_STATE):
        return True
    if relays_cookies(module, (session.node, *brief.requests)):
        # In the jar of a shared session, the answers' cookies of all clients would mix.
        return True
    if session.calls_only(MODULE_REQUEST):
        return False
    local = set(function.scope.bindings)
    if function.class_scope is not None and function.positional:
        local.discard(function.positional[0].arg)
    given = [session.argument(name).value for name in _OWN_TARGET]
    if any(value is not None and names_in(value) & local for value in given):
        return True
    connector = session.argument("connector").value
    return connector is not None and not isinstance(connector, ast.Call)


def _is_fallback(module: Module, session: BriefSession) -> bool:
    """Tell whether the session only stands in for a shared one that may be missing."""
    node = session.call.node
    if isinstance(module.parent(node), ast.IfExp | ast.BoolOp):
        return True
    if session.held is not None:
        for other in session.held.scope.bindings.get(session.held.name, ()):
            if other.kind is BindingKind.PARAMETER:
                return True
            value = other.value
            if other.kind is BindingKind.ASSIGNMENT and value is not None and value is not node:
                if not is_none(value) and not isinstance(value, ast.Call):
                    return True
    came_from: ast.AST = node
    for ancestor in around_in_function(module, node):
        if isinstance(ancestor, ast.If) and came_from in ancestor.body:
            for part in _parts(ancestor.test):
                asked = part.operand if isinstance(part, ast.UnaryOp) else getattr(part, "left", None)
                if _asks_for_gap(part) and asked is not None and _may_be_session(module, asked):
                    return True
        came_from = ancestor
    return False


def _may_be_session(module: Module, node: ast.expr) -> bool:
    """Tell whether an expression is a session, or has it that methods of sessions are called on it here."""
    if module.type_of(node).may_be(SESSION):
        return True
    function = module.function_at(node)
    return function is not None and any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in VERBS
        and same_place(call.func.value, node)
        for call in function.scope.all_nodes(ast.Call)
    )


def _differs_in(module: Module, session: BriefSession, loop: ast.AST) -> bool:
    """Tell whether the arguments of the session, or the server that it is for, differ from turn to turn."""
    if changes_server(module, session.requests, loop):
        return True
    return session.held is not None and bool(names_in(session.call.node) & stored_in(loop))


def _repeating_loop(module: Module, node: ast.AST) -> ast.AST | None:
    """Give the innermost loop around a node in its function, if it goes on, without long waits, to the end.

    Not a loop that ends with the first success (a fallback, a retry), one of unknown pace, one that asks a person in
    each turn, or one whose pauses are longer than connections are kept.
    """
    around = around_in_function(module, node)
    loop = next((ancestor for ancestor in around if isinstance(ancestor, _LOOPS)), None)
    if loop is None or isinstance(loop, ast.AsyncFor):
        return None
    if isinstance(loop, COMPREHENSIONS):
        return None if any(generator.is_async for generator in loop.generators) else loop
    assert isinstance(loop, ast.For | ast.While)
    if node not in walk_scope(*loop.body):
        return None
    endless = isinstance(loop, ast.While)
    if endless and not (isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant)):
        return None
    block = around[: around.index(loop)][-1]
    for inner in walk_scope(*loop.body):
        if isinstance(inner, ast.Return | ast.Break):
            return None
        if isinstance(inner, ast.Call) and module.qualified_name(inner.func) in PROMPTS:
            return None
        if isinstance(inner, ast.Await) and not _is_brief(module, inner):
            is_pause = isinstance(inner.value, ast.Call) and module.call_site(inner.value).names == {
                "asyncio.sleep"
            }
            if is_pause or (endless and block not in module.ancestors(inner)):
                return None
    return loop


def _is_brief(module: Module, awaited: ast.Await) -> bool:
    """Tell whether what is awaited is a pause during which connections are kept."""
    if not isinstance(awaited.value, ast.Call):
        return False
    pause = module.call_site(awaited.value)
    if not pause.calls_only("asyncio.sleep"):
        return False
    seconds = pause.argument("delay", 0).value
    literal = module.constant(seconds) if seconds is not None else None
    return literal is not None and isinstance(literal.value, int | float) and literal.value < KEEPALIVE


def _fills_gap(module: Module, node: ast.AST) -> bool:
    """Tell whether the node runs only where something is missing yet: now and then.

    `if self.token is None`, and what stands behind `if self.token: return self.token`.
    """
    came_from = node
    for ancestor in around_in_function(module, node):
        if isinstance(ancestor, ast.If) and came_from is not ancestor.test:
            if came_from in ancestor.body and any(map(_asks_for_gap, _parts(ancestor.test))):
                return True
        came_from = ancestor
    return is_found_later(module, node)


def _parts(test: ast.expr) -> list[ast.expr]:
    return (
        [part for value in test.values for part in _parts(value)] if isinstance(test, ast.BoolOp) else [test]
    )


def _asks_for_gap(test: ast.expr) -> bool:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return True
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    return isinstance(test.ops[0], ast.NotIn | ast.Lt | ast.LtE | ast.Gt | ast.GtE) or (
        isinstance(test.ops[0], ast.Is) and is_none(test.comparators[0])
    )


def _calls_of(module: Module, function: Function) -> list[ast.Call]:
    """Give the calls of the file that surely go to a function."""
    found: list[ast.Call] = []
    for node, _ in module.facts.calls.get(function.name, ()):
        site = module.call_site(node)
        if site.is_certain and site.functions == (function,) and len(site.names) == 1:
            found.append(node)
    return found


def _only_fills_gaps(module: Module, function: Function) -> bool:
    calls = _calls_of(module, function)
    return bool(calls) and all(_fills_gap(module, call) for call in calls)


def _call_in_loop(module: Module, session: BriefSession) -> ast.Call | None:
    function = session.function
    for call in _calls_of(module, function):
        loop = _repeating_loop(module, call)
        if loop is None or _fills_gap(module, call):
            continue
        if not is_told_server(module, function, session.requests, call, loop):
            return call
    return None


def _session_of_object(module: Module, method: Function) -> ast.AST | None:
    """Give where the object of a method gets the session that it holds already, if the method leaves that alone."""
    if method.class_scope is None:
        return None
    definition = module.class_of(method.class_scope)
    touched = {node.attr for node in ast.walk(method.node) if isinstance(node, ast.Attribute)}
    constructor = definition.method("__init__")
    for name in module.inference.attribute_names(definition):
        if name in touched:
            continue
        for binding in module.inference.attribute_bindings(definition, name):
            value = binding.value
            if value is None or constructor is None or binding.scope is not constructor.scope:
                continue
            if module.type_of(value).is_only(SESSION) and not is_none(value):
                if not _has_own_state(module, value):
                    return binding.node
    return None


def _has_own_state(module: Module, value: ast.expr) -> bool:
    """Tell whether the object's own session is for one site, or carries a login: not for other requests."""
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)]
    kept = ("base_url", "headers", "auth", "cookies", "cookie_jar", "connector")
    return any(
        module.call_site(call).has_unknown_arguments
        or any(not module.call_site(call).argument(name).is_missing for name in kept)
        for call in calls
    )


# Sessions for one request, without a sign of repetition.


def sessions_for_one_request(module: Module) -> Iterator[BriefSession]:
    """Give the sessions that a function opens for a single request, unless the program surely runs it once."""
    for session in brief_sessions(module):
        roles = module.roles_of(session.function)
        if roles & _RUN_ONCE or not session.serves_one_request or _is_special(module, session):
            continue
        if not _is_fallback(module, session):
            yield session


# Mocks.


def is_mocked(module: Module, node: ast.AST) -> bool:
    """Tell whether the code around a node, or its file, puts a mock in the place of aiohttp's client."""
    imports_mock = any(
        (binding.imported or "").partition(".")[0] == "aioresponses"
        for bindings in module.scope.bindings.values()
        for binding in bindings
    )
    return imports_mock or fails_on_purpose(module, node, "RuntimeError")
