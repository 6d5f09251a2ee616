"""How a file names the modules that it imports from: by absolute names, or relative to its package."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from dataclasses import dataclass
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
    root = _root(importer, neighbours) if package else 0
    parts = target.name.split(".")
    if package and package[:1] == target.package[:1] and root is None:
        shared = 0
        while package[shared : shared + 1] == tuple(parts[shared : shared + 1]) != ():
            shared += 1
        return "." * (len(package) - shared + 1) + ".".join(parts[shared:])
    above = root or 0
    name = ".".join(parts[above:]) if tuple(parts[:above]) == package[:above] else target.name
    if project is None or project.file_of(name, importer) != os.path.abspath(target.path):
        return ""
    return name


def absolute_name(name: str, module: Module) -> str:
    """Give the absolute name of a module that a file names in its own style."""
    level = len(name) - len(name.lstrip("."))
    return ".".join([*module.package[: len(module.package) - level + 1], name[level:]]) if level else name


def _root(module: Module, neighbours: Iterable[Module]) -> int | None:
    """Tell how a file of a package imports its neighbours: as it does already, or else as they do.

    Returns:
        How many of the outer packages its absolute names leave out; None where it says relative names.
    """
    own = _style(module)
    if own is not None:
        return own.root
    beside = (other for other in neighbours if other.package[:1] == module.package[:1])
    return next((style.root for other in beside if (style := _style(other)) is not None), None)


@dataclass(frozen=True, slots=True)
class _Style:
    root: int | None


def _style(module: Module) -> _Style | None:
    """Tell how a file of a package names its neighbours; None where it imports none of them."""
    imports = [
        node for scope in module.scope.descend() for node in scope.all_nodes(ast.ImportFrom, ast.Import)
    ]
    names: list[str] = []
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            if node.level:
                return _Style(None)
            names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    roots = (_left_out(module, name) for name in names)
    return next((_Style(root) for root in roots if root is not None), None)


def _left_out(module: Module, name: str) -> int | None:
    """Tell how many of the outer packages an absolute name leaves out that leads to a file beside this one.

    A program that is started in a folder knows nothing of the folders above: `srv.users` is `backend/srv/users.py`.
    """
    path = None if module.project is None else module.project.file_of(name, module)
    if path is None:
        return 0 if name.partition(".")[0] == module.package[0] else None
    top = os.path.dirname(os.path.abspath(module.path))
    for _ in module.package:
        top = os.path.dirname(top)
    inside = os.path.relpath(path, top).removesuffix(".py").split(os.sep)
    if inside[-1] == "__init__":
        inside.pop()
    written = name.split(".")
    is_beside = inside[:1] == [module.package[0]] and inside[-len(written) :] == written
    return len(inside) - len(written) if is_beside else None
