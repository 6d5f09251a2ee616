"""What is meant by an argument that a request does not take, as the edits that say it rightly."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.edits import NameArgument, RemoveKeyword, RenameKeyword, ReplaceExpression, verbatim
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.request_arguments import Objected, Objection
from aiohttp_lint.semantics.spelling import spelled

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.module import Module

_BASIC_AUTH = aiohttp_api.class_named("aiohttp.BasicAuth").name
_ENCODE = aiohttp_api.callable_named("aiohttp.encode_basic_auth")
_RENAMED = {"follow_redirects": "allow_redirects", "header": "headers", "cookies_jar": "cookie_jar"}
_BODY_SECOND = frozenset({"post", "put", "patch"})
"""The functions of requests that take the body as their second argument; the others take the query there."""


def request_repair(module: Module, found: Objected) -> tuple[list[Edit], bool]:
    """Give what repairs an argument of a request, and whether only that can be meant."""
    if found.objection is Objection.POSITIONAL:
        return _named(module, found), False
    if found.objection is Objection.CREDENTIALS:
        return _credentials(module, found), True
    if found.objection is not Objection.UNKNOWN:
        return [], False
    call = module.span(found.call.node)
    if found.name == "stream" and isinstance(found.value, ast.Constant):
        return [RemoveKeyword(call, "stream")], True
    renamed = _RENAMED.get(found.name)
    if renamed is not None and _is_free(found, renamed):
        return [RenameKeyword(call, found.name, renamed)], True
    is_switch = found.name == "verify" and module.is_instance(found.value, "builtins.bool")
    if is_switch and _is_free(found, "ssl"):
        return [RenameKeyword(call, "verify", "ssl")], False
    return [], False


def _is_free(found: Objected, name: str) -> bool:
    """Tell whether the call takes an argument of this name, and is not given it."""
    return found.call.argument(name).is_missing and found.call.callables[0].parameter(name) is not None


def _named(module: Module, found: Objected) -> list[Edit]:
    if found.index is None or len(found.call.node.args) != found.index + 1:
        return []
    name = "data" if found.call.method_name in _BODY_SECOND else "params"
    is_free = found.call.argument(name).is_missing and not found.call.calls_only(SESSION)
    return [NameArgument(module.span(found.call.node), found.index, name)] if is_free else []


def _credentials(module: Module, found: Objected) -> list[Edit]:
    value = found.value
    if (
        not isinstance(value, ast.Tuple)
        or len(value.elts) != 2
        or any(isinstance(part, ast.Starred) for part in value.elts)
    ):
        return []
    parts = verbatim(", ".join(module.segment(part) for part in value.elts))
    as_header = module.target.all_at_least(_ENCODE.since)
    if as_header and (found.name != "auth" or not found.call.argument("headers").is_missing):
        return []
    spelling, imports = spelled(module, _ENCODE.name if as_header else _BASIC_AUTH)
    if not as_header:
        return [ReplaceExpression(module.span(value), f"{spelling}({parts})"), *imports]
    header = f'{{{{"Authorization": {spelling}({parts})}}}}'
    renamed = RenameKeyword(module.span(found.call.node), "auth", "headers")
    return [renamed, ReplaceExpression(module.span(value), header), *imports]
