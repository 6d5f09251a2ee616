"""Whether an object is as it was made when it is used: nothing that comes before has had a hand on it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.graph import Graph, Node
    from aiohttp_lint.semantics.module import Module


def is_untouched(
    module: Module,
    name: ast.Name,
    place: ast.AST,
    makes: Callable[[CallSite], bool],
    leaves_alone: Callable[[ast.Name], bool],
) -> bool:
    """Tell whether the object of a name is surely untouched when a place is evaluated.

    Args:
        module: The file.
        name: The use of the object at the place.
        place: Where the object is used: a node of the function that makes it.
        makes: Tells of the call that made the object whether it is one of those meant.
        leaves_alone: Tells of another use of the name whether it leaves the object as it is.
    """
    binding = module.only_binding(name, BindingKind.ASSIGNMENT)
    if binding is None:
        return False
    made, scope = binding.value, binding.scope
    if not isinstance(made, ast.Call) or not makes(module.call_site(made)):
        return False
    if scope is not module.scope_at(name).function or scope.owner is not module:
        return False
    graph = module.graph_of(scope)
    if graph is None:
        return False
    goals = graph.nodes_evaluating(place)
    for use in module.uses(scope, name.id):
        if use is name or leaves_alone(use):
            continue
        steps = graph.nodes_evaluating(use)
        # In a nested function: whoever calls that may have touched it.
        if not steps or any(_precedes(graph, step, goals) for step in steps):
            return False
    return bool(goals)


def _precedes(graph: Graph, step: Node, goals: tuple[Node, ...]) -> bool:
    if step in goals:
        return True
    return graph.paths_avoiding(step, lambda _: False, goals) is not None
