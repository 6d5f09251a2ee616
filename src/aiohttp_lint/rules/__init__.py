"""The rules: one package a family, one module a rule; the folders are the list."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp_lint.rules.base import FixAvailability, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FixAvailability", "Rule", "all_rules", "families"]


@cache
def all_rules() -> Mapping[str, Rule]:
    """Give every rule by its code, in the order of the codes."""
    found: dict[str, Rule] = {}
    folder = Path(__file__).parent
    for path in sorted(folder.glob("*/aio*.py")):
        module = import_module(f"{__name__}.{path.parent.name}.{path.stem}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__:
                found[value.code] = value()
    return dict(sorted(found.items()))


def families() -> Mapping[str, str]:
    """Give the title of each family's package by the package's name, from its docstring."""
    return {
        path.name: (import_module(f"{__name__}.{path.name}").__doc__ or path.name).strip().rstrip(".")
        for path in sorted(Path(__file__).parent.iterdir())
        if (path / "__init__.py").exists()
    }
