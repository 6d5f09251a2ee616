"""A linter for aiohttp code: what it finds, and what it can repair.

`lint_source` and `fix_source` work on the text of one file, `lint_paths` on files and folders; `Finding` is what
they give, `Rule` what there is to find. They are loaded when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aiohttp_lint.version import __version__

if TYPE_CHECKING:
    from aiohttp_lint.engine import fix_source, lint_source
    from aiohttp_lint.findings import Finding
    from aiohttp_lint.project import lint_paths
    from aiohttp_lint.rules import Rule

__all__ = ["Finding", "Rule", "__version__", "fix_source", "lint_paths", "lint_source"]

_HOMES = {
    "Finding": "findings",
    "Rule": "rules",
    "fix_source": "engine",
    "lint_paths": "project",
    "lint_source": "engine",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
