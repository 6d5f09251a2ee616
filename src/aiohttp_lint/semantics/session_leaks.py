"""Questions about a session in a function's hands that is not closed, or closed in a way that closes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.resources import Holding
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.graph import Node
    from aiohttp_lint.semantics.module import Module

_CLOSING_HELPERS = {
    "contextlib.aclosing": "session has no `aclose()`: `aclosing` raises AttributeError and leaves it open",
    "contextlib.closing": "`closing` calls `close()` without `await`: the session stays open",
}
_FRAMES = frozenset({"builtins.locals", "builtins.vars", "builtins.eval", "builtins.exec"})


@dataclass(frozen=True, slots=True)
class ClosedInVain:
    """A try at closing a session that closes nothing, and what happens instead."""

    place: ast.expr
    failure: str


def closings_in_vain(module: Module) -> Iterator[ClosedInVain]:
    """Give the helpers and methods by which a session is meant to be closed, and isn't."""
    for call in module.calls_to(*_CLOSING_HELPERS):
        (name,) = call.names
        given = call.argument("thing", 0).value
        if given is not None and module.type_of(given).is_only(SESSION):
            if not module.type_of(given).may_be_none and not _fails_on_purpose(module, call.node):
                yield ClosedInVain(call.node, _CLOSING_HELPERS[name])
    for node, _ in module.facts.calls.get("aclose", ()):
        receiver = module.call_site(node).receiver
        if receiver is not None and module.type_of(receiver).is_only(SESSION):
            if not _fails_on_purpose(module, node):
                yield ClosedInVain(node, "session has no `aclose()`: AttributeError, and it stays open")


def _fails_on_purpose(module: Module, node: ast.AST) -> bool:
    return fails_on_purpose(module, node, "AttributeError")


def may_be_closed_elsewhere(held: Holding, session: CallSite) -> bool:
    """Tell whether a session may be closed by way of its connector, or reached through the frame of its function."""
    module, function = held.module, held.function
    if function is not None and any(
        isinstance(call, ast.Call) and module.qualified_name(call.func) in _FRAMES
        for call in function.scope.all_nodes(ast.Call)
    ):
        return True
    connector = session.argument("connector").value
    if connector is None or isinstance(connector, ast.Call | ast.Constant):
        return False
    if not isinstance(connector, ast.Name):
        return True
    bindings = module.reaching(connector)
    made = bindings[0].value if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT else None
    if not isinstance(made, ast.Call):
        return True
    holding = resources.holding(module, made, resources.CONNECTOR)
    return holding is None or any(
        event.name is not connector and event.kind is not resources.EventKind.USED for event in holding.events
    )


def place_of(step: Node) -> ast.AST:
    """Give what to underline for a step of the flow: it has to have a position."""
    return step.ast.context_expr if isinstance(step.ast, ast.withitem) else step.ast
