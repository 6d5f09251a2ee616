"""Questions about files that the kernel keeps in memory: what reads or writes them waits for no disk."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.client import url_start
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.static_files import is_own_file

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_IN_MEMORY = ("/sys/", "/proc/", "/dev/shm/")
_SLOW = ("/sys/bus/w1/",)
"""Reading a thermometer on the one-wire bus takes most of a second."""
_LINKS_FOLLOWED = frozenset({"os.path.realpath", "pathlib.Path.resolve"})
_MAXIMUM_DEPTH = 5


def is_kept_in_memory(site: CallSite, name: str) -> bool:
    """Tell whether a call on files is for one in memory, by the literal text that its path begins with, or `__file__`.

    Args:
        site: The call.
        name: The canonical name of what is called.
    """
    if name.startswith(("pathlib.", "io.")) and name != "io.open":
        place = site.receiver
    else:
        place = site.node.args[0] if site.node.args else None
    if place is None:
        return False
    if name in _LINKS_FOLLOWED and is_own_file(site.module, place):
        # The way to the file was looked up when it was imported.
        return True
    start = _start(site.module, place)
    return start is not None and start.startswith(_IN_MEMORY) and not start.startswith(_SLOW)


def _start(module: Module, place: ast.expr, depth: int = 0) -> str | None:
    """Follow an open file and a path back to the text of the path."""
    if depth > _MAXIMUM_DEPTH:
        return None
    if isinstance(place, ast.Name):
        binding = module.only_binding(place, BindingKind.WITH, BindingKind.ASSIGNMENT)
        if binding is not None and isinstance(binding.value, ast.Call):
            return _start(module, binding.value, depth + 1)
    if isinstance(place, ast.BinOp):
        return _start(module, place.left, depth + 1)
    if isinstance(place, ast.Call):
        if module.qualified_name(place.func) in ("builtins.open", "io.open", "pathlib.Path", "os.path.join"):
            start = _start(module, place.args[0], depth + 1) if place.args else None
            # What follows a whole part of a path is another part.
            is_whole = start is not None and module.constant(place.args[0]) is not None
            return f"{start}/" if is_whole else start
        if isinstance(place.func, ast.Attribute) and place.func.attr == "open":
            return _start(module, place.func.value, depth + 1)
    return url_start(module, place)
