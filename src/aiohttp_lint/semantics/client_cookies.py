"""Questions about the cookies of client sessions: which ones go to every host."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import REQUESTS, SESSION, WS_CONNECT, url_start
from aiohttp_lint.semantics.connector_arguments import is_text
from aiohttp_lint.semantics.syntax import is_none
from aiohttp_lint.semantics.urls import session_behind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_DUMMY_JAR = aiohttp_api.class_named("aiohttp.DummyCookieJar").name
UPDATES = tuple(
    aiohttp_api.callable_named(f"{jar}.update_cookies").name
    for jar in ("aiohttp.CookieJar", "aiohttp.abc.AbstractCookieJar")
)


class Reach(Enum):
    """How cookies come to hosts that they are not for."""

    SHARED = auto()
    """Cookies without a domain, in a session or its jar."""
    HEADER = auto()
    """A default `Cookie` header."""


@dataclass(frozen=True, slots=True)
class UnscopedCookies:
    """The argument that gives the cookies."""

    argument: ast.expr
    reach: Reach


def unscoped_cookies(module: Module) -> Iterator[UnscopedCookies]:
    """Give the cookies that every host gets which the session talks to."""
    for session in module.calls_to(SESSION):
        found = list(_given_to(module, session)) if session.argument("base_url").is_missing else []
        if found and not _has_one_host(module, session):
            yield from found
    for update in module.calls_to(*UPDATES):
        cookies = update.argument("cookies").value
        if isinstance(cookies, ast.Dict) and cookies.keys and update.argument("response_url").is_missing:
            yield UnscopedCookies(cookies, Reach.SHARED)


def _given_to(module: Module, session: CallSite) -> Iterator[UnscopedCookies]:
    cookies = session.argument("cookies").value
    if cookies is not None and _is_given(module, cookies) and not _has_dummy_jar(module, session):
        yield UnscopedCookies(cookies, Reach.SHARED)
    headers = session.argument("headers").value
    if isinstance(headers, ast.Dict):
        for key, value in zip(headers.keys, headers.values, strict=True):
            if key is not None and is_text(module, key, "cookie"):
                yield UnscopedCookies(value, Reach.HEADER)


def _is_given(module: Module, cookies: ast.expr) -> bool:
    """Tell whether there surely are cookies: a mapping that is written out, or a value that can't be None."""
    if isinstance(cookies, ast.Dict):
        return bool(cookies.keys)
    return not is_none(cookies) and not module.type_of(cookies).may_be_none


def _has_dummy_jar(module: Module, session: CallSite) -> bool:
    jar = session.argument("cookie_jar").value
    return jar is not None and module.type_of(jar).may_be(_DUMMY_JAR)


def _has_one_host(module: Module, session: CallSite) -> bool:
    """Tell whether all requests that are seen to go through a session are for one host that is written out."""
    hosts: set[str | None] = set()
    for request in module.calls_to(*REQUESTS, WS_CONNECT):
        if session_behind(module, request.receiver) == session:
            url = request.argument("url").value
            start = url_start(module, url) if url is not None else None
            _, _, rest = (start or "").partition("://")
            host, slash, _ = rest.partition("/")
            hosts.add(host if slash else None)
    return len(hosts) == 1 and None not in hosts
