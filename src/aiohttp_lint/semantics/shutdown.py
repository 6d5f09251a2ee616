"""WebSockets at the shutdown of a server whose parts stand in one file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, registries, websockets
from aiohttp_lint.semantics.receive_loops import loop_around
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import walk
from aiohttp_lint.semantics.types import FunctionObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

RUN_APP = aiohttp_api.callable_named("aiohttp.web.run_app").name
RUNNER = aiohttp_api.class_named("aiohttp.web.AppRunner").name
APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
SHORT_SHUTDOWN = 5.0
"""Seconds that a shutdown may wait without anybody minding."""

_ENDS_SOCKETS = frozenset({"close", "cancel", "clear", "set", "set_result", "put_nowait", "put"})
_LOG_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_HARMLESS = ("builtins.", "logging.", "time.", "asyncio.sleep")
_PLUGINS = ("aiohttp_session.", "aiohttp_security.", "aiohttp_jinja2.", "aiohttp_cors.", "builtins.")
_MAXIMUM_DEPTH = 3


class Neglect(Enum):
    """What is done about open sockets: nothing, too late, or nothing with a wait that never ends."""

    NOT_CLOSED = auto()
    TOO_LATE = auto()
    NO_LIMIT = auto()


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """The call that runs the server, a handler that waits for its client, and the late closing if there is one."""

    server: CallSite
    handler: Function
    neglect: Neglect
    late: ast.AST | None


def sockets_left_open(module: Module) -> LeftOpen | None:
    """Tell whether the server of this file leaves WebSockets open when it shuts down; None: no, or unknown."""
    servers = list(module.calls_to(RUN_APP, RUNNER))
    if not servers or servers[0].has_unknown_arguments:
        return None
    # A runner that nobody cleans up ends with the program, and waits for no handler.
    if servers[0].calls_only(RUNNER) and not module.attributes_named("cleanup"):
        return None
    handler = next(_waiting_handlers(module), None)
    if handler is None or _stops_hard(module) or not _is_application_in_sight(module, servers[0]):
        return None
    limit = _shutdown_limit(module)
    if limit is not None and not (limit <= 0 or limit > SHORT_SHUTDOWN):
        return None
    if not _shutdown_callbacks_are_idle(module):
        return None
    late: ast.AST | None = None
    for node, is_late in _closings(module, handler):
        if not is_late:
            return None
        late = late or node
    if late is not None:
        return LeftOpen(servers[0], handler, Neglect.TOO_LATE, late)
    neglect = Neglect.NO_LIMIT if limit is not None and limit <= 0 else Neglect.NOT_CLOSED
    return LeftOpen(servers[0], handler, neglect, None)


def _waiting_handlers(module: Module) -> Iterator[Function]:
    """Give the handlers that keep a WebSocket for as long as the client stays."""
    for call in module.calls_to(websockets.SERVER):
        function = call.function
        if function is None or Role.HANDLER not in module.roles_of(function):
            continue
        if not call.argument("receive_timeout").is_missing:
            continue
        waits = any(module.function_at(loop) == function for loop in websockets.iterations(module))
        for receive in websockets.calls(module, *websockets.RECEIVES):
            loop = loop_around(module, receive.node)
            if receive.function == function and isinstance(loop, ast.While):
                is_plain = module.parent(receive.node).__class__ is ast.Await
                is_endless = isinstance(loop.test, ast.Constant) and receive.argument("timeout").is_missing
                waits = waits or (is_plain and is_endless)
        if waits:
            yield function


def _is_application_in_sight(module: Module, server: CallSite) -> bool:
    """Tell whether the application is made in this file, and no code out of sight gets hold of it."""
    application = server.argument("app", 0).value
    if application is None or not module.is_instance(application, APPLICATION):
        return False
    if next(module.calls_to(APPLICATION), None) is None:
        return False
    for site in module.all_calls():
        given = (*site.node.args, *(keyword.value for keyword in site.node.keywords))
        if any(module.is_instance(argument, APPLICATION) for argument in given):
            is_known = (
                site.functions or site.callables or all(name.startswith(_PLUGINS) for name in site.names)
            )
            if not site.is_certain or not is_known:
                return False
    return True


def _stops_hard(module: Module) -> bool:
    hard = ("os._exit", "os.kill", "asyncio.AbstractEventLoop.stop")
    return next(module.calls_to(*hard), None) is not None


def _shutdown_limit(module: Module) -> float | None:
    """Give the literal `shutdown_timeout` of the file; a harmless one where it is unknown, None where not set."""
    for entries in module.facts.calls.values():
        for node, _ in entries:
            keyword = module.call_site(node).keyword("shutdown_timeout") if node.keywords else None
            if keyword is not None:
                literal = module.constant(keyword.value)
                value = literal.value if literal is not None else None
                return float(value) if isinstance(value, int | float) else SHORT_SHUTDOWN
    return None


def _shutdown_callbacks_are_idle(module: Module) -> bool:
    """Tell whether every `on_shutdown` callback is in sight and surely leaves the sockets alone."""
    for node in walk(module.tree):
        if not isinstance(node, ast.Attribute) or node.attr != "on_shutdown":
            continue
        method = module.parent(node)
        call = module.parent(method) if isinstance(method, ast.Attribute) else None
        if not isinstance(call, ast.Call) or not call.args:
            return False
        members = module.type_of(call.args[-1]).values
        if not members:
            return False
        for member in members:
            if not isinstance(member, FunctionObject) or not _is_idle(module, member.function):
                return False
    return True


def _is_idle(module: Module, function: Function, depth: int = 0) -> bool:
    if depth > _MAXIMUM_DEPTH:
        return False
    for node in function.scope.all_nodes(ast.Call):
        assert isinstance(node, ast.Call)
        site = module.call_site(node)
        if site.method_name in _LOG_METHODS:
            continue
        if site.method_name in _ENDS_SOCKETS and _may_be_socket(module, site):
            return False
        if site.functions:
            if not all(_is_idle(module, inner, depth + 1) for inner in site.functions):
                return False
        elif (
            not site.is_certain
            or not site.names
            or not (site.callables or all(name.startswith(_HARMLESS) for name in site.names))
        ):
            return False
    return True


def _may_be_socket(module: Module, site: CallSite) -> bool:
    if site.receiver is None:
        return True
    types = registries.type_in_loop(module, site.receiver)
    return not types.is_known or types.may_be(websockets.SERVER) or not site.callables


def _closings(module: Module, handler: Function) -> Iterator[tuple[ast.AST, bool]]:
    """Give what may close sockets outside of the handler, and whether it runs only after the shutdown's wait."""
    for node, _ in module.facts.calls.get("close", ()):
        site = module.call_site(node)
        if site.function == handler or not _may_be_socket(module, site):
            continue
        roles = module.roles_of(site.function) if site.function is not None else frozenset()
        is_socket = site.receiver is not None and websockets.is_socket(module, site.receiver)
        yield node, is_socket and bool(roles & {Role.CLEANUP, Role.CLEANUP_CONTEXT})
