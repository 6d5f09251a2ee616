"""Questions about the side that an SSL context is made for, and the side that takes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.timeouts import alternatives, is_none_for_sure
from aiohttp_lint.semantics.tls import TAKERS as CLIENTS

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

SERVERS = (
    aiohttp_api.callable_named("aiohttp.web.run_app").name,
    *(aiohttp_api.class_named(f"aiohttp.web.{name}Site").name for name in ("TCP", "Unix", "Sock")),
)
_DEFAULT = "ssl.create_default_context"
_CONTEXT = "ssl.SSLContext"


class Side(Enum):
    """An end of a connection."""

    CLIENT = auto()
    SERVER = auto()


_PURPOSES = {"ssl.Purpose.SERVER_AUTH": Side.CLIENT, "ssl.Purpose.CLIENT_AUTH": Side.SERVER}
_PROTOCOLS = {"ssl.PROTOCOL_TLS_CLIENT": Side.CLIENT, "ssl.PROTOCOL_TLS_SERVER": Side.SERVER}
# What else can give a server something to show: another context by name, a shared key, ciphers without certificates.
_CERTIFYING = frozenset(
    {
        "load_cert_chain", "sni_callback", "set_servername_callback", "set_psk_server_callback", "set_ciphers",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MisplacedContext:
    """A context whose every handshake fails at the side that takes it.

    `value` is what the call `taker` is given, `created` what makes the context, and `argument` what says for which
    side (None where nothing does). `lacks_certificate` tells that the side is right, and no certificate was loaded.
    `is_shared` tells that other code may use the context too.
    """

    value: ast.expr
    taker: CallSite
    side: Side
    created: ast.Call
    argument: ast.expr | None
    lacks_certificate: bool
    is_shared: bool


def misplaced_contexts(module: Module) -> Iterator[MisplacedContext]:
    """Give the SSL contexts that aiohttp's servers and clients can't use."""
    for names, parameters, side in (
        (SERVERS, ("ssl_context",), Side.SERVER),
        (CLIENTS, ("ssl", "ssl_context"), Side.CLIENT),
    ):
        for taker in module.calls_to(*names):
            for parameter in parameters:
                given = taker.argument(parameter).value
                if given is None or fails_on_purpose(module, taker.node, "ssl.SSLError"):
                    continue
                for value in alternatives(module, given):
                    yield from _misplaced(module, taker, value, side)


def _misplaced(module: Module, taker: CallSite, value: ast.expr, side: Side) -> Iterator[MisplacedContext]:
    created = _creations(module, value)
    sides = {_side_of(module, call) for call in created}
    if len(sides) != 1 or None in sides:
        return
    uses = _uses(module, value)
    is_shared = uses is None or any(
        not isinstance(use, str) and _side_taking(module, use) is not side for use in uses
    )
    attributes = {use for use in uses or () if isinstance(use, str)}
    is_wrong = sides != {side}
    if is_wrong and "verify_mode" in attributes and module.python_minimum < (3, 10):
        # Before Python 3.10 a default context served both sides, and this is what kept it from asking for certificates.
        return
    lacks_certificate = side is Side.SERVER and uses is not None and attributes.isdisjoint(_CERTIFYING)
    if is_wrong or (lacks_certificate and not is_shared):
        for call in created:
            argument = _saying_argument(module, call)
            yield MisplacedContext(value, taker, side, call, argument, not is_wrong, is_shared)


def _creations(module: Module, value: ast.expr) -> list[ast.Call]:
    """Give the calls that surely made a context; nothing where it can come from elsewhere."""
    if isinstance(value, ast.Call):
        return [value]
    if not isinstance(value, ast.Name):
        return []
    found: list[ast.Call] = []
    for binding in module.reaching(value):
        if binding.kind is not BindingKind.ASSIGNMENT or binding.value is None:
            return []
        if isinstance(binding.value, ast.Call):
            found.append(binding.value)
        elif not is_none_for_sure(module, binding.value):
            return []
    return found


def _saying_argument(module: Module, call: ast.Call) -> ast.expr | None:
    parameter = "purpose" if module.qualified_name(call.func) == _DEFAULT else "protocol"
    return module.call_site(call).argument(parameter, 0).value


def _side_of(module: Module, call: ast.Call) -> Side | None:
    name = module.qualified_name(call.func)
    if name not in (_DEFAULT, _CONTEXT) or module.call_site(call).has_unknown_arguments:
        return None
    argument = _saying_argument(module, call)
    if argument is None:
        return Side.CLIENT if name == _DEFAULT else None
    said = module.qualified_name(argument) or ""
    return (_PURPOSES if name == _DEFAULT else _PROTOCOLS).get(said)


def _uses(module: Module, value: ast.expr) -> list[str | ast.Call] | None:
    """Give what is done with a context: names of attributes, and calls that take it; None for anything else."""
    if not isinstance(value, ast.Name):
        return []
    scope = module.scope_at(value).binding_scope(value.id)
    if scope is None or module.function_of(scope) is None:
        return None
    found: list[str | ast.Call] = []
    for load in module.uses(scope, value.id):
        use = module.use_of(load)
        taken = module.parent(use.node) if isinstance(use.node, ast.keyword) else use.node
        if isinstance(use.node, ast.Attribute):
            found.append(use.node.attr)
        elif use.kind is UseKind.ARGUMENT and isinstance(taken, ast.Call):
            found.append(taken)
        elif use.kind not in (UseKind.TESTED, UseKind.COMPARED):
            return None
    return found


def _side_taking(module: Module, call: ast.Call) -> Side | None:
    site = module.call_site(call)
    if site.calls_only(*SERVERS):
        return Side.SERVER
    return Side.CLIENT if site.calls_only(*CLIENTS) else None
