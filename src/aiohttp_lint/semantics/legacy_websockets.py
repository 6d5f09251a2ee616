"""Questions about WebSocket messages as aiohttp 3 has them: lower-case names, and tuples of three."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.legacy import is_provided_for

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

TYPES = aiohttp_api.class_named("aiohttp.WSMsgType")
MESSAGE = aiohttp_api.class_named("aiohttp.WSMessage").name
_LOWER = tuple(name for name in TYPES.members if name.islower())
RECEIVE = tuple(
    aiohttp_api.callable_named(f"{owner}.receive").name
    for owner in ("aiohttp.ClientWebSocketResponse", "aiohttp.web.WebSocketResponse")
)


def lower_case_types(module: Module) -> Iterator[ast.Attribute]:
    """Give the `WSMsgType.text` and the like."""
    for node in module.attributes_named(*_LOWER):
        if module.qualified_name(node.value) == TYPES.name:
            if not is_provided_for(module, node, "AttributeError"):
                yield node


def unpacked_messages(module: Module) -> Iterator[tuple[ast.Assign, list[str]]]:
    """Give the `kind, data, extra = await ws.receive()`, each with the three names."""
    for call in module.calls_to(*RECEIVE):
        awaiting = module.parent(call.node)
        statement = module.parent(awaiting) if isinstance(awaiting, ast.Await) else None
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target = statement.targets[0]
        if not isinstance(target, ast.Tuple | ast.List) or len(target.elts) != 3:
            continue
        names = [element.id for element in target.elts if isinstance(element, ast.Name)]
        if len(names) == 3 and not is_provided_for(module, call.node, "ValueError"):
            yield statement, names


def made_messages(module: Module) -> Iterator[CallSite]:
    """Give the `WSMessage(…)`."""
    for call in module.calls_to(MESSAGE):
        if not is_provided_for(module, call.node, "TypeError"):
            yield call
