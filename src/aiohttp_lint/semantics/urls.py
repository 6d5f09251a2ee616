"""Questions about the URLs of sessions and requests: which of them can't work, as far as they are written out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, SESSION, WS_CONNECT, url_start
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

BASE_PATH_SINCE = (3, 11, 0)
"""The first version that takes a `base_url` with a path."""

_ERRORS = (
    "ValueError", "AssertionError",
    *(aiohttp_api.class_named(f"aiohttp.{name}").name for name in (
        "InvalidURL", "InvalidUrlClientError", "NonHttpUrlClientError",
    )),
)  # fmt: skip
SENDERS = (*REQUESTS, WS_CONNECT, MODULE_REQUEST)
_HOST_AND_PORT = re.compile(r"[\w.-]+:\d+(/|\?|$)")
_PLACEHOLDERS = ("%", "{", "<")


class Fault(Enum):
    """Why a URL can't work, or does not mean what it seems to."""

    RELATIVE_BASE = auto()
    """A `base_url` without a scheme."""
    OPEN_BASE = auto()
    """The path of a `base_url` does not end in a slash."""
    BASE_PATH = auto()
    """A `base_url` has a path, and no allowed version of aiohttp takes one."""
    RELATIVE = auto()
    """No scheme and no host, and the session has no `base_url`."""
    HOST_AND_PORT = auto()
    """`host:port/…`: the host is taken for the scheme."""
    NO_SCHEME = auto()
    """`//host/…`."""
    BASE_DROPPED = auto()
    """A leading slash drops the path of the `base_url`: it works, at another address."""


@dataclass(frozen=True, slots=True)
class FaultyUrl:
    """A URL, and what is wrong with it."""

    url: ast.expr
    fault: Fault


def faulty_urls(module: Module) -> Iterator[FaultyUrl]:
    """Give the URLs that surely fail, and those whose leading slash drops the path of the `base_url`."""
    if module.imports("aioresponses"):
        return
    for session in module.calls_to(SESSION):
        base = session.argument("base_url").value
        fault = _fault_of_base(module, base) if base is not None else None
        if base is not None and fault is not None and not _is_on_purpose(module, session.node):
            yield FaultyUrl(base, fault)
    for request in module.calls_to(*SENDERS):
        url = request.argument("url").value
        start = url_start(module, url) if url is not None else None
        if url is None or start is None or any(mark in start for mark in _PLACEHOLDERS):
            continue
        fault = _fault_of_url(module, request, url, start)
        if fault is not None and not _is_on_purpose(module, request.node):
            yield FaultyUrl(url, fault)


def _is_on_purpose(module: Module, node: ast.AST) -> bool:
    return any(fails_on_purpose(module, node, error) for error in _ERRORS)


# The base.


def _fault_of_base(module: Module, base: ast.expr) -> Fault | None:
    start = url_start(module, base)
    whole = written_url(module, base)
    if whole is not None and not whole.startswith(("http://", "https://")):
        return Fault.RELATIVE_BASE if "://" not in whole and not _is_template(whole) else None
    path = _path_of_base(module, base)
    if path is None or path in ("", "/") or _is_template(path):
        return None
    if not path.endswith("/"):
        return Fault.OPEN_BASE
    known = start is not None and module.target.below <= BASE_PATH_SINCE
    return Fault.BASE_PATH if known else None


def _is_template(text: str) -> bool:
    return any(mark in text for mark in _PLACEHOLDERS)


def _path_of_base(module: Module, base: ast.expr) -> str | None:
    """Give the path that a `base_url` ends in: of a text that is written out, or the written end of an f-string."""
    whole = written_url(module, base)
    if whole is not None:
        _, _, rest = whole.partition("://")
        path = rest[rest.index("/") :] if "/" in rest else ""
        return re.split("[?#]", path)[0]
    if isinstance(base, ast.JoinedStr) and base.values:
        last = base.values[-1]
        if isinstance(last, ast.Constant) and isinstance(last.value, str):
            text = last.value.partition("://")[2] if "://" in last.value else last.value
            return text[text.index("/") :] if "/" in text and not set("?#") & set(text) else None
    return None


def written_url(module: Module, node: ast.expr) -> str | None:
    """Give the whole text of a URL that is written out, in `yarl.URL(…)` too."""
    if isinstance(node, ast.Call) and module.qualified_name(node.func) == "yarl.URL" and len(node.args) == 1:
        node = node.args[0]
    literal = module.constant(node)
    return literal.value if literal is not None and isinstance(literal.value, str) else None


# Requests.


def _fault_of_url(module: Module, request: CallSite, url: ast.expr, start: str) -> Fault | None:
    if not _is_plain(module, request):
        return None
    if start.startswith("//"):
        return Fault.NO_SCHEME
    if _HOST_AND_PORT.match(start) and not start.endswith(":"):
        return Fault.HOST_AND_PORT
    if not _is_relative(start, is_whole=written_url(module, url) is not None):
        return None
    if request.calls_only(MODULE_REQUEST):
        return Fault.RELATIVE
    session = session_behind(module, request.receiver)
    if session is None:
        return None
    base = session.argument("base_url")
    if base.is_missing and not session.node.args:
        return Fault.RELATIVE
    if base.value is None or session.has_unknown_arguments or _fault_of_base(module, base.value) is not None:
        return None
    if start.startswith("/") and _path_of_base(module, base.value) not in (None, "", "/"):
        return Fault.BASE_DROPPED
    return None


def _is_plain(module: Module, request: CallSite) -> bool:
    """Tell whether the request goes through aiohttp's own session: a subclass may complete URLs."""
    if request.receiver is None or request.calls_only(MODULE_REQUEST):
        return request.calls_only(MODULE_REQUEST)
    return all(
        isinstance(member, Instance) and member.definition is None
        for member in module.type_of(request.receiver).values
    )


def _is_relative(start: str, *, is_whole: bool) -> bool:
    """Tell whether a URL that begins so has no scheme: a slash comes before any colon, or nothing comes at all."""
    before, slash, _ = start.partition("/")
    return ":" not in before and (bool(slash) or is_whole)


def session_behind(module: Module, receiver: ast.expr | None) -> CallSite | None:
    """Give the one `ClientSession(…)` that a receiver surely is, made in sight of it."""
    made: ast.expr | None = receiver
    if isinstance(receiver, ast.Name):
        binding = module.only_binding(receiver, BindingKind.WITH, BindingKind.ASSIGNMENT)
        made = None if binding is None else binding.value
    if not isinstance(made, ast.Call):
        return None
    session = module.call_site(made)
    return session if session.calls_only(SESSION) else None
