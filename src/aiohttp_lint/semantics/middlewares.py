"""Questions about the middlewares of an application: which lack their mark, and which break the contract."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.decorators import decorating, function_named, returned_definition
from aiohttp_lint.semantics.definitions import Class
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Node
from aiohttp_lint.semantics.handlers import delegations
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.signals import APPLICATION
from aiohttp_lint.semantics.syntax import is_none
from aiohttp_lint.semantics.types import ApiFunction, FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

MIDDLEWARE = aiohttp_api.callable_named("aiohttp.web.middleware").name
NORMALIZE_PATH = aiohttp_api.callable_named("aiohttp.web.normalize_path_middleware").name
_MARK = "__middleware_version__"
_PARTIAL = "functools.partial"
_AWAITABLE_TESTS = ("isawaitable", "iscoroutine")
_PARAMETERS = 2


def given(module: Module) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Give what the file passes as `middlewares=` of an application, with the call."""
    for call in module.calls_to(APPLICATION):
        value = call.argument("middlewares").value
        if value is not None:
            yield call.node, value


def listed(module: Module) -> Iterator[ast.expr]:
    """Give the expressions that the file puts into the list of middlewares of an application."""
    for _, value in given(module):
        yield from _items(module, value)
    for name, position in (("append", 0), ("insert", 1), ("extend", 0)):
        for call in module.calls_to(f"frozenlist.FrozenList.{name}"):
            receiver, arguments = call.receiver, call.node.args
            if not isinstance(receiver, ast.Attribute) or receiver.attr != "middlewares":
                continue
            if len(arguments) == position + 1 and module.is_instance(receiver.value, APPLICATION):
                yield from _items(module, arguments[-1]) if name == "extend" else [arguments[-1]]


def _items(module: Module, value: ast.expr) -> list[ast.expr]:
    binding = module.only_binding(value, BindingKind.ASSIGNMENT)
    if binding is not None and binding.value is not None and binding.scope.owner is module:
        value = binding.value
    return (
        [item for item in value.elts if not isinstance(item, ast.Starred)]
        if isinstance(value, ast.List | ast.Tuple)
        else []
    )


# The mark that `web.middleware` sets.


class Unmarked(Enum):
    """Why aiohttp before 4 takes a middleware for an old-style factory."""

    FUNCTION = auto()
    """It isn't decorated."""
    OBJECT = auto()
    """It is an object; the class isn't decorated."""
    PARTIAL = auto()
    """`functools.partial` hides the mark."""
    WRAPPED = auto()
    """A decorator above `web.middleware` hides the mark."""


@dataclass(frozen=True, slots=True)
class WithoutMark:
    """A middleware without mark: where it is listed, and the function or class that runs."""

    why: Unmarked
    item: ast.expr
    runs: Function | Class


def without_mark(module: Module) -> Iterator[WithoutMark]:
    """Give the new-style middlewares in the lists of applications that surely don't carry the mark."""
    if _MARK in module.text.text:
        return
    for item in listed(module):
        found = _without_mark(module, item)
        if found is not None and not _is_marked_by_hand(found.runs):
            yield found


def _is_marked_by_hand(runs: Function | Class) -> bool:
    """Tell whether the file of a function, or of a class or one of its bases, sets the mark itself."""
    owners = [ancestor.owner for ancestor in runs.lineage()] if isinstance(runs, Class) else [runs.owner]
    return any(_MARK in owner.text.text for owner in owners)


def _without_mark(module: Module, item: ast.expr) -> WithoutMark | None:
    if isinstance(item, ast.Call) and module.qualified_name(item.func) == _PARTIAL and item.args:
        function = function_named(module, item.args[0])
        return (
            None
            if function is None or not _is_marked(function)
            else WithoutMark(Unmarked.PARTIAL, item, function)
        )
    function = function_named(module, item) or _method(module, item)
    if function is not None:
        if not function.decorators:
            is_unmarked = _hands_on(function) and not _is_marked_later(module, function)
            return WithoutMark(Unmarked.FUNCTION, item, function) if is_unmarked else None
        return WithoutMark(Unmarked.WRAPPED, item, function) if _hides_mark(function) else None
    definition = _class_of(module, item)
    if definition is None or any(ancestor.node.decorator_list for ancestor in definition.lineage()):
        return None
    called = definition.find_method("__call__")
    if not definition.is_complete or called is None or not _hands_on(called):
        return None
    is_plain = not called.decorators or _is_marked(called)
    return WithoutMark(Unmarked.OBJECT, item, definition) if is_plain else None


def _method(module: Module, item: ast.expr) -> Function | None:
    members = module.type_of(item).members
    (member,) = members if len(members) == 1 else (None,)
    return (
        member.function if isinstance(member, FunctionObject) and not module.type_of(item).is_open else None
    )


def _class_of(module: Module, item: ast.expr) -> Class | None:
    types = module.type_of(item)
    (member,) = types.members if len(types.members) == 1 and types.is_known else (None,)
    return member.definition if isinstance(member, Instance) else None


def _is_marked(function: Function) -> bool:
    """Tell whether a function is decorated with `web.middleware` alone."""
    return [function.owner.qualified_name(decorator) for decorator in function.decorators] == [MIDDLEWARE]


def parameters(function: Function) -> list[str]:
    """Give the names of the positional parameters without `self`."""
    names = [parameter.arg for parameter in function.positional]
    decorators = {function.owner.qualified_name(decorator) for decorator in function.decorators}
    is_bound = function.class_scope is not None and "builtins.staticmethod" not in decorators
    return names[1:] if is_bound else names


def _hands_on(function: Function) -> bool:
    """Tell whether a coroutine function awaits its second parameter with the first: so do new-style middlewares only."""
    names = parameters(function)
    if not function.is_coroutine or len(names) != _PARAMETERS:
        return False
    module = function.owner
    for load in module.uses(function.scope, names[1]):
        call = module.parent(load)
        if not isinstance(call, ast.Call) or call.func is not load or module.function_at(call) != function:
            continue
        first = call.args[0] if len(call.args) == 1 else None
        if (
            isinstance(first, ast.Name)
            and first.id == names[0]
            and isinstance(module.parent(call), ast.Await)
        ):
            return True
    return False


def _is_marked_later(module: Module, function: Function) -> bool:
    """Tell whether `web.middleware(f)` may mark a function in place."""
    for owner in {module, function.owner}:
        for call in owner.calls_to(MIDDLEWARE):
            marked = function_named(owner, call.node.args[0]) if call.node.args else None
            if marked is None or marked == function:
                return True
    return False


def _hides_mark(function: Function) -> bool:
    """Tell whether the decorator above `web.middleware` gives another function, without its attributes."""
    module = function.owner
    if len(function.decorators) != _PARAMETERS or module.qualified_name(function.decorators[1]) != MIDDLEWARE:
        return False
    definition = decorating(module, function.decorators[0])
    wrapper = None if definition is None else returned_definition(definition)
    if definition is None or wrapper is None or wrapper.decorators:
        return False
    return len(definition.owner.uses(definition.scope, wrapper.name)) == 1


# The contract.


class Breach(Enum):
    """What a middleware, or who registers it, gets wrong."""

    PARAMETER = auto()
    """The second parameter is not named `handler`."""
    NO_RESULT = auto()
    COROUTINE = auto()
    """It returns the coroutine of the handler."""
    FACTORY = auto()
    """What makes the middleware is listed itself."""
    NO_SEQUENCE = auto()
    """`middlewares=` is a function."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One breach: where it stands, and the function that it is about."""

    breach: Breach
    place: ast.AST
    function: Function | None = None


def broken(module: Module) -> Iterator[Broken]:
    """Give the breaches by the file's decorated middlewares, and by its lists of middlewares."""
    for function in module.functions():
        if _is_marked(function) and not function.is_stub:
            yield from _breaches(module, function)
    for _, value in given(module):
        types = module.type_of(value)
        if types.is_known and all(isinstance(member, FunctionObject) for member in types.members):
            yield Broken(Breach.NO_SEQUENCE, value)
    for item in listed(module):
        if _is_factory(module, item):
            yield Broken(Breach.FACTORY, item, function_named(module, item))


def _breaches(module: Module, function: Function) -> Iterator[Broken]:
    names = parameters(function)
    arguments = function.node.args
    takes_handler = arguments.kwarg is not None or "handler" in (
        parameter.arg for parameter in (*arguments.args, *arguments.kwonlyargs)
    )
    if not takes_handler and len(names) == _PARAMETERS and not arguments.posonlyargs:
        yield Broken(Breach.PARAMETER, function.positional[-1], function)
    if not function.is_coroutine:
        return
    for call in delegations(module, function):
        statement = module.parent(call)
        if isinstance(statement, ast.Return) and module.function_at(call) == function:
            if not any(name in module.facts.calls for name in _AWAITABLE_TESTS):
                yield Broken(Breach.COROUTINE, call, function)
    for place in _ends_without_result(module, function):
        yield Broken(Breach.NO_RESULT, place, function)


def _ends_without_result(module: Module, function: Function) -> Iterator[ast.AST]:
    graph = module.graph(function)
    if graph is None:
        return

    def returns(node: Node) -> bool:
        return isinstance(node.ast, ast.Return)

    def ends(node: ast.AST) -> bool:
        goals = graph.nodes_of(node)
        return (
            graph.paths_avoiding(
                graph.entry, lambda step: returns(step) and step not in goals, goals, follow=_as_planned
            )
            is not None
        )

    for node in function.scope.all_nodes(ast.Return):
        assert isinstance(node, ast.Return)
        if (node.value is None or is_none(node.value)) and ends(node):
            yield node
    if graph.paths_avoiding(graph.entry, returns, {graph.exit}, follow=_as_planned) is not None:
        yield function.body[-1]


def _as_planned(edge: Edge) -> bool:
    # A loop that tries again is left by its `return`.
    return edge.kind not in (EdgeKind.EXCEPTION, EdgeKind.PROPAGATE, EdgeKind.EXHAUSTED)


def _is_factory(module: Module, item: ast.expr) -> bool:
    types = module.type_of(item)
    if types.is_known and all(
        isinstance(member, ApiFunction) and member.callable.name == NORMALIZE_PATH for member in types.members
    ):
        return True
    function = function_named(module, item)
    if function is None or function.is_async or function.decorators or isinstance(function.node, ast.Lambda):
        return False
    made = returned_definition(function)
    return made is not None and _is_marked(made)


def can_be_called_bare(function: Function | None) -> bool:
    """Tell whether a function needs no argument."""
    if function is None:
        return True
    arguments = function.node.args
    return len(function.positional) == len(arguments.defaults) and None not in arguments.kw_defaults


def name_places(function: Function) -> list[ast.Name] | None:
    """Give the uses of the last parameter of a function that is to be named `handler`.

    None where the name is bound or used otherwise there.
    """
    module = function.owner
    old = function.positional[-1].arg
    scopes = list(function.scope.descend())
    is_bound_again = any(name in scope.bindings for scope in scopes for name in ("handler",)) or any(
        old in scope.bindings for scope in scopes[1:]
    )
    if is_bound_again or len(function.scope.bindings[old]) != 1 or "handler" in module.loads(function.scope):
        return None
    return module.uses(function.scope, old)


def contradicting_slashes(module: Module) -> Iterator[CallSite]:
    """Give the `normalize_path_middleware(remove_slash=True)` that append slashes as well, which is their default."""
    for call in module.calls_to(NORMALIZE_PATH):
        if call.has_unknown_arguments or fails_on_purpose(module, call.node, "AssertionError"):
            continue
        removes, appends = (call.argument(name).value for name in ("remove_slash", "append_slash"))
        if removes is not None and _is_true(removes) and (appends is None or _is_true(appends)):
            yield call


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
