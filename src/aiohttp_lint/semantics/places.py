"""Where a node stands: in which scope its names are looked up."""

from __future__ import annotations

import ast

from aiohttp_lint.semantics.parents import Parents
from aiohttp_lint.semantics.scopes import Scope
from aiohttp_lint.semantics.syntax import COMPREHENSIONS, SCOPES, header
from aiohttp_lint.semantics.walk import Walk

_CHAINS = frozenset({ast.Attribute, ast.Call, ast.Subscript, ast.Await})


def beginning(node: ast.AST) -> ast.AST:
    """Give the beginning of a chain (`a` of `a.b().c[0]`), which is evaluated where the whole of it is."""
    while node.__class__ in _CHAINS:
        node = node.func if isinstance(node, ast.Call) else node.value  # type: ignore[attr-defined]
    return node


def scope_around(node: ast.AST, facts: Walk, parents: Parents) -> Scope:
    """Give the scope in which the names of an expression are looked up, by the nodes that hold it."""
    parent_of = parents.of
    came_from, current = node, parent_of(node)
    evaluated_outside = False
    while current is not None:
        if isinstance(current, ast.arguments):
            evaluated_outside = True
        elif isinstance(current, ast.comprehension):
            owner = parent_of(current)
            first = owner.generators[0] if isinstance(owner, COMPREHENSIONS) else None
            evaluated_outside = current is first and came_from is current.iter
        else:
            scope = facts.scope_of.get(current)
            if scope is not None:
                if not evaluated_outside and not _is_header_part(current, came_from):
                    return scope
                evaluated_outside = False
        came_from, current = current, parent_of(current)
    return facts.module


def _is_header_part(scope_node: ast.AST, child: ast.AST) -> bool:
    """Tell whether a child of a definition is evaluated in the scope around the definition."""
    if isinstance(child, ast.stmt) or not isinstance(scope_node, SCOPES):
        return False
    return any(child is part for part in header(scope_node))
