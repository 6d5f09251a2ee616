"""Questions about a response in a function's hands: is it read, on which ways is it left, who reads it later."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, resources
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import SESSION, AwaitedRequest, own_session_block, requests_awaited
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node, NodeKind
from aiohttp_lint.semantics.resources import EventKind, Holding, Leak, held_outcome
from aiohttp_lint.semantics.syntax import LOOPS, SCOPES, dotted

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Event

CLIENT_REQUEST = aiohttp_api.class_named("aiohttp.ClientRequest").name
CLIENT_HANDLER = "aiohttp.ClientHandlerType"

BODY_METHODS = frozenset(
    aiohttp_api.callable_named(f"aiohttp.ClientResponse.{name}").name.rpartition(".")[2]
    for name in ("read", "text", "json")
)
"""The methods that give the whole body."""
_STREAM = "content"
_CHECKS = frozenset({"status", "ok", "raise_for_status"})
_STATUS_WITHOUT_BODY = frozenset({204, 304})
_HTTP_STATUS_WITHOUT_BODY = frozenset({"http.HTTPStatus.NO_CONTENT", "http.HTTPStatus.NOT_MODIFIED"})


@dataclass(frozen=True, slots=True)
class BodyUse:
    """A use of a response's body: the name that holds the response, and the outermost expression made of it.

    `is_awaited` tells that this expression is awaited.
    """

    event: Event
    expression: ast.expr
    is_awaited: bool


def response_of(module: Module, request: CallSite) -> Holding | None:
    """Follow the response of a request: `async with request as name`, or `name = await request`."""
    use = module.use_of(request.node)
    if use.kind is UseKind.ENTERED and isinstance(use.node, ast.withitem):
        return resources.entering(module, use.node, resources.RESPONSE)
    if use.kind is UseKind.AWAITED and isinstance(use.node, ast.Await):
        return resources.holding(module, use.node, resources.RESPONSE)
    return None


@dataclass(frozen=True, slots=True)
class Acquired:
    """A response that a function awaits into hand: what to underline, and the awaiting expression."""

    place: ast.Call
    value: ast.Await
    request: AwaitedRequest | None
    """None for the next handler's response in a client middleware."""


def responses_awaited(module: Module) -> Iterator[Acquired]:
    """Give the responses that are awaited from requests, and in client middlewares from the next handler."""
    for awaited in requests_awaited(module):
        yield Acquired(awaited.request.node, awaited.value, awaited)
    for function in module.functions():
        handler = next_handler(module, function)
        if handler is None:
            continue
        for value in function.scope.all_nodes(ast.Await):
            assert isinstance(value, ast.Await)
            call = value.value
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == handler:
                yield Acquired(call, value, None)


def next_handler(module: Module, function: Function) -> str | None:
    """Give the parameter by which a client middleware gets the next handler; None for other functions."""
    positional = function.positional
    if function.class_scope is not None:
        positional = positional[1:]
    if len(positional) != 2 or not function.is_async:
        return None
    wanted = (CLIENT_REQUEST, CLIENT_HANDLER)
    for parameter, name in zip(positional, wanted, strict=True):
        if parameter.annotation is not None and module.qualified_name(parameter.annotation) == name:
            return positional[1].arg
    return None


def leak_of(held: Holding) -> Leak:
    """Find the ways on which a response is neither read nor released; an empty leak where flow is unknown.

    Ways out by an exception count only where the function raises it itself, by `raise`. A loop over the
    response's stream reads it to the end unless it is left before. That the next turn of a loop replaces it is told
    only where no way out leaves it behind in the same turn.
    """
    module, graph = held.module, held.module.graph_of(held.scope)
    if graph is None or any(not graph.nodes_evaluating(event.name) for event in held.events):
        return Leak()
    starts = graph.nodes_evaluating(held.acquisition)
    stream_loops = {loop for event in held.events if (loop := _stream_loop(module, event)) is not None}
    ending: set[Node] = set()
    for event in held.events:
        if event.kind is not EventKind.USED and _stream_loop(module, event) is None:
            ending.update(graph.nodes_evaluating(event.name))
    for closing in _closings_of_session(held):
        ending.update(graph.nodes_evaluating(closing))
    rebinding = {
        node
        for binding in held.scope.bindings.get(held.name, ())
        for node in graph.nodes_evaluating(binding.value or binding.node) or graph.nodes_of(binding.node)
    }

    def follow(edge: Edge, _: bool) -> bool:
        source = edge.source
        if edge.kind is EdgeKind.EXCEPTION:
            return isinstance(source.ast, ast.Raise)
        if source.kind is NodeKind.ITERATE and source.ast in stream_loops:
            return edge.kind is not EdgeKind.EXHAUSTED
        if source.kind is NodeKind.TEST and isinstance(source.ast, ast.expr):
            outcome = held_outcome(source.ast, held.name)
            if outcome is not None:
                return (edge.kind is EdgeKind.TRUE) is outcome
            empty = _outcome_without_body(module, source.ast, held.name)
            return empty is None or (edge.kind is EdgeKind.TRUE) is not empty
        return True

    def avoid(node: Node) -> bool:
        return node in ending and node not in starts

    def gone(node: Node) -> bool:
        return avoid(node) or node in rebinding

    heads = _heads_of_loop(module, graph, held.acquisition)

    def over(node: Node) -> bool:
        return gone(node) or node in heads

    conditions = module.conditions_of(held.scope, graph)
    at_exit = at_once = False
    rebound: ast.AST | None = None
    for start in starts:
        if start not in graph.reachable():
            continue
        dropped = conditions.search(start, held.acquisition, avoid, rebinding, follow)
        if dropped is not None:
            rebound = dropped.ast
        ends = {graph.exit, graph.raises}
        if conditions.search(start, held.acquisition, gone, ends, follow):
            at_exit = True
            at_once = at_once or bool(conditions.search(start, held.acquisition, over, ends, follow))
    return Leak(at_exit=at_exit, rebound=None if at_once else rebound)


def _closings_of_session(held: Holding) -> Iterator[ast.Call]:
    """Give the calls that close the session of a request in the same function: nothing of a response is left then."""
    request = held.acquisition.value if isinstance(held.acquisition, ast.Await) else None
    session = (
        request.func.value
        if isinstance(request, ast.Call) and isinstance(request.func, ast.Attribute)
        else None
    )
    place = None if session is None else dotted(session)
    for call in held.scope.all_nodes(ast.Call):
        assert isinstance(call, ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "close" and place is not None:
            if dotted(call.func.value) == place:
                yield call


def _heads_of_loop(module: Module, graph: Graph, node: ast.AST) -> frozenset[Node]:
    """Give where the next turn of the innermost loop around a node begins."""
    loop = next(
        (ancestor for ancestor in module.ancestors(node) if isinstance(ancestor, (*LOOPS, *SCOPES))), None
    )
    if not isinstance(loop, LOOPS):
        return frozenset()
    return frozenset(graph.nodes_of(loop.test if isinstance(loop, ast.While) else loop))


def _stream_loop(module: Module, event: Event) -> ast.AsyncFor | None:
    """Give the `async for` over the response's stream that an event starts."""
    node: ast.AST | None = event.use.node
    if not isinstance(node, ast.Attribute) or node.attr != _STREAM:
        return None
    inner: ast.AST = node
    node = module.parent(inner)
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Call) and inner is not node.func:
            return None
        inner, node = node, module.parent(node)
    return node if isinstance(node, ast.AsyncFor) and inner is node.iter else None


def _outcome_without_body(module: Module, test: ast.expr, name: str) -> bool | None:
    """Give the outcome of a test that only a status without a body has (204, 304); None: there is none."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left = test.left
    if not isinstance(left, ast.Attribute) or left.attr != "status" or not isinstance(left.value, ast.Name):
        return None
    if left.value.id != name or not _is_status_without_body(module, test.comparators[0]):
        return None
    if isinstance(test.ops[0], ast.Eq):
        return True
    return False if isinstance(test.ops[0], ast.NotEq) else None


def _is_status_without_body(module: Module, node: ast.expr) -> bool:
    literal = module.constant(node)
    if literal is not None:
        return literal.value in _STATUS_WITHOUT_BODY
    return module.qualified_name(node) in _HTTP_STATUS_WITHOUT_BODY


def can_enter(held: Holding) -> bool:
    """Tell whether `async with` can hold the response: nothing keeps it, and all uses follow in the same block."""
    module = held.module
    statement = module.statement(held.acquisition)
    if not isinstance(statement, ast.Assign) or statement.value is not held.acquisition or held.escapes:
        return False
    if len(statement.targets) != 1 or len(held.scope.bindings[held.name]) != 1:
        return False
    for event in held.events:
        is_entered = event.use.kind in (UseKind.ENTERED, UseKind.ENTERED_SYNC)
        if is_entered or not _follows(module, statement, event.name):
            return False
    return True


def _follows(module: Module, statement: ast.stmt, node: ast.AST) -> bool:
    holder = module.parent(statement)
    for field in ("body", "orelse", "finalbody"):
        block = getattr(holder, field, [])
        if statement in block:
            following = block[block.index(statement) + 1 :]
            return any(ancestor in following for ancestor in module.ancestors(node))
    return False


def body_uses(held: Holding) -> list[BodyUse]:
    """Give the uses of a response's body: `read()`, `text()`, `json()` and what reads from its stream."""
    found: list[BodyUse] = []
    for event in held.events:
        attribute = event.use.node
        if not isinstance(attribute, ast.Attribute) or not isinstance(attribute.ctx, ast.Load):
            continue
        if attribute.attr not in BODY_METHODS and attribute.attr != _STREAM:
            continue
        expression = _outermost(held.module, attribute)
        if attribute.attr in BODY_METHODS and not isinstance(expression, ast.Call):
            continue
        is_awaited = held.module.use_of(expression).kind is UseKind.AWAITED
        found.append(BodyUse(event, expression, is_awaited))
    return found


def _outermost(module: Module, attribute: ast.Attribute) -> ast.expr:
    """Give what a chain of attributes and calls, or a generator over it, makes of the value at its head."""
    found: ast.expr = attribute
    parent = module.parent(found)
    while isinstance(parent, ast.Attribute) or (isinstance(parent, ast.Call) and found is parent.func):
        found, parent = parent, module.parent(parent)
    if isinstance(parent, ast.comprehension) and found is parent.iter:
        generator = module.parent(parent)
        if isinstance(generator, ast.GeneratorExp) and generator.generators[0] is parent:
            return generator
    return found


def reads_stream(use: BodyUse) -> bool:
    """Tell whether the use reads: not what merely looks at the stream (`content.at_eof()`)."""
    node: ast.AST = use.expression
    if isinstance(node, ast.GeneratorExp):
        return True
    named = node.func if isinstance(node, ast.Call) else node
    name = named.attr if isinstance(named, ast.Attribute) else ""
    return name in BODY_METHODS or name == _STREAM or name.startswith(("read", "iter_"))


def is_given_away(held: Holding) -> bool:
    """Tell whether other code gets the response, and may read it, other than by `return`."""
    return any(
        event.use.kind in (UseKind.ARGUMENT, UseKind.STORED, UseKind.ASSIGNED, UseKind.YIELDED)
        or held.module.scope_at(event.name).function is not held.scope
        for event in held.events
    )


def is_checked(held: Holding) -> bool:
    """Tell whether the function looks at the response's status, or may leave that to other code."""
    return held.escapes or any(
        (isinstance(event.use.node, ast.Attribute) and event.use.node.attr in _CHECKS)
        # A function in sight that neither keeps nor closes the response is most often there to check it.
        or _is_given_to_function(held.module, event)
        for event in held.events
    )


def _is_given_to_function(module: Module, event: Event) -> bool:
    call = event.use.node
    return (
        event.use.kind is UseKind.ARGUMENT
        and isinstance(call, ast.Call)
        and bool(module.call_site(call).functions)
    )


def session_block_around(module: Module, request: CallSite) -> ast.AsyncWith | None:
    """Give the `async with ClientSession()` that closes the connections of a request with its block.

    None where the session is detached from its connector before.
    """
    block = own_session_block(module, request)
    receiver = request.receiver
    if block is None or not isinstance(receiver, ast.Name):
        return None
    scope = module.scope_at(receiver).binding_scope(receiver.id)
    uses = module.uses(scope, receiver.id) if scope is not None else []
    for use in uses:
        attribute = module.parent(use)
        if isinstance(attribute, ast.Attribute) and attribute.attr == "detach":
            return None
    return block


@dataclass(frozen=True, slots=True)
class Results:
    """What the callers in a file do with the response that a function returns.

    `reads` are their uses of its body. `are_known` tells that there are callers, and that all they do is in sight.
    """

    reads: tuple[BodyUse, ...]
    are_known: bool
    has_callers: bool


def results_of(module: Module, function: Function) -> Results:
    """Look at the calls of a function that returns a response, as far as this file resolves them."""
    reads: list[BodyUse] = []
    calls = [
        call
        for node, _ in module.facts.calls.get(function.name, ())
        if (call := module.call_site(node)).is_certain and call.functions == (function,)
    ]
    are_known = bool(calls)
    for call in calls:
        use = module.use_of(call.node)
        held = (
            resources.holding(module, use.node, resources.RESPONSE)
            if use.kind is UseKind.AWAITED and isinstance(use.node, ast.Await)
            else None
        )
        if held is None:
            are_known = are_known and use.kind is UseKind.AWAITED and _only_looks(module, use.node)
        else:
            reads.extend(filter(reads_stream, body_uses(held)))
            are_known = are_known and not held.escapes
    return Results(tuple(reads), are_known, bool(calls))


def is_nowhere_read(module: Module, function: Function) -> bool:
    """Tell whether all that the project's callers do with a returned response is in sight, and none reads its body."""
    project, results = module.project, [results_of(module, function)]
    if project is not None and not results[0].reads:
        for path in project.files_saying(module, f"{function.name}(") or ():
            other = project.module_at(path)
            # What tests look at says little of those who use a library.
            if other is not None and not other.is_test:
                results.append(results_of(other, function))
    return any(each.has_callers for each in results) and all(
        not each.reads and (each.are_known or not each.has_callers) for each in results
    )


def _only_looks(module: Module, awaited: ast.AST) -> bool:
    use = module.use_of(awaited)
    if use.kind is UseKind.DISCARDED:
        return True
    attribute = use.node
    return isinstance(attribute, ast.Attribute) and attribute.attr in resources.RESPONSE.plain


@dataclass(frozen=True, slots=True)
class Released:
    """A response and the `async with` item that releases it.

    `late_uses` are the uses of its body that come after the block on every way. `is_read_inside` tells that some way
    through the block reads the whole body, `is_given_away` that other code gets the response, and may read it.
    """

    held: Holding
    item: ast.withitem
    late_uses: tuple[BodyUse, ...]
    is_read_inside: bool
    is_given_away: bool


def released_responses(module: Module, request: CallSite) -> Iterator[Released]:
    """Give the blocks that release the response of a request: entered at once, or awaited into a name first."""
    held = response_of(module, request)
    if held is None:
        return
    item = module.use_of(request.node).node
    items = [item] if isinstance(item, ast.withitem) else []
    items += [event.use.node for event in held.events if isinstance(event.use.node, ast.withitem)]
    uses = body_uses(held)
    for released in items:
        late = set(held.uses_after_release([released]))
        is_read_inside = any(
            use.event not in late
            and isinstance(use.event.use.node, ast.Attribute)
            and use.event.use.node.attr in BODY_METHODS
            and not isinstance(module.use_of(use.expression).node, ast.Return)
            for use in uses
        )
        late_uses = tuple(use for use in uses if use.event in late)
        yield Released(held, released, late_uses, is_read_inside, is_given_away(held))


def raises_by_itself(module: Module, request: CallSite) -> bool:
    """Tell whether a request may check its status itself: by `raise_for_status=`, its own or its session's."""
    if not request.argument("raise_for_status").is_missing:
        return True
    sessions = list(module.calls_to(SESSION))
    receiver = request.receiver
    if isinstance(receiver, ast.Name):
        opened = {binding.value for binding in module.reaching(receiver)}
        sessions = [session for session in sessions if session.node in opened] or sessions
    return any(not session.argument("raise_for_status").is_missing for session in sessions)
