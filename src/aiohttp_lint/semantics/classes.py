"""The classes of a file and of its project: which one a name means, and which bases it has."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.definitions import Class
from aiohttp_lint.semantics.scopes import BindingKind, Scope
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_HARMLESS_BASES = frozenset(
    {
        "builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol",
        "typing.NamedTuple", "typing.TypedDict", "enum.Enum", "builtins.Exception", "builtins.str", "builtins.dict",
        "builtins.list", "collections.abc.AsyncIterator", "collections.abc.AsyncIterable", "contextlib.AsyncExitStack",
        "contextlib.AbstractAsyncContextManager", "typing.AsyncContextManager", "builtins.BaseException",
    }
)  # fmt: skip
"""Bases outside aiohttp that add no attribute or method of interest."""


def with_bases(module: Module, node: ast.ClassDef, scope: Scope) -> Class:
    """Give a class of a file, with its bases as far as they are in sight."""
    bases: list[Class] = []
    outside: list[str] = []
    is_complete = not any(keyword.arg is None for keyword in node.keywords)
    for expression in node.bases:
        plain = expression.value if isinstance(expression, ast.Subscript) else expression
        definition = class_named(module, plain)
        name = module.qualified_name(plain)
        if definition is not None:
            bases.append(definition)
            outside.extend(definition.outside_bases)
            is_complete = is_complete and definition.is_complete
        elif name is not None:
            known_class = aiohttp_api.find_class(name)
            outside.extend(known_class.mro if known_class is not None else (name,))
            is_complete = is_complete and (known_class is not None or name in _HARMLESS_BASES)
        else:
            is_complete = False
    return Class(node, scope, tuple(bases), tuple(dict.fromkeys(outside)), is_complete)


def class_named(module: Module, node: ast.expr) -> Class | None:
    """Give the class of the file, or of the project, that a name means, if it surely means one."""
    if isinstance(node, ast.Name):
        bindings = module.scope_at(node).lookup(node.id)
        if len(bindings) == 1 and bindings[0].kind is BindingKind.CLASS:
            return module.class_of(module.facts.scope_of[bindings[0].node])
    if module.project is None or module.qualified_name(node) is None:
        return None
    members = module.type_of(node).members
    (member,) = members if len(members) == 1 else (None,)
    return member.definition if isinstance(member, ClassObject) else None
