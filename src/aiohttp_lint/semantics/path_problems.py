"""Paths and methods of routes that can't be registered, or that no request matches."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.route_patterns import Problem, problem
from aiohttp_lint.semantics.routing import (
    ADD_RESOURCE,
    ADD_STATIC,
    ADD_SUBAPP,
    TABLE,
    Route,
    only_feeds_applications,
    text_of,
)
from aiohttp_lint.semantics.types import FunctionObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_ADD_ROUTE = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name
    for name in ("UrlDispatcher.add_route", "RouteTableDef.route", "route", "Resource.add_route")
)
_METHOD = re.compile(r"[0-9A-Za-z!#$%&'*+\-.^_`|~]+")
_ANY = frozenset({"ANY", "ALL"})
_KNOWN_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"})


@dataclass(frozen=True, slots=True)
class PathProblem:
    """What is wrong with the path or the method of a route, and where.

    `error` is what registering it raises; empty where it registers and never matches. `repaired` is the text that was
    meant, where that is known; `is_safe` tells that nothing that works today changes by it.
    """

    node: ast.expr
    text: str
    error: str = ""
    repaired: str | None = None
    is_safe: bool = False


def path_problems(module: Module) -> Iterator[PathProblem]:
    """Give what is wrong with the paths and methods that a file registers."""
    for route in module.routes:
        yield from _of_route(module, route)
    for site in module.calls_to(ADD_RESOURCE):
        path = site.argument("path").value
        found = _problem(module, path)
        if path is not None and found is not None:
            yield _stated(path, found)
    for site in module.calls_to(ADD_SUBAPP):
        path = site.argument("prefix").value
        text = text_of(module, path)
        if path is not None and text is not None and "{" in text:
            yield PathProblem(
                path,
                "the prefix of a sub-application is plain text, so all its routes answer 404: write one without variables",
            )
    for site in module.calls_to(ADD_STATIC):
        path = site.argument("prefix").value
        text = text_of(module, path)
        if path is not None and text is not None and not text.startswith("/"):
            yield PathProblem(
                path,
                "a prefix begins with `/`: this raises AssertionError",
                "AssertionError",
                "/" + text,
                True,
            )


def _problem(module: Module, path: ast.expr | None) -> Problem | None:
    text = text_of(module, path)
    return None if text is None else problem(text)


def _stated(path: ast.expr, found: Problem) -> PathProblem:
    error = "ValueError" if found.is_error else ""
    is_safe = found.is_error and found.repaired is not None
    return PathProblem(path, found.text, error, found.repaired, is_safe)


def _of_route(module: Module, route: Route) -> Iterator[PathProblem]:
    if _are_swapped(module, route):
        yield PathProblem(
            route.node,
            "path and handler stand in each other's place: this raises AttributeError",
            "AttributeError",
        )
        return
    site = module.call_site(route.node)
    method = site.argument("method").value if site.calls_only(*_ADD_ROUTE) else None
    if method is not None and text_of(module, method) is not None and _is_method(module, route.path):
        yield PathProblem(
            route.node, "path and method stand in each other's place: this raises ValueError", "ValueError"
        )
        return
    if method is not None:
        yield from _of_method(module, method)
    found = _problem(module, route.path)
    if found is None or route.path is None:
        return
    if route.pattern is not None and not route.pattern.startswith("/") and not _goes_straight(module, route):
        return
    yield _stated(route.path, found)


def _are_swapped(module: Module, route: Route) -> bool:
    if route.path is None or route.handler is None or text_of(module, route.handler) is None:
        return False
    types = module.type_of(route.path)
    return types.is_known and all(isinstance(member, FunctionObject) for member in types.members)


def _is_method(module: Module, path: ast.expr | None) -> bool:
    text = text_of(module, path)
    return text is not None and text.upper() in {*_KNOWN_METHODS, "*"}


def _of_method(module: Module, node: ast.expr) -> Iterator[PathProblem]:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        error = "AttributeError" if isinstance(node, ast.Tuple) else "TypeError"
        yield PathProblem(
            node, f"a route has one method: this raises {error}; register a route for each", error
        )
        return
    text = text_of(module, node)
    if text is None:
        return
    if not _METHOD.fullmatch(text):
        yield PathProblem(
            node, f"{text!r} is no method: this raises ValueError; register a route for each", "ValueError"
        )
    elif text.upper() in _ANY:
        yield PathProblem(
            node,
            f"{text!r} is no wildcard, so the route answers 405 to every request: write `*`",
            repaired="*",
        )
    elif "|" in text and all(part.upper() in _KNOWN_METHODS for part in text.split("|")):
        yield PathProblem(
            node, f"no request has the method {text!r}, so the route answers 405: register a route for each"
        )


def _goes_straight(module: Module, route: Route) -> bool:
    """Tell whether a route goes to the router with the path that it has here."""
    site = module.call_site(route.node)
    receiver = site.receiver
    if receiver is None or not module.is_instance(receiver, TABLE):
        return route.place is not route.node or (
            receiver is not None and any("UrlDispatcher" in name for name in site.names)
        )
    return isinstance(receiver, ast.Name) and only_feeds_applications(module, receiver)
