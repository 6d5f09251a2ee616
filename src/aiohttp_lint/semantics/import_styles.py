"""How a file names the modules that it imports from: by absolute names, or relative to its package."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module


def source_of(importer: Module, target: Module, neighbours: Iterable[Module]) -> str:
    """Give the module from which a file imports something of another one, in its own style.

    Args:
        importer: The file that imports.
        target: The file that has what it imports.
        neighbours: The files by whose style one goes that has none of its own.

    Returns:
        Its name, relative or absolute; empty where the file can't import from there.
    """
    package, project = importer.package, importer.project
    if package and package[:1] == target.package[:1] and _imports_relatively(importer, neighbours):
        parts = target.name.split(".")
        shared = 0
        while package[shared : shared + 1] == tuple(parts[shared : shared + 1]) != ():
            shared += 1
        return "." * (len(package) - shared + 1) + ".".join(parts[shared:])
    if project is None or project.file_of(target.name, importer) != os.path.abspath(target.path):
        return ""
    return target.name


def absolute_name(name: str, module: Module) -> str:
    """Give the absolute name of a module that a file names in its own style."""
    level = len(name) - len(name.lstrip("."))
    return ".".join([*module.package[: len(module.package) - level + 1], name[level:]]) if level else name


def _imports_relatively(module: Module, neighbours: Iterable[Module]) -> bool:
    """Tell how a file of a package imports its neighbours: as it does already, or else as they do."""
    own = _style(module)
    if own is not None:
        return own
    beside = (other for other in neighbours if other.package[:1] == module.package[:1])
    return next((style for other in beside if (style := _style(other)) is not None), True)


def _style(module: Module) -> bool | None:
    """Tell whether a file of a package imports its neighbours by relative names; None where it imports none of them."""
    imports = [
        node for scope in module.scope.descend() for node in scope.all_nodes(ast.ImportFrom, ast.Import)
    ]
    froms = [node for node in imports if isinstance(node, ast.ImportFrom)]
    if any(node.level for node in froms):
        return True
    names = [node.module or "" for node in froms]
    names += [alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names]
    return False if any(name.partition(".")[0] == module.package[0] for name in names) else None
