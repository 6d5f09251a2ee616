"""Class-based views that can't answer as they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.inheritance import overrides
from aiohttp_lint.semantics.syntax import walk_scope
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Class, Function
    from aiohttp_lint.semantics.module import Module

_VIEW = aiohttp_api.class_named("aiohttp.web.View").name
_ABSTRACT_VIEW = aiohttp_api.class_named("aiohttp.abc.AbstractView").name
_RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
VIEW_CALLS = frozenset(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name
    for name in ("view", "UrlDispatcher.add_view", "RouteTableDef.view")
)
# Methods of these names are written for requests; `options`, `connect`, `head` and `trace` may be helpers.
VERBS = frozenset({"get", "post", "put", "patch", "delete"})
_DISPATCHING = ("_iter", "__await__", "__iter__")


class Breach(Enum):
    """How a view breaks what aiohttp asks of it."""

    PARAMETER = auto()
    """A method has a parameter that nobody gives."""
    NOT_ASYNC = auto()
    UPPER_CASE = auto()
    """A method is called `GET` instead of `get`."""
    NO_REQUEST = auto()
    """`__init__` doesn't keep the request."""
    NO_VIEW = auto()
    """A class is registered as a view and is none."""


@dataclass(frozen=True, slots=True)
class BrokenView:
    """A view that can't answer. `is_free` tells that no other code calls the method or has one in its place."""

    place: ast.AST
    breach: Breach
    function: Function | None = None
    is_free: bool = False


def broken_views(module: Module) -> Iterator[BrokenView]:
    """Give what is wrong with the class-based views of a file."""
    for definition in module.classes():
        if _VIEW in definition.outside_bases and _dispatches_plainly(definition):
            for method in definition.methods():
                breach = _breach_of(module, definition, method)
                if breach is not None:
                    yield BrokenView(method.node, breach, method, _is_free(module, definition, method))
        elif _is_no_view(definition):
            for decorator in definition.node.decorator_list:
                if isinstance(decorator, ast.Call) and module.call_site(decorator).calls_only(*VIEW_CALLS):
                    yield BrokenView(decorator, Breach.NO_VIEW)
    for route in module.routes:
        if route.handler is not None and module.call_site(route.node).calls_only(*VIEW_CALLS):
            types = module.type_of(route.handler)
            members = [member for member in types.members if isinstance(member, ClassObject)]
            if types.is_known and len(members) == len(types.members) and all(map(_names_no_view, members)):
                yield BrokenView(route.handler, Breach.NO_VIEW)


def _names_no_view(member: ClassObject) -> bool:
    return member.definition is not None and _is_no_view(member.definition)


def _is_no_view(definition: Class) -> bool:
    """Tell whether a class surely is no view, and can't be awaited either."""
    return (
        definition.is_complete
        and not definition.node.keywords
        and _ABSTRACT_VIEW not in definition.outside_bases
        and all(definition.find_method(name) is None for name in ("__await__", "__new__"))
    )


def _dispatches_plainly(definition: Class) -> bool:
    """Tell whether requests come to the methods of a view as aiohttp brings them."""
    return definition.is_complete and all(definition.find_method(name) is None for name in _DISPATCHING)


def _breach_of(module: Module, definition: Class, method: Function) -> Breach | None:
    if any(not module.inference.is_transparent(decorator) for decorator in method.decorators):
        return None
    if method.name == "__init__":
        # aiohttp gives the request alone: what asks for more is made by hand, for methods that it registers itself.
        return None if _required(method) > 2 or _keeps_request(method) else Breach.NO_REQUEST
    if method.name.lower() in VERBS and method.name != method.name.lower():
        is_meant = method.name in (method.name.upper(), method.name.capitalize()) and method.is_coroutine
        is_alone = definition.find_method(method.name.lower()) is None and _is_free(
            module, definition, method
        )
        return Breach.UPPER_CASE if is_meant and is_alone else None
    if method.name not in VERBS:
        return None
    if _required(method) > 1 and not _is_called_with_arguments(module, method.name):
        return Breach.PARAMETER
    return Breach.NOT_ASYNC if not method.is_async and _gives_response(module, method) else None


def _required(method: Function) -> int:
    """Count the arguments that a call has to give, the object itself included."""
    keyword_only = sum(default is None for default in method.node.args.kw_defaults)
    return len(method.positional) - len(method.node.args.defaults) + keyword_only


def _is_called_with_arguments(module: Module, name: str) -> bool:
    """Tell whether the file calls a method of this name with arguments on `self`, `super()` or the like."""
    return any(
        isinstance(node.func, ast.Attribute) and (node.args or node.keywords)
        for node, _ in module.facts.calls.get(name, ())
        if _is_receiver(node.func)
    )


def _is_receiver(node: ast.expr) -> bool:
    """Tell whether an attribute is looked up on the object itself, or on a class through `super()`."""
    if not isinstance(node, ast.Attribute):
        return False
    value = node.value
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "super"
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def _gives_response(module: Module, method: Function) -> bool:
    """Tell whether a plain method surely returns a response, which can't be awaited."""
    if method.is_generator:
        return False
    returns = [node for node in method.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
    return bool(returns) and all(
        node.value is not None and module.is_instance(node.value, _RESPONSE) for node in returns
    )


def _keeps_request(method: Function) -> bool:
    """Tell whether an `__init__` hands the request on, or keeps it itself; of `*args` nothing is known."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr in ("__init__", "_request"))
        or (isinstance(node, ast.Name) and node.id in ("setattr", "vars"))
        for node in walk_scope(*method.body)
    )


def _is_free(module: Module, definition: Class, method: Function) -> bool:
    """Tell whether nothing but aiohttp calls a method, as far as the file says, and no heir has its own."""
    return (
        not any(map(_is_receiver, module.attributes_named(method.name)))
        and overrides(definition, method.name) == []
    )
