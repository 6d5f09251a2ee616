"""Questions about tests that pass or fail by chance, or that prove nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, client, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import walk_scope
from aiohttp_lint.semantics.testing_clients import REQUESTS
from aiohttp_lint.semantics.timeouts import is_under_deadline

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

MAKE_REQUEST = aiohttp_api.callable_named("aiohttp.test_utils.make_mocked_request").name
_SERVERS = tuple(
    aiohttp_api.class_named(f"aiohttp.test_utils.{name}").name for name in ("TestServer", "RawTestServer")
)
LISTENERS = (
    *_SERVERS,
    aiohttp_api.class_named("aiohttp.web.TCPSite").name,
    aiohttp_api.callable_named("aiohttp.web.run_app").name,
)
_HOST = re.compile(r"(?:https?|wss?)://(?P<host>[A-Za-z0-9.-]+)", re.IGNORECASE)
_NOT_OF_THE_NETWORK = re.compile(
    r"(?:localhost|127[\d.]*|0\.0\.0\.0|[^.]*|.*\.(?:test|invalid|example|localhost|local))", re.IGNORECASE
)
_STAND_INS = (
    "aioresponses",
    "unittest.mock",
    "mock",
    "vcr",
    "pytest_mock",
    "pytest_aiohttp_client",
    "asynctest",
)
_FAKING_FIXTURES = frozenset({"mocker", "monkeypatch", "aioresponses", "aioclient_mock", "mock_aioresponse"})
_PLAIN_MARKS = frozenset({"asyncio", "parametrize", "usefixtures", "filterwarnings", "anyio"})
_ASKING = re.compile(r"assert|raise|check|expect|verify|fail", re.IGNORECASE)


class Frailty(Enum):
    """Why a test is worth less than it seems."""

    NETWORK = auto()
    """It needs a host of the internet."""
    ENDLESS = auto()
    """It waits for a message without a limit."""
    UNASSERTED = auto()
    """It looks at nothing of what it gets."""
    MOCKED_REQUEST = auto()
    """It calls a handler past the application."""
    FIXED_PORT = auto()


@dataclass(frozen=True, slots=True)
class FrailTest:
    """A place that makes a test frail."""

    node: ast.expr
    frailty: Frailty


def frail_tests(module: Module) -> Iterator[FrailTest]:
    """Give what makes the tests of a file frail; nothing for other files, and for tests that are marked as special."""
    if not module.is_test or _is_marked(module):
        return
    if not any(module.imports(name) for name in _STAND_INS):
        for site in module.calls_to(*client.REQUESTS, client.MODULE_REQUEST, client.WS_CONNECT):
            url = site.argument("url").value
            start = None if url is None else client.url_start(module, url)
            if url is not None and _is_test(module, site.function) and _is_of_network(start):
                yield FrailTest(url, Frailty.NETWORK)
    for site in websockets.calls(module, *websockets.RECEIVES):
        if _is_test(module, site.function) and _is_endless(module, site.node):
            if site.argument("timeout").is_missing and module.use_of(site.node).kind is UseKind.AWAITED:
                yield FrailTest(site.node, Frailty.ENDLESS)
    for site in module.calls_to(*REQUESTS):
        use = module.use_of(site.node)
        is_dropped = use.kind is UseKind.AWAITED and module.use_of(use.node).kind is UseKind.DISCARDED
        if is_dropped and site.function is not None and _is_test(module, site.function):
            if not _asks(site.function):
                yield FrailTest(site.node, Frailty.UNASSERTED)
    for site in module.calls_to(MAKE_REQUEST):
        if _is_test(module, site.function) and _goes_to_handler(module, site.node):
            yield FrailTest(site.node, Frailty.MOCKED_REQUEST)
    for site in module.calls_to(*LISTENERS):
        port = site.argument("port").value
        literal = None if port is None else module.constant(port)
        if port is not None and literal is not None and isinstance(literal.value, int) and literal.value > 0:
            yield FrailTest(port, Frailty.FIXED_PORT)


def _is_test(module: Module, function: Function | None) -> bool:
    """Tell whether a function is a test, and is marked as nothing special."""
    if function is None or Role.TEST not in module.roles_of(function):
        return False
    named = {parameter.arg for parameter in function.parameters}
    return not named & _FAKING_FIXTURES and not any(_is_mark(module, mark) for mark in function.decorators)


def _is_marked(module: Module) -> bool:
    bindings = module.scope.bindings.get("pytestmark", ())
    marks = [binding.value for binding in bindings if binding.value is not None]
    parts = [
        part for mark in marks for part in (mark.elts if isinstance(mark, ast.List | ast.Tuple) else [mark])
    ]
    return any(_is_mark(module, part) for part in parts)


def _is_mark(module: Module, mark: ast.expr) -> bool:
    """Tell whether a decorator says that the test is run on purpose only, or is something that nobody knows."""
    plain = mark.func if isinstance(mark, ast.Call) else mark
    name = module.qualified_name(plain) or ""
    return not name.startswith("pytest.mark.") or name.rpartition(".")[2] not in _PLAIN_MARKS


def _is_of_network(start: str | None) -> bool:
    match = _HOST.match(start or "")
    return match is not None and _NOT_OF_THE_NETWORK.fullmatch(match["host"]) is None


def _is_endless(module: Module, receive: ast.Call) -> bool:
    if is_under_deadline(module, receive):
        return False
    # A limit of the connection is a limit of each message.
    return not any(
        keyword.arg in ("receive_timeout", "timeout")
        for call in module.calls_of(frozenset({"ws_connect"}))
        for keyword in call.keywords
    )


def _asks(test: Function) -> bool:
    """Tell whether a test asks for anything: an assertion, a status that is raised, a function that checks."""
    for node in walk_scope(*test.body):
        if isinstance(node, ast.Assert | ast.Raise):
            return True
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
        if isinstance(node, ast.Attribute | ast.Name) and name is not None and _ASKING.search(name):
            return True
    return False


def _goes_to_handler(module: Module, request: ast.Call) -> bool:
    """Tell whether a request is given, there or by its name, to a handler that the project registers."""
    use = module.use_of(request)
    if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
        scope = module.scope_at(request).function
        takers = [module.parent(load) for load in module.uses(scope, use.targets[0].id)]
    else:
        takers = [use.node]
    return any(
        isinstance(taker, ast.Call)
        and any(
            Role.HANDLER in function.owner.roles_of(function)
            for function in module.call_site(taker).functions
        )
        for taker in takers
    )
