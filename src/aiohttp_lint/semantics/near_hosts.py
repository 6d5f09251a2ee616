"""Questions about requests that stay on the own network, or use no TLS, by what is written out or by default."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import REQUESTS, SESSION, WS_CONNECT, url_of
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite, Use
    from aiohttp_lint.semantics.module import Module

_NEAR = re.compile(
    r"(http|ws)://|(https|wss)://(localhost\b|127\.|10\.\d+\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[::1\]"
    r"|[\w.-]+\.local(?=[:/?#]|$))",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(http|ws)(://|$)", re.IGNORECASE)
_SETTINGS = frozenset({"os.getenv", "os.environ.get"})
_HARMLESS_MEMBERS = frozenset({"close", "closed"})
_KEEPING = (UseKind.ASSIGNED, UseKind.STORED, UseKind.RETURNED)
_MAXIMUM_DEPTH = 6


def goes_near(module: Module, url: ast.expr) -> bool:
    """Tell whether a URL is of this machine, of a private address or `.local` name, or without TLS.

    What a parameter or a setting of the environment is by default counts as written out, and so does the scheme
    without TLS of two that a condition decides between.
    """
    return _NEAR.match(_written(module, url, _MAXIMUM_DEPTH)[0]) is not None


def only_goes_near(connector: CallSite) -> bool:
    """Tell whether all that the file sends through a connector goes near; not where it may be used out of sight.

    What goes through a session that an object keeps, or a function gives back, is all that the file sends.
    """
    urls = _urls_through(connector)
    return bool(urls) and all(goes_near(connector.module, url) for url in urls)


def _urls_of(module: Module) -> list[ast.expr]:
    """Give the URLs of all requests in the file, nothing where one has none in sight."""
    urls = [url_of(request) for request in module.calls_to(*REQUESTS, WS_CONNECT)]
    return [] if None in urls else [url for url in urls if url is not None]


def _urls_through(connector: CallSite) -> list[ast.expr]:
    """Give the URLs of the requests through a connector's sessions, nothing where some may be out of sight."""
    module = connector.module
    urls: list[ast.expr] = []
    for use in _uses(module, connector.node):
        call = module.parent(use.node) if isinstance(use.node, ast.keyword) else None
        session = module.call_site(call) if isinstance(call, ast.Call) else None
        if session is None or not session.calls_only(SESSION):
            return []
        base = session.argument("base_url", 0)
        if base.is_unknown:
            return []
        for member in _uses(module, session.node):
            if member.kind in _KEEPING:
                sent = _urls_of(module)
                if not sent:
                    return []
                urls += sent
                continue
            if member.kind is not UseKind.ATTRIBUTE or not isinstance(member.node, ast.Attribute):
                return []
            if member.node.attr in _HARMLESS_MEMBERS:
                continue
            request = module.parent(member.node)
            site = module.call_site(request) if isinstance(request, ast.Call) else None
            if site is None or not site.calls_only(*REQUESTS, WS_CONNECT):
                return []
            url = base.value or url_of(site)
            if url is None:
                return []
            urls.append(url)
    return urls


def _uses(module: Module, made: ast.expr) -> list[Use]:
    """Give the uses of an object: the one where it is made, or those of the one name that it gets there."""
    use = module.use_of(made)
    target: ast.expr | None = None
    if use.kind is UseKind.ENTERED and isinstance(use.node, ast.withitem):
        target = use.node.optional_vars
    elif use.kind is UseKind.ASSIGNED and len(use.targets) == 1:
        target = use.targets[0]
    if not isinstance(target, ast.Name):
        return [use]
    scope = module.scope_at(target).binding_scope(target.id)
    if scope is None or len(scope.bindings.get(target.id, ())) != 1:
        return [use]
    return [module.use_of(load) for load in module.uses(scope, target.id)]


def _written(module: Module, node: ast.expr, depth: int) -> tuple[str, bool]:
    """Give what a text begins with, and whether that is all of it."""
    literal = module.constant(node)
    if literal is not None:
        return (literal.value, True) if isinstance(literal.value, str) else ("", False)
    if depth == 0:
        return "", False
    if isinstance(node, ast.FormattedValue):
        return _written(module, node.value, depth - 1)
    if isinstance(node, ast.JoinedStr):
        return _joined(module, node.values, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined(module, [node.left, node.right], depth)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return _written(module, node.values[-1], depth - 1)
    if isinstance(node, ast.IfExp):
        choices = [_written(module, choice, depth - 1) for choice in (node.body, node.orelse)]
        return next((choice for choice in choices if _PLAIN.match(choice[0])), choices[0])
    if isinstance(node, ast.Call):
        return _written_by_call(module, node, depth)
    if isinstance(node, ast.Name):
        binding = module.only_binding(node, BindingKind.ASSIGNMENT, BindingKind.PARAMETER)
        if binding is not None and binding.value is not None and binding.position is None:
            return _written(module, binding.value, depth - 1)
    if isinstance(node, ast.Attribute):
        kept = {_written(owner, value, depth - 1) for owner, value in _assigned(module, node)}
        return kept.pop() if len(kept) == 1 else ("", False)
    return "", False


def _assigned(module: Module, attribute: ast.Attribute) -> Iterator[tuple[Module, ast.expr]]:
    """Give what the class of an object in sight assigns to an attribute, each with its file."""
    for member in module.type_of(attribute.value).members:
        lineage = member.definition.lineage() if isinstance(member, Instance) and member.definition else []
        for ancestor in lineage:
            for binding in module.inference.attribute_bindings(ancestor, attribute.attr):
                if binding.kind is BindingKind.ASSIGNMENT and binding.value is not None:
                    yield binding.scope.owner, binding.value


def _joined(module: Module, parts: list[ast.expr], depth: int) -> tuple[str, bool]:
    text = ""
    for part in parts:
        more, is_whole = _written(module, part, depth - 1)
        text += more
        if not is_whole:
            return text, False
    return text, True


def _written_by_call(module: Module, call: ast.Call, depth: int) -> tuple[str, bool]:
    name = module.qualified_name(call.func)
    if name in _SETTINGS and len(call.args) == 2:
        return _written(module, call.args[1], depth - 1)
    if name == "yarl.URL" and call.args:
        return _written(module, call.args[0], depth - 1)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "format":
        return _formatted(module, call, call.func.value, depth)
    results = [
        (function.owner, result.value)
        for function in module.call_site(call).functions
        for result in function.scope.all_nodes(ast.Return)
        if isinstance(result, ast.Return) and result.value is not None
    ]
    return _written(*results[0], depth - 1) if len(results) == 1 else ("", False)


def _formatted(module: Module, call: ast.Call, template: ast.expr, depth: int) -> tuple[str, bool]:
    start, _, rest = _written(module, template, depth - 1)[0].partition("{")
    name, _, rest = rest.partition("}")
    value = _field(module, call, name)
    if start or value is None:
        return start, False
    text, is_whole = _written(module, value, depth - 1)
    return (text + rest.partition("{")[0] if is_whole else text), False


def _field(module: Module, call: ast.Call, name: str) -> ast.expr | None:
    """Give what a field of `format()` is filled with: by its name, or out of a dict in sight."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
        filled = module.only_value(keyword.value) if keyword.arg is None else None
        if isinstance(filled, ast.Dict):
            for key, value in zip(filled.keys, filled.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name:
                    return value
    return None
