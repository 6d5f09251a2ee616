"""Questions about credentials that stand in the source of a client."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.cookies import words_of
from aiohttp_lint.semantics.mappings import key_text, written_mapping
from aiohttp_lint.semantics.request_arguments import REQUESTING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

BASIC = (
    aiohttp_api.class_named("aiohttp.BasicAuth").name,
    aiohttp_api.callable_named("aiohttp.encode_basic_auth").name,
)
_URL_ARGUMENTS = ("url", "base_url", "proxy")
_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "x-auth-token",
        "x-access-token",
        "private-token",
    }
)
_SCHEMES = frozenset({"bearer", "basic", "token", "bot", "apikey", "api-key"})
_IN_URL = re.compile(r"[a-z][a-z0-9+.\-]*://[^/?#@:]*:([^/?#@]+)@", re.IGNORECASE)
_SECRET = re.compile(r"[A-Za-z0-9+/=_.~\-]{12,}")
_PLACEHOLDERS = frozenset(
    {
        "changeme", "change", "example", "placeholder", "dummy", "fake", "test", "testing", "your", "my", "insert", "redacted",
        "secret", "password", "passwd", "pass", "pwd", "pw", "foo", "bar", "demo", "sample", "todo", "none", "null", "anonymous",
    }
)  # fmt: skip
_MARKS = frozenset("<>{}$%*…")


class Kept(Enum):
    """Where a credential stands."""

    PASSWORD = auto()
    URL = auto()
    HEADER = auto()


def credentials_in_source(module: Module) -> Iterator[tuple[ast.expr, Kept]]:
    """Give the arguments of the client that are credentials, written out; none that read like placeholders."""
    for call in module.calls_to(*BASIC):
        password = call.argument("password").value
        text = _text(module, password)
        if password is not None and text and not is_placeholder(text):
            yield password, Kept.PASSWORD
    for call in module.calls_to(*REQUESTING, SESSION):
        yield from _in_urls(module, call)
        headers = call.argument("headers").value
        mapping = written_mapping(module, headers) if headers is not None else None
        for entry in mapping.entries if mapping is not None else ():
            text = _text(module, entry.value)
            if key_text(module, entry.key) in _SECRET_HEADERS and text is not None and _is_secret(text):
                yield entry.value, Kept.HEADER


def _in_urls(module: Module, call: CallSite) -> Iterator[tuple[ast.expr, Kept]]:
    for name in _URL_ARGUMENTS:
        value = call.argument(name).value
        text = _text(module, value)
        found = _IN_URL.match(text) if text is not None else None
        if value is not None and found is not None and not is_placeholder(found[1]):
            yield value, Kept.URL


def _text(module: Module, node: ast.expr | None) -> str | None:
    literal = module.constant(node) if node is not None else None
    return literal.value if literal is not None and isinstance(literal.value, str) else None


def _is_secret(header: str) -> bool:
    scheme, _, rest = header.strip().partition(" ")
    value = rest.strip() if scheme.lower() in _SCHEMES else header.strip()
    return _SECRET.fullmatch(value) is not None and any(map(str.isdigit, value)) and not is_placeholder(value)


def is_placeholder(text: str) -> bool:
    """Tell whether a text stands for a credential that the reader is to put in."""
    if not _MARKS.isdisjoint(text) or len(set(text.lower())) < 4:
        return True
    return not _PLACEHOLDERS.isdisjoint(words_of(text)) or text.lower() in _PLACEHOLDERS
