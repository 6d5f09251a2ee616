"""The functions and classes that a file defines."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.scopes import Scope, ScopeKind
from aiohttp_lint.semantics.syntax import DEFINITIONS, FunctionNode, body_of, parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp_lint.semantics.module import Module


@dataclass(frozen=True, slots=True)
class Function:
    """A `def`, `async def` or lambda. Equal when it is the same place in the same tree."""

    node: FunctionNode
    scope: Scope

    @property
    def owner(self) -> Module:
        """The module that defines it; ask that one about anything inside."""
        return self.scope.owner

    @property
    def name(self) -> str:
        """Its name; `<lambda>` for a lambda."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def shown(self) -> str:
        """Its name with that of its class: `Store.load`."""
        owner = None if self.class_scope is None else self.class_scope.node
        return f"{owner.name}.{self.name}" if isinstance(owner, ast.ClassDef) else self.name

    @property
    def dotted_name(self) -> str:
        """Its name with those of the classes and functions around it, and of its module."""
        names = [self.name]
        scope = self.scope.parent
        while scope is not None and scope.parent is not None:
            names.append(getattr(scope.node, "name", f"<{type(scope.node).__name__.lower()}>"))
            scope = scope.parent
        return ".".join([self.owner.name, *reversed(names)])

    @property
    def enclosing_function(self) -> Function | None:
        """The function whose body holds this one."""
        parent = self.scope.parent
        while parent is not None:
            found = self.owner.function_of(parent)
            if found is not None:
                return found
            parent = parent.function.parent
        return None

    @property
    def class_around(self) -> Class | None:
        """The class whose method this is, or is nested in."""
        scope: Scope | None = self.scope
        while scope is not None:
            if scope.kind is ScopeKind.CLASS:
                return self.owner.class_of(scope)
            scope = scope.parent
        return None

    @property
    def is_async(self) -> bool:
        """Whether it is an `async def` (an asynchronous generator too)."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def is_generator(self) -> bool:
        """Whether its own body yields."""
        return self.scope.is_generator

    @property
    def is_coroutine(self) -> bool:
        """Whether a call gives a coroutine."""
        return self.is_async and not self.is_generator

    @property
    def decorators(self) -> Sequence[ast.expr]:
        """The decorator expressions, from the top."""
        return [] if isinstance(self.node, ast.Lambda) else self.node.decorator_list

    @property
    def body(self) -> list[ast.stmt]:
        """Its statements; a lambda's expression as a `return`."""
        return body_of(self.node)

    @property
    def parameters(self) -> list[ast.arg]:
        """All parameters in source order."""
        return parameters(self.node.args)

    @property
    def positional(self) -> list[ast.arg]:
        """The parameters that a positional argument can reach, `*args` aside."""
        return [*self.node.args.posonlyargs, *self.node.args.args]

    @property
    def class_scope(self) -> Scope | None:
        """The class whose body holds this definition directly, if one does."""
        parent = self.scope.parent
        return parent if parent is not None and parent.kind is ScopeKind.CLASS else None

    @property
    def docstring_free_body(self) -> list[ast.stmt]:
        """Its statements without a leading docstring."""
        body = self.body
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            if isinstance(body[0].value.value, str):
                return body[1:]
        return body

    @property
    def is_stub(self) -> bool:
        """Whether it has no code of its own: `...`, `pass`, a docstring, `raise NotImplementedError`."""
        for statement in self.docstring_free_body:
            if isinstance(statement, ast.Pass):
                continue
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            if isinstance(statement, ast.Raise) and _raises_not_implemented(statement):
                continue
            return False
        return True


def _raises_not_implemented(statement: ast.Raise) -> bool:
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


@dataclass(frozen=True, slots=True)
class Class:
    """A class definition. Equal when it is the same place in the same tree.

    `bases` are its base classes that the file defines, in order. `outside_bases` are the canonical names of
    all other classes that it derives from, through the file's own bases too and with their own ancestors
    where the API data knows them. `is_complete` tells that every base is known.
    """

    node: ast.ClassDef
    scope: Scope
    bases: tuple[Class, ...] = field(default=(), compare=False)
    outside_bases: tuple[str, ...] = field(default=(), compare=False)
    is_complete: bool = field(default=True, compare=False)

    @property
    def owner(self) -> Module:
        """The module that defines it; ask that one about anything inside."""
        return self.scope.owner

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    def methods(self) -> list[Function]:
        """Give the functions that the class body defines, conditional ones included."""
        return [
            Function(child.node, child)
            for child in self.scope.children
            if child.kind is ScopeKind.FUNCTION and isinstance(child.node, DEFINITIONS)
        ]

    def method(self, name: str) -> Function | None:
        """Give the last definition of a method in the class body."""
        for child in reversed(self.scope.children):
            if (
                child.kind is ScopeKind.FUNCTION
                and isinstance(child.node, DEFINITIONS)
                and child.node.name == name
            ):
                return Function(child.node, child)
        return None

    def fields(self) -> dict[str, ast.expr]:
        """Give the annotations of the class body in order: the fields of a record."""
        return {
            statement.target.id: statement.annotation
            for statement in self.node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        }

    def lineage(self) -> list[Class]:
        """Give the class and the file's classes that it derives from, nearest first."""
        found: list[Class] = []
        queue = [self]
        while queue:
            current = queue.pop(0)
            if current not in found:
                found.append(current)
                queue.extend(current.bases)
        return found

    def find_method(self, name: str) -> Function | None:
        """Give the method that an instance has under this name, where the file defines it."""
        for ancestor in self.lineage():
            method = ancestor.method(name)
            if method is not None:
                return method
        return None
