"""Questions about access logs: what a format writes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.taint_data import SECRET_HEADERS

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

TAKERS = (
    aiohttp_api.callable_named("aiohttp.web.run_app").name,
    aiohttp_api.class_named("aiohttp.web.AppRunner").name,
    aiohttp_api.class_named("aiohttp.web.ServerRunner").name,
    aiohttp_api.callable_named("aiohttp.web.Application.make_handler").name,
)
_HEADER = re.compile(r"%\{([A-Za-z0-9-]+)\}([io])")
_OF_RESPONSES = frozenset({"set-cookie"})


def formats_with_secrets(module: Module) -> Iterator[tuple[ast.expr, str]]:
    """Give the formats of access logs that write a header with a credential, and the first such header."""
    for site in module.calls_to(*TAKERS):
        value = site.argument("access_log_format").value
        literal = module.constant(value) if value is not None else None
        if value is None or literal is None or not isinstance(literal.value, str):
            continue
        for header, direction in _HEADER.findall(literal.value):
            if header.lower() in (SECRET_HEADERS if direction == "i" else _OF_RESPONSES):
                yield value, header
                break
