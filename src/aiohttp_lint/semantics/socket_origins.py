"""Functions that open a WebSocket, know their user by a cookie, and don't ask from which site the handshake comes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api, websockets

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

REQUEST = aiohttp_api.class_named("aiohttp.web.Request").name
WHO_IS_IT = tuple(
    aiohttp_api.callable_named(name).name
    for name in (
        "aiohttp_session.get_session", "aiohttp_security.authorized_userid", "aiohttp_security.check_authorized",
        "aiohttp_security.check_permission", "aiohttp_security.permits", "aiohttp_security.is_anonymous",
    )
)  # fmt: skip
_ORIGIN = "origin"


@dataclass(frozen=True, slots=True)
class UncheckedOrigin:
    """Where a function opens its socket, and where it reads the cookie that tells who is there."""

    opening: CallSite
    evidence: ast.expr


def unchecked_origins(module: Module) -> Iterator[UncheckedOrigin]:
    """Give the sockets of functions that go by a cookie, in files that never mention the Origin header."""
    openings = list(module.calls_to(websockets.SERVER))
    if not openings or _speaks_of_origin(module):
        return
    for opening in openings:
        function = opening.function
        if function is None or not any(
            call.function == function for call in websockets.calls(module, "prepare")
        ):
            continue
        evidence = [call.node for call in module.calls_to(*WHO_IS_IT) if call.function == function]
        cookies = [
            node
            for node in module.attributes_named("cookies")
            if module.function_at(node) == function and module.is_instance(node.value, REQUEST)
        ]
        found: list[ast.expr] = [*evidence, *cookies]
        if found:
            yield UncheckedOrigin(opening, found[0])


def _speaks_of_origin(module: Module) -> bool:
    """Tell whether the header is named anywhere in the file, as text or as `hdrs.ORIGIN`."""
    return any(
        module.qualified_name(node) == "aiohttp.hdrs.ORIGIN" for node in module.attributes_named("ORIGIN")
    ) or any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() == _ORIGIN
        for node in ast.walk(module.tree)
    )
