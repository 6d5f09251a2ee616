"""AIO303."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import MODULE_REQUEST, VERBS, requests_awaited
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module

_HELPERS = tuple(name for name in (*VERBS, "ws_connect") if not aiohttp_api.exists(f"aiohttp.{name}"))


class NoSuchToplevelHelper(Rule):
    """aiohttp has no `get()` or `post()` of its own, and `aiohttp.request()` can't be awaited.

    The functions that requests and httpx offer beside their sessions do not exist: `aiohttp.get(url)` raises
    `AttributeError: module aiohttp has no attribute get`, `from aiohttp import get` raises `ImportError`. The one
    function that there is, `aiohttp.request()`, gives a context manager: `await aiohttp.request("GET", url)` raises
    `TypeError: object _SessionRequestContextManager can't be used in 'await' expression`.

    Bad:

    ```python
    async def page(url: str) -> str:
        response = await aiohttp.get(url)
        return await response.text()
    ```

    Good:

    ```python
    async def page(session: aiohttp.ClientSession, url: str) -> str:
        async with session.get(url) as response:
            return await response.text()
    ```

    Fix: none. `async with aiohttp.request("GET", url) as response:` works, and opens a session (and a connection)
    for each call: right in a script, too much in a handler, where AIO101 asks for a shared session.

    Silent where the failure is expected (`except AttributeError`, `except ImportError`, `pytest.raises`), where the
    file sets the attribute itself, and where `aiohttp` is not the package of that name.
    """

    code = "AIO303"
    name = "no-such-toplevel-helper"
    message = "aiohttp has no such function: AttributeError; send the request through a ClientSession"
    practices = ("6.2", "7.1")
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#basic-api"

    def check(self, module: Module) -> Iterator[Finding]:
        accesses = [
            node
            for node in module.attributes_named(*_HELPERS)
            if module.qualified_name(node) == f"aiohttp.{node.attr}"
        ]
        set_here = {node.attr for node in accesses if not isinstance(node.ctx, ast.Load)}
        for node in accesses:
            if node.attr not in set_here and not fails_on_purpose(module, node, "AttributeError"):
                message = f"`aiohttp.{node.attr}` does not exist: AttributeError; use a ClientSession's `{node.attr}`"
                yield self.finding(module, node, message)
        for scope in module.scope.descend():
            for statement in scope.nodes.get(ast.ImportFrom, ()):
                assert isinstance(statement, ast.ImportFrom)
                missing = [alias.name for alias in statement.names if alias.name in _HELPERS]
                if statement.module != "aiohttp" or statement.level or not missing:
                    continue
                if not fails_on_purpose(module, statement, "ImportError"):
                    message = (
                        f"aiohttp has no `{missing[0]}`: ImportError; use a ClientSession's `{missing[0]}`"
                    )
                    yield self.finding(module, statement, message)
        for awaited in requests_awaited(module, MODULE_REQUEST):
            if not fails_on_purpose(module, awaited.value, "TypeError"):
                message = "`aiohttp.request()` can't be awaited: TypeError; enter it with `async with`"
                yield self.finding(module, awaited.request, message)
