"""Questions about what clients send: which malformed or missing parts of it become an error 500."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.broad_excepts import classes_caught
from aiohttp_lint.semantics.failures import goes_on_after
from aiohttp_lint.semantics.handlers import Decoration, decoration
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.routes import lets_everything_through, route_patterns
from aiohttp_lint.semantics.syntax import same_place, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_REQUEST = aiohttp_api.class_named("aiohttp.web.BaseRequest").name
_JSON = aiohttp_api.callable_named("aiohttp.web.BaseRequest.json").name
_POST = aiohttp_api.callable_named("aiohttp.web.BaseRequest.post").name
_MAPPINGS = frozenset(
    aiohttp_api.callable_named(f"aiohttp.web.BaseRequest.{name}").name.rpartition(".")[2]
    for name in ("query", "headers", "cookies")
)
_MATCH_INFO = "match_info"
PARTS = (*_MAPPINGS, _MATCH_INFO, _JSON, _POST)
"""What of a request holds what its client sends."""
_CONVERSIONS = frozenset(
    {
        "builtins.int",
        "builtins.float",
        "uuid.UUID",
        "datetime.datetime.fromisoformat",
        "datetime.date.fromisoformat",
    }
)
_ALWAYS_SENT = frozenset({"host"})
_BROAD = frozenset({"builtins.Exception", "builtins.BaseException"})
_OF_KEY = frozenset({"builtins.KeyError", "builtins.LookupError"}) | _BROAD
_OF_VALUE = frozenset({"builtins.ValueError"}) | _BROAD
_OF_JSON = frozenset({"json.JSONDecodeError", "json.decoder.JSONDecodeError"}) | _OF_VALUE


@dataclass(frozen=True, slots=True)
class Malformed:
    """An expression that raises on what a client may send, and the builtin errors that it raises."""

    node: ast.expr
    errors: tuple[str, ...]


def unchecked_inputs(module: Module) -> Iterator[Malformed]:
    """Give what in registered handlers turns missing or malformed input into an error that nobody catches."""
    for function in module.functions():
        if Role.HANDLER not in module.roles_of(function):
            continue
        if decoration(module, function) is not Decoration.PLAIN:
            continue
        reported: set[ast.expr] = set()
        for found in _conversions(module, function):
            reported.update(node for node in ast.walk(found.node) if isinstance(node, ast.expr))
            yield found
        for node in function.scope.all_nodes(ast.Subscript):
            assert isinstance(node, ast.Subscript)
            if node not in reported and _may_be_missing(module, function, node):
                yield Malformed(node, ("KeyError",))
        for awaited in function.scope.all_nodes(ast.Await):
            assert isinstance(awaited, ast.Await)
            call = awaited.value
            if isinstance(call, ast.Call) and module.call_site(call).calls_only(_JSON):
                if not _is_caught(module, awaited, _OF_JSON):
                    yield Malformed(awaited, ("ValueError",))


def _conversions(module: Module, function: Function) -> Iterator[Malformed]:
    """Give the calls of `int()` and the like on what comes from a client."""
    for call in function.scope.all_nodes(ast.Call):
        assert isinstance(call, ast.Call)
        if len(call.args) != 1 or module.qualified_name(call.func) not in _CONVERSIONS:
            continue
        if _is_caught(module, call, _OF_VALUE) or not _is_any_text(module, function, call.args[0]):
            continue
        source = call.args[0]
        is_missing = isinstance(source, ast.Subscript) and _may_be_missing(module, function, source)
        yield Malformed(call, ("KeyError", "ValueError") if is_missing else ("ValueError",))


def _is_any_text(module: Module, function: Function, node: ast.expr) -> bool:
    """Tell whether an expression is a text that a client chooses freely."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return bool(node.args) and _mapping(module, node.func.value) is not None
    if not isinstance(node, ast.Subscript):
        return False
    if not _is_match_info(module, node.value):
        return _mapping(module, node.value) is not None
    name = module.constant(node.slice)
    patterns = route_patterns(module, function)
    return (
        name is not None
        and isinstance(name.value, str)
        and bool(patterns)
        and all(lets_everything_through(pattern, name.value) for pattern in patterns)
    )


def _is_match_info(module: Module, node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == _MATCH_INFO
        and module.is_instance(node.value, _REQUEST)
    )


def _mapping(module: Module, node: ast.expr) -> str | None:
    """Name the part of a request that an expression is: `query`, `headers`, `cookies`, or `post` for a form."""
    if isinstance(node, ast.Attribute):
        if node.attr in _MAPPINGS and module.is_instance(node.value, _REQUEST):
            return node.attr
        is_url = isinstance(node.value, ast.Attribute) and node.value.attr in ("rel_url", "url")
        if (
            is_url
            and isinstance(node.value, ast.Attribute)
            and module.is_instance(node.value.value, _REQUEST)
        ):
            return node.attr if node.attr == "query" else None
        return None
    if isinstance(node, ast.Name):
        value = module.only_value(node)
        return _mapping(module, value) if isinstance(value, ast.Attribute | ast.Await) else None
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        return "post" if module.call_site(node.value).calls_only(_POST) else None
    return None


def relays_cookies(module: Module, requests: Iterable[ast.Call]) -> bool:
    """Tell whether calls of the HTTP client are given all headers, or the cookies, of the request being served."""
    for request in requests:
        site = module.call_site(request)
        for argument in (site.argument("headers").value, site.argument("cookies").value):
            if isinstance(argument, ast.Name):
                bindings = module.reaching(argument)
                argument = bindings[0].value if len(bindings) == 1 else None
            if argument is not None and any(_is_whole(module, node) for node in ast.walk(argument)):
                return True
    return False


def _is_whole(module: Module, node: ast.AST) -> bool:
    """Tell whether an expression is all headers or cookies of a request, and not one of them that is looked up."""
    if not isinstance(node, ast.Attribute) or _mapping(module, node) not in ("headers", "cookies"):
        return False
    parent = module.parent(node)
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("copy", "items")
    return not isinstance(parent, ast.Subscript | ast.Compare)


def _may_be_missing(module: Module, function: Function, node: ast.Subscript) -> bool:
    """Tell whether a key of what a client sends may be missing where it is taken for granted."""
    mapping = _mapping(module, node.value)
    key = module.constant(node.slice)
    if mapping is None or not isinstance(node.ctx, ast.Load):
        return False
    if key is None or not isinstance(key.value, str):
        return False
    if mapping == "headers" and key.value.lower() in _ALWAYS_SENT:
        return False
    if _is_caught(module, node, _OF_KEY) or _is_judged(function, node.value):
        return False
    return not _is_asked_for(module, function, key.value)


def _is_judged(function: Function, mapping: ast.expr) -> bool:
    """Tell whether a function hands a mapping to another one and asks what that says of it."""
    return any(
        isinstance(call, ast.Call) and any(same_place(argument, mapping) for argument in call.args)
        for choice in walk_scope(*function.body)
        if isinstance(choice, ast.If)
        for call in ast.walk(choice.test)
    )


def _is_asked_for(module: Module, function: Function, key: str) -> bool:
    """Tell whether a function asks for a key anywhere else, in a test or with a default."""
    for node in walk_scope(*function.body):
        if isinstance(node, ast.Compare) and any(
            isinstance(operator, ast.In | ast.NotIn) for operator in node.ops
        ):
            literal = module.constant(node.left)
            if literal is None or literal.value == key:
                return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            if node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == key:
                return True
    return False


def _is_caught(module: Module, node: ast.expr, errors: frozenset[str]) -> bool:
    return goes_on_after(module, node, errors) or _is_caught_by_middleware(module, errors)


def _is_caught_by_middleware(module: Module, errors: frozenset[str]) -> bool:
    """Tell whether a middleware of the file catches one of these errors, or what can't be told."""
    for function in module.functions():
        if Role.MIDDLEWARE not in module.roles_of(function):
            continue
        for node in function.scope.all_nodes(ast.Try):
            assert isinstance(node, ast.Try)
            caught = [classes_caught(module, clause.type) for clause in node.handlers]
            if any(classes is None or classes & errors for classes in caught):
                return True
    return False
