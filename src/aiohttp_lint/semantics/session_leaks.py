"""Questions about a session in a function's hands that is not closed, or closed in a way that closes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.client import SESSION, is_connector_of_others
from aiohttp_lint.semantics.decorators import function_named
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.inheritance import overrides
from aiohttp_lint.semantics.resources import Holding

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.graph import Node
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Scope

_CLOSING_HELPERS = {
    "contextlib.aclosing": "session has no `aclose()`: `aclosing` raises AttributeError and leaves it open",
    "contextlib.closing": "`closing` calls `close()` without `await`: the session stays open",
}
_CONSTRUCTOR = SESSION.rpartition(".")[2]
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


@dataclass(frozen=True, slots=True)
class MadeSession:
    """A session that a function of the project makes for its caller: what holds it there, and where it is made."""

    value: ast.expr
    maker: Function
    made: CallSite


def sessions_made_elsewhere(module: Module) -> Iterator[MadeSession]:
    """Give the new sessions that functions of this file get from functions of the project.

    `session = make()`, `async with await make() as session`.
    """
    for scope in module.scope.descend():
        for value in _values_held(scope):
            call = value.value if isinstance(value, ast.Await) else value
            if not isinstance(call, ast.Call) or not _may_make(module, call.func):
                continue
            maker = function_named(module, call.func)
            if maker is None or maker.is_async != isinstance(value, ast.Await):
                continue
            made = _made_by(maker)
            if made is not None:
                yield MadeSession(value, maker, made)


def _may_make(module: Module, callee: ast.expr) -> bool:
    """Tell by texts alone whether the file that defines a callee can make sessions: most can't."""
    name = module.qualified_name(callee)
    if name is None:
        return not isinstance(callee, ast.Name) or _CONSTRUCTOR in module.text.words
    text = None if module.project is None else module.project.text_behind(name, module)
    return text is not None and _CONSTRUCTOR.encode() in text


def _values_held(scope: Scope) -> Iterator[ast.expr]:
    """Give what is assigned to names, and what is entered by `async with`."""
    for statement in scope.nodes.get(ast.Assign, ()):
        assert isinstance(statement, ast.Assign)
        yield statement.value
    for block in scope.nodes.get(ast.AsyncWith, ()):
        assert isinstance(block, ast.AsyncWith)
        for item in block.items:
            yield item.context_expr


def _made_by(maker: Function) -> CallSite | None:
    """Give the constructor call whose session is all that a function ever returns."""
    module = maker.owner
    returns = maker.scope.nodes.get(ast.Return, ())
    if (
        maker.is_generator
        or len(returns) != 1
        or not all(map(module.inference.is_transparent, maker.decorators))
    ):
        return None
    if maker.class_scope is not None and overrides(module.class_of(maker.class_scope), maker.name) != []:
        return None
    value = returns[0].value if isinstance(returns[0], ast.Return) else None
    if not isinstance(value, ast.Call):
        return None
    made = module.call_site(value)
    connector = made.argument("connector")
    is_own = connector.is_missing or isinstance(connector.value, ast.Call)
    return made if is_own and made.calls_only(SESSION) and not is_connector_of_others(made) else None


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
    made = module.only_value(connector)
    if not isinstance(made, ast.Call):
        return True
    holding = resources.holding(module, made, resources.CONNECTOR)
    return holding is None or any(
        event.name is not connector and event.kind is not resources.EventKind.USED for event in holding.events
    )


def place_of(step: Node) -> ast.AST:
    """Give what to underline for a step of the flow: it has to have a position."""
    return step.ast.context_expr if isinstance(step.ast, ast.withitem) else step.ast
