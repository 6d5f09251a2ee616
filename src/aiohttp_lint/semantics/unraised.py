"""HTTP exceptions that are made and not raised, and responses that are raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.failures import fails_on_purpose, warns_on_purpose
from aiohttp_lint.semantics.mappings import members_of
from aiohttp_lint.semantics.response_arguments import EXCEPTIONS, RESPONSES
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_SHAPING = frozenset({"set_cookie", "del_cookie", "headers", "text", "body", "content_type", "set_status"})
"""What is done to an exception before it is raised, and says nothing of where it goes."""


class Mistake(Enum):
    """How a response and `raise` miss each other."""

    DROPPED = auto()
    """The exception is a statement."""
    CLASS_DROPPED = auto()
    KEPT = auto()
    """The exception gets a name, and is never used under it."""
    RESPONSE_RAISED = auto()


@dataclass(frozen=True, slots=True)
class Unraised:
    """One such place: the exception (or the response), and the statement that it stands in."""

    mistake: Mistake
    value: ast.expr
    statement: ast.stmt


def unraised(module: Module) -> Iterator[Unraised]:
    """Give the HTTP exceptions that go nowhere, and the responses that are raised."""
    for call in module.calls_to(*EXCEPTIONS):
        use = module.use_of(call.node)
        if _is_expected(module, call.node):
            continue
        if use.kind is UseKind.DISCARDED and isinstance(use.node, ast.Expr):
            yield Unraised(Mistake.DROPPED, call.node, use.node)
        elif (
            use.kind is UseKind.ASSIGNED and isinstance(use.node, ast.Assign) and _goes_nowhere(module, call)
        ):
            yield Unraised(Mistake.KEPT, call.node, use.node)
    for scope in module.scope.descend():
        for statement in scope.nodes.get(ast.Raise, ()):
            assert isinstance(statement, ast.Raise)
            if statement.exc is not None and _makes_response(module, statement.exc):
                if not fails_on_purpose(module, statement, "TypeError"):
                    yield Unraised(Mistake.RESPONSE_RAISED, statement.exc, statement)
    yield from _bare_classes(module)


def _bare_classes(module: Module) -> Iterator[Unraised]:
    """Give the classes of HTTP exceptions that are a statement of their own."""
    for node in module.attributes_named(*(name.rpartition(".")[2] for name in EXCEPTIONS)):
        statement = module.parent(node)
        if isinstance(statement, ast.Expr) and not _is_expected(module, node):
            members = members_of(module, node)
            if members and all(
                isinstance(member, ClassObject) and member.name in EXCEPTIONS for member in members
            ):
                yield Unraised(Mistake.CLASS_DROPPED, node, statement)


def _is_expected(module: Module, node: ast.AST) -> bool:
    """Tell whether the code waits for a failure of the constructor, or for its warning."""
    errors = ("TypeError", "ValueError")
    return warns_on_purpose(module, node) or any(fails_on_purpose(module, node, error) for error in errors)


def _goes_nowhere(module: Module, call: CallSite) -> bool:
    """Tell whether an exception gets a local name that nothing raises, returns or hands on."""
    (target, *others) = module.use_of(call.node).targets
    function = call.function
    if others or not isinstance(target, ast.Name) or function is None:
        return False
    scope = function.scope
    bindings = scope.bindings.get(target.id, ())
    if (
        len(bindings) != 1
        or bindings[0].kind is not BindingKind.ASSIGNMENT
        or bindings[0].value is not call.node
    ):
        return False
    if target.id in scope.global_names | scope.nonlocal_names or scope.kind is not ScopeKind.FUNCTION:
        return False
    parents = [module.parent(load) for load in module.uses(scope, target.id)]
    return all(isinstance(parent, ast.Attribute) and parent.attr in _SHAPING for parent in parents)


def _makes_response(module: Module, node: ast.expr) -> bool:
    """Tell whether a value surely is a response made here; what a call is declared to give may be an exception too."""
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
        is_assigned = bool(bindings) and all(binding.kind is BindingKind.ASSIGNMENT for binding in bindings)
        values = [binding.value for binding in bindings] if is_assigned else []
    else:
        values = [node]
    return bool(values) and all(
        isinstance(value, ast.Call) and module.call_site(value).calls_only(*RESPONSES) for value in values
    )
