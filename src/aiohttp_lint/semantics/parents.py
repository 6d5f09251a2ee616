"""From a node to the one that holds it, found out for the parts of a file that are asked about."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_right
from typing import TypeAlias

from aiohttp_lint.semantics.syntax import add_parents, children

_Position: TypeAlias = tuple[int, int]

# What stands in an f-string has only an approximate place before that.
_PLACES_ARE_EXACT = sys.version_info >= (3, 12)


class Parents:
    """The parents of a tree's nodes.

    Most questions are about few functions of a file, so each statement of a module or class body is looked
    through when one of its nodes is first asked about.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._known: dict[ast.AST, ast.AST] = dict.fromkeys(tree.body, tree)
        self._starts: dict[ast.AST, list[_Position]] = {}
        self._looked_through: set[ast.AST] = set()

    def of(self, node: ast.AST) -> ast.AST | None:
        """Give the node that holds this one; None for the module, and for nodes of other trees."""
        parent = self._known.get(node)
        if parent is not None or node is self._tree or self._tree in self._looked_through:
            return parent
        position = _position(node)
        if position is None:
            self._look_through(self._tree)
        else:
            self._look_around(position)
            if not _PLACES_ARE_EXACT and node not in self._known:
                self._look_through(self._tree)
        return self._known.get(node)

    def _look_around(self, position: _Position) -> None:
        holder: ast.Module | ast.ClassDef = self._tree
        while holder.body:
            starts = self._starts.get(holder)
            if starts is None:
                starts = self._starts[holder] = [_start(statement) for statement in holder.body]
            index = bisect_right(starts, position) - 1
            if index < 0:
                return
            statement = holder.body[index]
            if not isinstance(statement, ast.ClassDef):
                self._look_through(statement)
                return
            if statement not in self._looked_through:
                self._looked_through.add(statement)
                self._known.update(dict.fromkeys(statement.body, statement))
                for part in children(statement):
                    if part not in self._known:
                        self._known[part] = statement
                        add_parents(self._known, part)
            holder = statement

    def _look_through(self, node: ast.AST) -> None:
        if node not in self._looked_through:
            self._looked_through.add(node)
            add_parents(self._known, node)


def _start(statement: ast.stmt) -> _Position:
    """Give where a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = decorators[0] if decorators else statement
    return (first.lineno, first.col_offset)


def _position(node: ast.AST) -> _Position | None:
    """Give the place of a node, or of something in it; None for what is empty."""
    stack = [node]
    while stack:
        current = stack.pop()
        line = getattr(current, "lineno", None)
        if line is not None:
            return (line, getattr(current, "col_offset", 0))
        stack.extend(children(current))
    return None
