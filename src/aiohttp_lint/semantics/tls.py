"""Questions about TLS: which client connections don't verify their peer's certificate."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, resources
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import LOOPBACK, MODULE_REQUEST, REQUESTS, WS_CONNECT, url_of, url_start
from aiohttp_lint.semantics.cookies import words_of
from aiohttp_lint.semantics.near_hosts import goes_near, only_goes_near
from aiohttp_lint.semantics.scopes import BindingKind, Scope
from aiohttp_lint.semantics.syntax import FUNCTIONS, dotted

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

CONNECTOR = aiohttp_api.class_named("aiohttp.TCPConnector").name
TAKERS = (*REQUESTS, WS_CONNECT, MODULE_REQUEST, CONNECTOR)
"""What of the client takes an SSL context."""
PARAMETERS = ("ssl", "verify_ssl", "ssl_context")
"""How they are told to verify, or not to."""
_DEFAULT = "ssl.create_default_context"
_UNVERIFIED = "ssl._create_unverified_context"
_CONTEXT = "ssl.SSLContext"
_UNVERIFIED_PROTOCOLS = frozenset(
    f"ssl.PROTOCOL_{name}" for name in ("TLS", "SSLv23", "SSLv3", "SSLv2", "TLSv1", "TLSv1_1", "TLSv1_2")
)
_LOOPBACK = tuple(f"{scheme}://{host}" for scheme in ("https", "wss") for host in LOOPBACK)
_PLAIN = ("http://", "ws://")
_PROBING = ("get", "head", "options")
_PROBE_ARGUMENTS = frozenset({"url", "ssl", "verify_ssl", "timeout", "raise_for_status", "allow_redirects"})
_OPTION_WORDS = frozenset(
    {"verify", "ssl", "tls", "insecure", "secure", "cert", "certs", "certificate", "check", "validate", "unverified"}
)  # fmt: skip


class Unverified(Enum):
    """How verification is switched off."""

    LITERAL = auto()
    """`ssl=False` or `verify_ssl=False`."""
    MODE = auto()
    """`context.verify_mode = ssl.CERT_NONE`."""
    BARE = auto()
    """A context that never verified: `ssl.SSLContext()`, `ssl._create_unverified_context()`."""
    REFUSED = auto()
    """`CERT_NONE` on a context that still checks host names: `ValueError`."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place that switches verification off, and the calls of aiohttp that it counts for."""

    node: ast.expr
    kind: Unverified
    taken_by: tuple[CallSite, ...]


def holes(module: Module, *, also_doubtful: bool) -> Iterator[Hole]:
    """Give the places that surely switch verification off for connections of aiohttp's client.

    Not those that depend on an option. Requests on one session count once, with the first.

    Args:
        module: The file.
        also_doubtful: Whether requests count that only see whether a server answers, or that go over plain HTTP or to
            a host of the own network, as it is written out or by default.
    """
    literals: dict[object, list[tuple[ast.expr, CallSite]]] = {}
    contexts: dict[ast.expr, tuple[Unverified, list[CallSite]]] = {}
    for site in module.calls_to(*TAKERS):
        for name in PARAMETERS:
            value = site.argument(name).value
            if value is None or _is_beside_the_point(site, also_doubtful):
                continue
            if isinstance(value, ast.Constant):
                if value.value is False and name != "ssl_context" and not _depends_on_option(module, value):
                    literals.setdefault(_session_of(site, value), []).append((value, site))
                continue
            found = _context_fault(module, value)
            if found is not None:
                contexts.setdefault(found[0], (found[1], []))[1].append(site)
    for places in literals.values():
        yield Hole(places[0][0], Unverified.LITERAL, tuple(site for _, site in places))
    for node, (kind, sites) in contexts.items():
        yield Hole(node, kind, tuple(sites))


def _session_of(site: CallSite, value: ast.expr) -> object:
    """Give what the requests of one session have in common."""
    names = dotted(site.receiver) if site.receiver is not None else None
    if names is None or not site.calls_only(*REQUESTS, WS_CONNECT):
        return value
    function = site.function
    if len(names) > 1 and names[0] == "self" and function is not None:
        around = function.class_around
        return (around.node if around is not None else None, names)
    return (site.scope.binding_scope(names[0]), names)


def _is_beside_the_point(site: CallSite, also_doubtful: bool) -> bool:
    """Tell whether the request's address has no TLS, or is this machine, or the request is doubtful and doesn't count."""
    if site.calls_only(CONNECTOR):
        return not also_doubtful and only_goes_near(site)
    url = url_of(site)
    if url is None:
        return False
    if not also_doubtful and (_only_sees_whether_it_answers(site) or goes_near(site.module, url)):
        return True
    if _takes_plain_http_too(site.module, url):
        return True
    start = url_start(site.module, url)
    return start is not None and start.lower().startswith((*_PLAIN, *_LOOPBACK))


def _takes_plain_http_too(module: Module, url: ast.expr) -> bool:
    """Tell whether a URL begins with a scheme out of a loop that also tries one without TLS."""
    url = _assigned(module, url)
    if not isinstance(url, ast.JoinedStr) or not isinstance(url.values[0], ast.FormattedValue):
        return False
    scheme = url.values[0].value
    loop = module.only_binding(scheme, BindingKind.LOOP)
    schemes = None if loop is None else loop.value
    return isinstance(schemes, ast.List | ast.Tuple | ast.Set) and any(
        isinstance(element, ast.Constant) and element.value in ("http", "ws", *_PLAIN)
        for element in schemes.elts
    )


def _assigned(module: Module, node: ast.expr) -> ast.expr:
    """Give what a name was assigned where it was assigned once, and everything else as it is."""
    return module.only_value(node) or node


def _only_sees_whether_it_answers(site: CallSite) -> bool:
    """Tell whether a request sends nothing of its own, and only the status of its answer is looked at."""
    module = site.module
    if site.method_name not in _PROBING or site.has_unknown_arguments:
        return False
    if any(keyword.arg not in _PROBE_ARGUMENTS for keyword in site.node.keywords):
        return False
    use = module.use_of(site.node)
    if use.kind is not UseKind.ENTERED or not isinstance(use.node, ast.withitem):
        return False
    held = resources.entering(module, use.node, resources.RESPONSE)
    return (
        held is not None
        and bool(held.events)
        and all(
            isinstance(event.use.node, ast.Attribute) and event.use.node.attr in ("status", "ok")
            for event in held.events
        )
    )


def _depends_on_option(module: Module, node: ast.AST) -> bool:
    """Tell whether a condition around a node speaks of verification."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.If | ast.IfExp | ast.While):
            for part in ast.walk(ancestor.test):
                name = part.id if isinstance(part, ast.Name) else getattr(part, "attr", None)
                if isinstance(part, ast.Constant):
                    name = part.value
                if isinstance(name, str) and not _OPTION_WORDS.isdisjoint(words_of(name)):
                    return True
    return False


# Contexts.


@dataclass(frozen=True, slots=True)
class _Writes:
    """What is assigned to the attributes of a context, in source order."""

    modes: tuple[ast.Assign, ...]
    host_checks: tuple[ast.Assign, ...]


def _context_fault(module: Module, value: ast.expr) -> tuple[ast.expr, Unverified] | None:
    if isinstance(value, ast.Call):
        return (
            (value, Unverified.BARE)
            if _is_bare(module, value) and not _is_conditional(module, value)
            else None
        )
    if not isinstance(value, ast.Name):
        return None
    scope, created = module.scope_at(value).binding_scope(value.id), module.only_value(value)
    if scope is None or len(scope.bindings.get(value.id, ())) != 1 or not isinstance(created, ast.Call):
        return None
    if module.qualified_name(created.func) not in (_DEFAULT, _UNVERIFIED, _CONTEXT):
        return None
    writes = _writes(module, scope, value.id)
    if writes is None or _is_conditional(module, created):
        return None
    return _fault(module, created, writes)


def _fault(module: Module, created: ast.Call, writes: _Writes) -> tuple[ast.expr, Unverified] | None:
    places = (*writes.modes, *writes.host_checks)
    if any(_is_conditional(module, place) for place in places):
        return None
    if any(not _is_none_mode(module, place.value) for place in writes.modes):
        return None
    if any(
        not (isinstance(place.value, ast.Constant) and place.value.value is False)
        for place in writes.host_checks
    ):
        return None
    if not writes.modes:
        return (created, Unverified.BARE) if _is_bare(module, created) else None
    mode = writes.modes[0]
    checks_hosts = not _is_bare(module, created)
    if checks_hosts and not any(check.lineno < mode.lineno for check in writes.host_checks):
        return mode.value, Unverified.REFUSED
    return mode.value, Unverified.MODE


def _writes(module: Module, scope: Scope, name: str) -> _Writes | None:
    """Give what is written to a context's attributes; None where other code may configure it too."""
    for use in (module.use_of(load) for load in module.uses(scope, name)):
        if use.kind is UseKind.ATTRIBUTE:
            continue
        call = module.parent(use.node) if isinstance(use.node, ast.keyword) else use.node
        if not isinstance(call, ast.Call) or not module.call_site(call).calls_only(*TAKERS):
            return None
    found: dict[str, list[ast.Assign]] = {"verify_mode": [], "check_hostname": []}
    for inner in scope.descend():
        for statement in inner.nodes.get(ast.Assign, ()):
            assert isinstance(statement, ast.Assign)
            for target in statement.targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    if target.value.id == name and target.attr in found:
                        if inner is not scope:
                            return None
                        found[target.attr].append(statement)
    return _Writes(tuple(found["verify_mode"]), tuple(found["check_hostname"]))


def _is_none_mode(module: Module, node: ast.expr) -> bool:
    return module.qualified_name(node) in ("ssl.CERT_NONE", "ssl.VerifyMode.CERT_NONE")


def _is_bare(module: Module, call: ast.Call) -> bool:
    """Tell whether a call makes a context that verifies nothing."""
    name = module.qualified_name(call.func)
    if name == _UNVERIFIED:
        return not any(keyword.arg in ("cert_reqs", None) for keyword in call.keywords)
    if name != _CONTEXT:
        return False
    protocol = call.args[0] if call.args else next((keyword.value for keyword in call.keywords), None)
    return protocol is None or module.qualified_name(protocol) in _UNVERIFIED_PROTOCOLS


def _is_conditional(module: Module, node: ast.AST) -> bool:
    """Tell whether a node runs under a condition, an early `return` before it included."""
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.If | ast.IfExp | ast.While | ast.Match | ast.Try):
            return True
        body = getattr(ancestor, "body", None)
        if isinstance(body, list) and came_from in body:
            for earlier in body[: body.index(came_from)]:
                if isinstance(earlier, ast.If) and any(
                    isinstance(part, ast.Return) for part in ast.walk(earlier)
                ):
                    return True
        if isinstance(ancestor, FUNCTIONS):
            return False
        came_from = ancestor
    return False
