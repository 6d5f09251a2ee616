"""Questions about how servers are started: runners, sites, and programs that end before anybody is served."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.syntax import TRIES, walk_scope
from aiohttp_lint.semantics.types import FunctionObject, Instance
from aiohttp_lint.semantics.untouched import is_untouched

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
_APP_RUNNER = aiohttp_api.class_named("aiohttp.web.AppRunner").name
_RUNNERS = (_APP_RUNNER, aiohttp_api.class_named("aiohttp.web.ServerRunner").name)
_RUN_APP = aiohttp_api.callable_named("aiohttp.web.run_app").name
_SITES = tuple(
    aiohttp_api.class_named(f"aiohttp.web.{name}").name
    for name in ("TCPSite", "UnixSite", "SockSite", "NamedPipeSite")
)
_SETUP = aiohttp_api.callable_named("aiohttp.web.BaseRunner.setup").name
_STARTS = frozenset(
    aiohttp_api.callable_named(f"{site}.start").name for site in (*_SITES, "aiohttp.web.BaseSite")
)
_ENDS = frozenset(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name
    for name in ("BaseRunner.cleanup", "BaseRunner.shutdown", "BaseSite.stop")
)
_COROUTINES = (_SETUP, *sorted(_STARTS), aiohttp_api.callable_named("aiohttp.web.BaseRunner.cleanup").name)
_PROGRAM_RUNNERS = ("asyncio.run", "uvloop.run")
STARTING = (*_SITES, _APP_RUNNER, _RUN_APP, *_COROUTINES, *_PROGRAM_RUNNERS)
"""What the start of a server is made of."""
_LOOKS = frozenset({"app", "addresses", "sites", "server"})
_TELLS = frozenset({"builtins.print"})
_MAXIMUM_DEPTH = 3


class Disorder(Enum):
    """What is wrong with the order in which a server is started."""

    NOT_SET_UP = auto()
    """A site is made of a runner that is not set up."""
    NOT_A_RUNNER = auto()
    """A site is made of an application."""
    NOT_CALLED = auto()
    """A runner is given the function that makes the application."""
    NOT_MADE = auto()
    """A runner is given the coroutine that would make the application."""
    NOT_STARTED = auto()
    """A site is made and dropped."""
    NOT_AWAITED = auto()
    ENDS = auto()
    """The program ends as soon as the server is started."""


@dataclass(frozen=True, slots=True)
class Misstart:
    """A place where a server isn't started as it is meant, and for ENDS what runs the program."""

    node: ast.expr
    disorder: Disorder
    runs: ast.Call | None = None


def has_part_in_serving(module: Module) -> bool:
    """Tell whether a file uses what aiohttp has for servers."""
    return (
        module.imports("aiohttp.web")
        or "aiohttp.web" in module.scope.star_imports
        or any(module.qualified_name(node) == "aiohttp.web" for node in module.attributes_named("web"))
    )


def misstarts(module: Module) -> Iterator[Misstart]:
    """Give what is wrong with the start of servers in a file."""
    for site in module.calls_to(*_SITES):
        runner = site.argument("runner").value
        if runner is not None and module.is_instance(runner, _APPLICATION):
            yield Misstart(runner, Disorder.NOT_A_RUNNER)
        elif isinstance(runner, ast.Name) and _is_surely_not_set_up(module, site, runner):
            yield Misstart(site.node, Disorder.NOT_SET_UP)
        elif module.use_of(site.node).kind is UseKind.DISCARDED:
            yield Misstart(site.node, Disorder.NOT_STARTED)
    for site in module.calls_to(_APP_RUNNER, _RUN_APP):
        application = site.argument("app").value
        disorder = None if application is None else _wrong_application(module, site, application)
        if application is not None and disorder is not None:
            yield Misstart(application, disorder)
    for site in module.calls_to(*_COROUTINES):
        if module.use_of(site.node).kind is UseKind.DISCARDED and site.function is not None:
            yield Misstart(site.node, Disorder.NOT_AWAITED)
    for run in module.calls_to(*_PROGRAM_RUNNERS):
        program = run.node.args[0] if run.node.args else None
        started = _last_start(module, program, 0) if isinstance(program, ast.Call) else None
        if started is not None:
            yield Misstart(started, Disorder.ENDS, run.node)


def serves_until_answered(function: Function) -> bool:
    """Tell whether a handler stands in a function that serves one visitor: it waits for a future that a handler sets."""
    module = function.owner
    outer = next(
        (node for node in module.ancestors(function.node) if isinstance(node, ast.AsyncFunctionDef)), None
    )
    if outer is None:
        return False
    nodes = list(ast.walk(outer))
    awaited = {
        node.value.id for node in nodes if isinstance(node, ast.Await) and isinstance(node.value, ast.Name)
    }
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "set_result"
        and isinstance(node.value, ast.Name)
        and node.value.id in awaited
        for node in nodes
    )


def starts_server(function: Function) -> bool:
    """Tell whether a coroutine starts a server itself: what it does besides comes before the requests."""
    module = function.owner
    return any(call.function == function for call in module.calls_to(*sorted(_STARTS)))


# Runners that are not set up.


def _is_surely_not_set_up(module: Module, site: CallSite, runner: ast.Name) -> bool:
    """Tell whether nothing that comes before a site can have set up its runner."""
    return is_untouched(
        module,
        runner,
        site.node,
        lambda made: made.calls_only(*_RUNNERS),
        lambda use: _only_looks(module, use),
    )


def _only_looks(module: Module, use: ast.Name) -> bool:
    """Tell whether a use of a runner leaves it as it is: another site, a plain attribute, a dropped coroutine."""
    parent = module.parent(use)
    if isinstance(parent, ast.Attribute):
        call = module.parent(parent)
        if isinstance(call, ast.Call) and call.func is parent:
            is_dropped = module.use_of(call).kind is UseKind.DISCARDED
            return is_dropped and module.call_site(call).calls_only(_SETUP)
        return parent.attr in _LOOKS
    return isinstance(parent, ast.Call) and module.call_site(parent).calls_only(*_SITES)


# What runners are given.


def _wrong_application(module: Module, site: CallSite, application: ast.expr) -> Disorder | None:
    members = module.type_of(application)
    if not members.is_known or not members.values:
        return None
    if all(isinstance(member, FunctionObject) for member in members.values):
        return Disorder.NOT_CALLED
    is_coroutine = all(
        isinstance(member, Instance) and member.name == "coroutine" for member in members.values
    )
    return Disorder.NOT_MADE if is_coroutine and site.calls_only(_APP_RUNNER) else None


# Programs that end.


def _last_start(module: Module, call: ast.Call, depth: int) -> ast.Call | None:
    """Give the `start()` of a site after which the coroutine that a call makes has nothing more to do."""
    functions = module.call_site(call).functions
    if len(functions) != 1 or depth > _MAXIMUM_DEPTH:
        return None
    (function,) = functions
    if not function.is_coroutine or function.decorators:
        return None
    return _start_at_end(function, function.body, depth)


def _start_at_end(function: Function, body: list[ast.stmt], depth: int) -> ast.Call | None:
    module = function.owner
    for statement in reversed(body):
        if isinstance(statement, TRIES):
            assert isinstance(statement, ast.Try)
            if (
                statement.handlers
                or statement.orelse
                or not all(_only_ends(module, last) for last in statement.finalbody)
            ):
                return None
            return _start_at_end(function, statement.body, depth)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await):
            call = statement.value.value
            if not isinstance(call, ast.Call):
                return None
            site = module.call_site(call)
            if site.is_certain and site.names and site.names <= _STARTS:
                return call
            return _last_start(module, call, depth + 1)
        if not _only_tells(module, statement):
            return None
    return None


def _only_tells(module: Module, statement: ast.stmt) -> bool:
    """Tell whether a statement only prints or logs, and so keeps no program running."""
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    if any(isinstance(node, ast.Await) for node in walk_scope(statement)):
        return False
    names = module.call_site(statement.value).names
    return bool(names) and all(name in _TELLS or name.startswith("logging.") for name in names)


def _only_ends(module: Module, statement: ast.stmt) -> bool:
    """Tell whether a statement of a `finally` only ends the server, or tells something."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await):
        call = statement.value.value
        return isinstance(call, ast.Call) and module.call_site(call).calls_only(*_ENDS)
    return _only_tells(module, statement)
