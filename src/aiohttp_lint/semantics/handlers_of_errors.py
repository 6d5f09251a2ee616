"""Questions about `except` clauses around requests: which failures of a request do they name, and which pass by."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.classes import class_named
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, SESSION
from aiohttp_lint.semantics.swallowing import swallows
from aiohttp_lint.semantics.syntax import FUNCTIONS
from aiohttp_lint.semantics.timeouts import is_off, written_limits
from aiohttp_lint.semantics.types import FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

CLIENT_ERROR = aiohttp_api.class_named("aiohttp.ClientError").name
CONNECTION_ERROR = aiohttp_api.class_named("aiohttp.ClientConnectionError").name
ASYNCIO_TIMEOUT_IS_BUILTIN = (3, 11)
"""The Python version from which on `asyncio.TimeoutError` is the builtin class."""

UNDECLARED_PYTHON = (3, 9)
"""What `Module.python_minimum` is where the project declares none."""
_MAXIMUM_DEPTH = 5

_COVERING = frozenset(
    {
        "asyncio.TimeoutError",
        "asyncio.exceptions.TimeoutError",
        "builtins.Exception",
        "builtins.BaseException",
    }
)
_COVERING_AS_BUILTIN = frozenset(
    {
        "builtins.TimeoutError", "builtins.OSError", "builtins.EnvironmentError", "builtins.IOError", "socket.error",
        "socket.timeout", "concurrent.futures.TimeoutError",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PassedBy:
    """A request, and the `except` clause for its failures that its total timeout passes by."""

    request: CallSite
    handler: ast.ExceptHandler


class _Catch(Enum):
    TIMEOUT = auto()
    """Also the total timeout, or nobody knows."""
    CONNECTION = auto()
    """Failures of the connection, as the total timeout is one in spirit."""
    OTHER = auto()


def timeouts_passing_by(module: Module) -> Iterator[PassedBy]:
    """Give the requests whose function catches failures of the connection, but not the total timeout."""
    seen: set[ast.ExceptHandler] = set()
    for request in module.calls_to(*REQUESTS, MODULE_REQUEST):
        if request.function is None or has_no_total(request):
            continue
        if not all(map(module.inference.is_transparent, request.function.decorators)):
            continue
        handler = _handler_passed_by(module, request.node)
        if handler is not None and handler not in seen:
            seen.add(handler)
            yield PassedBy(request, handler)


def has_no_total(request: CallSite) -> bool:
    """Tell whether a request is seen to have no total timeout, of its own or of its session."""
    given = request.argument("timeout").value
    if given is None:
        return request.receiver is not None and any(
            _lacks_total(session) for session in _sessions(request.module, request.receiver)
        )
    limits = written_limits(request.module, given)
    return limits.lacks_total if limits is not None else is_off(request.module, given)


def _lacks_total(session: CallSite) -> bool:
    given = session.argument("timeout").value
    limits = None if given is None else written_limits(session.module, given)
    return limits is not None and limits.lacks_total


def _sessions(module: Module, node: ast.expr, depth: int = 0) -> Iterator[CallSite]:
    """Give the calls that are seen to make the session an expression stands for."""
    if depth > _MAXIMUM_DEPTH:
        return
    if isinstance(node, ast.Call):
        site = module.call_site(node)
        if site.calls_only(SESSION):
            yield site
            return
        for member in module.type_of(node.func).values:
            if isinstance(member, FunctionObject):
                for result in member.function.scope.all_nodes(ast.Return):
                    assert isinstance(result, ast.Return)
                    if result.value is not None:
                        yield from _sessions(member.function.owner, result.value, depth + 1)
        return
    bindings: list[Binding] = []
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
    elif isinstance(node, ast.Attribute):
        for member in module.type_of(node.value).values:
            if isinstance(member, Instance) and member.definition is not None:
                bindings += module.inference.attribute_bindings(member.definition, node.attr)
    for binding in bindings:
        if binding.value is not None:
            yield from _sessions(binding.scope.owner, binding.value, depth + 1)


def _handler_passed_by(module: Module, request: ast.Call) -> ast.ExceptHandler | None:
    found: ast.ExceptHandler | None = None
    is_settled = False
    came_from: ast.AST = request
    for ancestor in module.ancestors(request):
        if isinstance(ancestor, FUNCTIONS):
            break
        if isinstance(ancestor, ast.With) and any(map(partial(swallows, module), ancestor.items)):
            return None
        if isinstance(ancestor, ast.Try) and any(came_from is statement for statement in ancestor.body):
            for handler in ancestor.handlers:
                catch = _catch(module, handler.type)
                if catch is _Catch.TIMEOUT:
                    return None
                if catch is _Catch.CONNECTION and not is_settled and not _only_raises_again(handler):
                    # The last clause is the broadest.
                    found = handler
            is_settled = found is not None
        came_from = ancestor
    return found


def _catch(module: Module, caught: ast.expr | None) -> _Catch:
    if caught is None:
        return _Catch.TIMEOUT
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    catches = [_catch_of_class(module, kind) for kind in kinds]
    return min(catches, key=lambda catch: catch.value, default=_Catch.OTHER)


def _catch_of_class(module: Module, kind: ast.expr) -> _Catch:
    definition = class_named(module, kind)
    if definition is not None:
        return _Catch.OTHER if definition.is_complete else _Catch.TIMEOUT
    name = module.qualified_name(kind)
    if name is None or name in _COVERING:
        return _Catch.TIMEOUT
    if name in _COVERING_AS_BUILTIN:
        # Below 3.11, these are other classes than asyncio's; nobody knows where no version is declared.
        is_other = UNDECLARED_PYTHON < module.python_minimum < ASYNCIO_TIMEOUT_IS_BUILTIN
        return _Catch.OTHER if is_other else _Catch.TIMEOUT
    known = aiohttp_api.find_class(name)
    if known is not None:
        is_connection = name == CLIENT_ERROR or known.is_subclass_of(CONNECTION_ERROR)
        return _Catch.CONNECTION if is_connection else _Catch.OTHER
    root, _, last = name.partition(".")
    is_known = hasattr(builtins, last) if root == "builtins" else root in sys.stdlib_module_names
    return _Catch.OTHER if is_known else _Catch.TIMEOUT


def _only_raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
