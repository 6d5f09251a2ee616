"""Which short questions to the file system add nothing to what is said of a function, or are answered from memory."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.blockers import LOOK_UPS
from aiohttp_lint.semantics.static_files import is_own_file

if TYPE_CHECKING:
    from aiohttp_lint.semantics.blocking import BlockingCall
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_FORMS = frozenset(
    {"pathlib.Path", "builtins.str", "os.fspath", "os.path.abspath", "os.path.normpath", "os.path.dirname"}
)
_FORM_METHODS = frozenset({"resolve", "absolute", "as_posix"})
_JOINING_METHODS = frozenset({"joinpath", "with_name", "with_suffix"})
_MAXIMUM_DEPTH = 10


def worth_saying(calls: Iterator[BlockingCall]) -> list[BlockingCall]:
    """Leave out the look-ups of what the same function opens, writes or removes as well, and of what lies beside the file.

    The one call is the finding, and what is done around it goes to the thread with it. The folder of the file was read
    when it was imported.
    """
    found = list(calls)
    handled = {
        (call.function, path)
        for call in found
        if call.name not in LOOK_UPS
        for path in _paths(call.site, call.name)
    }
    return [call for call in found if call.name not in LOOK_UPS or not _is_trifle(call, handled)]


def _is_trifle(call: BlockingCall, handled: set[tuple[Function, str]]) -> bool:
    asked = _path_expressions(call.site, call.name)[:1]
    return any((call.function, path) in handled for path in _paths(call.site, call.name)) or any(
        _lies_beside(call.site.module, place) for place in asked
    )


def _paths(site: CallSite, name: str) -> set[str]:
    """Give the paths that a call is for, as they are written: `Path(name)` and `name` are the same."""
    return {ast.unparse(_plain(site.module, place)) for place in _path_expressions(site, name)}


def _path_expressions(site: CallSite, name: str) -> list[ast.expr]:
    of_object = [site.receiver] if name.startswith("pathlib.") and site.receiver is not None else []
    return [*of_object, *site.node.args]


def _plain(module: Module, place: ast.expr) -> ast.expr:
    while (
        isinstance(place, ast.Call)
        and len(place.args) == 1
        and module.qualified_name(place.func) in ("pathlib.Path", "builtins.str", "os.fspath")
    ):
        place = place.args[0]
    return place


def _lies_beside(module: Module, place: ast.expr, depth: int = 0) -> bool:
    """Tell whether a path is one and the same, and begins at the folder of the file that it stands in."""
    if depth > _MAXIMUM_DEPTH:
        return False
    if is_own_file(module, place):
        return True
    if isinstance(place, ast.Name):
        value = module.only_value(place)
        return value is not None and _lies_beside(module, value, depth + 1)
    first, others = _parts(module, place)
    is_fixed = all(module.constant(other) is not None for other in others)
    return first is not None and is_fixed and _lies_beside(module, first, depth + 1)


def _parts(module: Module, place: ast.expr) -> tuple[ast.expr | None, list[ast.expr]]:
    """Give what a path is made from, and what is put behind that."""
    if isinstance(place, ast.BinOp):
        return place.left, [place.right]
    if isinstance(place, ast.Attribute) and place.attr == "parent":
        return place.value, []
    if (
        isinstance(place, ast.Subscript)
        and isinstance(place.value, ast.Attribute)
        and place.value.attr == "parents"
    ):
        return place.value.value, [place.slice]
    if isinstance(place, ast.Call):
        name = module.qualified_name(place.func)
        if place.args and (name == "os.path.join" or (name in _FORMS and len(place.args) == 1)):
            return place.args[0], place.args[1:]
        if isinstance(place.func, ast.Attribute) and place.func.attr in _FORM_METHODS | _JOINING_METHODS:
            return place.func.value, place.args
    return None, []
