"""Questions about the servers that requests go to, and whether each turn of a loop has another one.

A shared session saves connections to the same server only. Where a URL is put together of a server and a path
(`peer.url + "/jobs"`, `f"http://{host}/health"`), what stands first tells the server.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.cookies import words_of
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_SERVERS = frozenset({"server", "host", "peer", "node", "replica", "backend", "instance", "mirror"})


def names_in(node: ast.AST) -> set[str]:
    """Give the names that an expression reads."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def stored_in(loop: ast.AST) -> set[str]:
    """Give the names that get a value in a loop or comprehension."""
    return {
        node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _turns_over_servers(loop: ast.AST) -> bool:
    """Tell whether a loop's own names say that each turn is for another server (`for host in hosts`)."""
    targets = (
        [loop.target]
        if isinstance(loop, ast.For | ast.AsyncFor)
        else [generator.target for generator in getattr(loop, "generators", ())]
    )
    return any(not _SERVERS.isdisjoint(words_of(name)) for target in targets for name in stored_in(target))


def changes_server(module: Module, requests: Iterable[ast.Call], loop: ast.AST) -> bool:
    """Tell whether one of the requests in a loop goes to a server that the turn of the loop chooses."""
    return not _names_of_server(module, requests, loop).isdisjoint(stored_in(loop))


def is_told_server(
    module: Module, function: Function, requests: Iterable[ast.Call], call: ast.Call, loop: ast.AST
) -> bool:
    """Tell whether a call in a loop tells the function another server in each turn."""
    names = _names_of_server(module, requests, loop)
    positional = [parameter.arg for parameter in function.positional]
    if positional and isinstance(call.func, ast.Attribute) and positional[0] in ("self", "cls"):
        positional = positional[1:]
    site, stored = module.call_site(call), stored_in(loop)
    for index, parameter in enumerate(positional):
        given = site.argument(parameter, index).value if parameter in names else None
        if given is not None and names_in(given) & stored:
            return True
    return False


def _names_of_server(module: Module, requests: Iterable[ast.Call], loop: ast.AST) -> set[str]:
    """Give the names that tell the server of requests; where the loop goes over servers, any in the URL."""
    urls = _urls(module, requests)
    parts = urls if _turns_over_servers(loop) else [server for url in urls if (server := _server_of(url))]
    return {name for part in parts for name in names_in(part)}


def _urls(module: Module, requests: Iterable[ast.Call]) -> list[ast.expr]:
    """Give the URLs of requests; for a name that is assigned once in its function, what it is assigned."""
    urls: list[ast.expr] = []
    for request in requests:
        url = module.call_site(request).argument("url", _position_of_url(request)).value
        if isinstance(url, ast.Name):
            bindings = module.scope_at(url).bindings.get(url.id, ())
            if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT:
                url = bindings[0].value
        if url is not None:
            urls.append(url)
    return urls


def _position_of_url(request: ast.Call) -> int:
    name = request.func.attr if isinstance(request.func, ast.Attribute) else "request"
    return 1 if name == "request" else 0


def _server_of(url: ast.expr) -> ast.expr | None:
    """Give the part of a URL that tells the server, where a path follows it."""
    if isinstance(url, ast.BinOp) and isinstance(url.op, ast.Add | ast.Div):
        return _server_of(url.left) or url.left
    if not isinstance(url, ast.JoinedStr):
        return None
    parts = url.values
    if isinstance(parts[0], ast.Constant):
        scheme, _, server = str(parts[0].value).partition("://")
        parts = parts[1:] if not server and scheme != parts[0].value else []
    is_followed = len(parts) > 1 and isinstance(parts[0], ast.FormattedValue)
    return parts[0] if is_followed else None
