"""Questions about the servers that requests go to, and whether each turn of a loop has another one.

A shared session saves connections to the same server only. Where a URL is put together of a server and a path
(`peer.url + "/jobs"`, `f"http://{host}/health"`), what stands first tells the server. A whole URL tells it where its
name says so (`service["service_url"]`): any other may be one more page of the same server.
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.cookies import words_of
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_SERVERS = frozenset({"server", "host", "peer", "node", "replica", "backend", "instance", "mirror"})
_ADDRESSES = frozenset({"urls", "uris", "endpoints", "addresses", "feeds"})
_SERVERS_BY_URL = _SERVERS | {"service", "registry", "webhook", "subscriber"}


def names_in(node: ast.AST) -> set[str]:
    """Give the names that an expression reads."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def stored_in(loop: ast.AST) -> set[str]:
    """Give the names that get a value in a loop or comprehension."""
    return {
        node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _turns_over_servers(loop: ast.AST) -> bool:
    """Tell whether a loop's own names say that each turn is for another server (`for host in hosts`).

    So does a list of whole addresses that an object keeps (`self.urls`): they come from the settings as a rule.
    """
    kept = loop.iter if isinstance(loop, ast.For | ast.AsyncFor) else None
    if isinstance(kept, ast.Attribute) and not _ADDRESSES.isdisjoint(words_of(kept.attr)):
        return True
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
    """Tell whether a call in a loop tells the function another server in each turn, or asks another object."""
    names = _names_of_server(module, requests, loop)
    positional = [parameter.arg for parameter in function.positional]
    site, stored = module.call_site(call), stored_in(loop)
    if positional and isinstance(call.func, ast.Attribute) and positional[0] in ("self", "cls"):
        if positional[0] in names and names_in(call.func.value) & stored:
            return True
        positional = positional[1:]
    for index, parameter in enumerate(positional):
        given = site.argument(parameter, index).value if parameter in names else None
        if given is not None and names_in(given) & stored:
            return True
    return False


def _names_of_server(module: Module, requests: Iterable[ast.Call], loop: ast.AST) -> set[str]:
    """Give the names that tell the server of requests; where the loop goes over servers, any in the URL."""
    urls = _urls(module, requests)
    parts = urls if _turns_over_servers(loop) else [server for url in urls for server in _server_of(url)]
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


def _server_of(url: ast.expr) -> list[ast.expr]:
    """Give the parts of a URL that tell the server.

    Without a scheme, that is what stands first and has more behind it, or is called a server.
    """
    pieces = _pieces(url)
    scheme = next((at for at, piece in enumerate(pieces) if isinstance(piece, str) and "://" in piece), None)
    if scheme is None:
        first = [piece for piece in pieces[:1] if isinstance(piece, ast.expr)]
        return [piece for piece in first if len(pieces) > 1 or _is_called_server(piece)]
    found: list[ast.expr] = []
    rest = [str(pieces[scheme]).partition("://")[2], *pieces[scheme + 1 :]]
    for before, piece in pairwise(rest):
        if isinstance(before, str) and "/" in before:
            break
        if isinstance(piece, ast.expr):
            if isinstance(before, ast.expr):
                break
            found.append(piece)
    return found


def _is_called_server(url: ast.expr) -> bool:
    """Tell whether a name, an attribute or a key in what gives a whole URL is that of a server."""
    for node in ast.walk(url):
        if isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            name = str(node.slice.value)
        else:
            continue
        if not _SERVERS_BY_URL.isdisjoint(words_of(name)):
            return True
    return False


def _pieces(text: ast.expr) -> list[str | ast.expr]:
    """Give what a text is put together of: what is written out, and the values in between."""
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return [text.value]
    if isinstance(text, ast.JoinedStr):
        return [piece for part in text.values for piece in _pieces(part)]
    if isinstance(text, ast.FormattedValue):
        return [text.value]
    if isinstance(text, ast.BinOp) and isinstance(text.op, ast.Add | ast.Div):
        between: list[str | ast.expr] = ["/"] if isinstance(text.op, ast.Div) else []
        return [*_pieces(text.left), *between, *_pieces(text.right)]
    if isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute) and text.func.attr == "format":
        template = text.func.value
        if isinstance(template, ast.Constant) and isinstance(template.value, str) and not text.keywords:
            return _filled(template.value.split("{}"), text.args) or [text]
    if isinstance(text, ast.BinOp) and isinstance(text.op, ast.Mod) and isinstance(text.left, ast.Constant):
        values = text.right.elts if isinstance(text.right, ast.Tuple) else [text.right]
        return _filled(re.split("%[sd]", str(text.left.value)), values) or [text]
    return [text]


def _filled(texts: list[str], values: list[ast.expr]) -> list[str | ast.expr]:
    """Put values between the texts of a template, nothing where they don't fit."""
    if len(texts) != len(values) + 1:
        return []
    pieces: list[str | ast.expr] = [texts[0]]
    for value, text in zip(values, texts[1:], strict=True):
        pieces += [value, text]
    return pieces
