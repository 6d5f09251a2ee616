"""Questions about what aiohttp gives up: which arguments and attributes warn now and are gone in aiohttp 4."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.handlers_of_errors import UNDECLARED_PYTHON
from aiohttp_lint.semantics.response_members import accesses
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import External

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

AIOHTTP_4 = (4, 0, 0)

LOOP_OWNERS = tuple(
    aiohttp_api.callable_named(f"{owner}.loop").name.rpartition(".")[0]
    for owner in ("aiohttp.ClientSession", "aiohttp.web.Application", "aiohttp.web.Request")
)
"""The classes whose objects have a `loop`."""

_WATCHING_WARNINGS = frozenset({"pytest.warns", "pytest.deprecated_call", "warnings.catch_warnings"})
_WATCHING_METHODS = frozenset({"assertWarns", "assertWarnsRegex"})
_PACKAGE = "aiohttp"
_METADATA_VERSION = "importlib.metadata.version"
_CURRENT_LOOP = frozenset({"asyncio.get_event_loop", "asyncio.get_running_loop"})
_RUNNING_LOOP_SINCE = (3, 7)
_PYTHON_36_UNTIL = (3, 9, 0)
"""The first aiohttp that doesn't run on Python 3.6 any more."""


@dataclass(frozen=True, slots=True)
class LegacyArgument:
    """An argument that some allowed aiohttp warns about, or has no more. `is_named` tells that it is a keyword."""

    call: CallSite
    name: str
    value: ast.expr
    is_named: bool


@dataclass(frozen=True, slots=True)
class LeftoverImport:
    """A name that is imported and not used; `source` is the statement without it, None where nothing is left."""

    statement: ast.ImportFrom
    alias: ast.alias
    source: str | None


def legacy_arguments(
    module: Module, *names: str, also_silent: bool = False, error: str = "TypeError"
) -> Iterator[LegacyArgument]:
    """Give the arguments for parameters that aiohttp gives up.

    Args:
        module: The file.
        names: The names of the parameters.
        also_silent: Whether those count, too, that no aiohttp warns about before it drops them.
        error: What the versions raise that have them no more.
    """
    for name in names:
        for call in module.calls_to(*aiohttp_api.callables_giving_up(name)):
            value = call.argument(name).value
            if value is None or not (also_silent or _ends_within(module, call, name)):
                continue
            if not is_provided_for(module, call.node, error):
                yield LegacyArgument(call, name, value, call.keyword(name) is not None)


def legacy_attributes(module: Module, class_name: str, *names: str) -> Iterator[ast.Attribute]:
    """Give the accesses to members of an aiohttp class that are left for another: loads only, nobody else's."""
    for node in accesses(module, class_name, *names):
        if not is_provided_for(module, node, "AttributeError"):
            yield node


def leftover_imports(module: Module, *names: str) -> Iterator[LeftoverImport]:
    """Give the imports of names that aiohttp 4 has no more and that this file has no use for either.

    Not those in a package's `__init__.py`, named in `__all__`, or under a condition or `try`: others may use them.
    """
    if not module.target.includes(AIOHTTP_4) or module.path.endswith("__init__.py"):
        return
    for statement in module.tree.body:
        if not isinstance(statement, ast.ImportFrom) or statement.level:
            continue
        for alias in statement.names:
            imported = aiohttp_api.canonical(f"{statement.module}.{alias.name}")
            local = alias.asname or alias.name
            if imported not in names or module.uses(module.scope, local) or _is_exported(module, local):
                continue
            others = [other for other in statement.names if other is not alias]
            kept = ", ".join(
                f"{other.name} as {other.asname}" if other.asname else other.name for other in others
            )
            source = f"from {statement.module} import {kept}" if others else None
            yield LeftoverImport(statement, alias, source)


def _is_exported(module: Module, name: str) -> bool:
    exported = module.exported_names
    return exported is not None and name in exported[0]


def is_provided_for(module: Module, node: ast.AST, error: str) -> bool:
    """Tell whether the code around a node waits for the warning or the error, or asks for aiohttp's version first."""
    if fails_on_purpose(module, node, error):
        return True
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.With | ast.AsyncWith):
            if any(_watches_warnings(module, item.context_expr) for item in ancestor.items):
                return True
        elif isinstance(ancestor, ast.If | ast.IfExp) and _asks_version(module, ancestor.test):
            return True
    return False


def fails_now(module: Module) -> bool:
    """Tell whether every aiohttp that the project allows is one that has dropped what 3.x warns about."""
    return module.target.all_at_least(AIOHTTP_4)


def loop_getter(module: Module) -> str:
    """Name the function that gives a coroutine its loop on every Python that the project may run on."""
    may_be_older = (
        module.python_minimum < _RUNNING_LOOP_SINCE
        if module.python_minimum != UNDECLARED_PYTHON
        else module.target.below <= _PYTHON_36_UNTIL
    )
    return "asyncio.get_event_loop" if may_be_older else "asyncio.get_running_loop"


def is_frame_of_coroutine(module: Module, node: ast.AST) -> bool:
    """Tell whether a node is evaluated by a coroutine function itself, and so while its loop runs."""
    function = module.function_at(node)
    return function is not None and function.is_async


def is_running_loop(module: Module, node: ast.expr) -> bool:
    """Tell whether an expression in a coroutine surely is the loop that runs it."""
    if isinstance(node, ast.Call):
        return module.qualified_name(node.func) in _CURRENT_LOOP and is_frame_of_coroutine(module, node)
    if isinstance(node, ast.Attribute):
        return node.attr == "loop" and module.is_instance(node.value, *LOOP_OWNERS)
    if not isinstance(node, ast.Name):
        return False
    bindings = module.reaching(node)
    return bool(bindings) and all(
        binding.kind is BindingKind.ASSIGNMENT
        and isinstance(binding.value, ast.Call | ast.Attribute)
        and module.function_at(binding.value) == module.function_at(node)
        and is_running_loop(module, binding.value)
        for binding in bindings
    )


def _ends_within(module: Module, call: CallSite, name: str) -> bool:
    for callable_ in call.callables:
        owner, _, method = callable_.name.rpartition(".")
        known = aiohttp_api.find_class(owner)
        # A subclass's constructor hands on what its base warns about.
        mro = known.mro if known is not None else (owner,)
        for described in (aiohttp_api.find_callable(f"{ancestor}.{method}") for ancestor in mro):
            parameter = described.parameter(name) if described is not None else None
            if parameter is not None and parameter.lifetime.ends_within(module.target):
                return True
    return False


def _watches_warnings(module: Module, entered: ast.expr) -> bool:
    if not isinstance(entered, ast.Call):
        return False
    method = entered.func.attr if isinstance(entered.func, ast.Attribute) else ""
    return module.qualified_name(entered.func) in _WATCHING_WARNINGS or method in _WATCHING_METHODS


def _asks_version(module: Module, test: ast.expr, depth: int = 3) -> bool:
    """Tell whether a condition rests on aiohttp's version, itself or by way of the names in it."""
    for node in ast.walk(test):
        if isinstance(node, ast.Attribute) and node.attr == "__version__":
            # By its type as well: the package may come through a module of the project.
            known = module.type_of(node.value).members | {External(module.qualified_name(node.value) or "")}
            if External(_PACKAGE) in known:
                return True
        elif isinstance(node, ast.Call) and module.qualified_name(node.func) == _METADATA_VERSION:
            if any(isinstance(given, ast.Constant) and given.value == _PACKAGE for given in node.args):
                return True
        elif isinstance(node, ast.Name) and depth:
            for binding in module.reaching(node):
                if binding.kind is BindingKind.ASSIGNMENT and binding.value is not None:
                    if _asks_version(module, binding.value, depth - 1):
                        return True
    return False
