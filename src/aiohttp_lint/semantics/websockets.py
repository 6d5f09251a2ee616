"""Questions about WebSockets: which calls go to one and how it was opened."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, registries
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.client import WS_CONNECT
from aiohttp_lint.semantics.resources import EventKind, Lifecycle
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import SCOPES, same_place

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.graph import Node
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Event, Holding

SERVER = aiohttp_api.class_named("aiohttp.web.WebSocketResponse").name
CLIENT = aiohttp_api.class_named("aiohttp.ClientWebSocketResponse").name
SENDS = ("send_str", "send_bytes", "send_json", "send_frame", "ping", "pong")
"""The methods that put a frame on the wire, and wait until it is written."""
RECEIVES = ("receive", "receive_str", "receive_bytes", "receive_json")
TYPED_RECEIVES = RECEIVES[1:]
"""Those that raise `TypeError` for every other kind of message, the closing one included."""
COROUTINES = ("prepare", *SENDS, "close", *RECEIVES)

SERVER_SOCKET = Lifecycle(
    frozenset({"prepare"}),
    frozenset({
        *SENDS, *RECEIVES, "close", "closed", "close_code", "exception", "ws_protocol", "compress", "headers", "cookies",
        "set_cookie", "del_cookie", "can_prepare", "get_extra_info", "prepared", "status", "set_status", "reason",
        "keep_alive", "force_close", "last_modified", "content_type", "charset", "etag", "body_length",
    }),
)  # fmt: skip
"""A server's socket until it is prepared: `prepare` is what it waits for."""

_EVERYTHING = frozenset({"builtins.Exception", "builtins.BaseException"})
TYPE_ERRORS = _EVERYTHING | {
    "builtins.TypeError", aiohttp_api.class_named("aiohttp.WSMessageTypeError").name,
}  # fmt: skip
"""What catches the error of a message of the wrong type."""
JSON_ERRORS = frozenset({"builtins.ValueError", "json.JSONDecodeError", "json.decoder.JSONDecodeError"})
"""What catches the error of a text message that is no JSON."""
VALUE_ERRORS = TYPE_ERRORS | {"builtins.AttributeError"}
"""What catches the error of using the data of a closing message."""
RUNTIME_ERRORS = _EVERYTHING | {"builtins.RuntimeError"}
"""What catches the error of a server's socket that is not prepared, or closed for long."""
SEND_ERRORS = _EVERYTHING | {
    "builtins.ConnectionResetError", "builtins.ConnectionError", "builtins.OSError", "builtins.IOError",
    "builtins.RuntimeError", "aiohttp.ClientConnectionResetError", "aiohttp.ClientConnectionError",
    "aiohttp.ClientOSError", "aiohttp.ClientError",
}  # fmt: skip
"""What catches the error of a send on a closed socket, whatever the version."""

_WAITS = ("asyncio.wait_for", "asyncio.shield")


# Which expressions are sockets.


def is_socket(module: Module, node: ast.expr, *classes: str) -> bool:
    """Tell whether an expression surely is a WebSocket of aiohttp (or of one of these classes).

    A loop variable is one too where it runs over a collection into which this file puts nothing else.
    """
    return registries.type_in_loop(module, node).is_only(*(classes or (SERVER, CLIENT)))


def calls(module: Module, *names: str) -> Iterator[CallSite]:
    """Give the calls of these methods on aiohttp's WebSockets, in source order."""
    found = [node for name in names for node, _ in module.facts.calls.get(name, ())]
    for node in sorted(found, key=lambda call: (call.lineno, call.col_offset)):
        site = module.call_site(node)
        # A subclass of the file may give the method another meaning.
        if site.receiver is not None and not site.functions and is_socket(module, site.receiver):
            yield site


def iterations(module: Module) -> Iterator[ast.AsyncFor]:
    """Give the `async for` loops over aiohttp's WebSockets."""
    for scope in module.scope.descend():
        for loop in scope.nodes.get(ast.AsyncFor, ()):
            assert isinstance(loop, ast.AsyncFor)
            if is_socket(module, loop.iter) and not _iterates_in_its_own_way(module, loop.iter):
                yield loop


def _iterates_in_its_own_way(module: Module, node: ast.expr) -> bool:
    definitions = [getattr(member, "definition", None) for member in module.type_of(node).values]
    return any(
        definition is not None
        and any(definition.find_method(name) is not None for name in ("__aiter__", "__anext__", "receive"))
        for definition in definitions
    )


def is_awaited(module: Module, call: CallSite) -> bool:
    """Tell whether the call is awaited on the spot, through `wait_for` too."""
    use = module.use_of(call.node)
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        return module.call_site(use.node).calls_only(*_WAITS) and (
            module.use_of(use.node).kind is UseKind.AWAITED
        )
    return use.kind is UseKind.AWAITED


def opening(module: Module, socket: ast.expr) -> CallSite | None:
    """Give the call that opened the socket of a name: `WebSocketResponse(…)` or `ws_connect(…)`.

    None where it isn't in sight, or is one of several.
    """
    if not isinstance(socket, ast.Name):
        return None
    binding = module.only_binding(socket, BindingKind.ASSIGNMENT, BindingKind.WITH)
    value = None if binding is None else binding.value
    if isinstance(value, ast.Await):
        value = value.value
        if isinstance(value, ast.Call) and value.args and module.call_site(value).calls_only(*_WAITS):
            value = value.args[0]
    if not isinstance(value, ast.Call):
        return None
    site = module.call_site(value)
    return site if site.calls_only(SERVER) or site.calls_only(WS_CONNECT) else None


def is_switched_off(module: Module, opened: CallSite | None, option: str) -> bool | None:
    """Tell whether an option that is on by default is given as False where the socket is opened.

    None where that can't be told: the opening isn't in sight, or the value is no literal.
    """
    if opened is None:
        return None
    argument = opened.argument(option)
    if argument.is_missing:
        return False
    literal = module.constant(argument.value) if argument.value is not None else None
    return None if literal is None else not literal.value


def request_in(module: Module, function: Function) -> str | None:
    """Give the source that spells the request in a function that has one."""
    for parameter in function.positional:
        bindings = function.scope.bindings.get(parameter.arg, [])
        if len(bindings) == 1:
            types = module.inference.type_of_binding(bindings[0])
            if types.is_only("aiohttp.web.Request") and not types.may_be_none:
                return parameter.arg
    if function.class_scope is not None and function.positional:
        if "aiohttp.web.View" in module.class_of(function.class_scope).outside_bases:
            return f"{function.positional[0].arg}.request"
    return None


# Whether a server's socket is prepared.


def _needs_preparation(module: Module, event: Event) -> bool:
    if event.use.kind is UseKind.ITERATED_ASYNC:
        return True
    attribute = event.use.node
    if event.use.kind is not UseKind.ATTRIBUTE or not isinstance(attribute, ast.Attribute):
        return False
    if attribute.attr not in COROUTINES:
        return False
    called = module.use_of(attribute)
    # A coroutine that nobody awaits does not raise either: AIO602 speaks of it.
    return called.kind is UseKind.CALLED and module.use_of(called.node).kind is not UseKind.DISCARDED


def first_unprepared_use(held: Holding) -> Event | None:
    """Give the first use of a server's socket that needs it prepared and that no `prepare()` can have come before.

    None where it may have escaped to code that prepares it, too.
    """
    graph = held.module.graph_of(held.scope)
    if graph is None:
        return None
    starts = [node for node in graph.nodes_evaluating(held.acquisition) if node in graph.reachable()]
    covering: set[Node] = set()
    for event in held.events:
        if event.kind is EventKind.USED:
            continue
        nodes = graph.nodes_evaluating(event.name)
        if not nodes:
            return None
        covering.update(nodes)
    for event in held.events:
        if event.kind is not EventKind.USED or not _needs_preparation(held.module, event):
            continue
        uses = graph.nodes_evaluating(event.name)
        is_reached = any(
            graph.paths_avoiding(start, covering.__contains__, uses) is not None for start in starts
        )
        is_covered = any(graph.paths_avoiding(node, starts.__contains__, uses) for node in covering)
        if is_reached and not is_covered:
            return event
    return None


# Who expects a failure.


def is_open_for_sure(module: Module, node: ast.AST, socket: ast.expr) -> bool:
    """Tell whether the node runs only where the function has asked the socket's `closed`."""
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES):
            return False
        if isinstance(ancestor, ast.If | ast.While | ast.IfExp) and came_from is not ancestor.test:
            if any(
                isinstance(inner, ast.Attribute)
                and inner.attr == "closed"
                and same_place(inner.value, socket)
                for inner in ast.walk(ancestor.test)
            ):
                return True
        came_from = ancestor
    return False
