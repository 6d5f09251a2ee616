"""Questions about the headers that handlers and middlewares set on responses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.decorators import function_named
from aiohttp_lint.semantics.handlers import application_run_by_file, delegations
from aiohttp_lint.semantics.mappings import key_text, written_mapping
from aiohttp_lint.semantics.request_values import RESPONSES, STREAM_RESPONSE
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import TRIES, dotted

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_REQUEST = aiohttp_api.class_named("aiohttp.web.BaseRequest").name
_SETTERS = frozenset({"add", "setdefault"})
# What protects a page that is an error, too; what is cached, and which request it was, is the page's own affair.
_PROTECTING = frozenset(
    {
        "content-security-policy", "strict-transport-security", "x-frame-options", "x-content-type-options", "referrer-policy",
        "access-control-allow-origin",
    }
)  # fmt: skip
_ORIGIN = "access-control-allow-origin"
_CREDENTIALS = "access-control-allow-credentials"


@dataclass(frozen=True, slots=True)
class HeaderSet:
    """A header that is set on a response: its name in lower case, its value, and the response.

    `response` is the expression before `.headers`, or the call that creates the response.
    """

    name: str
    value: ast.expr
    response: ast.expr


def headers_set(module: Module) -> Iterator[HeaderSet]:
    """Give the headers with a known name that are surely set on responses of the server."""
    for call in module.calls_to(*RESPONSES):
        given = call.argument("headers").value
        if given is not None:
            yield from _headers_in(module, given, call.node)
    for attribute in module.attributes_named("headers"):
        parent, response = module.parent(attribute), attribute.value
        if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
            statement, name = module.parent(parent), key_text(module, parent.slice)
            if isinstance(statement, ast.Assign) and name is not None and _is_response(module, response):
                yield HeaderSet(name, statement.value, response)
            continue
        call_node = module.parent(parent) if isinstance(parent, ast.Attribute) else None
        if not isinstance(parent, ast.Attribute) or not isinstance(call_node, ast.Call):
            continue
        if call_node.func is not parent or not _is_response(module, response):
            continue
        if parent.attr in _SETTERS and len(call_node.args) == 2:
            name = key_text(module, call_node.args[0])
            if name is not None:
                yield HeaderSet(name, call_node.args[1], response)
        elif parent.attr == "update" and len(call_node.args) == 1:
            yield from _headers_in(module, call_node.args[0], response)


def _headers_in(module: Module, node: ast.expr, response: ast.expr) -> Iterator[HeaderSet]:
    mapping = written_mapping(module, node)
    for entry in mapping.entries if mapping is not None else ():
        name = key_text(module, entry.key)
        if name is not None:
            yield HeaderSet(name, entry.value, response)


def _is_response(module: Module, node: ast.expr) -> bool:
    return module.is_instance(node, STREAM_RESPONSE) or _comes_from_handler(module, node)


def _comes_from_handler(module: Module, node: ast.expr) -> bool:
    """Tell whether a name is what a middleware got from the handler that it was given."""
    function = module.function_at(node)
    if not isinstance(node, ast.Name) or function is None:
        return False
    values = [binding.value for binding in module.reaching(node) if binding.kind is BindingKind.ASSIGNMENT]
    handed = set(delegations(module, function))
    return bool(values) and all(isinstance(value, ast.Await) and value.value in handed for value in values)


# Sharing with other origins.


@dataclass(frozen=True, slots=True)
class OpenSharing:
    """A response that any page may read with the credentials of its visitor, or would if browsers took `*` so."""

    place: ast.expr
    is_refused: bool


def open_sharing(module: Module) -> Iterator[OpenSharing]:
    """Give the responses that name every origin, and allow credentials."""
    if _CREDENTIALS.rpartition("-")[2] not in module.text.text.lower():
        return
    groups: dict[object, list[HeaderSet]] = {}
    for header in headers_set(module):
        if header.name in (_ORIGIN, _CREDENTIALS):
            function = module.function_at(header.response)
            names = dotted(header.response)
            where = None if function is None else function.node
            groups.setdefault((where, names or header.response), []).append(header)
    for headers in groups.values():
        if not any(header.name == _CREDENTIALS and _allows(module, header.value) for header in headers):
            continue
        for header in headers:
            literal = module.constant(header.value)
            if header.name != _ORIGIN:
                continue
            if literal is not None and literal.value == "*":
                yield OpenSharing(header.value, is_refused=True)
            elif literal is None and _reflects_origin(module, header.value):
                yield OpenSharing(header.value, is_refused=False)


def _allows(module: Module, value: ast.expr) -> bool:
    literal = module.constant(value)
    return literal is not None and str(literal.value).lower() == "true"


def _reflects_origin(module: Module, value: ast.expr) -> bool:
    """Tell whether a value is the origin of the request, which nothing has been compared with anything."""
    if isinstance(value, ast.Name):
        given = module.only_value(value)
        scope = module.scope_at(value).binding_scope(value.id)
        if scope is None or given is None:
            return False
        others = [use for use in module.uses(scope, value.id) if use is not value]
        if not all(_only_asks_whether_there(module, use) for use in others):
            return False
        return not isinstance(given, ast.Name) and _reflects_origin(module, given)
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        return _reflects_origin(module, value.values[0])
    return _reads_origin(module, value) and _is_read_once(module, value)


def _only_asks_whether_there(module: Module, use: ast.Name) -> bool:
    parent = module.parent(use)
    return isinstance(parent, ast.If) and use is parent.test


def _reads_origin(module: Module, node: ast.AST) -> bool:
    """Tell whether an expression is `request.headers["Origin"]`, or `.get("Origin", …)`."""
    headers: ast.expr | None = None
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        headers, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        headers, key = node.func.value, node.args[0] if node.args else None
    return (
        isinstance(headers, ast.Attribute)
        and headers.attr == "headers"
        and key is not None
        and key_text(module, key) == "origin"
        and module.is_instance(headers.value, _REQUEST)
    )


def _is_read_once(module: Module, value: ast.expr) -> bool:
    """Tell whether the function reads the origin for the header alone, and not to compare it as well."""
    function = module.function_at(value)
    if function is None:
        return False
    tests = [
        part.test
        for part in ast.walk(function.node)
        if isinstance(part, ast.If | ast.IfExp | ast.While | ast.Assert)
    ]
    return not any(_reads_origin(module, part) for test in tests for part in ast.walk(test))


# Headers that not all responses get.


def headers_of_handlers_only(module: Module) -> Iterator[tuple[Function, HeaderSet]]:
    """Give the protecting headers that the only middleware of the file's application sets on what handlers return.

    For each middleware the first one. What a handler raises, and what the router answers itself, goes without.
    """
    middleware = _only_middleware(module)
    if middleware is None or any(isinstance(part, TRIES) for part in ast.walk(middleware.node)):
        return
    for header in headers_set(module):
        response = header.response
        if module.function_at(response) != middleware or header.name not in _PROTECTING:
            continue
        if not isinstance(response, ast.Name) or not _comes_from_handler(module, response):
            continue
        if not any(isinstance(part, ast.Name) and part.id == response.id for part in ast.walk(header.value)):
            yield middleware, header
            return


def _only_middleware(module: Module) -> Function | None:
    """Give the one middleware of the one application of the file, where nothing else can add to it."""
    application = application_run_by_file(module)
    listed = application.argument("middlewares").value if application is not None else None
    if not isinstance(listed, ast.List | ast.Tuple) or len(listed.elts) != 1:
        return None
    middleware = function_named(module, listed.elts[0])
    if middleware is None or middleware.owner is not module:
        return None
    return middleware if Role.MIDDLEWARE in module.roles_of(middleware) else None
