"""AIO908."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.legacy import LegacyArgument, is_frame_of_coroutine
from aiohttp_lint.semantics.legacy_repairs import compression_repair, member_repair, server_argument_repair
from aiohttp_lint.semantics.legacy_server import (
    old_style_middlewares,
    removed_arguments,
    removed_members,
    switched_compressions,
)
from aiohttp_lint.semantics.module import Module

_MEMBERS = {
    "has_body": "`has_body` is deprecated, and gone in aiohttp 4; ask `can_read_body`",
    "message": "`message` is deprecated, and gone in aiohttp 4; ask the request itself (method, path, headers…)",
    "output_length": "`output_length` is deprecated, and gone in aiohttp 4; count what you write",
    "drain": "`drain()` is deprecated: `await write()` waits by itself; leave it out",
    "make_handler": "`make_handler()` is deprecated, and gone in aiohttp 4; use a web.AppRunner",
    "debug": "`debug` is deprecated; ask the event loop: asyncio.get_running_loop().get_debug()",
}
_ARGUMENTS = {
    "body": "`body` of an HTTP exception is deprecated, and gone in aiohttp 4; pass `text`",
    "version": "`version` of a cookie is gone in aiohttp 4; leave it out",
    "follow_symlinks": "`follow_symlinks` is gone in aiohttp 4; it is `break_symlink_sandbox` there",
    "actual_size": "`actual_size` is gone in aiohttp 4; leave it out",
    "router": (
        "`router` is deprecated, and gone in aiohttp 4: an application makes its own; add the routes to app.router"
    ),
    "debug": "`debug` is deprecated; switch on asyncio's debug mode instead",
    "chunk_size": "the size of chunks is deprecated, and gone in aiohttp 4; leave it out",
    "shutdown_timeout": "`shutdown_timeout` of a site is deprecated, and gone in aiohttp 4; pass it to the runner",
}
_DEBUG_WITHOUT_LOOP = (
    "`debug` is deprecated; ask the event loop while it runs (`get_debug()`), or a setting of your own"
)
_DEBUG_OFF = "`debug` is deprecated; leave it out"
_COMPRESSION = "a flag for `enable_compression` is deprecated, and breaks the answer on aiohttp 4; pass a web.ContentCoding"
_FACTORY = "old-style middleware: a warning on aiohttp 3, a 500 on 4; make it a @web.middleware of (request, handler)"


class RemovedServerApi(Rule):
    """Parts of the server that aiohttp 3 warns about are gone in aiohttp 4.

    - `request.has_body` and `request.message`, `response.output_length`, `app.make_handler()`: `AttributeError` on 4.
    - `HTTPException(body=…)`, `Application(router=…)`, `TCPSite(shutdown_timeout=…)`, `enable_chunked_encoding(1024)`:
      `TypeError` on 4, and so `set_cookie(version=…)`, `HTTPRequestEntityTooLarge(actual_size=…)` and
      `add_static(follow_symlinks=…)`, of which aiohttp 3 says nothing.
    - `enable_compression(True)`: the client gets no answer on 4.
    - Middlewares as factories of `(app, handler)`: a `500` on 4.
    - `response.drain()`, `app.debug` and `Application(debug=…)`: still there, with a warning, and without a purpose.

    Bad:

    ```python
    async def upload(request: web.Request) -> web.StreamResponse:
        if not request.has_body:
            raise web.HTTPBadRequest(body=b"empty")
        response = web.StreamResponse()
        response.enable_compression(True)
        await response.prepare(request)
        await response.write(b"thanks")
        await response.drain()
        return response
    ```

    Good:

    ```python
    async def upload(request: web.Request) -> web.StreamResponse:
        if not request.can_read_body:
            raise web.HTTPBadRequest(text="empty")
        response = web.StreamResponse()
        response.enable_compression(web.ContentCoding.deflate)
        await response.prepare(request)
        await response.write(b"thanks")
        return response
    ```

    Fix: safe. `has_body` becomes `can_read_body`, `True` becomes `web.ContentCoding.deflate` and `False` `identity`; `await
    response.drain()`, `version=` and the size of chunks are taken out. For aiohttp 4 alone, `debug=` and `actual_size=` are taken
    out as well, and `follow_symlinks` is renamed. None for the others.

    `version`, `actual_size` and `follow_symlinks` are reported only where the project's aiohttp versions include 4.
    """

    code = "AIO908"
    name = "removed-server-api"
    message = "this is deprecated, and gone in aiohttp 4; use what has replaced it"
    fix = FixAvailability.SAFE
    practices = ("1.1", "2.5", "4.2", "4.5", "8.2", "11.7", "13.1", "16.8", "K7")
    versions = "warns on 3.x, fails on 4.0"
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for node in removed_members(module):
            yield self.finding(
                module,
                node,
                _member_message(module, node),
                edits=member_repair(module, node),
                fix="Use what replaced it",
            )
        for found in removed_arguments(module):
            edits = server_argument_repair(module, found)
            yield self.finding(
                module, found.value, _argument_message(found), edits=edits, fix="Pass what aiohttp 4 takes"
            )
        for force in switched_compressions(module):
            edits = compression_repair(module, force)
            yield self.finding(module, force, _COMPRESSION, edits=edits, fix="Name the coding")
        for function in old_style_middlewares(module):
            yield self.finding(module, function, _FACTORY)


def _member_message(module: Module, node: ast.Attribute) -> str:
    if node.attr == "debug" and not is_frame_of_coroutine(module, node):
        return _DEBUG_WITHOUT_LOOP
    return _MEMBERS[node.attr]


def _argument_message(found: LegacyArgument) -> str:
    if found.name == "debug" and isinstance(found.value, ast.Constant) and not found.value.value:
        return _DEBUG_OFF
    return _ARGUMENTS[found.name]
