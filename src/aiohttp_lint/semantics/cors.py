"""Questions about the options of aiohttp-cors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.mappings import written_mapping

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_OPTIONS = aiohttp_api.class_named("aiohttp_cors.ResourceOptions").name
_TAKERS = (
    (aiohttp_api.callable_named("aiohttp_cors.setup").name, "defaults"),
    (aiohttp_api.class_named("aiohttp_cors.CorsConfig").name, "defaults"),
    (aiohttp_api.callable_named("aiohttp_cors.CorsConfig.add").name, "config"),
    (aiohttp_api.callable_named("aiohttp_cors.custom_cors").name, "config"),
)
CALLEES = (_OPTIONS, *(callee for callee, _ in _TAKERS))
"""What is told which origins may do what."""
_EVERY_ORIGIN = "*"
_CREDENTIALS = "allow_credentials"


def wildcards_with_credentials(module: Module) -> Iterator[ast.expr]:
    """Give the `True` by which every origin is allowed to send credentials, each once."""
    found: dict[ast.expr, None] = {}
    for call in module.calls_to(_OPTIONS):
        value = call.argument(_CREDENTIALS).value
        if value is not None and _is_true(module, value) and _is_for_every_origin(module, call.node):
            found[value] = None
    for callee, parameter in _TAKERS:
        for call in module.calls_to(callee):
            config = call.argument(parameter).value
            mapping = written_mapping(module, config) if config is not None else None
            options = mapping.value_of(module, _EVERY_ORIGIN) if mapping is not None else None
            inner = written_mapping(module, options) if options is not None else None
            value = inner.value_of(module, _CREDENTIALS) if inner is not None else None
            if value is not None and _is_true(module, value):
                found[value] = None
    yield from found


def _is_true(module: Module, value: ast.expr) -> bool:
    literal = module.constant(value)
    return literal is not None and literal.value is True


def _is_for_every_origin(module: Module, options: ast.expr) -> bool:
    """Tell whether options stand for every origin in a display, directly or by a name."""
    parent = module.parent(options)
    if isinstance(parent, ast.Dict):
        key = parent.keys[parent.values.index(options)]
        literal = module.constant(key) if key is not None else None
        return literal is not None and literal.value == _EVERY_ORIGIN
    if (
        isinstance(parent, ast.Assign)
        and len(parent.targets) == 1
        and isinstance(parent.targets[0], ast.Name)
    ):
        name = parent.targets[0]
        scope = module.scope_at(name).binding_scope(name.id)
        return (
            scope is not None
            and len(scope.bindings[name.id]) == 1
            and any(_is_for_every_origin(module, load) for load in module.uses(scope, name.id))
        )
    return False
