"""Questions about the size of what a server takes in: limits that are off, and reads that go round them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.syntax import same_place
from aiohttp_lint.semantics.timeouts import seconds

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
WEBSOCKET = aiohttp_api.class_named("aiohttp.web.WebSocketResponse").name
_REQUEST = aiohttp_api.class_named("aiohttp.web.BaseRequest").name
STREAM_READ = aiohttp_api.callable_named("aiohttp.StreamReader.read").name
# The methods that read the whole body, and what tells how much is to come.
_READERS = frozenset({"read", "text", "json", "post"})
_LENGTHS = frozenset({"content_length"})
_LENGTH_HEADER = "content-length"


def bodies_read_whole(module: Module) -> Iterator[tuple[CallSite, ast.expr]]:
    """Give the calls that read all of a request's content whatever its size, with the request.

    Not where the function reads that request by another method as well (one of the two has nothing left to read),
    nor where it looks at the length.
    """
    for call in module.calls_to(STREAM_READ):
        content = call.receiver
        if not isinstance(content, ast.Attribute) or content.attr != "content":
            continue
        size = call.argument("n", 0)
        if not size.is_missing and (size.value is None or seconds(module, size.value) != -1):
            continue
        request = content.value
        if module.use_of(call.node).kind is not UseKind.AWAITED or not module.is_instance(request, _REQUEST):
            continue
        if not _is_read_or_measured(module, call, request):
            yield call, request


def _is_read_or_measured(module: Module, call: CallSite, request: ast.expr) -> bool:
    function = call.function
    scope = module.scope if function is None else function.scope
    for attribute in module.attributes_named(*_READERS, *_LENGTHS, "headers"):
        if module.scope_at(attribute).function is not scope or not same_place(attribute.value, request):
            continue
        if attribute.attr != "headers":
            return True
        reading = module.parent(module.parent(attribute) or attribute)
        if reading is not None and any(_is_length(module, part) for part in ast.walk(reading)):
            return True
    return False


def _is_length(module: Module, node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.lower() == _LENGTH_HEADER
    return module.qualified_name(node) == "aiohttp.hdrs.CONTENT_LENGTH"
