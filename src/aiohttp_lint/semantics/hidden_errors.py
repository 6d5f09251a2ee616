"""Exceptions that handlers and middlewares turn into a server error without a trace."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.broad_excepts import is_broad, raised_class
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import TRIES, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_SERVER_ERROR = aiohttp_api.class_named("aiohttp.web.HTTPServerError").name
_RESPONSES = frozenset(
    {
        aiohttp_api.class_named("aiohttp.web.Response").name,
        aiohttp_api.callable_named("aiohttp.web.json_response").name,
    }
)
_FIRST_SERVER_STATUS = 500
_SILENT = "builtins."


@dataclass(frozen=True, slots=True)
class Hidden:
    """A clause that answers every exception with a server error, and how its function spells the request."""

    clause: ast.ExceptHandler
    request: str | None


def hidden_errors(module: Module) -> Iterator[Hidden]:
    """Give the broad clauses of handlers and middlewares that leave no trace of what they caught."""
    for function in module.functions():
        if not {Role.HANDLER, Role.MIDDLEWARE} & module.roles_of(function):
            continue
        for statement in function.scope.all_nodes(*TRIES):
            for clause in getattr(statement, "handlers", ()):
                if (
                    is_broad(module, clause)
                    and _answers_with_error(module, clause)
                    and not _tells(module, clause)
                ):
                    yield Hidden(clause, _request(module, function))


def _answers_with_error(module: Module, clause: ast.ExceptHandler) -> bool:
    last = clause.body[-1]
    if isinstance(last, ast.Raise):
        return last.exc is not None and _is_server_error(raised_class(module, last))
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Call):
        return False
    site = module.call_site(last.value)
    if site.calls_only(*_RESPONSES):
        status = site.argument("status").value
        literal = None if status is None else module.constant(status)
        value = None if literal is None else literal.value
        return isinstance(value, int) and value >= _FIRST_SERVER_STATUS
    return site.is_certain and len(site.names) == 1 and _is_server_error(next(iter(site.names)))


def _is_server_error(name: str | None) -> bool:
    known = None if name is None else aiohttp_api.find_class(name)
    return known is not None and _SERVER_ERROR in known.mro


def _tells(module: Module, clause: ast.ExceptHandler) -> bool:
    """Tell whether a clause uses the exception, raises it again, or calls anything that may report it."""
    for node in walk_scope(*clause.body):
        if isinstance(node, ast.Name) and node.id == clause.name:
            return True
        if isinstance(node, ast.Raise) and (node.exc is None or node is not clause.body[-1]):
            return True
        if isinstance(node, ast.Call):
            site = module.call_site(node)
            if not site.is_certain or not all(map(_reports_nothing, site.names)):
                return True
    return False


def _reports_nothing(name: str) -> bool:
    known = aiohttp_api.find_class(name)
    return (
        name in _RESPONSES
        or _is_server_error(name)
        or (known is None and name.startswith(_SILENT) and "print" not in name)
    )


def _request(module: Module, function: Function) -> str | None:
    """Give the source that spells the request in a function: its first parameter, or that of its view."""
    positional = [parameter.arg for parameter in function.positional]
    around = None if function.class_scope is None else module.class_of(function.class_scope)
    if around is not None and "aiohttp.web.View" in around.outside_bases:
        return f"{positional[0]}.request" if positional else None
    names = positional[1:] if around is not None else positional
    return names[0] if names and len(function.scope.bindings[names[0]]) == 1 else None
