"""Questions about where client objects are made: at import, before the loop starts, or in a function that may be either."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.client import MODULE_REQUEST, SESSION
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.import_graph import imported_names
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import ScopeKind
from aiohttp_lint.semantics.syntax import is_none

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Scope

CONNECTORS = tuple(
    aiohttp_api.class_named(f"aiohttp.{name}").name
    for name in ("TCPConnector", "UnixConnector", "NamedPipeConnector", "BaseConnector")
)
JARS = tuple(aiohttp_api.class_named(f"aiohttp.{name}").name for name in ("CookieJar", "DummyCookieJar"))
NEEDING_LOOP = (
    SESSION,
    *CONNECTORS,
    *(aiohttp_api.class_named(f"aiohttp.{name}").name for name in ("ThreadedResolver", "AsyncResolver")),
    aiohttp_api.class_named("aiohttp.test_utils.TestClient").name,
    MODULE_REQUEST,
)
_RUNNERS = (
    "asyncio.run", "asyncio.AbstractEventLoop.run_until_complete", "asyncio.AbstractEventLoop.run_forever", "uvloop.run",
    "aiohttp.web.run_app",
)  # fmt: skip
JARS_NEED_NO_LOOP = (4, 0, 0)
# Functions by which programs load a module from a coroutine: bots, Home Assistant.
_PLUG_IN_ENTRY_POINTS = ("setup", "async_setup", "async_setup_entry", "async_setup_platform")
_LOOP_PATCHES = frozenset({"nest_asyncio", "nest_asyncio.apply"})
_RUN_IN_LOOP = frozenset(
    {
        Role.HANDLER,
        Role.MIDDLEWARE,
        Role.STARTUP,
        Role.SHUTDOWN,
        Role.CLEANUP,
        Role.CLEANUP_CONTEXT,
        Role.FIXTURE,
    }
)


@dataclass(frozen=True, slots=True)
class MadeWithoutLoop:
    """A client object that is made while no loop runs.

    `runner` is the call that starts the loop afterwards in the same function; None for what is made at import.
    """

    call: CallSite
    runner: ast.Call | None = None


def made_without_loop(module: Module) -> Iterator[MadeWithoutLoop]:
    """Give the client objects of which it is certain that they are made outside a running loop."""
    if module.runs_in_loop or _patches_loop(module):
        return
    for call in _constructions(module):
        scope = module.scope_at(call.node)
        if _runs_at_import(scope):
            is_loaded = _is_plug_in(module) or _is_loaded_by_server(module) or _is_loaded_by_name(module)
            if not is_loaded and not _is_for_type_checkers(module, call.node):
                yield MadeWithoutLoop(call)
            continue
        runner = _runner_after(module, call)
        if runner is not None:
            yield MadeWithoutLoop(call, runner)


def _constructions(module: Module) -> Iterator[CallSite]:
    """Give the calls that fail without a running loop, the outermost of nested ones."""
    names = NEEDING_LOOP if module.target.all_at_least(JARS_NEED_NO_LOOP) else (*NEEDING_LOOP, *JARS)
    seen: set[ast.AST] = set()
    for call in module.calls_to(*names):
        if any(ancestor in seen for ancestor in module.ancestors(call.node)):
            continue
        seen.add(call.node)
        if call.has_unknown_arguments or _is_given_loop(module, call):
            continue
        if not fails_on_purpose(module, call.node, "RuntimeError"):
            yield call


def _is_given_loop(module: Module, call: CallSite) -> bool:
    """Tell whether a loop is given, written out or with a connector: a session takes that of its connector."""
    if any(keyword.arg == "loop" for keyword in ast.walk(call.node) if isinstance(keyword, ast.keyword)):
        return True
    connector = call.argument("connector").value if call.calls_only(SESSION) else None
    if connector is None or is_none(connector):
        return False
    made: list[ast.expr | None] = [connector]
    if isinstance(connector, ast.Name):
        made = [binding.value for binding in module.scope_at(connector).bindings.get(connector.id, ())]
    return not made or not all(_needs_loop(module, value) for value in made)


def _needs_loop(module: Module, connector: ast.expr | None) -> bool:
    """Tell whether an expression makes a connector that fails without a running loop, or is None."""
    if not isinstance(connector, ast.Call):
        return is_none(connector)
    site = module.call_site(connector)
    return site.calls_only(*CONNECTORS) and site.argument("loop").is_missing


def _runs_at_import(scope: Scope) -> bool:
    """Tell whether the code of a scope runs while the file is imported."""
    current: Scope | None = scope
    while current is not None and current.kind is not ScopeKind.MODULE:
        if current.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
            return False
        if isinstance(current.node, ast.GeneratorExp):
            return False
        current = current.parent
    return True


def _patches_loop(module: Module) -> bool:
    """Tell whether the file lets loops run within loops, as notebooks do."""
    return any(
        binding.imported in _LOOP_PATCHES
        for bindings in module.scope.bindings.values()
        for binding in bindings
        if binding.imported is not None
    )


def _is_plug_in(module: Module) -> bool:
    """Tell whether the file has an entry point by which a running program loads it."""
    return any(
        function.name in _PLUG_IN_ENTRY_POINTS
        and function.scope.parent is module.scope
        and function.positional
        for function in module.functions()
    )


def _is_loaded_by_server(module: Module) -> bool:
    """Tell whether the project gives a server the name of its application, which then is imported by a coroutine.

    So does `uvicorn.run("shop.web:app")`; what the application imports is made in its loop.
    """
    project = module.project
    paths = [] if project is None else project.files_saying(module, "uvicorn")
    if project is None or paths is None:
        return paths is None
    for path in paths:
        other = project.module_at(path)
        for site in () if other is None else other.calls_to("uvicorn.run"):
            given = site.argument("app", 0).value
            literal = None if given is None else site.module.constant(given)
            if literal is not None and isinstance(literal.value, str):
                return True
    return False


def _is_loaded_by_name(module: Module) -> bool:
    """Tell whether only code that imports by computed names can load the file: a coroutine may run that.

    Such code is in sight, no file of the project imports this one, and it starts no loop itself.
    """
    project = module.project
    if project is None or any(True for _ in module.calls_to(*_RUNNERS)):
        return False
    loading = project.files_saying(module, "import_module(", "__import__(")
    if not loading or not any(_imports_by_name(project.module_at(path)) for path in loading):
        return loading is None
    path = project.path_of(module)
    naming = project.files_saying(module, _own_name(path))
    others = (other for name in naming or () if (other := project.module_at(name)) is not None)
    return not any(
        project.file_of(name, other) == path
        for other in others
        for imported in imported_names(other)
        for name in _prefixes(imported)
    )


def _imports_by_name(module: Module | None) -> bool:
    """Tell whether a file imports modules whose names it only knows when it runs."""
    calls = () if module is None else module.calls_to("importlib.import_module", "builtins.__import__")
    for site in calls:
        given = site.argument("name", 0).value
        if given is not None and site.module.constant(given) is None:
            return True
    return False


def _own_name(path: str) -> str:
    """Give the name that an import of a file ends with."""
    file = PurePath(path)
    return file.parent.name if file.name == "__init__.py" else file.stem


def _prefixes(name: str) -> Iterator[str]:
    """Give a dotted name and all those above it: their packages are loaded with it."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _is_for_type_checkers(module: Module, node: ast.AST) -> bool:
    return any(
        isinstance(ancestor, ast.If) and module.qualified_name(ancestor.test) == "typing.TYPE_CHECKING"
        for ancestor in module.ancestors(node)
    )


def _runner_after(module: Module, call: CallSite) -> ast.Call | None:
    """Give the call by which the same plain function starts the loop, after the object is made or with it."""
    function = call.function
    if function is None or function.is_async or isinstance(function.node, ast.Lambda):
        return None
    graph = module.graph(function)
    if graph is None:
        return None
    starts = graph.nodes_evaluating(call.node)
    for node in function.scope.all_nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if node is call.node or not module.call_site(node).calls_only(*_RUNNERS):
            continue
        goals = graph.nodes_evaluating(node)
        if node in module.ancestors(call.node):
            return node
        for start in starts:
            if start in graph.reachable() and graph.paths_avoiding(start, lambda _: False, goals) is not None:
                return node
    return None


# Functions of which one file can't tell.


def sessions_made_in_plain_functions(module: Module) -> Iterator[CallSite]:
    """Give the sessions that a plain function makes, unless the file shows that the loop runs it."""
    for call in module.calls_to(SESSION):
        function = call.function
        if function is None or function.is_async or isinstance(function.node, ast.Lambda):
            continue
        if _is_given_loop(module, call) or fails_on_purpose(module, call.node, "RuntimeError"):
            continue
        if not _is_run_in_loop(module, function) and not _depends_on_version(module, call.node):
            yield call


def _depends_on_version(module: Module, node: ast.expr) -> bool:
    """Tell whether a test of aiohttp's own version decides if the code runs: it may not for the versions in use."""
    return any(
        isinstance(ancestor, ast.If)
        and any(
            isinstance(inner, ast.Attribute) and module.qualified_name(inner) == "aiohttp.__version__"
            for inner in ast.walk(ancestor.test)
        )
        for ancestor in module.ancestors(node)
    )


def _is_run_in_loop(module: Module, function: Function, seen: frozenset[Function] = frozenset()) -> bool:
    """Tell whether the loop runs a plain function: it is nested in a coroutine, serves, or only such code calls it."""
    if function in seen:
        return False
    if module.roles_of(function) & _RUN_IN_LOOP:
        return True
    outer = function.enclosing_function
    if outer is not None and outer.is_async:
        return True
    if not function.name.startswith("_") or function.name.startswith("__"):
        return False
    calls = [node for node, _ in module.facts.calls.get(function.name, ())]
    callers = [module.function_at(node) for node in calls]
    mentions = sum(
        isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) == function.name
        and not isinstance(node.ctx, ast.Store)
        for node in ast.walk(module.tree)
    )
    return (
        bool(calls)
        and mentions == len(calls)
        and all(
            caller is not None and (caller.is_async or _is_run_in_loop(module, caller, seen | {function}))
            for caller in callers
        )
    )


def is_loop_tested(module: Module, node: ast.AST) -> bool:
    """Tell whether a condition around the node asks a loop if it is running."""
    return any(
        isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "is_running"
        for branch in module.ancestors(node)
        if isinstance(branch, ast.If | ast.IfExp)
        for call in ast.walk(branch.test)
    )
