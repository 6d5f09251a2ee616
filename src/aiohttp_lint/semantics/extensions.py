"""Questions about what a program adds to aiohttp's own objects: subclasses, and attributes of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.failures import stands_for_failure
from aiohttp_lint.semantics.legacy import is_provided_for
from aiohttp_lint.semantics.response_members import is_plain

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Class
    from aiohttp_lint.semantics.module import Module

CLOSED_TO_HEIRS = tuple(
    aiohttp_api.class_named(name).name for name in ("aiohttp.ClientSession", "aiohttp.web.Application")
)
"""The classes that aiohttp 4 forbids to inherit from, and whose objects take no further attributes there."""


def heirs(module: Module) -> Iterator[tuple[Class, str]]:
    """Give the classes that derive from a session or an application, each with which of the two."""
    if _opens_to_heirs(module):
        return
    for definition in module.classes():
        for name in CLOSED_TO_HEIRS:
            if name in definition.outside_bases and not is_provided_for(module, definition.node, "TypeError"):
                yield definition, name


def _opens_to_heirs(module: Module) -> bool:
    """Tell whether the file replaces or deletes the hook by which these classes refuse heirs."""
    return any(
        not isinstance(node.ctx, ast.Load) and module.qualified_name(node.value) in CLOSED_TO_HEIRS
        for node in module.attributes_named("__init_subclass__")
    )


def added_attributes(module: Module) -> Iterator[tuple[ast.Attribute, str]]:
    """Give the assignments to attributes that sessions and applications don't have, each with which of the two."""
    for node in module.facts.attributes:
        if not isinstance(node.ctx, ast.Store) or node.attr.startswith("_"):
            continue
        for name in CLOSED_TO_HEIRS:
            if not is_plain(module, node.value, name) or _has(name, node.attr):
                continue
            if not is_provided_for(module, node, "AttributeError") and not stands_for_failure(
                module, node, "AttributeError"
            ):
                yield node, name


def _has(class_name: str, attribute: str) -> bool:
    return aiohttp_api.canonical(f"{class_name}.{attribute}") is not None
