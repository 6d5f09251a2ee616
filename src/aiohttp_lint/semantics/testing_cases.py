"""Questions about `AioHTTPTestCase`: what its heirs owe it, and when its application and client exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.syntax import walk_scope
from aiohttp_lint.semantics.testing_clients import REQUESTS

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Class, Function
    from aiohttp_lint.semantics.module import Module

_TEST_CASE = aiohttp_api.class_named("aiohttp.test_utils.AioHTTPTestCase").name
SET_UPS = ("asyncSetUp", "setUpAsync")
HOOKS = {
    aiohttp_api.callable_named(f"{_TEST_CASE}.{hook}").name.rpartition(".")[2]: made
    for hook, made in (
        ("get_application", "aiohttp.web.Application"),
        ("get_server", "aiohttp.test_utils.BaseTestServer"),
        ("get_client", "aiohttp.test_utils.TestClient"),
    )
}
_MADE = frozenset({"app", "server", "client"})
_OF_REQUESTS = frozenset({"send", "throw", "close"})


class Breach(Enum):
    """How a test case breaks the contract."""

    NO_SUPER = auto()
    """Its set-up replaces the one that makes the application and the client."""
    TOO_EARLY = auto()
    """`setUp` runs before there is an application."""
    NOT_ASYNC = auto()
    """A hook that is awaited is no coroutine function."""
    NOT_AWAITED = auto()
    """A test that is no coroutine function uses the request as if it were the response."""


@dataclass(frozen=True, slots=True)
class BrokenContract:
    """A place where a test case breaks the contract.

    `method` is the method around it; `is_first` tells of a set-up without `super()` whether the call can be the first
    thing in it, `is_last` whether it can be the last.
    """

    breach: Breach
    method: Function
    node: ast.expr | None = None
    is_first: bool = False
    is_last: bool = False


def broken_contracts(module: Module) -> Iterator[BrokenContract]:
    """Give where the test cases of a file break the contract of `AioHTTPTestCase`."""
    for definition in module.classes():
        if not definition.is_complete or _TEST_CASE not in definition.outside_bases:
            continue
        for method in definition.methods():
            if not method.decorators and method.positional:
                yield from _of_method(module, definition, method)


def _of_method(module: Module, definition: Class, method: Function) -> Iterator[BrokenContract]:
    if method.name in SET_UPS and method.is_coroutine:
        if not _hands_on(module, method) and _needs_client(definition):
            first, last = _places(definition, method)
            yield BrokenContract(Breach.NO_SUPER, method, None, first, last)
    elif method.name == "setUp":
        for node in _loads(method):
            if node.attr in _MADE and not _is_given_otherwise(definition, node.attr):
                yield BrokenContract(Breach.TOO_EARLY, method, node)
                break
    elif method.name in HOOKS and not method.is_async:
        made = module.inference.result_of(method)
        if made.is_only(HOOKS[method.name]) and not made.may_be_none:
            yield BrokenContract(Breach.NOT_ASYNC, method)
    elif method.name.startswith("test") and not method.is_async:
        yield from _unawaited(module, method)


# Set-ups.


def _hands_on(module: Module, method: Function) -> bool:
    """Tell whether a set-up has another one run, or makes the client itself."""
    for node in ast.walk(method.node):
        if isinstance(node, ast.Attribute):
            if node.attr in SET_UPS:
                return True
            if node.attr == "client" and isinstance(node.ctx, ast.Store):
                return True
        elif isinstance(node, ast.Name) and node.id == "setattr":
            return True
    return False


def _needs_client(definition: Class) -> bool:
    """Tell whether the end of each test, or a test, needs the client."""
    ends = [definition.find_method(name) for name in ("asyncTearDown", "tearDownAsync")]
    if all(end is None for end in ends):
        return True
    return any(
        node.attr in _MADE
        for ancestor in definition.lineage()
        for method in ancestor.methods()
        if method.name.startswith("test") and method.positional
        for node in _loads(method)
    )


def _places(definition: Class, method: Function) -> tuple[bool, bool]:
    """Tell whether the call of the other set-up can come first in a set-up, and whether it can come last."""
    assigned = {node.attr for node in _attributes(method) if isinstance(node.ctx, ast.Store)}
    hooks = [
        definition.find_method(name) for name in ("get_application", "get_app", "get_server", "get_client")
    ]
    needed = {node.attr for hook in hooks if hook is not None and hook.positional for node in _loads(hook)}
    used = {node.attr for node in _loads(method)}
    # A hook that calls other methods of the test case may need anything.
    methods = {function.name for ancestor in definition.lineage() for function in ancestor.methods()}
    is_clear = not needed & methods
    has_return = any(isinstance(node, ast.Return) for node in walk_scope(*method.body))
    return is_clear and not assigned & needed, not used & (_MADE | methods) and not has_return


# The rest.


def _is_given_otherwise(definition: Class, name: str) -> bool:
    """Tell whether anything but the set-up of `AioHTTPTestCase` may give the attribute."""
    for ancestor in definition.lineage():
        if name in ancestor.scope.bindings:
            return True
        for method in ancestor.methods():
            if method.name in ("setUp", "setUpClass", "__init__"):
                for node in ast.walk(method.node):
                    if (
                        isinstance(node, ast.Attribute)
                        and node.attr == name
                        and isinstance(node.ctx, ast.Store)
                    ):
                        return True
                    if isinstance(node, ast.Name) and node.id == "setattr":
                        return True
    return False


def _unawaited(module: Module, method: Function) -> Iterator[BrokenContract]:
    for site in module.calls_to(*REQUESTS):
        if site.function != method:
            continue
        use = module.use_of(site.node)
        if use.kind is UseKind.ATTRIBUTE:
            is_used = _is_member_of_response(use.node)
        elif use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
            loads = [
                load
                for load in module.uses(method.scope, use.targets[0].id)
                if any(binding.value is site.node for binding in module.reaching(load))
            ]
            is_used = bool(loads) and all(
                len(module.reaching(load)) == 1 and _is_member_of_response(module.parent(load))
                for load in loads
            )
        else:
            is_used = False
        if is_used:
            yield BrokenContract(Breach.NOT_AWAITED, method, site.node)


def _is_member_of_response(node: ast.AST | None) -> bool:
    """Tell whether a node asks a request for what only its response has."""
    return (
        isinstance(node, ast.Attribute) and node.attr not in _OF_REQUESTS and not node.attr.startswith("__")
    )


def _attributes(method: Function) -> Iterator[ast.Attribute]:
    """Give the accesses to attributes of the object itself in a method's own frame."""
    receiver = method.positional[0].arg
    for node in walk_scope(*method.body):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == receiver:
            yield node


def _loads(method: Function) -> Iterator[ast.Attribute]:
    return (node for node in _attributes(method) if isinstance(node.ctx, ast.Load))
