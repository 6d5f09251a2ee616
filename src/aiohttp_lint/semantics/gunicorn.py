"""Questions about gunicorn's configuration files, which are Python modules."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    import ast

    from aiohttp_lint.semantics.module import Module

WORKERS = frozenset({
    "aiohttp.GunicornWebWorker", "aiohttp.GunicornUVLoopWebWorker",
    "aiohttp.worker.GunicornWebWorker", "aiohttp.worker.GunicornUVLoopWebWorker",
})  # fmt: skip
"""The worker classes that serve aiohttp's applications, as a configuration names them."""
DEFAULT_FORMAT = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
"""gunicorn's own format of access logs, in whose place aiohttp's workers take theirs."""

_FILE_NAME = re.compile(r"gunicorn([._-]?(conf|config|cfg|settings))?(\.conf)?\.py")


def settings(module: Module) -> dict[str, ast.expr]:
    """Give the settings of a gunicorn configuration, by name; none where the file is no such configuration.

    Only those that are assigned once, at the top of the file.
    """
    if _FILE_NAME.fullmatch(PurePath(module.place).name) is None:
        return {}
    found: dict[str, ast.expr] = {}
    for name, bindings in module.scope.bindings.items():
        value = bindings[0].value
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT and value is not None:
            found[name] = value
    return found
