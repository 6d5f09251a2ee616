"""What pytest gives for the parameters of tests and fixtures: the project's own fixtures by name, and pytest-aiohttp's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.declared import bindings_named
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.syntax import DEFINITIONS
from aiohttp_lint.semantics.types import UNKNOWN, ApiFunction, Types, instance, union

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

FIXTURES = frozenset({"pytest.fixture", "pytest_asyncio.fixture", "pytest.yield_fixture"})
"""The decorators that make a fixture."""

_PARAMETRIZE = "pytest.mark.parametrize"
_PATCHES = ("unittest.mock.patch", "mock.patch")
FACTORIES = {
    fixture: ApiFunction(aiohttp_api.callable_named(f"aiohttp.pytest_plugin.{factory}.__call__"))
    for fixture, factory in (
        ("aiohttp_client", "AiohttpClient"),
        ("aiohttp_server", "AiohttpServer"),
        ("aiohttp_raw_server", "AiohttpRawServer"),
    )
}
"""What pytest-aiohttp's fixtures give."""
_LOOP = instance("asyncio.AbstractEventLoop")
_LOOPS = frozenset({"loop", "event_loop"})
_CLIENT_CLASS = "aiohttp_client_cls"
_MAXIMUM_CONFTESTS = 30


def takes_fixtures(module: Module, function: Function) -> bool:
    """Tell whether pytest gives the arguments of a function: a fixture, or a test by its name in a file of tests."""
    parent = function.scope.parent
    if parent is None or parent.kind not in (ScopeKind.MODULE, ScopeKind.CLASS):
        return False
    return (module.is_test and function.name.startswith("test")) or is_fixture(module, function)


def is_fixture(module: Module, function: Function) -> bool:
    """Tell whether a function is decorated as a fixture."""
    return any(module.qualified_name(_undecorate(decorator)) in FIXTURES for decorator in function.decorators)


def value_given(module: Module, function: Function, name: str) -> Types | None:
    """Give what pytest gives a test or fixture for a parameter; None where no fixture is known by the name.

    The nearest fixture counts: of the class, of the file, of the `conftest.py` files above, of the plugins that
    those name.
    """
    if _is_given_otherwise(module, function, name):
        return None
    found = _find(module, function, name)
    if found:
        return union(_value(fixture) for fixture in found)
    factory = FACTORIES.get(name)
    if factory is None:
        return _LOOP if name in _LOOPS else None
    if name == "aiohttp_client" and _find(module, function, _CLIENT_CLASS):
        return UNKNOWN
    return Types(frozenset({factory}))


def comes_from_plugin(module: Module, function: Function, name: str) -> bool:
    """Tell whether a parameter of a test or fixture is given by nothing that the project has in sight."""
    return not _is_given_otherwise(module, function, name) and not _find(module, function, name)


def _value(fixture: Function) -> Types:
    return fixture.owner.inference.value_of_fixture(fixture)


def _is_given_otherwise(module: Module, function: Function, name: str) -> bool:
    """Tell whether something else than a fixture may give the argument: a default, a parametrization, a patch."""
    arguments = function.node.args
    with_default = [
        *(arguments.args[len(arguments.args) - len(arguments.defaults) :] if arguments.defaults else ()),
        *(
            parameter
            for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        ),
    ]
    if any(parameter.arg == name for parameter in with_default):
        return True
    for decorator in function.decorators:
        decorated = module.qualified_name(_undecorate(decorator)) or ""
        if decorated.startswith(_PATCHES):
            return True
    return any(_names(node, name) for node in _parametrizations(module, function))


def _parametrizations(module: Module, function: Function) -> Iterator[ast.Call]:
    """Give the `parametrize` calls of a file, but those that decorate another function."""
    for node, _ in module.facts.calls.get("parametrize", ()):
        parent = module.parent(node)
        is_others = isinstance(parent, DEFINITIONS) and parent is not function.node
        if not is_others and module.qualified_name(node.func) == _PARAMETRIZE:
            yield node


def _names(call: ast.Call, name: str) -> bool:
    first = (
        call.args[0]
        if call.args
        else next((keyword.value for keyword in call.keywords if keyword.arg == "argnames"), None)
    )
    items = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
    for item in items:
        if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
            return True
        if name in (part.strip() for part in item.value.split(",")):
            return True
    return False


def _find(module: Module, function: Function, name: str) -> list[Function]:
    scope = function.class_scope
    while scope is not None and scope.kind is ScopeKind.CLASS:
        for ancestor in module.class_of(scope).lineage():
            methods = [
                method
                for method in ancestor.methods()
                if method != function and _fixture_name(ancestor.owner, method) == name
            ]
            if methods:
                return methods
        scope = scope.parent
    seen: set[Module] = set()
    current: Module | None = module
    while current is not None and len(seen) < _MAXIMUM_CONFTESTS:
        found = [fixture for fixture in _in_file(current, name, seen) if fixture != function]
        if found:
            return found
        current = None if current.project is None else current.project.conftest_above(current)
    return []


def _in_file(module: Module, name: str, seen: set[Module]) -> list[Function]:
    """Give the fixtures of a name that a file defines or imports, or that a plugin defines that it asks for."""
    if module in seen:
        return []
    seen.add(module)
    own = module.own_fixtures.get(name)
    if own:
        return own
    project = module.project
    if project is None:
        return []
    imported = [binding.imported for binding in module.scope.bindings.get(name, ())]
    star = module.starred_name(name) if module.scope.star_imports and not imported else None
    for target in (*imported, star):
        bindings = [] if target is None else bindings_named(target, module)
        functions = [
            function
            for binding in bindings
            if binding.kind is BindingKind.FUNCTION
            and (
                function := binding.scope.owner.function_of(binding.scope.owner.facts.scope_of[binding.node])
            )
            and is_fixture(function.owner, function)
        ]
        if functions:
            return functions
    for plugin in _plugins(module):
        other = project.module_named(plugin, module)
        found = [] if other is None else _in_file(other, name, seen)
        if found:
            return found
    return []


def collect_fixtures(module: Module) -> dict[str, list[Function]]:
    """Give the fixtures that a file defines at its top level, by the names under which tests ask for them."""
    found: dict[str, list[Function]] = {}
    for function in module.functions():
        if function.scope.parent is module.scope and function.decorators:
            name = _fixture_name(module, function)
            if name is not None:
                found.setdefault(name, []).append(function)
    return found


def _fixture_name(module: Module, function: Function) -> str | None:
    """Give the name under which tests ask for a fixture; None for what is none, or has a name that can't be read."""
    for decorator in function.decorators:
        if module.qualified_name(_undecorate(decorator)) in FIXTURES:
            given = [
                keyword.value
                for keyword in (decorator.keywords if isinstance(decorator, ast.Call) else ())
                if keyword.arg == "name"
            ]
            if not given:
                return function.name
            literal = module.constant(given[0])
            return literal.value if literal is not None and isinstance(literal.value, str) else None
    return None


def _plugins(module: Module) -> Iterator[str]:
    """Give the modules that a file names in `pytest_plugins`, where they are written out."""
    for binding in module.scope.bindings.get("pytest_plugins", ()):
        value = binding.value
        for item in value.elts if isinstance(value, ast.List | ast.Tuple) else [value]:
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                yield item.value


def _undecorate(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
