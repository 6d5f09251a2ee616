"""Questions about the arguments of servers: which of them exist, and what is lost where one does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api

if TYPE_CHECKING:
    from aiohttp_lint.semantics.aiohttp_api import ApiCallable
    from aiohttp_lint.semantics.aiohttp_versions import Version
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_RUN_APP = aiohttp_api.callable_named("aiohttp.web.run_app")
_RUNNER = aiohttp_api.callable_named("aiohttp.web.AppRunner.__init__")
_BASE_RUNNER = aiohttp_api.callable_named("aiohttp.web.BaseRunner.__init__")
_SERVER = aiohttp_api.callable_named("aiohttp.web.Server.__init__")
_PROTOCOL = aiohttp_api.callable_named("aiohttp.web.RequestHandler.__init__")
TAKERS = tuple(callable_.name.removesuffix(".__init__") for callable_ in (_RUN_APP, _RUNNER, _SERVER))
"""What takes arguments for the request handlers, besides the `handler_args` of an application."""
_APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
_GIVEN_BY_RUNNER = frozenset({"loop", "request_factory", "handler"})
_OF_PROTOCOL_ONLY = frozenset({"manager", "loop"})


class Defect(Enum):
    """What is wrong with an argument of a server."""

    FAILS = auto()
    """The call, or the start of the server, raises TypeError."""
    DROPPED = auto()
    """Nothing raises: this argument and all others of the request handlers are dropped."""
    TOO_NEW = auto()
    """Some aiohttp that the project allows raises TypeError."""
    POSITIONAL = auto()


@dataclass(frozen=True, slots=True)
class DefectiveArgument:
    """An argument that a server does not take as it is given; `since` is the first version that takes it."""

    call: CallSite
    value: ast.expr
    name: str
    defect: Defect
    callee: str
    since: Version | None = None


def defective_arguments(module: Module) -> Iterator[DefectiveArgument]:
    """Give the arguments of `run_app`, runners, servers and `handler_args` that don't exist, or not in every version."""
    run_app, runner, server = TAKERS
    for call in module.calls_to(run_app):
        yield from _positional(call, "run_app")
        yield from _of_run_app(module, call)
    for call in module.calls_to(runner):
        yield from _positional(call, "AppRunner")
        known = _names(_RUNNER, _BASE_RUNNER, _SERVER) | _names(_PROTOCOL) - _OF_PROTOCOL_ONLY
        for keyword in _named(call):
            if keyword.arg in _GIVEN_BY_RUNNER:
                yield DefectiveArgument(call, keyword.value, keyword.arg, Defect.FAILS, "AppRunner")
            elif keyword.arg is not None and keyword.arg not in known:
                yield DefectiveArgument(call, keyword.value, keyword.arg, Defect.DROPPED, "AppRunner")
    for call in module.calls_to(server):
        known = _names(_SERVER) | _names(_PROTOCOL) - _OF_PROTOCOL_ONLY
        for keyword in _named(call):
            if keyword.arg is not None and keyword.arg not in known:
                yield DefectiveArgument(call, keyword.value, keyword.arg, Defect.DROPPED, "Server")
    yield from _of_handler_args(module)


def _of_run_app(module: Module, call: CallSite) -> Iterator[DefectiveArgument]:
    passing_on = next(parameter for parameter in _RUN_APP.parameters if parameter.kind == "var_keyword")
    own = _names(_RUN_APP)
    of_handlers = _names(_SERVER, _PROTOCOL) - _GIVEN_BY_RUNNER - _OF_PROTOCOL_ONLY
    takes_more = module.target.below > passing_on.since
    for keyword in _named(call):
        name = keyword.arg
        if name is None or name in own:
            continue
        if name in _GIVEN_BY_RUNNER or (name not in of_handlers and not takes_more):
            yield DefectiveArgument(call, keyword.value, name, Defect.FAILS, "run_app")
        elif name not in of_handlers:
            yield DefectiveArgument(call, keyword.value, name, Defect.DROPPED, "run_app")
        elif module.target.declares_below(passing_on.since):
            yield DefectiveArgument(call, keyword.value, name, Defect.TOO_NEW, "run_app", passing_on.since)


def _of_handler_args(module: Module) -> Iterator[DefectiveArgument]:
    known = _names(_SERVER, _PROTOCOL) - _GIVEN_BY_RUNNER - _OF_PROTOCOL_ONLY
    for call in module.calls_to(_APPLICATION):
        given = call.argument("handler_args").value
        if not isinstance(given, ast.Dict):
            continue
        for key in given.keys:
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value not in known:
                yield DefectiveArgument(call, key, key.value, Defect.DROPPED, "handler_args")


def _positional(call: CallSite, callee: str) -> Iterator[DefectiveArgument]:
    if len(call.node.args) > 1 and not isinstance(call.node.args[0], ast.Starred):
        second = call.node.args[1]
        if not isinstance(second, ast.Starred):
            yield DefectiveArgument(call, second, "", Defect.POSITIONAL, callee)


def _named(call: CallSite) -> list[ast.keyword]:
    return [keyword for keyword in call.node.keywords if keyword.arg is not None]


def _names(*callables: ApiCallable) -> frozenset[str]:
    return frozenset(
        parameter.name
        for callable_ in callables
        for parameter in callable_.parameters
        if not parameter.kind.startswith("var_")
    )
