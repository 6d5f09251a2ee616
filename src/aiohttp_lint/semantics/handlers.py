"""Questions about handlers and middlewares: their decorators, the exceptions they swallow, what they return."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.decorators import decorating, function_named, returned_definition
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import DEFINITIONS, TRIES
from aiohttp_lint.semantics.types import ClassObject, Instance, Member

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

HTTP_EXCEPTION = aiohttp_api.class_named("aiohttp.web.HTTPException").name
_APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
_RUNNERS = (
    aiohttp_api.callable_named("aiohttp.web.run_app").name,
    aiohttp_api.class_named("aiohttp.web.AppRunner").name,
)
_QUIET_ATTRIBUTES = frozenset(
    {"router", "add_routes", "on_startup", "on_shutdown", "on_cleanup", "cleanup_ctx", "logger"}
)
_MAXIMUM_DEPTH = 6


class Decoration(Enum):
    """What the decorators of a function make of its result."""

    PLAIN = auto()
    """Nothing: it goes to the caller as it is."""
    ACTING = auto()
    """It goes to the caller, and code runs in between."""
    UNKNOWN = auto()


# Hands a response on as it is.
_PASSING_FACTORIES = frozenset({"aiohttp_jinja2.template"})


def decoration(module: Module, function: Function) -> Decoration:
    """Tell what the decorators of a function do to its result; those that the file defines are read."""
    return _decoration(module, function, 0)


def _decoration(module: Module, function: Function, depth: int) -> Decoration:
    found = Decoration.PLAIN
    for decorator in function.decorators:
        if module.inference.is_transparent(decorator):
            continue
        plain = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(decorator, ast.Call) and module.qualified_name(plain) in _PASSING_FACTORIES:
            continue
        definition = decorating(module, decorator)
        result = Decoration.UNKNOWN if definition is None else _wrapping(definition, depth + 1)
        if result is Decoration.UNKNOWN:
            return result
        if result is Decoration.ACTING:
            found = result
    return found


def _wrapping(decorator: Function, depth: int) -> Decoration:
    """Tell what a decorator's wrapper does with the result of the function that it wraps."""
    module = decorator.owner
    wrapper = returned_definition(decorator)
    if wrapper is None or not decorator.positional or depth > _MAXIMUM_DEPTH:
        return Decoration.UNKNOWN
    found = Decoration.PLAIN
    calls = 0
    for load in module.uses(decorator.scope, decorator.positional[0].arg):
        call = module.parent(load)
        if not isinstance(call, ast.Call) or call.func is not load:
            continue
        calls += 1
        if module.function_at(call) != wrapper:
            return Decoration.UNKNOWN
        way = _way_out(module, call)
        if way is Decoration.UNKNOWN:
            return way
        if way is Decoration.ACTING:
            found = way
    outer = _decoration(module, wrapper, depth) if calls else Decoration.UNKNOWN
    return outer if outer is not Decoration.PLAIN else found


def _way_out(module: Module, call: ast.Call) -> Decoration:
    use = module.use_of(call)
    value: ast.AST = call
    if use.kind is UseKind.AWAITED:
        value, use = use.node, module.use_of(use.node)
    if use.kind is UseKind.RETURNED:
        return Decoration.ACTING if is_guarded(module, call) else Decoration.PLAIN
    if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
        function = module.function_at(value)
        name = use.targets[0].id
        if function is not None and any(
            isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id == name
            for node in function.scope.all_nodes(ast.Return)
        ):
            return Decoration.ACTING
    return Decoration.UNKNOWN


def is_guarded(module: Module, node: ast.AST) -> bool:
    """Tell whether `raise` differs from `return` at a place: in the body of a `try`, or in a `with` block.

    In an `except`, `else` or `finally` part of a `try` that stands in no other, it doesn't.
    """
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (*DEFINITIONS, ast.Lambda)):
            return False
        if isinstance(ancestor, ast.With | ast.AsyncWith):
            return True
        if isinstance(ancestor, TRIES) and came_from in getattr(ancestor, "body", ()):
            return True
        came_from = ancestor
    return False


# Exceptions that are returned.


@dataclass(frozen=True, slots=True)
class ReturnedException:
    """An HTTP exception that a handler or middleware gives back instead of raising it.

    `statement` is the `return` where raising the value instead is the whole repair. `is_class` tells that it
    is the class, not an instance.
    """

    function: Function
    value: ast.expr
    statement: ast.Return | None
    is_class: bool


def returned_exceptions(module: Module) -> Iterator[ReturnedException]:
    """Give the HTTP exceptions that proven handlers and middlewares return to aiohttp."""
    for function in module.functions():
        if not {Role.HANDLER, Role.MIDDLEWARE} & module.roles_of(function) or function.is_generator:
            continue
        around = module.class_of(function.class_scope) if function.class_scope is not None else None
        if around is not None and not around.is_complete:
            continue
        if decoration(module, function) is Decoration.UNKNOWN:
            continue
        if isinstance(function.node, ast.Lambda):
            returned: list[tuple[ast.expr | None, ast.Return | None]] = [(function.node.body, None)]
        else:
            returns = [node for node in function.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
            returned = [(node.value, node) for node in returns]
        for value, statement in returned:
            if value is None:
                continue
            for branch in _branches(value):
                kind = _exception_kind(module, branch)
                if kind is not None:
                    whole = statement if branch is value else None
                    yield ReturnedException(function, branch, whole, kind is ClassObject)


def _branches(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.IfExp):
        yield from _branches(value.body)
        yield from _branches(value.orelse)
    else:
        yield value


def _exception_kind(module: Module, value: ast.expr) -> type[Member] | None:
    types = module.type_of(value)
    if types.is_only(HTTP_EXCEPTION) and types.values == types.members:
        return Instance
    classes = [member for member in types.members if isinstance(member, ClassObject)]
    if types.is_known and len(classes) == len(types.members) and all(map(_is_http_class, classes)):
        return ClassObject
    return None


def _is_http_class(member: ClassObject) -> bool:
    return HTTP_EXCEPTION in _ancestry(member)


def _ancestry(member: ClassObject) -> tuple[str, ...]:
    if member.definition is not None:
        return (member.name, *member.definition.outside_bases)
    known = aiohttp_api.find_class(member.name)
    return known.mro if known is not None else (member.name,)


def is_seen_by_nobody(module: Module, function: Function) -> bool:
    """Tell whether nothing between a handler and aiohttp can tell a raised exception from a returned one.

    So it is when the file creates one application, runs it, gives it to nobody else, and all its middlewares
    are functions of the file that hand on what they get; and when no code of the file calls the handler.
    """
    if decoration(module, function) is not Decoration.PLAIN:
        return False
    if any(function in site.functions for site in module.all_calls()):
        return False
    application = application_of_file(module)
    if application is None:
        return False
    middlewares = application.argument("middlewares").value
    if middlewares is None:
        return True
    if not isinstance(middlewares, ast.List | ast.Tuple):
        return False
    definitions = [function_named(module, item) for item in middlewares.elts]
    return all(item is not None and _passes_on(item.owner, item) for item in definitions)


def application_of_file(module: Module) -> CallSite | None:
    """Give the call that makes the one application of a file, which the file runs and gives to nobody else."""
    return _only_application(module, _application_use)


def application_run_by_file(module: Module) -> CallSite | None:
    """Give the same also where a function returns the application, and its callers in the file only run it."""
    return _only_application(module, _use_or_return)


def _only_application(
    module: Module, use_of_it: Callable[[Module, ast.Name], bool | None]
) -> CallSite | None:
    applications = list(module.calls_to(_APPLICATION))
    if len(applications) != 1 or applications[0].has_unknown_arguments:
        return None
    application = applications[0]
    use = module.use_of(application.node)
    if use.kind is not UseKind.ASSIGNED or len(use.targets) != 1 or not isinstance(use.targets[0], ast.Name):
        return None
    name = use.targets[0].id
    scope = module.scope_at(use.targets[0]).binding_scope(name)
    if scope is None or len(scope.bindings[name]) != 1:
        return None
    uses = [use_of_it(module, load) for load in module.uses(scope, name)]
    return None if None in uses or True not in uses else application


def _application_use(module: Module, load: ast.Name) -> bool | None:
    """Tell whether a use of an application runs it (True) or leaves its middlewares alone; None: unknown."""
    use = module.use_of(load)
    if use.kind is UseKind.ATTRIBUTE and isinstance(use.node, ast.Attribute):
        return False if use.node.attr in _QUIET_ATTRIBUTES else None
    if use.kind is UseKind.SUBSCRIPTED:
        return False
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        return True if module.call_site(use.node).calls_only(*_RUNNERS) else None
    return None


def _use_or_return(module: Module, load: ast.Name) -> bool | None:
    function = module.function_at(load)
    if function is None or module.use_of(load).kind is not UseKind.RETURNED:
        return _application_use(module, load)
    takers = [module.use_of(site.node).node for site in module.all_calls() if function in site.functions]
    are_runners = all(
        isinstance(taker, ast.Call) and module.call_site(taker).calls_only(*_RUNNERS) for taker in takers
    )
    return True if takers and are_runners else None


def _passes_on(module: Module, middleware: Function) -> bool:
    calls = list(delegations(module, middleware))
    return bool(calls) and all(_way_out(module, call) is Decoration.PLAIN for call in calls)


def delegations(module: Module, function: Function) -> Iterator[ast.Call]:
    """Give the calls of the handler that a middleware, or a decorator of handlers, was given."""
    positional = [parameter.arg for parameter in function.positional]
    if Role.MIDDLEWARE in module.roles_of(function):
        positional = positional[1:] if function.class_scope is not None else positional
        given = positional[1] if len(positional) > 1 else None
    else:
        given = positional[0] if positional and any(handlers_under(module, function)) else None
    if given is None or len(function.scope.bindings.get(given, ())) != 1:
        return
    for load in module.uses(function.scope, given):
        call = module.parent(load)
        if isinstance(call, ast.Call) and call.func is load:
            yield call


def handlers_under(module: Module, function: Function) -> Iterator[Function]:
    """Give the registered handlers of the file that a function of the file decorates."""
    if isinstance(function.node, ast.Lambda) or returned_definition(function) is None:
        return
    for handler in module.functions():
        if Role.HANDLER in module.roles_of(handler) and any(
            function_named(module, decorator) == function for decorator in handler.decorators
        ):
            yield handler
