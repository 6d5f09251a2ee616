"""Handlers that are registered in a way that registers nothing, or something that can't answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.routing import (
    ADD_ROUTES,
    APPLICATION,
    TABLE,
    comes_before,
    only_feeds_applications,
    owner_of,
)
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.routing import Route

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
DECORATORS = frozenset((*_VERBS, "route", "view"))
ADDERS = (*(f"add_{verb}" for verb in _VERBS), "add_route", "add_view", "add_static", "add_resource")
_DEFINITIONS = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name for name in (*_VERBS, "route", "view", "static")
)


@dataclass(frozen=True, slots=True)
class LostRoute:
    """A registration that fails or is lost, and how.

    `error` is what it raises, empty where it registers and never answers. `replaced` is the expression to be changed, and
    `template` what it becomes.
    """

    node: ast.expr
    text: str
    error: str = ""
    replaced: ast.expr | None = None
    template: str = ""


def lost_routes(module: Module) -> Iterator[LostRoute]:
    """Give the registrations of a file that are not what they look like."""
    yield from _on_applications(module)
    yield from _without_call(module)
    yield from _single_definitions(module)
    for route in module.routes:
        yield from _called_handler(module, route)
        yield from _method_of_class(module, route)
        yield from _too_late(module, route)


def _is_application(module: Module, node: ast.expr) -> bool:
    """Tell whether an expression surely is an application of aiohttp's own class."""
    types = module.type_of(node)
    return types.members == {Instance(APPLICATION)} and not types.is_open


def _on_applications(module: Module) -> Iterator[LostRoute]:
    for function in module.functions():
        for decorator in function.decorators:
            if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
                name = decorator.func.attr
                if name in DECORATORS and _is_application(module, decorator.func.value):
                    error = "TypeError" if name == "get" else "AttributeError"
                    yield LostRoute(
                        decorator,
                        f"an application has no `{name}` decorator, so this raises {error}: use a RouteTableDef",
                        error,
                    )
    for adder in ADDERS:
        for node, _ in module.facts.calls.get(adder, ()):
            if isinstance(node.func, ast.Attribute) and _is_application(module, node.func.value):
                yield LostRoute(
                    node.func,
                    f"an application has no `{adder}()`, so this raises AttributeError: call it on `.router`",
                    "AttributeError",
                    node.func.value,
                    "{}.router",
                )


def _without_call(module: Module) -> Iterator[LostRoute]:
    for function in module.functions():
        for decorator in function.decorators:
            if isinstance(decorator, ast.Attribute) and decorator.attr in DECORATORS:
                if module.is_instance(decorator.value, TABLE):
                    yield LostRoute(
                        decorator,
                        f"`{decorator.attr}` gets the function as its path, so nothing is registered: give it a path",
                    )


def _single_definitions(module: Module) -> Iterator[LostRoute]:
    for site in module.calls_to(*ADD_ROUTES):
        given = site.argument("routes", 0).value
        if isinstance(given, ast.Call) and module.call_site(given).calls_only(*_DEFINITIONS):
            yield LostRoute(
                given,
                "`add_routes()` takes a list, so this raises TypeError: put the route into one",
                "TypeError",
                given,
                "[{}]",
            )


def _called_handler(module: Module, route: Route) -> Iterator[LostRoute]:
    handler = route.handler
    if not isinstance(handler, ast.Call):
        return
    site = module.call_site(handler)
    function = site.functions[0] if site.is_certain and len(site.functions) == 1 else None
    if function is None or not function.is_coroutine or function.decorators:
        return
    is_plain = not handler.args and not handler.keywords and bool(function.positional)
    template = module.segment(handler.func) if is_plain and isinstance(handler.func, ast.Name) else ""
    yield LostRoute(
        handler,
        "a coroutine is no handler, so this raises an error: pass the function and not its call",
        "AssertionError",
        handler if template else None,
        template,
    )


def _method_of_class(module: Module, route: Route) -> Iterator[LostRoute]:
    receiver = route.node.func.value if isinstance(route.node.func, ast.Attribute) else None
    method = _decorated(route)
    if method is None or not isinstance(receiver, ast.Name) or method.class_scope is None:
        return
    required = len(method.positional) - len(method.node.args.defaults)
    decorators = method.decorators
    if required < 2 or len(decorators) != sum(
        module.is_instance(_receiver(each), TABLE) for each in decorators
    ):
        return
    if only_feeds_applications(module, receiver):
        yield LostRoute(
            route.node,
            "the method is registered without its object, so each request is a 500: register the bound method",
        )


def _receiver(decorator: ast.expr) -> ast.expr:
    is_call = isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
    return decorator.func.value if is_call else decorator  # type: ignore[attr-defined]


def _decorated(route: Route) -> Function | None:
    """Get the function that a route decorator stands above."""
    if len(route.functions) != 1 or route.node not in route.functions[0].decorators:
        return None
    return route.functions[0]


def _too_late(module: Module, route: Route) -> Iterator[LostRoute]:
    if _decorated(route) is None or route.owner is None:
        return
    added = []
    for site in module.calls_to(*ADD_ROUTES):
        table = site.argument("routes", 0).value
        if isinstance(table, ast.Name) and owner_of(module, table) == route.owner:
            added.append(site.node)
    if added and all(comes_before(module, call, route.node) for call in added):
        yield LostRoute(
            route.node,
            "the table was added before, without this route, so it answers 404: add the table after it",
        )
