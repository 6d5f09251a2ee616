"""Questions about static routes: which folder they serve."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

STATIC_ROUTES = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name for name in ("UrlDispatcher.add_static", "static")
)
TABLE_STATIC = aiohttp_api.callable_named("aiohttp.web.RouteTableDef.static").name
_CURRENT = frozenset({"os.getcwd", "pathlib.Path.cwd"})
# What gives the same place in another form.
_SAME = frozenset(
    {
        "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "builtins.str", "pathlib.Path",
        "pathlib.PurePath",
    }
)  # fmt: skip
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix"})
_MAXIMUM_DEPTH = 10


class Folder(Enum):
    """A folder that holds more than what is meant for clients."""

    WORKING = auto()
    """Wherever the program was started."""
    SOURCE = auto()
    """The folder of the file itself."""
    ROOT = auto()
    """The whole file system."""


def static_routes(module: Module) -> Iterator[CallSite]:
    """Give the calls that serve a folder."""
    return module.calls_to(*STATIC_ROUTES, TABLE_STATIC)


def folder_of(module: Module, node: ast.expr, depth: int = 0) -> Folder | None:
    """Tell which of these folders an expression surely is."""
    if depth > _MAXIMUM_DEPTH:
        return None
    literal = module.constant(node)
    if literal is not None:
        return _folder_written(literal.value)
    if isinstance(node, ast.Name):
        value = module.only_value(node)
        return None if value is None else folder_of(module, value, depth + 1)
    name = module.qualified_name(node.func if isinstance(node, ast.Call) else node)
    if name == "os.curdir" or (isinstance(node, ast.Call) and name in _CURRENT):
        return Folder.WORKING
    if isinstance(node, ast.Call) and name in ("pathlib.Path", "pathlib.PurePath") and not node.args:
        return Folder.WORKING
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        return Folder.SOURCE if is_own_file(module, node.value, depth + 1) else None
    if isinstance(node, ast.Call) and name == "os.path.dirname" and len(node.args) == 1:
        return Folder.SOURCE if is_own_file(module, node.args[0], depth + 1) else None
    inner = _other_form(module, node)
    return None if inner is None else folder_of(module, inner, depth + 1)


def _folder_written(value: object) -> Folder | None:
    if not isinstance(value, str):
        return None
    plain = value.rstrip("/")
    if plain in ("", "."):
        return Folder.ROOT if value.startswith("/") else Folder.WORKING
    return None


def is_own_file(module: Module, node: ast.expr, depth: int = 0) -> bool:
    """Tell whether an expression is the path of the file that it stands in."""
    if depth > _MAXIMUM_DEPTH:
        return False
    if isinstance(node, ast.Name):
        if node.id == "__file__":
            return not module.scope_at(node).lookup(node.id)
        value = module.only_value(node)
        return value is not None and is_own_file(module, value, depth + 1)
    inner = _other_form(module, node)
    return inner is not None and is_own_file(module, inner, depth + 1)


def _other_form(module: Module, node: ast.expr) -> ast.expr | None:
    """Give what a call only gives another form to."""
    if not isinstance(node, ast.Call):
        return None
    if module.qualified_name(node.func) in _SAME:
        return node.args[0] if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred) else None
    if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_METHODS:
        return node.func.value
    return None
