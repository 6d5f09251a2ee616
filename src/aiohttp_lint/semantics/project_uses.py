"""Whether any file of a project closes a session that an application or a module keeps."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.resources import EventKind
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Class
    from aiohttp_lint.semantics.module import Module


def family_files(module: Module, definition: Class, name: str) -> list[Module] | None:
    """Give the other files of which the methods of a class and its heirs, or others, may close an attribute.

    Returns:
        The files of its bases, of the heirs that mention the attribute, and those that close one of this name; None
        where there are too many.
    """
    found = [ancestor.owner for ancestor in definition.lineage() if ancestor.owner is not module]
    project = module.project
    if project is not None:
        heirs = project.files_saying(module, f".{name}", heirs_of=definition.name)
        closing = project.files_saying(module, f".{name}.close", f".{name}.detach")
        if heirs is None or closing is None:
            return None
        found.extend(other for path in (*heirs, *closing) if (other := project.module_at(path)) is not None)
    return list(dict.fromkeys(found))


def is_of_other_class(module: Module, receiver: ast.expr, definition: Class) -> bool:
    """Tell whether an object surely is of a class that neither derives from this one nor the other way round."""
    types = module.type_of(receiver)
    return types.is_known and all(
        isinstance(member, Instance)
        and member.definition is not None
        and definition not in member.definition.lineage()
        and member.definition not in definition.lineage()
        for member in types.values
    )


def is_key_closed(module: Module, target: ast.Subscript) -> bool:
    """Tell whether any file of the project may close what is stored under a key of an application."""
    project = module.project
    key = target.slice
    text = key.value if isinstance(key, ast.Constant) else _last_name(key)
    if project is None or not isinstance(text, str) or not text:
        return True
    paths = project.files_saying(module, text)
    if paths is None:
        return True
    others = (other for path in paths if (other := project.module_at(path)) is not None)
    is_literal = isinstance(key, ast.Constant)
    return any(_closes_key(owner, text, is_literal, target) for owner in (module, *others))


def _closes_key(module: Module, text: str, is_literal: bool, target: ast.Subscript) -> bool:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.alias):
            if node.name.rpartition(".")[2] == text and node.asname not in (None, text):
                return True
            continue
        is_meant = (
            isinstance(node, ast.Constant) and node.value == text
            if is_literal
            else isinstance(node, ast.Name | ast.Attribute) and _last_name(node) == text and _is_load(node)
        )
        if not is_meant:
            continue
        holder = module.parent(node)
        if not isinstance(holder, ast.Subscript) or node is not holder.slice:
            return True
        if holder is not target and (not _is_load(holder) or closes(module, holder)):
            return True
    return False


def is_global_closed_elsewhere(module: Module, name: str) -> bool:
    """Tell whether another file of the project may close what is in a global of this module."""
    project = module.project
    if project is None:
        return False
    paths = project.files_saying(module, f".{name}", f"import {name}", f", {name}", f" {name},")
    if paths is None:
        return True
    others = (other for path in paths if (other := project.module_at(path)) is not None)
    return any(_closes_global(other, name) for other in others)


def _closes_global(module: Module, name: str) -> bool:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            return True
        if isinstance(node, ast.Attribute) and node.attr == name:
            types = module.type_of(node.value)
            is_other = types.is_known and all(isinstance(member, Instance) for member in types.values)
            if not is_other and (not _is_load(node) or closes(module, node)):
                return True
    return False


def closes(module: Module, node: ast.expr) -> bool:
    """Tell whether a use of a place may close the session in it, or hand it to code that may; through a local name, too."""
    held = resources.holding(module, node, resources.SESSION)
    if held is not None:
        return held.escapes or bool(held.releases)
    return resources.effect_of(module, node, resources.SESSION) is not EventKind.USED


def _is_load(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
