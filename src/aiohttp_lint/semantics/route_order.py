"""The order in which an application gets its routes, through lists, route tables and functions, across files."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.calls import UseKind, parameter_given
from aiohttp_lint.semantics.declared import bindings_named
from aiohttp_lint.semantics.decorators import function_named
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.route_patterns import covers, lookup_key
from aiohttp_lint.semantics.routing import (
    ADD_ROUTES,
    ADD_SUBAPP,
    TABLE,
    Owner,
    Route,
    block_of,
    comes_before,
    is_conditional,
    owner_of,
    text_of,
)
from aiohttp_lint.semantics.scopes import Binding, BindingKind, ScopeKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_MAXIMUM_DEPTH = 4

Step: TypeAlias = "tuple[Module, ast.AST]"
"""What runs in one frame on the way to a registration, and the file that it stands in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A route, and the steps that lead to its registration, from the frame that has the application."""

    route: Route
    steps: tuple[Step, ...]

    def place_in(self, module: Module) -> ast.AST:
        """Give the innermost step in a file."""
        return next(node for owner, node in reversed(self.steps) if owner is module)


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A route that another one before it leaves no request for. `is_error` tells that it can't be registered at all."""

    entry: Entry
    by: Entry
    is_error: bool


def orders(module: Module) -> Iterator[list[Entry]]:
    """Give what each application and each route table of a file gets, in the order of the source."""
    added_to = [site.receiver for site in module.calls_to(*ADD_ROUTES) if site.receiver is not None]
    owners = [
        *(route.owner for route in module.routes),
        *(owner_of(module, receiver) for receiver in added_to),
    ]
    for owner in dict.fromkeys(owners):
        if owner is not None:
            yield entries_of(module, owner)


def entries_of(module: Module, owner: Owner) -> list[Entry]:
    """Give what one application or route table gets, in the order of the source."""
    return sorted(_entries(module, owner, (), 0), key=_position)


def _position(entry: Entry) -> tuple[tuple[int, int], ...]:
    return tuple((getattr(node, "lineno", 0), getattr(node, "col_offset", 0)) for _, node in entry.steps)


def _entries(module: Module, owner: Owner, steps: tuple[Step, ...], depth: int) -> list[Entry]:
    found = [
        Entry(
            route,
            (*steps, (module, route.place), *(() if route.place is route.node else ((module, route.node),))),
        )
        for route in module.routes
        if route.owner == owner
    ]
    if depth >= _MAXIMUM_DEPTH:
        return found
    for site in module.calls_to(*ADD_ROUTES):
        table = site.argument("routes", 0).value
        if site.receiver is None or table is None or owner_of(module, site.receiver) != owner:
            continue
        definition = _table(module, table)
        if definition is not None:
            inner = (*steps, (module, site.node))
            found.extend(_entries(definition.scope.owner, (definition,), inner, depth + 1))
    for call, function, parameter in _handed_on(module, owner):
        given = function.scope.bindings[parameter]
        if len(given) == 1:
            inner = (*steps, (module, call))
            found.extend(_entries(function.owner, (given[0],), inner, depth + 1))
    return found


def _table(module: Module, node: ast.expr) -> Binding | None:
    """Give what binds the route table that an expression means, in this file or in another one."""
    if not module.is_instance(node, TABLE):
        return None
    owner = owner_of(module, node) if isinstance(node, ast.Name) else None
    if owner is not None and isinstance(owner[0], Binding):
        return owner[0]
    name = module.qualified_name(node)
    if name is None or module.project is None:
        return None
    bindings = bindings_named(name, module)
    return bindings[0] if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT else None


def _handed_on(module: Module, owner: Owner) -> Iterator[tuple[ast.Call, Function, str]]:
    """Give the calls that hand an application or its router to a function of the project, with the parameter."""
    binding = owner[0]
    if not isinstance(binding, Binding):
        return
    for load in module.uses(binding.scope, binding.name):
        argument: ast.expr = load
        use = module.use_of(load)
        if (
            use.kind is UseKind.ATTRIBUTE
            and isinstance(use.node, ast.Attribute)
            and use.node.attr == "router"
        ):
            argument, use = use.node, module.use_of(use.node)
        if use.kind is not UseKind.ARGUMENT or not isinstance(use.node, ast.Call):
            continue
        if owner_of(module, argument) != owner:
            continue
        function = function_named(module, use.node.func)
        name = None if function is None else parameter_given(module, use.node, argument, function)
        if function is not None and name is not None and not function.decorators:
            yield use.node, function, name


def surely_before(first: Entry, second: Entry) -> bool:
    """Tell whether the first route is registered whenever the second is, and before it."""
    for depth, ((owner, node), (other, later)) in enumerate(zip(first.steps, second.steps, strict=False)):
        if node is later:
            continue
        return (
            owner is other
            and comes_before(owner, node, later)
            and all(surely_runs(*step) for step in first.steps[depth + 1 :])
        )
    return False


def surely_runs(module: Module, node: ast.AST) -> bool:
    """Tell whether a node runs on every way through its frame."""
    statement = module.statement(node)
    scope = module.scope_at(node).function
    body = getattr(scope.node, "body", [])
    if statement not in body or is_conditional(module, node, statement):
        return False
    return scope.kind is ScopeKind.MODULE or not any(
        getattr(leaving, "lineno", 0) < statement.lineno for leaving in scope.all_nodes(ast.Return)
    )


def meeting_file(first: Entry, second: Entry) -> Module:
    """Give the file whose frame decides which of two routes comes first."""
    for (owner, node), (_, later) in zip(first.steps, second.steps, strict=False):
        if node is not later:
            return owner
    return first.steps[-1][0]


def shadowed(module: Module) -> Iterator[Shadowed]:
    """Give the routes of a file's applications that can't be registered, or get no request, because of an earlier one."""
    seen: set[ast.AST] = set()
    for entries in orders(module):
        earlier: dict[str | None, list[Entry]] = {}
        for entry in entries:
            if entry.route.pattern is None or entry.route.method is None:
                continue
            compared = earlier.setdefault(lookup_key(entry.route.pattern), [])
            for other in compared:
                if entry.route.node in seen or meeting_file(other, entry) is not module:
                    continue
                found = _shadowing(other, entry)
                if found is not None:
                    seen.add(entry.route.node)
                    yield found
            compared.append(entry)


def _shadowing(first: Entry, second: Entry) -> Shadowed | None:
    one, other = first.route, second.route
    assert one.pattern is not None and other.pattern is not None, "asked before"
    takes_all = "*" in one.methods or other.method in one.methods
    is_same = one.pattern == other.pattern and one.name == other.name
    clashes = is_same and (takes_all or bool(one.methods & other.methods)) and are_adjacent(first, second)
    if not clashes and (_is_head_of(one, other) or not (takes_all and covers(one.pattern, other.pattern))):
        return None
    return Shadowed(second, first, clashes) if surely_before(first, second) else None


def _is_head_of(get: Route, head: Route) -> bool:
    """Tell whether one handler is registered for `HEAD` although its `GET` answers that: of no effect, and meant so."""
    return (
        head.method == "HEAD"
        and get.method == "GET"
        and bool(get.functions)
        and get.functions == head.functions
    )


def are_adjacent(first: Entry, second: Entry) -> bool:
    """Tell whether nothing is registered between two routes: neighbours in one list, or in one block."""
    (owner, node), (other, later) = first.steps[-1], second.steps[-1]
    if owner is not other or first.steps[:-1] != second.steps[:-1]:
        return False
    holder = owner.parent(node)
    neighbours: Sequence[ast.AST] = ()
    if isinstance(holder, ast.List | ast.Tuple) and holder is owner.parent(later):
        neighbours = holder.elts
    else:
        node, later = owner.statement(node), owner.statement(later)
        neighbours = block_of(owner, owner.statement(node))
    return (node, later) in pairwise(neighbours)


@dataclass(frozen=True, slots=True)
class Mount:
    """A sub-application at a prefix of an application of the file."""

    call: ast.Call
    parent: Owner
    prefix: str | None
    sub: Owner | None


def mounts(module: Module) -> list[Mount]:
    """Give the sub-applications that a file adds, in source order."""
    found: list[Mount] = []
    for site in module.calls_to(ADD_SUBAPP):
        sub = site.argument("subapp").value
        parent = None if site.receiver is None else owner_of(module, site.receiver)
        if parent is not None:
            prefix = text_of(module, site.argument("prefix").value)
            found.append(Mount(site.node, parent, prefix, None if sub is None else owner_of(module, sub)))
    return found


def hidden_mounts(module: Module) -> Iterator[tuple[Mount, Mount]]:
    """Give the sub-applications at a prefix that an earlier one has already, with that one."""
    found = mounts(module)
    for index, mount in enumerate(found):
        for earlier in found[:index]:
            if mount.prefix is None or earlier.parent != mount.parent:
                continue
            is_same_application = mount.sub is not None and earlier.sub == mount.sub
            if _prefix(earlier.prefix) == _prefix(mount.prefix) and not is_same_application:
                if comes_before(module, earlier.call, mount.call):
                    yield mount, earlier
                    break


def _prefix(text: str | None) -> str | None:
    return None if text is None else text.rstrip("/")
