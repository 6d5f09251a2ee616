"""AIO108."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.client import REQUESTS, method_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.resources import Holding
from aiohttp_lint.semantics.responses import (
    BODY_METHODS,
    body_uses,
    is_given_away,
    is_nowhere_read,
    reads_stream,
    response_of,
    results_of,
    session_block_around,
)


class ResponseOutlivesSession(Rule):
    """A response, or what was to read it, leaves the block that closes its session.

    With the session, its connections are closed. A body that has not arrived by then never will: reading it raises
    `RuntimeError: Connection closed.` (5 MB body, from 3.10; `TimeoutError` before). A small body has often arrived
    already, which is why tests pass. `return response.json()` without `await` reads nothing: awaiting it outside
    raises `ClientConnectionError: Connection closed`. So do a returned `response.content`, what iterates it, and an
    un-awaited `session.get(…)` (`RuntimeError: Session is closed`).

    Bad:

    ```python
    async def fetch(url: str) -> aiohttp.ClientResponse:
        async with aiohttp.ClientSession() as session:
            return await session.get(url)
    ```

    Good:

    ```python
    async def fetch(url: str) -> object:
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as response:
                return await response.json()
    ```

    Fix: unsafe, for `return response.json()`, `text()` and `read()`: it inserts `await`. Callers that
    await the result twice today (`await (await fetch(url))`) have to change with it.

    Silent for HEAD requests, where the body is read inside the block first, where the session is detached from its
    connector, and where all that the project's callers do with the response is to look at its status or headers, or to
    drop it; in tests, whose bodies are small, also where nobody in the file reads it (unless the rule is named in full,
    by `ALL` or by the strict preset).
    """

    code = "AIO108"
    name = "response-outlives-session"
    message = "response leaves the block that closes its session, unread: its body is lost; read it inside"
    fix = FixAvailability.UNSAFE
    practices = ("6.1", "6.8", "7.6", "7.7", "8.5")
    mentions = (any_of(*REQUESTS), any_of("with"))
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request"

    def check(self, module: Module) -> Iterator[Finding]:
        for request in module.calls_to(*REQUESTS):
            block = session_block_around(module, request)
            if block is None or method_of(request) == "HEAD":
                continue
            use = module.use_of(request.node)
            if isinstance(use.node, ast.Return):
                message = (
                    "request is returned un-awaited from the block that closes its session; await it inside"
                )
                yield self.finding(module, request, message)
            elif use.kind is UseKind.AWAITED and isinstance(module.use_of(use.node).node, ast.Return):
                if not self._is_only_looked_at(module, request):
                    yield self.finding(module, request)
            else:
                held = response_of(module, request)
                if held is not None:
                    yield from self._held(module, request, block, held)

    def _held(
        self, module: Module, request: CallSite, block: ast.AsyncWith, held: Holding
    ) -> Iterator[Finding]:
        uses = body_uses(held)
        returned = [use for use in uses if isinstance(module.use_of(use.expression).node, ast.Return)]
        for use in returned:
            if not self._is_inside(module, use.expression, block) or not reads_stream(use):
                continue
            edits: list[Edit] = []
            called = use.expression.func if isinstance(use.expression, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in BODY_METHODS:
                edits.append(Await(module.span(use.expression)))
            message = "this reads the body only after its session is closed: await it inside the block"
            yield self.finding(module, use.expression, message, edits=edits, fix="Await the body")
        if any(
            use.is_awaited or use not in returned
            for use in uses
            if self._is_inside(module, use.expression, block)
        ):
            return
        for event in held.events:
            if isinstance(event.use.node, ast.Return) and self._is_inside(module, event.name, block):
                if not is_given_away(held) and not self._is_only_looked_at(module, request):
                    yield self.finding(module, event.name)
        items = [item for item in block.items if item.optional_vars is not None]
        late = set(held.uses_after_release(items)) if not is_given_away(held) else set()
        for use in uses:
            if use.event in late and reads_stream(use):
                yield self.finding(
                    module,
                    use.expression,
                    "body is read after the block that closes its session; read it inside",
                )

    def _is_inside(self, module: Module, node: ast.AST, block: ast.AsyncWith) -> bool:
        return block in module.ancestors(node)

    def _is_only_looked_at(self, module: Module, request: CallSite) -> bool:
        function = request.function
        if function is None:
            return False
        if module.is_test and self.code not in module.options.named:
            return not results_of(module, function).reads
        return is_nowhere_read(module, function)
