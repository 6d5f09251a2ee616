"""Questions about what the server gives up: members, arguments and middlewares of another age."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.decorators import function_named, returned_definition
from aiohttp_lint.semantics.legacy import (
    AIOHTTP_4,
    LegacyArgument,
    is_provided_for,
    legacy_arguments,
    legacy_attributes,
)
from aiohttp_lint.semantics.middlewares import listed
from aiohttp_lint.semantics.roles import Role

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_MEMBERS = {
    "aiohttp.web.Request": ("has_body", "message"),
    "aiohttp.web.StreamResponse": ("output_length", "drain"),
    "aiohttp.web.Application": ("make_handler", "debug"),
}
for _owner, _names in _MEMBERS.items():
    for _name in _names:
        aiohttp_api.callable_named(f"{_owner}.{_name}")

_ARGUMENTS = ("body", "version", "follow_symlinks", "actual_size", "router", "debug", "chunk_size")
_COMPRESSION = aiohttp_api.callable_named("aiohttp.web.StreamResponse.enable_compression").name
_STATIC = tuple(
    aiohttp_api.callable_named(name).name
    for name in ("aiohttp.web.static", "aiohttp.web.RouteTableDef.static")
)
"""What hands `follow_symlinks` on to `add_static`."""
_MIDDLEWARE = aiohttp_api.callable_named("aiohttp.web.middleware").name


def removed_members(module: Module) -> Iterator[ast.Attribute]:
    """Give the accesses to members of server objects that warn on aiohttp 3."""
    for owner, names in _MEMBERS.items():
        yield from legacy_attributes(module, owner, *names)


def removed_arguments(module: Module) -> Iterator[LegacyArgument]:
    """Give the arguments of server objects that warn, or fail on an aiohttp that the project allows."""
    for found in legacy_arguments(module, *_ARGUMENTS):
        if all(callable_.name.startswith("aiohttp.web.") for callable_ in found.call.callables):
            yield found
    yield from legacy_arguments(module, "shutdown_timeout", also_silent=True)
    if module.target.includes(AIOHTTP_4):
        for call in module.calls_to(*_STATIC):
            keyword = call.keyword("follow_symlinks")
            if keyword is not None and not is_provided_for(module, call.node, "TypeError"):
                yield LegacyArgument(call, "follow_symlinks", keyword.value, is_named=True)


def switched_compressions(module: Module) -> Iterator[ast.expr]:
    """Give the flags that `enable_compression` is given in the place of a `ContentCoding`."""
    for call in module.calls_to(_COMPRESSION):
        force = call.argument("force").value
        if force is None or not module.is_instance(force, "builtins.bool"):
            continue
        if not is_provided_for(module, call.node, "AttributeError"):
            yield force


def old_style_middlewares(module: Module) -> Iterator[Function]:
    """Give the factories `async def factory(app, handler)` that are registered as middlewares."""
    for function in module.functions():
        if not function.is_async or any(
            module.qualified_name(decorator) == _MIDDLEWARE for decorator in function.decorators
        ):
            continue
        made = returned_definition(function)
        if made is None or Role.MIDDLEWARE not in module.roles_of(made):
            continue
        # What carries the mark has its role from that, and needs to be seen in a list.
        if not made.decorators or any(function_named(module, item) == function for item in listed(module)):
            yield function
