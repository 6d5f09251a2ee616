"""Questions about aiohttp's test client and test server: how they are made, started and addressed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind, last_names
from aiohttp_lint.semantics.types import NONE_VALUE, Instance
from aiohttp_lint.semantics.untouched import is_untouched

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

CLIENT = aiohttp_api.class_named("aiohttp.test_utils.TestClient").name
SERVER = aiohttp_api.class_named("aiohttp.test_utils.TestServer").name
_SERVERS = (SERVER, aiohttp_api.class_named("aiohttp.test_utils.RawTestServer").name)
_APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request", "ws_connect")
REQUESTS = tuple(aiohttp_api.callable_named(f"{CLIENT}.{verb}").name for verb in _VERBS)
"""The methods of a test client that send a request."""
_MAKE_URL = tuple(
    aiohttp_api.callable_named(f"aiohttp.test_utils.{owner}.make_url").name
    for owner in ("TestClient", "BaseTestServer")
)
_STARTING = frozenset({"start_server", "server", "__aenter__"})
_ABSOLUTE = re.compile(r"(https?|wss?)://", re.IGNORECASE)
_UNASSERTED = "skip_url_asserts"


class Misuse(Enum):
    """How a test client is used wrongly."""

    APPLICATION = auto()
    """It is made of an application."""
    NOT_STARTED = auto()
    ABSOLUTE = auto()
    """It is asked for an absolute URL."""
    MADE_ABSOLUTE = auto()
    """It is asked for a URL that it, or the server, made absolute."""


@dataclass(frozen=True, slots=True)
class ClientMisuse:
    """A wrong use of a test client; `path` is what a URL was made absolute from."""

    call: CallSite
    node: ast.expr
    misuse: Misuse
    path: ast.expr | None = None


def client_misuses(module: Module) -> Iterator[ClientMisuse]:
    """Give the wrong uses of test clients in a file."""
    for site in module.calls_to(CLIENT):
        server = site.argument("server").value
        if server is not None and module.is_instance(server, _APPLICATION):
            if not module.type_of(server).may_be_none:
                yield ClientMisuse(site, server, Misuse.APPLICATION)
    for node in module.calls_of(last_names(frozenset(REQUESTS))):
        # What is cheap to see comes first: few calls of `get()` are awaited.
        if module.use_of(node).kind not in (UseKind.AWAITED, UseKind.ENTERED):
            continue
        site = module.call_site(node)
        if not site.calls_only(*REQUESTS):
            continue
        if site.receiver is not None and _is_not_started(module, site, site.receiver):
            yield ClientMisuse(site, site.node, Misuse.NOT_STARTED)
        elif _is_plain_client(module, site):
            yield from _absolute(module, site)


def _is_not_started(module: Module, site: CallSite, client: ast.expr) -> bool:
    if isinstance(client, ast.Call):
        return _makes_unstarted(module, module.call_site(client))
    return isinstance(client, ast.Name) and is_untouched(
        module,
        client,
        site.node,
        lambda made: _makes_unstarted(module, made),
        lambda use: _leaves_alone(module, use),
    )


def _makes_unstarted(module: Module, made: CallSite) -> bool:
    """Tell whether a call makes a client of a server that is made there and then, and so runs not yet."""
    server = made.argument("server").value
    return (
        made.calls_only(CLIENT)
        and isinstance(server, ast.Call)
        and module.call_site(server).calls_only(*_SERVERS)
    )


def _leaves_alone(module: Module, use: ast.Name) -> bool:
    parent = module.parent(use)
    return isinstance(parent, ast.Attribute) and parent.attr not in _STARTING


def _is_plain_client(module: Module, site: CallSite) -> bool:
    """Tell whether a request goes through aiohttp's own client, to a server that takes paths only."""
    if site.receiver is None or any(keyword.arg == _UNASSERTED for keyword in _keywords(module)):
        return False
    members = module.type_of(site.receiver).members - {NONE_VALUE}
    return all(isinstance(member, Instance) and member.definition is None for member in members)


def _keywords(module: Module) -> Iterator[ast.keyword]:
    for node in module.calls_of(
        frozenset({"TestServer", "RawTestServer", "aiohttp_server", "aiohttp_client"})
    ):
        yield from node.keywords


def _absolute(module: Module, site: CallSite) -> Iterator[ClientMisuse]:
    path = site.argument("path").value
    if path is None:
        return
    if isinstance(path, ast.Call):
        made = module.call_site(path)
        if made.is_certain and made.names and made.names <= frozenset(_MAKE_URL):
            given = made.argument("path").value
            yield ClientMisuse(site, path, Misuse.MADE_ABSOLUTE, given)
        return
    head = path.values[0] if isinstance(path, ast.JoinedStr) and path.values else module.constant(path)
    if isinstance(head, ast.Constant) and isinstance(head.value, str) and _ABSOLUTE.match(head.value):
        yield ClientMisuse(site, path, Misuse.ABSOLUTE)
