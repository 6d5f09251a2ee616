"""Names: the scopes of a file, and what each name is bound to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module


class ScopeKind(Enum):
    """The kinds of namespace that Python has."""

    MODULE = auto()
    CLASS = auto()
    FUNCTION = auto()
    LAMBDA = auto()
    COMPREHENSION = auto()


class BindingKind(Enum):
    """The ways in which a name gets a value."""

    IMPORT = auto()
    ASSIGNMENT = auto()
    UNPACKING = auto()
    AUGMENTED = auto()
    DECLARATION = auto()
    PARAMETER = auto()
    LOOP = auto()
    WITH = auto()
    EXCEPT = auto()
    FUNCTION = auto()
    CLASS = auto()
    CAPTURE = auto()
    DELETION = auto()
    TYPE_ALIAS = auto()


MAXIMUM_BINDINGS = 150
"""A local name that is bound more often than that may mean anything: its paths would be too many to settle."""


@dataclass(slots=True, eq=False)
class Binding:
    """One place where a name is bound; never changed (freezing it would make each four times as dear).

    `node` is the binding syntax: the statement, `ast.arg`, `ast.alias`, `ast.withitem`, handler or pattern.
    `value` is the expression that the name's value comes from: the assigned one, the iterated one of a loop,
    the context manager of a `with`, the default of a parameter. `target` is the bound `ast.Name` where there
    is one. `position` is the place in an unpacked tuple.
    """

    kind: BindingKind
    name: str
    node: ast.AST
    scope: Scope
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    target: ast.AST | None = None
    imported: str | None = None
    is_async: bool = False
    position: int | None = None


@dataclass(eq=False, slots=True)
class Scope:
    """A namespace, and what the walk met in it (nested scopes keep their own)."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: frozenset[str] = frozenset()
    nonlocal_names: frozenset[str] = frozenset()
    star_imports: tuple[str, ...] = ()
    children: list[Scope] = field(default_factory=list)
    nodes: dict[type[ast.AST], list[ast.AST]] = field(default_factory=dict)
    is_generator: bool = False
    file: Module | None = None
    """Of the scope of a file: the module that it belongs to."""

    @property
    def function(self) -> Scope:
        """The scope in whose frame this one's code runs: comprehensions belong to what is around them."""
        scope = self
        while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def module(self) -> Scope:
        """The scope of the file."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def owner(self) -> Module:
        """The module in whose file this scope stands."""
        file = self.module.file
        assert file is not None, "a module takes its scope in hand when it is made"
        return file

    def binding_scope(self, name: str) -> Scope | None:
        """Give the scope that a use of `name` here refers to, as Python resolves it; None: a builtin."""
        if name in self.global_names:
            return self.module
        if name in self.bindings and name not in self.nonlocal_names:
            return self
        scope = self.parent
        while scope is not None:
            if scope.kind is not ScopeKind.CLASS or scope is self:
                if name in scope.global_names:
                    return scope.module
                if name in scope.bindings and name not in scope.nonlocal_names:
                    return scope
            scope = scope.parent
        return None

    def lookup(self, name: str) -> list[Binding]:
        """Give the bindings that a use of `name` in this scope may mean; empty: builtin or unknown."""
        scope = self.binding_scope(name)
        return scope.bindings[name] if scope is not None and name in scope.bindings else []

    def descend(self) -> Iterator[Scope]:
        """Give this scope and all below it."""
        stack = [self]
        while stack:
            scope = stack.pop()
            yield scope
            stack.extend(reversed(scope.children))

    def all_nodes(self, *kinds: type[ast.AST]) -> list[ast.AST]:
        """Give the nodes of these kinds that run in this scope's frame, comprehensions included."""
        found = [node for kind in kinds for node in self.nodes.get(kind, ())]
        for child in self.children:
            if child.kind is ScopeKind.COMPREHENSION:
                found.extend(child.all_nodes(*kinds))
        return found
