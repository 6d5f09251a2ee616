"""The shape of `ast` trees: child fields by node type, walks with an own stack, and parents."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, TypeAlias

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
DefinitionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
ComprehensionNode: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (*FUNCTIONS, ast.ClassDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
TRIES: tuple[type[ast.AST], ...] = tuple(
    kind for kind in (ast.Try, getattr(ast, "TryStar", None)) if kind is not None
)

# Nodes without children of interest, so that walks do not even push them.
_LEAF_NAMES = frozenset(
    {"Constant", "Load", "Store", "Del", "Pass", "Break", "Continue", "Global", "Nonlocal", "alias"}
)


def _child_fields() -> dict[type[ast.AST], tuple[str, ...]]:
    skipped = {"ctx", "op", "ops", "kind", "type_comment", "type_ignores", "simple", "is_async", "level"}
    table: dict[type[ast.AST], tuple[str, ...]] = {}
    for kind in vars(ast).values():
        if isinstance(kind, type) and issubclass(kind, ast.AST) and kind.__name__ not in _LEAF_NAMES:
            table[kind] = tuple(field for field in kind._fields if field not in skipped)
    return table


CHILD_FIELDS = _child_fields()
"""The fields of each node type that can hold nodes, in the order of the source text."""

_NO_FIELDS: tuple[str, ...] = ()
_PLAIN_VALUES = frozenset({str, int, type(None)})
"""What stands in fields besides nodes."""


def _values_of(fields: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    # All fields in one step; of a single one, attrgetter gives no tuple.
    get = attrgetter(*fields)
    return get if len(fields) > 1 else lambda node: (get(node),)


_CHILD_VALUES = {kind: _values_of(fields) for kind, fields in CHILD_FIELDS.items() if fields}
_CHILDLESS = frozenset({ast.Name, ast.Constant})


def children(node: ast.AST) -> list[ast.AST]:
    """Give the child nodes of a node, in field order."""
    found: list[ast.AST] = []
    for field in CHILD_FIELDS.get(type(node), _NO_FIELDS):
        value = getattr(node, field, None)
        if value.__class__ is list:
            found.extend(item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def add_parents(parents: dict[ast.AST, ast.AST], root: ast.AST) -> None:
    """Map every node below the root to the node that holds it."""
    values_of, childless, plain = _CHILD_VALUES, _CHILDLESS, _PLAIN_VALUES
    stack = [root]
    while stack:
        node = stack.pop()
        get = values_of.get(node.__class__)
        for value in () if get is None else get(node):
            kind = value.__class__
            if kind is list:
                for item in value:
                    kind = item.__class__
                    if kind not in plain:
                        parents[item] = node
                        if kind not in childless:
                            stack.append(item)
            elif kind not in plain:
                parents[value] = node
                if kind not in childless:
                    stack.append(value)


def walk(*roots: ast.AST) -> Iterator[ast.AST]:
    """Give every node below the roots, the roots first, in source order and without recursion."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def walk_scope(*roots: ast.AST) -> Iterator[ast.AST]:
    """Walk, but do not enter the bodies of nested functions, lambdas and classes.

    The nested definitions themselves are given, and what their headers evaluate here (decorators,
    defaults, bases) is walked. A root that is a definition is entered.
    """
    stack = list(reversed(roots))
    entered = {id(root) for root in roots}
    while stack:
        node = stack.pop()
        yield node
        below = header(node) if isinstance(node, SCOPES) and id(node) not in entered else children(node)
        stack.extend(reversed(below))


def header(node: ast.AST) -> list[ast.AST]:
    """Give what a definition evaluates in the scope around it: decorators, defaults, annotations, bases."""
    found: list[ast.AST] = []
    if isinstance(node, ast.ClassDef):
        found.extend(node.decorator_list)
        found.extend(node.bases)
        found.extend(keyword.value for keyword in node.keywords)
        return found
    if isinstance(node, FUNCTIONS):
        if not isinstance(node, ast.Lambda):
            found.extend(node.decorator_list)
        arguments = node.args
        found.extend(arguments.defaults)
        found.extend([default for default in arguments.kw_defaults if default is not None])
        for parameter in parameters(arguments):
            if parameter.annotation is not None:
                found.append(parameter.annotation)
        if not isinstance(node, ast.Lambda) and node.returns is not None:
            found.append(node.returns)
    return found


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Give all parameters in the order of the source, `*args` and `**kwargs` included."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    found.extend(arguments.kwonlyargs)
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


def body_of(node: ast.AST) -> list[ast.stmt]:
    """Give the statements of a module, class or function; a lambda's expression counts as a return."""
    if isinstance(node, ast.Lambda):
        statement = ast.Return(value=node.body)
        ast.copy_location(statement, node.body)
        return [statement]
    body: list[ast.stmt] = getattr(node, "body", [])
    return body


def blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    """Give the statement lists that a compound statement holds."""
    found: list[list[ast.stmt]] = []
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if block.__class__ is list and block:
            found.append(block)
    found.extend(handler.body for handler in getattr(statement, "handlers", ()))
    found.extend(case.body for case in getattr(statement, "cases", ()))
    return found


def dotted(node: ast.AST) -> tuple[str, ...] | None:
    """Give the names of a plain `a.b.c` chain, or None for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    names.append(node.id)
    return tuple(reversed(names))


def same_place(left: ast.AST, right: ast.AST) -> bool:
    """Tell whether two expressions are the same chain of names, attributes and constant subscripts."""
    while True:
        if isinstance(left, ast.Name) and isinstance(right, ast.Name):
            return left.id == right.id
        if isinstance(left, ast.Attribute) and isinstance(right, ast.Attribute):
            if left.attr != right.attr:
                return False
        elif isinstance(left, ast.Subscript) and isinstance(right, ast.Subscript):
            if not _same_index(left.slice, right.slice):
                return False
        else:
            return False
        left, right = left.value, right.value


def _same_index(left: ast.expr, right: ast.expr) -> bool:
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return type(left.value) is type(right.value) and left.value == right.value
    return same_place(left, right)


def is_none(node: ast.AST | None) -> bool:
    """Tell whether the expression is the literal `None`."""
    return isinstance(node, ast.Constant) and node.value is None


def loads(root: ast.AST) -> dict[str, list[ast.Name]]:
    """Give the uses (loads) of each name at or below a node, nested definitions included, in source order."""
    found: dict[str, list[ast.Name]] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, []).append(node)
        else:
            stack.extend(children(node))
    for nodes in found.values():
        nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return found
