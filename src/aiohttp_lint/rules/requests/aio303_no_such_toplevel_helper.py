"""AIO303."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.client import MODULE_REQUEST, requests_awaited
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.legacy_names import GONE, missing_names
from aiohttp_lint.semantics.module import Module


class NoSuchToplevelHelper(Rule):
    """aiohttp has no `get()` or `post()` of its own, no `Timeout`, and `aiohttp.request()` can't be awaited.

    The functions that requests and httpx offer beside their sessions do not exist: `aiohttp.get(url)` raises
    `AttributeError: module aiohttp has no attribute get`, `from aiohttp import get` raises `ImportError`. The one
    function that there is, `aiohttp.request()`, gives a context manager: `await aiohttp.request("GET", url)` raises
    `TypeError: object _SessionRequestContextManager can't be used in 'await' expression`.

    So are names gone that aiohttp had before: `aiohttp.Timeout` and `aiohttp.web.MsgType` (until 3.0), `aiohttp.MsgType`,
    `aiohttp.errors`, `DisconnectedError` and other errors (until 2.0), `aiohttp.signals` and `aiohttp.Signal` (until 3.8). In an
    `except` clause that is noticed when something else has failed already: the `AttributeError` takes its place.

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

    Silent where the failure is expected (`except AttributeError`, `except ImportError`, `hasattr()`, `pytest.raises`, a test of
    aiohttp's version), where the file sets the attribute itself, in annotations, where all versions that the project allows
    have the name, and where `aiohttp` is not the package of that name.
    """

    code = "AIO303"
    name = "no-such-toplevel-helper"
    message = "aiohttp has no such function: AttributeError; send the request through a ClientSession"
    practices = ("6.2", "7.1")
    mentions = (any_of("aiohttp", "web", MODULE_REQUEST), any_of(*GONE, MODULE_REQUEST))
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#basic-api"

    def check(self, module: Module) -> Iterator[Finding]:
        for missing in missing_names(module):
            message = f"aiohttp has no `{missing.shown}`: {missing.error}; {missing.instead}"
            yield self.finding(module, missing.node, message)
        for awaited in requests_awaited(module, MODULE_REQUEST):
            if not fails_on_purpose(module, awaited.value, "TypeError"):
                message = "`aiohttp.request()` can't be awaited: TypeError; enter it with `async with`"
                yield self.finding(module, awaited.request, message)
