"""Questions about status codes: which responses report an error as a success, and which refuse without saying how."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.json_encoding import JSON_RESPONSE
from aiohttp_lint.semantics.response_metadata import is_left_alone
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

UNAUTHORIZED = aiohttp_api.class_named("aiohttp.web.HTTPUnauthorized").name
_ERRORS = frozenset({"error", "errors", "detail"})
_ALWAYS_200 = ("jsonrpc", "json-rpc", "json_rpc", "graphql")
_CHALLENGE = "www-authenticate"
_TEXTS = ("builtins.str", "builtins.repr")


def errors_as_successes(module: Module) -> Iterator[ast.Call]:
    """Give the JSON responses of handlers that hold nothing but an error and go out with status 200."""
    text = module.text.text.lower()
    if any(word in text for word in _ALWAYS_200):
        return
    for call in module.calls_to(JSON_RESPONSE):
        data, function = call.argument("data").value, call.function
        if not call.argument("status").is_missing or not isinstance(data, ast.Dict) or function is None:
            continue
        if not {Role.HANDLER, Role.MIDDLEWARE} & module.roles_of(function):
            continue
        if _is_error(module, data) and is_left_alone(module, call.node):
            yield call.node


def _is_error(module: Module, data: ast.Dict) -> bool:
    """Tell whether the first key of a display is that of an error, and its value surely says something."""
    key = data.keys[0] if data.keys else None
    literal = module.constant(key) if key is not None else None
    if literal is None or literal.value not in _ERRORS:
        return False
    value = data.values[0]
    known = module.constant(value)
    if known is not None:
        return isinstance(known.value, str) and bool(known.value)
    if isinstance(value, ast.Dict):
        return bool(value.keys)
    if isinstance(value, ast.List):
        return bool(value.elts)
    if isinstance(value, ast.Call):
        return module.qualified_name(value.func) in _TEXTS
    return isinstance(value, ast.JoinedStr)


def refusals_without_challenge(module: Module) -> Iterator[ast.expr]:
    """Give the raised and returned `HTTPUnauthorized` that name no way to authenticate."""
    if _CHALLENGE in module.text.text.lower() or "WWW_AUTHENTICATE" in module.text.text:
        return
    for call in module.calls_to(UNAUTHORIZED):
        if call.argument("headers").is_missing and is_left_alone(module, call.node):
            yield call.node
    for scope in module.scope.descend():
        for node in scope.nodes.get(ast.Raise, ()):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name | ast.Attribute):
                if module.type_of(node.exc).members == frozenset({ClassObject(UNAUTHORIZED)}):
                    yield node.exc
