"""Annotations, normalised to type expressions in canonical names."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api_data.sources import Package

GENERIC_NAMES = {
    "typing.List": "list",
    "typing.Dict": "dict",
    "typing.Tuple": "tuple",
    "typing.Set": "set",
    "typing.FrozenSet": "frozenset",
    "typing.Type": "type",
    "typing.Deque": "collections.deque",
}
WITH_ARGUMENTS = {"list", "dict", "tuple", "set", "frozenset", "type"}
OPAQUE = {
    "object",
    "typing.Any",
    "typing.TypeVar",
    "typing.NoReturn",
    "typing.Callable",
    "collections.abc.Callable",
}
ABSTRACT_COLLECTIONS = {
    "AsyncGenerator",
    "AsyncIterable",
    "AsyncIterator",
    "Generator",
    "Iterable",
    "Iterator",
    "Mapping",
    "MutableMapping",
    "MutableSequence",
    "MutableSet",
    "Sequence",
    "Sized",
}


def type_expression(package: Package, node: ast.expr | None, module: str, depth: int = 0) -> str | None:
    """Normalise an annotation to a type expression in canonical names, None when it is not understood."""
    if node is None or depth > 10:
        return None
    if isinstance(node, ast.Constant):
        if node.value is None:
            return "None"
        if isinstance(node.value, str):
            return type_expression(package, ast.parse(node.value, mode="eval").body, module, depth + 1)
        return None
    if isinstance(node, ast.BinOp):
        return union(type_expression(package, side, module, depth + 1) for side in (node.left, node.right))
    if isinstance(node, ast.Subscript):
        return generic_expression(package, node, module, depth)
    full_name = package.resolve_expression(node, module)
    if full_name is None:
        return None
    canonical = package.canonical.get(full_name)
    definition = package.definition(full_name)
    if isinstance(definition, ast.ClassDef):
        return canonical
    if isinstance(definition, ast.Assign | ast.AnnAssign):
        return type_expression(package, definition.value, full_name.rpartition(".")[0], depth + 1)
    return outside_name(full_name)


def generic_expression(package: Package, node: ast.Subscript, module: str, depth: int) -> str | None:
    """Normalise `X[...]`."""
    base = package.resolve_expression(node.value, module) or ""
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    last_name = base.rpartition(".")[2]
    if last_name == "Literal":
        kinds = {type(item.value).__name__ if isinstance(item, ast.Constant) else None for item in items}
        return kinds.pop() if len(kinds) == 1 else None
    if last_name == "Annotated":
        return type_expression(package, items[0], module, depth + 1)
    arguments = [type_expression(package, item, module, depth + 1) for item in items]
    if last_name in ("Optional", "Union"):
        return union([*arguments, "None"] if last_name == "Optional" else arguments)
    if last_name in ("Awaitable", "Coroutine"):
        return f"Awaitable[{arguments[-1]}]" if arguments[-1] else None
    if last_name in ("Final", "ClassVar"):
        return arguments[0]
    plain = type_expression(package, node.value, module, depth + 1)
    if plain in WITH_ARGUMENTS:
        inner = [
            "..." if isinstance(item, ast.Constant) and item.value is ... else argument
            for item, argument in zip(items, arguments, strict=True)
        ]
        return f"{plain}[{', '.join(str(item) for item in inner)}]" if all(inner) else plain
    return plain


def outside_name(full_name: str) -> str | None:
    """Name a class of the standard library or of another package."""
    full_name = GENERIC_NAMES.get(full_name, full_name)
    module, _, name = full_name.rpartition(".")
    if full_name in OPAQUE or full_name.startswith("typing_extensions."):
        return None
    if full_name == "typing.Self":
        return "Self"
    if full_name in ("typing.IO", "typing.BinaryIO", "typing.TextIO"):
        return full_name
    if module == "typing":
        return f"collections.abc.{name}" if name in ABSTRACT_COLLECTIONS else None
    if not module:
        return name if isinstance(getattr(builtins, name, None), type) else None
    return full_name


def union(members: Iterable[str | None]) -> str | None:
    """Join type expressions with `|`; one that is not understood makes the whole unknown."""
    parts: list[str] = []
    for member in members:
        if member is None:
            return None
        parts.extend(part for part in split_union(member) if part not in parts)
    return " | ".join(parts)


def split_union(expression: str) -> list[str]:
    """Split a type expression at its outer `|`."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(expression):
        depth += (character == "[") - (character == "]")
        if character == "|" and depth == 0:
            parts.append(expression[start:position].strip())
            start = position + 1
    return [*parts, expression[start:].strip()]
