"""Questions about logins: who is written into which session."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.authorization import GET_SESSION, NEW_SESSION
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.cookies import STORAGES, words_of

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

# Storages that keep all in the cookie: there is no identifier that somebody could choose beforehand.
_IN_COOKIE = (*STORAGES[:2], aiohttp_api.class_named("aiohttp_session.SimpleCookieStorage").name)
_LOGIN = frozenset({"login", "signin", "authenticate"})
_PAIRS = (("log", "in"), ("sign", "in"))
_CALLBACKS = frozenset({"oauth", "oauth2", "oidc", "openid", "sso", "saml"})
_WHO = frozenset(
    {
        "user",
        "userid",
        "uid",
        "username",
        "account",
        "identity",
        "email",
        "login",
        "member",
        "admin",
        "authenticated",
    }
)
_RENEWING = frozenset({"invalidate", "set_new_identity"})


def reused_sessions(module: Module) -> Iterator[CallSite]:
    """Give the calls of `get_session()` in a login whose session then says who the user is."""
    if any(module.calls_to(*_IN_COOKIE)):
        return
    for call in module.calls_to(GET_SESSION):
        function = call.function
        if function is None or not _is_login(module, function) or _renews(module, function):
            continue
        awaited = module.use_of(call.node)
        use = module.use_of(awaited.node) if awaited.kind is UseKind.AWAITED else awaited
        if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
            if _writes_user(module, function, awaited.node, use.targets[0].id):
                yield call


def _is_login(module: Module, function: Function) -> bool:
    """Tell whether the name of a function, or of its class, says that it logs somebody in."""
    around = function.class_around
    names = [function.name] if around is None else [function.name, around.name]
    for name in names:
        words = words_of(name)
        pairs = list(pairwise(words))
        if not _LOGIN.isdisjoint(words) or any(pair in pairs for pair in _PAIRS):
            return True
        if "callback" in words and not _CALLBACKS.isdisjoint(words):
            return True
    return False


def _renews(module: Module, function: Function) -> bool:
    if any(call.function == function for call in module.calls_to(NEW_SESSION)):
        return True
    return any(module.function_at(attribute) == function for attribute in module.attributes_named(*_RENEWING))


def _writes_user(module: Module, function: Function, value: ast.AST, name: str) -> bool:
    for load in module.uses(function.scope, name):
        parent = module.parent(load)
        if module.only_value(load) is not value:
            continue
        if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
            key = module.constant(parent.slice)
            if key is not None and isinstance(key.value, str) and not _WHO.isdisjoint(words_of(key.value)):
                statement = module.statement(load)
                if not isinstance(statement, ast.Assign) or not _is_nobody(statement.value):
                    return True
    return False


def _is_nobody(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value
