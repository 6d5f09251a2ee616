"""Questions about templates: whether what is rendered into pages is escaped."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

SETUP = "aiohttp_jinja2.setup"
_PLAIN_TEMPLATES = (".txt", ".xml", ".json", ".csv", ".md", ".ini", ".conf", ".yaml", ".yml")


def setups_without_autoescape(module: Module) -> Iterator[tuple[ast.Call, ast.keyword]]:
    """Give the set-ups of aiohttp-jinja2 that switch escaping off, unless the file names templates that aren't HTML."""
    for site in module.calls_to(SETUP):
        keyword = site.keyword("autoescape")
        if keyword is not None and isinstance(keyword.value, ast.Constant) and keyword.value.value is False:
            if not _names_plain_templates(module):
                yield site.node, keyword


def _names_plain_templates(module: Module) -> bool:
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.endswith(_PLAIN_TEMPLATES)
        for node in ast.walk(module.tree)
    )
