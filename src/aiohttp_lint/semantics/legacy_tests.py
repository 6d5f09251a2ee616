"""Questions about tests as older aiohttp had them written: hooks, decorators, plugins and fixtures."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.fixtures import comes_from_plugin, takes_fixtures
from aiohttp_lint.semantics.inheritance import overrides
from aiohttp_lint.semantics.syntax import DEFINITIONS

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

TEST_CASE = aiohttp_api.class_named("aiohttp.test_utils.AioHTTPTestCase").name
RUN_LOOP = aiohttp_api.callable_named("aiohttp.test_utils.unittest_run_loop").name
PLUGIN_DEPRECATED = (3, 14, 0)
_CASES_RUN_COROUTINES = (3, 8, 0)
HOOKS = {"get_app": "get_application", "setUpAsync": "asyncSetUp", "tearDownAsync": "asyncTearDown"}
"""The hooks of a test case that aiohttp 4 calls no more, and those that it calls instead."""
FIXTURES = {
    name: successor
    for name, successor in (
        ("test_client", "aiohttp_client"),
        ("test_server", "aiohttp_server"),
        ("raw_test_server", "aiohttp_raw_server"),
    )
    if aiohttp_api.callable_named(f"aiohttp.pytest_plugin.{name}").lifetime.deprecated
}
"""Deprecated fixtures, and those that have replaced them."""
_PLUGIN = "aiohttp.pytest_plugin"


@dataclass(frozen=True, slots=True)
class OldHook:
    """A hook of a test case. `calls` are the uses of the base's by `super()`; `can_be_renamed` tells that nobody else asks."""

    function: Function
    calls: tuple[ast.Attribute, ...]
    can_be_renamed: bool


@dataclass(frozen=True, slots=True)
class OldFixture:
    """A parameter of a test that takes a deprecated fixture, with its uses."""

    function: Function
    parameter: ast.arg
    uses: tuple[ast.Name, ...]
    can_be_renamed: bool


def loop_decorators(module: Module) -> Iterator[ast.expr]:
    """Give the `@unittest_run_loop`; none where the project runs on versions in which it is what runs the test."""
    if module.target.declares_below(_CASES_RUN_COROUTINES):
        return
    for function in module.functions():
        for decorator in function.decorators:
            if module.qualified_name(decorator) == RUN_LOOP:
                yield decorator


def old_hooks(module: Module) -> Iterator[OldHook]:
    """Give the hooks that test cases define and aiohttp 4 never calls."""
    for definition in module.classes():
        if TEST_CASE not in definition.outside_bases:
            continue
        for name, successor in HOOKS.items():
            function = definition.method(name)
            if function is None or definition.find_method(successor) is not None:
                continue
            mentions = module.attributes_named(name)
            inside = tuple(
                node for node in mentions if module.function_at(node) == function and _is_super(node.value)
            )
            is_sound = function.is_async is (name != "get_app") and not function.is_generator
            is_only = len(inside) == len(mentions) and len(definition.lineage()) == 1
            nobody_else = overrides(definition, name) == []
            yield OldHook(function, inside, is_sound and is_only and nobody_else and not function.decorators)


def plugins_named(module: Module) -> Iterator[ast.expr]:
    """Give the places where `pytest_plugins` names aiohttp's own plugin."""
    for binding in module.scope.bindings.get("pytest_plugins", ()):
        value = binding.value
        items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        for item in items:
            if isinstance(item, ast.Constant) and item.value == _PLUGIN:
                yield item


def old_fixtures(module: Module) -> Iterator[OldFixture]:
    """Give the parameters of tests and fixtures that surely take a deprecated fixture: they await its call."""
    for function in module.functions():
        if not isinstance(function.node, DEFINITIONS) or not takes_fixtures(module, function):
            continue
        for parameter in function.parameters:
            if parameter.arg not in FIXTURES:
                continue
            uses = tuple(module.uses(function.scope, parameter.arg))
            if not any(_is_awaited_call(module, use) for use in uses):
                continue
            if comes_from_plugin(module, function, parameter.arg):
                successor = FIXTURES[parameter.arg]
                taken = successor in function.scope.bindings or bool(
                    module.loads(function.scope).get(successor)
                )
                is_only = len(function.scope.bindings.get(parameter.arg, ())) == 1
                yield OldFixture(function, parameter, uses, is_only and not taken)


def _is_awaited_call(module: Module, use: ast.Name) -> bool:
    call = module.parent(use)
    if not isinstance(call, ast.Call) or call.func is not use or not call.args:
        return False
    return module.use_of(call).kind is UseKind.AWAITED


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
