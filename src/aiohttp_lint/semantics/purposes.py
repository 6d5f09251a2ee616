"""What a file is there for: a test, an example, a notebook; by its place and by what it imports."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.scopes import Scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "_tests"})
_EXAMPLE_FOLDERS = frozenset(
    {"example", "examples", "demo", "demos", "docs", "doc", "bench", "benchmarks", "scripts"}
)
# A chapter of a course, as `09-sessions`: no package can be called so.
_CHAPTER = re.compile(r"\d+-\w")
_TEST_MODULES = ("pytest", "unittest", "aiohttp.test_utils", "aiohttp.pytest_plugin", "aioresponses")
_TEST_WORDS = frozenset(name.rpartition(".")[2] for name in _TEST_MODULES)
_CELL_MARKS = ("# %%", "#%%", "# In[")


def is_test(module: Module) -> bool:
    """Tell whether the file is a test, by its path in the project or by what it imports at the top."""
    *folders, name = _parts(module.place)
    return (
        name.startswith("test_")
        or (name.rpartition(".")[0] or name).endswith("_test")
        or name == "conftest.py"
        or not _TEST_FOLDERS.isdisjoint(map(str.lower, folders))
        or (
            not _TEST_WORDS.isdisjoint(module.text.words)
            and any(
                imported.startswith(_TEST_MODULES)
                and any(is_or_holds(name, imported) for name in _TEST_MODULES)
                for imported in imported_in(module.scope)
            )
        )
    )


def is_example(module: Module) -> bool:
    """Tell whether the file's path in the project says that it is an example, a benchmark, a script or a chapter."""
    return any(part.lower() in _EXAMPLE_FOLDERS or _CHAPTER.match(part) for part in _parts(module.place)[:-1])


def _parts(place: str) -> list[str]:
    # Asked of each file, and not worth a PurePath.
    return (place if os.sep == "/" else place.replace(os.sep, "/")).split("/")


def runs_in_loop(module: Module) -> bool:
    """Tell whether top-level code itself awaits or stands in cells: a notebook, where a loop runs already."""
    return any(module.scope.all_nodes(kind) for kind in (ast.Await, ast.AsyncWith, ast.AsyncFor)) or any(
        mark in module.text.text and any(line.startswith(mark) for line in module.text.lines)
        for mark in _CELL_MARKS
    )


def imported_in(scope: Scope) -> Iterator[str]:
    """Give the dotted names of what is imported in a scope itself."""
    for bindings in scope.bindings.values():
        for binding in bindings:
            if binding.imported is not None:
                yield binding.imported


def is_or_holds(module: str, name: str) -> bool:
    """Tell whether a dotted name is a module, or stands below it."""
    return name == module or name.startswith(module + ".")
