"""AIO109."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import REQUESTS, method_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.responses import (
    Released,
    reads_stream,
    released_responses,
    results_of,
    session_block_around,
)
from aiohttp_lint.semantics.timeouts import AIOHTTP_4


class ResponseUsedAfterRelease(Rule):
    """The body of a response is read after its `async with` block, which has released it.

    `read()`, `text()`, `json()` and the stream raise `ClientConnectionError: Connection closed`, even for a body of two
    bytes. Before aiohttp 4, what was read inside the block is kept, and `text()` or `json()` may follow outside;
    aiohttp 4 raises there too.

    Bad:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        async with session.get(url) as response:
            response.raise_for_status()
        return await response.json()
    ```

    Good:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.json()
    ```

    Fix: none; usually the line has to be indented.

    A response that is returned from its block is reported where a caller in the same file reads it. Named by its full
    code (or by `ALL` or the strict preset), the rule also reports the `return` of a response whose callers are not in
    sight. Silent where the block reads the body (unless the project allows aiohttp 4) or gives the response to other
    code, and for status and headers, which stay.
    """

    code = "AIO109"
    name = "response-used-after-release"
    message = "the body is gone: its `async with` block has released the response; read it inside the block"
    practices = ("6.2", "7.6", "7.7", "7.8", "8.5")
    mentions = (any_of(*REQUESTS), any_of("with"))
    about = frozenset(REQUESTS)
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientResponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for request in module.calls_to(*REQUESTS):
            if method_of(request) == "HEAD":
                continue
            for released in released_responses(module, request):
                if released.is_given_away or (
                    released.is_read_inside and not module.target.includes(AIOHTTP_4)
                ):
                    continue
                for use in released.late_uses:
                    if not reads_stream(use):
                        continue
                    message = None
                    if released.is_read_inside:
                        message = (
                            "aiohttp 4 raises here, although the block has read the body; keep what was read"
                        )
                    related = [
                        module.related(released.item.context_expr, "released at the end of this block")
                    ]
                    yield self.finding(module, use.expression, message, related=related)
                if not released.is_read_inside and session_block_around(module, request) is None:
                    yield from self._returned(module, released)

    def _returned(self, module: Module, released: Released) -> Iterator[Finding]:
        held = released.held
        if held.function is None:
            return
        for event in held.events:
            if event.use.kind is not UseKind.RETURNED or not isinstance(event.use.node, ast.Return):
                continue
            results = results_of(module, held.function)
            related = [module.related(event.name, "the response leaves the block that releases it")]
            for read in results.reads:
                yield self.finding(module, read.expression, related=related)
            if not results.reads and not results.are_known and self.is_named(module):
                message = (
                    "response leaves the block that releases it: nobody can read its body; return the body"
                )
                yield self.finding(module, event.name, message)
