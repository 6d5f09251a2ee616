"""Whether a project's clients are known by credentials that a browser adds to a request by itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import url_start
from aiohttp_lint.semantics.cookies import cookie_calls
from aiohttp_lint.semantics.mappings import key_text
from aiohttp_lint.semantics.request_values import STREAM_RESPONSE

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_REQUEST = aiohttp_api.class_named("aiohttp.web.BaseRequest").name
_SET_COOKIE = aiohttp_api.callable_named(f"{STREAM_RESPONSE}.set_cookie").name
_PACKAGES = ("aiohttp_session", "aiohttp_security", "aiohttp_basicauth")
_CHALLENGE = "www-authenticate"
_SCHEMES = ("basic", "digest", "negotiate", "ntlm")
_CERTIFICATES = frozenset({"ssl.CERT_REQUIRED", "ssl.CERT_OPTIONAL"})
_SERVER_SIDE = frozenset({"ssl.Purpose.CLIENT_AUTH", "ssl.PROTOCOL_TLS_SERVER"})
_SPELLINGS = (
    *_PACKAGES, "set_cookie", ".cookies", "WWW-Authenticate", "Www-Authenticate", "www-authenticate", "WWW_AUTHENTICATE",
    "CERT_REQUIRED", "CERT_OPTIONAL",
)  # fmt: skip


def browsers_add_credentials(module: Module) -> bool:
    """Tell whether a file of the project uses cookies, an HTTP login or client certificates in its server.

    Tokens that a page's own script puts into a header are no such credentials: a page of another origin hasn't got them.
    """
    if _uses_them(module):
        return True
    project = module.project
    paths = None if project is None else project.files_saying(module, *_SPELLINGS)
    if project is None or paths is None:
        return False
    others = (other for path in paths if (other := project.module_at(path)) is not None)
    return any(_uses_them(other) for other in others if module.is_test or not other.is_test)


def _uses_them(module: Module) -> bool:
    return (
        any(map(module.imports, _PACKAGES))
        or any(True for _ in cookie_calls(module, _SET_COOKIE))
        or any(module.is_instance(node.value, _REQUEST) for node in module.attributes_named("cookies"))
        or _asks_for_login(module)
        or _asks_for_certificate(module)
    )


def _asks_for_login(module: Module) -> bool:
    """Tell whether the file answers with a challenge that browsers know: they send the answer with every request then."""
    if not module.imports("aiohttp"):
        return False
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            if any(key is not None and _is_challenge(module, key, value) for key, value in pairs):
                return True
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            if _is_challenge(module, node.targets[0].slice, node.value):
                return True
    return False


def _is_challenge(module: Module, key: ast.expr, value: ast.expr) -> bool:
    scheme = url_start(module, value) if key_text(module, key) == _CHALLENGE else None
    return scheme is not None and scheme.lower().startswith(_SCHEMES)


def _asks_for_certificate(module: Module) -> bool:
    """Tell whether the file sets a server's TLS context to ask clients for certificates."""
    names = [node for name in ("CERT_REQUIRED", "CERT_OPTIONAL") for node in module.attributes_named(name)]
    if not any(module.qualified_name(node) in _CERTIFICATES for node in names):
        return False
    sides = [
        node for name in ("CLIENT_AUTH", "PROTOCOL_TLS_SERVER") for node in module.attributes_named(name)
    ]
    return any(module.qualified_name(node) in _SERVER_SIDE for node in sides)
