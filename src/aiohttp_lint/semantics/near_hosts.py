"""Questions about requests that stay on the own network, or use no TLS, by what is written out or by default."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import REQUESTS, SESSION, WS_CONNECT
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite, Use
    from aiohttp_lint.semantics.module import Module

_NEAR = re.compile(
    r"(http|ws)://|(https|wss)://(localhost\b|127\.|10\.\d+\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[::1\]"
    r"|[\w.-]+\.local(?=[:/?#]|$))",
    re.IGNORECASE,
)
_SETTINGS = frozenset({"os.getenv", "os.environ.get"})
_HARMLESS_MEMBERS = frozenset({"close", "closed"})
_MAXIMUM_DEPTH = 6


def goes_near(module: Module, url: ast.expr) -> bool:
    """Tell whether a URL is of this machine, of a private address or `.local` name, or without TLS.

    What a parameter or a setting of the environment is by default counts as written out.
    """
    return _NEAR.match(_written(module, url, _MAXIMUM_DEPTH)[0]) is not None


def only_goes_near(connector: CallSite) -> bool:
    """Tell whether all that the file sends through a connector goes near; not where it may be used out of sight."""
    urls = _urls_through(connector)
    return bool(urls) and all(goes_near(connector.module, url) for url in urls)


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
            if member.kind is not UseKind.ATTRIBUTE or not isinstance(member.node, ast.Attribute):
                return []
            if member.node.attr in _HARMLESS_MEMBERS:
                continue
            request = module.parent(member.node)
            site = module.call_site(request) if isinstance(request, ast.Call) else None
            if site is None or not site.calls_only(*REQUESTS, WS_CONNECT):
                return []
            url = base.value or site.argument("url", 1 if site.method_name == "request" else 0).value
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
    if isinstance(node, ast.Call):
        return _written_by_call(module, node, depth)
    if isinstance(node, ast.Name):
        binding = module.only_binding(node, BindingKind.ASSIGNMENT, BindingKind.PARAMETER)
        if binding is not None and binding.value is not None and binding.position is None:
            return _written(module, binding.value, depth - 1)
    return "", False


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
        return _written(module, call.func.value, depth - 1)[0].partition("{")[0], False
    return "", False
