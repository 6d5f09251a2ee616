"""Questions about aiohttp-jinja2: which templates are rendered in a way that their environment can't."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.handlers import Decoration, application_of_file, decoration
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

SYNCHRONOUS = tuple(
    aiohttp_api.callable_named(f"aiohttp_jinja2.{name}").name for name in ("render_template", "render_string")
)
ASYNCHRONOUS = tuple(aiohttp_api.callable_named(f"{name}_async").name for name in SYNCHRONOUS)
_SETUP = aiohttp_api.callable_named("aiohttp_jinja2.setup").name
TEMPLATE = aiohttp_api.callable_named("aiohttp_jinja2.template").name
_DEFAULT_KEY = "aiohttp_jinja2.APP_KEY"
_OF_COROUTINES = frozenset({"send", "throw", "close"})


class Misrendering(Enum):
    """What is wrong with a rendering."""

    IN_LOOP = auto()
    """The environment is asynchronous, and rendering it otherwise starts a second loop."""
    NOT_ASYNCHRONOUS = auto()
    """The environment is not asynchronous, and is rendered as if it were."""
    NOT_AWAITED = auto()
    NOT_COROUTINE = auto()
    """`@template` awaits what it decorates, which is no coroutine function."""
    NO_SETUP = auto()
    """Nothing sets up the one application of the file."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendering that fails: a call, or a decorator with the function below it."""

    node: ast.expr
    fault: Misrendering
    function: Function | None = None


def misrenderings(module: Module) -> Iterator[Rendering]:
    """Give the renderings of a file that surely fail, or never happen."""
    if not module.imports("aiohttp_jinja2"):
        return
    setups = _setups(module)
    for site in module.calls_to(*SYNCHRONOUS):
        if _is_asynchronous(module, site, setups) is True and _runs_in_loop(module, site):
            yield Rendering(site.node, Misrendering.IN_LOOP)
    for site in module.calls_to(*ASYNCHRONOUS):
        if _is_never_awaited(module, site):
            yield Rendering(site.node, Misrendering.NOT_AWAITED)
        elif _is_asynchronous(module, site, setups) is False:
            yield Rendering(site.node, Misrendering.NOT_ASYNCHRONOUS)
    for function in module.functions():
        for decorator in function.decorators:
            if isinstance(decorator, ast.Call) and module.qualified_name(decorator.func) == TEMPLATE:
                if _is_plain(function, decorator):
                    yield Rendering(decorator, Misrendering.NOT_COROUTINE, function)
    yield from _without_setup(module)


# Which environment.


def _setups(module: Module) -> dict[str, bool] | None:
    """Tell for each key of the file's set-ups whether the environment is asynchronous; None where that is unknown."""
    found: dict[str, bool] = {}
    for site in module.calls_to(_SETUP):
        key = _key(module, site)
        given = site.argument("enable_async")
        literal = module.constant(given.value) if given.value is not None else None
        is_asynchronous = False if given.is_missing else None if literal is None else bool(literal.value)
        if key is None or is_asynchronous is None or site.has_unknown_arguments:
            return None
        if found.setdefault(key, is_asynchronous) != is_asynchronous:
            return None
    return found


def _key(module: Module, site: CallSite) -> str | None:
    """Name the application key of an environment."""
    argument = site.argument("app_key")
    if argument.value is None:
        return _DEFAULT_KEY if argument.is_missing else None
    literal = module.constant(argument.value)
    if literal is not None:
        return repr(literal.value)
    name = module.qualified_name(argument.value)
    if name is not None or not isinstance(argument.value, ast.Name):
        return name
    scope = module.scope_at(argument.value).binding_scope(argument.value.id)
    return argument.value.id if scope is module.scope else None


def _is_asynchronous(module: Module, site: CallSite, setups: dict[str, bool] | None) -> bool | None:
    key = _key(module, site)
    return None if setups is None or key is None else setups.get(key)


def _runs_in_loop(module: Module, site: CallSite) -> bool:
    function = site.function
    return function is not None and (
        function.is_async
        or Role.HANDLER in module.roles_of(function)
        or module.roles.caller(function) is not None
    )


# Coroutines that nobody awaits.


def _is_never_awaited(module: Module, site: CallSite) -> bool:
    use = module.use_of(site.node)
    if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
        name = use.targets[0].id
        scope = module.scope_at(use.targets[0]).binding_scope(name)
        if scope is None or len(scope.bindings[name]) != 1 or scope.function is not site.scope.function:
            return False
        loads = module.uses(scope, name)
        if any(_is_taken_for_result(module, load) for load in loads):
            return True
        return bool(loads) and all(_is_answer(module, load) for load in loads)
    return (
        use.kind is UseKind.DISCARDED
        or _is_taken_for_result(module, site.node)
        or _is_answer(module, site.node)
    )


def _is_taken_for_result(module: Module, node: ast.expr) -> bool:
    """Tell whether an attribute is asked of a coroutine that only its result has."""
    use = module.use_of(node)
    return (
        use.kind is UseKind.ATTRIBUTE
        and isinstance(use.node, ast.Attribute)
        and use.node.attr not in _OF_COROUTINES
        and not use.node.attr.startswith(("_", "cr_"))
    )


def _is_answer(module: Module, node: ast.expr) -> bool:
    """Tell whether a handler gives a value to aiohttp as it is."""
    use = module.use_of(node)
    function = module.function_at(node)
    return (
        use.kind is UseKind.RETURNED
        and function is not None
        and function.is_coroutine
        and Role.HANDLER in module.roles_of(function)
        and decoration(module, function) is not Decoration.UNKNOWN
    )


# The decorator.


def _is_plain(function: Function, decorator: ast.Call) -> bool:
    """Tell whether what a decorator is given surely returns no awaitable."""
    module = function.owner
    below = function.decorators[list(function.decorators).index(decorator) + 1 :]
    if function.is_async or function.is_generator or below:
        return False
    types = module.inference.result_of(function)
    return types.is_known and all(
        isinstance(member, Instance)
        and member.definition is None
        and (member.name in ("None", "dict") or member.name.startswith("aiohttp.web."))
        for member in types.members
    )


def _without_setup(module: Module) -> Iterator[Rendering]:
    """Give the renderings of a file that makes and runs its one application, and sets up no templates."""
    if _SETUP.rpartition(".")[2] in module.facts.calls and any(module.calls_to(_SETUP)):
        return
    rendering: list[tuple[ast.expr, Function | None]] = [
        (site.node, site.function) for site in module.calls_to(*SYNCHRONOUS, *ASYNCHRONOUS)
    ]
    for function in module.functions():
        for decorator in function.decorators:
            if isinstance(decorator, ast.Call) and module.qualified_name(decorator.func) == TEMPLATE:
                rendering.append((decorator, function))
    if not rendering or application_of_file(module) is None:
        return
    if any(
        binding.kind is BindingKind.IMPORT and (binding.imported or "").endswith(_SETUP)
        for bindings in module.scope.bindings.values()
        for binding in bindings
    ):
        return
    for node, around in rendering:
        if around is not None and Role.HANDLER in module.roles_of(around):
            yield Rendering(node, Misrendering.NO_SETUP)
