"""Questions about the arguments of requests: which names and types they take, and which exclude each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.aiohttp_versions import OLDEST
from aiohttp_lint.semantics.client import (
    MODULE_REQUEST,
    REQUESTS,
    SESSION,
    WS_CONNECT,
    session_in_sight,
    url_start,
)
from aiohttp_lint.semantics.mappings import is_surely, members_of, written_mapping
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.aiohttp_api import ApiCallable
    from aiohttp_lint.semantics.aiohttp_versions import Version
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

REQUESTING = (*REQUESTS, MODULE_REQUEST, WS_CONNECT)
"""What sends a request."""

_SENDING = ("request", "_request", "_ws_connect")
"""Methods through which a subclass of ClientSession may take arguments of its own."""
_SCALARS = frozenset({"builtins.int", "builtins.float", "builtins.bool"})
_TEXT = frozenset({"builtins.str"})
_CREDENTIALS = frozenset({"tuple", "list", "builtins.str"})
_BODIES = (
    _SCALARS | _TEXT | {"builtins.bytes", "dict", "list", "tuple", "set", "builtins.dict", "aiohttp.FormData"}
)
_SEQUENCES = (ast.List, ast.Tuple, ast.Set)
_EXCLUDED_HEADERS = (
    ("chunked", "Content-Length"),
    ("chunked", "Transfer-Encoding"),
    ("compress", "Content-Encoding"),
    ("auth", "Authorization"),
)


class Objection(Enum):
    """What is wrong with an argument."""

    UNKNOWN = auto()
    """No version of aiohttp has the parameter."""
    TOO_NEW = auto()
    """The oldest aiohttp that the project allows does not have it yet."""
    POSITIONAL = auto()
    """It has to be named."""
    WITH_DATA = auto()
    """`json` beside `data`."""
    WITH_HEADER = auto()
    """The argument beside the header that it sets."""
    CREDENTIALS = auto()
    """Credentials that are no BasicAuth."""
    PROXIES = auto()
    """A dict of proxies."""
    SOCKS = auto()
    """The URL of a SOCKS proxy."""
    SSL_TEXT = auto()
    """The path of a certificate where an SSL context is wanted."""
    COOKIE_TEXT = auto()
    """A string where a mapping of cookies is wanted."""
    BODY = auto()
    """A number, or a list of plain values, as the body."""


@dataclass(frozen=True, slots=True)
class Objected:
    """An argument that a call of aiohttp's does not take.

    `name` is the parameter, `header` what it excludes, `since` the version that has it first, `index` its position
    where it is not named.
    """

    call: CallSite
    value: ast.expr
    objection: Objection
    name: str
    header: str = ""
    since: Version | None = None
    index: int | None = None


def objections(module: Module) -> Iterator[Objected]:
    """Give the arguments that requests and sessions don't take, in source order of the calls."""
    for call in module.calls_to(*REQUESTING, SESSION):
        if len(call.callables) != 1 or _takes_its_own(module, call):
            continue
        yield from _names(module, call, call.callables[0])
        yield from _positions(call, call.callables[0])
        yield from _types(module, call)
        yield from _conflicts(module, call)


def _takes_its_own(module: Module, call: CallSite) -> bool:
    """Tell whether the session is of a subclass that sends its requests itself."""
    if call.receiver is None:
        return False
    return any(
        isinstance(member, Instance)
        and member.definition is not None
        and any(member.definition.find_method(name) for name in _SENDING)
        for member in module.type_of(call.receiver).members
    )


def _names(module: Module, call: CallSite, callee: ApiCallable) -> Iterator[Objected]:
    for keyword in call.node.keywords:
        if keyword.arg is None:
            continue
        parameter = callee.parameter(keyword.arg)
        if parameter is None:
            yield Objected(call, keyword.value, Objection.UNKNOWN, keyword.arg)
        elif _is_too_new(module, parameter.since):
            yield Objected(call, keyword.value, Objection.TOO_NEW, keyword.arg, since=parameter.since)


def _is_too_new(module: Module, since: Version) -> bool:
    # What the oldest known aiohttp has may be older still.
    return since > OLDEST and module.target.declares_below(since)


def _positions(call: CallSite, callee: ApiCallable) -> Iterator[Objected]:
    taken = sum(parameter.kind.startswith("positional") for parameter in callee.parameters)
    arguments = call.node.args
    if len(arguments) > taken and not any(isinstance(argument, ast.Starred) for argument in arguments):
        yield Objected(
            call, arguments[taken], Objection.POSITIONAL, callee.parameters[taken].name, index=taken
        )


def _types(module: Module, call: CallSite) -> Iterator[Objected]:
    def given(name: str, kinds: frozenset[str], objection: Objection) -> Iterator[Objected]:
        value = call.argument(name).value
        if value is not None and is_surely(module, value, kinds):
            yield Objected(call, value, objection, name)

    yield from given("auth", _CREDENTIALS, Objection.CREDENTIALS)
    if call.argument("proxy").is_given:
        yield from given("proxy_auth", _CREDENTIALS, Objection.CREDENTIALS)
    yield from given("proxy", frozenset({"dict", "builtins.dict"}), Objection.PROXIES)
    yield from given("ssl", _TEXT, Objection.SSL_TEXT)
    yield from given("cookies", _TEXT, Objection.COOKIE_TEXT)
    proxy = call.argument("proxy").value
    if proxy is not None and (url_start(module, proxy) or "").lower().startswith("socks"):
        yield Objected(call, proxy, Objection.SOCKS, "proxy")
    body = call.argument("data").value
    if body is not None and _is_no_body(module, body):
        yield Objected(call, body, Objection.BODY, "data")


def _is_no_body(module: Module, body: ast.expr) -> bool:
    if is_surely(module, body, _SCALARS):
        return True
    return isinstance(body, _SEQUENCES) and any(
        is_surely(module, element, _SCALARS | _TEXT) for element in body.elts
    )


def _conflicts(module: Module, call: CallSite) -> Iterator[Objected]:
    data, json = call.argument("data").value, call.argument("json").value
    if data is not None and json is not None and _is_something(module, data) and _is_something(module, json):
        yield Objected(call, json, Objection.WITH_DATA, "json")
    session = session_in_sight(module, call)
    for name, header in _EXCLUDED_HEADERS:
        value = call.argument(name).value
        headers = call.argument("headers").value
        place = value or headers
        if name == "auth" and session is not None and place is not None:
            value = value or session.argument(name).value
            if headers is None or not _sets(module, headers, header):
                headers = session.argument("headers").value
        if place is None or value is None or headers is None or not _is_switched_on(module, value):
            continue
        if name == "compress" and not call.argument("data").is_given:
            continue
        if header == "Transfer-Encoding" and not _is_chunked(module, headers):
            continue
        if _sets(module, headers, header):
            yield Objected(call, place, Objection.WITH_HEADER, name, header)


def _sets(module: Module, headers: ast.expr, name: str) -> bool:
    mapping = written_mapping(module, headers)
    return mapping is not None and mapping.has_key(module, name)


def _is_chunked(module: Module, headers: ast.expr) -> bool:
    mapping = written_mapping(module, headers)
    value = mapping.value_of(module, "Transfer-Encoding") if mapping is not None else None
    literal = module.constant(value) if value is not None else None
    return literal is not None and isinstance(literal.value, str) and "chunked" in literal.value.lower()


def _is_something(module: Module, node: ast.expr) -> bool:
    """Tell whether a value surely is not `None`; what another package's call or attribute gives may be."""
    members = members_of(module, node)
    return bool(members) and all(
        isinstance(member, Instance) and (member.definition is not None or member.name in _BODIES)
        for member in members
    )


def _is_switched_on(module: Module, node: ast.expr) -> bool:
    literal = module.constant(node)
    if literal is not None:
        return bool(literal.value)
    members = members_of(module, node)
    return bool(members) and all(
        isinstance(member, Instance) and member.name == "aiohttp.BasicAuth" for member in members
    )
