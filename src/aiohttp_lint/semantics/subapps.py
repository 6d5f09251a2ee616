"""Sub-applications that are changed after they were added, or added in a way that can't work."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.route_order import Mount, entries_of, mounts, surely_runs
from aiohttp_lint.semantics.routing import (
    ADD_RESOURCE,
    ADD_ROUTES,
    ADD_STATIC,
    ADD_SUBAPP,
    block_of,
    comes_before,
    owner_of,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_FROZEN_LISTS = (
    "middlewares",
    "on_startup",
    "on_shutdown",
    "on_cleanup",
    "on_response_prepare",
    "cleanup_ctx",
)
_CHANGES = ("append", "extend", "insert")
_REGISTERING = (
    *ADD_ROUTES,
    ADD_RESOURCE,
    ADD_SUBAPP,
    ADD_STATIC,
)


@dataclass(frozen=True, slots=True)
class FrozenChange:
    """A change of a sub-application that is frozen since `mount`.

    `last` is the last such change in the block of the mount, where all of them stand in it.
    """

    node: ast.AST
    mount: Mount
    is_route: bool
    last: ast.stmt | None = None


def frozen_changes(module: Module) -> Iterator[FrozenChange]:
    """Give what a file does to sub-applications after it has added them."""
    seen: set[ast.AST] = set()
    for mount in mounts(module):
        late = [
            (node, is_route)
            for node, is_route in _changes(module, mount)
            if node not in seen and comes_before(module, mount.call, node)
        ]
        last = _last_in_block(module, mount, [node for node, _ in late])
        for node, is_route in late:
            seen.add(node)
            yield FrozenChange(node, mount, is_route, last)


def _changes(module: Module, mount: Mount) -> Iterator[tuple[ast.AST, bool]]:
    if mount.sub is None:
        return
    found: dict[ast.AST, bool] = {}
    for entry in entries_of(module, mount.sub):
        if all(surely_runs(*step) for step in entry.steps[1:]):
            found[entry.steps[0][1]] = True
    for site in module.calls_to(*_REGISTERING):
        if site.receiver is not None and owner_of(module, site.receiver) == mount.sub:
            found[site.node] = True
    for name in _CHANGES:
        for node, _ in module.facts.calls.get(name, ()):
            target = node.func.value if isinstance(node.func, ast.Attribute) else None
            if isinstance(target, ast.Attribute) and target.attr in _FROZEN_LISTS:
                if owner_of(module, target.value) == mount.sub:
                    found[node] = False
    yield from sorted(
        found.items(), key=lambda item: (getattr(item[0], "lineno", 0), getattr(item[0], "col_offset", 0))
    )


def _last_in_block(module: Module, mount: Mount, late: list[ast.AST]) -> ast.stmt | None:
    statement = module.statement(mount.call)
    if not isinstance(statement, ast.Expr) or statement.value is not mount.call:
        return None
    block = block_of(module, statement)
    statements = [module.statement(node) for node in late]
    return statements[-1] if statements and all(each in block for each in statements) else None


def repeated_mounts(module: Module) -> Iterator[tuple[Mount, Mount]]:
    """Give the additions of an application that was added before, with the earlier one."""
    found = mounts(module)
    for index, mount in enumerate(found):
        for earlier in found[:index]:
            is_same = mount.sub is not None and earlier.sub == mount.sub
            if is_same and comes_before(module, earlier.call, mount.call):
                yield mount, earlier
                break
