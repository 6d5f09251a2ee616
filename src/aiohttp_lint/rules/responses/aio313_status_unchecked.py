"""AIO313."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertAfter, InsertFirst
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import REQUESTS, is_discarded
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.resources import Holding
from aiohttp_lint.semantics.responses import (
    BODY_METHODS,
    body_uses,
    is_checked,
    raises_by_itself,
    response_of,
)


class StatusUnchecked(Rule):
    """The body of a response is used without a look at the status.

    `raise_for_status` is off by default. The page that comes with a 500 or a 404 then reaches `.json()`, and shows up as
    a `ContentTypeError`, or is taken for data.

    Bad:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        async with session.get(url) as response:
            return await response.json()
    ```

    Good:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.json()
    ```

    Fix: unsafe, because what was an answer so far becomes an exception. It inserts `response.raise_for_status()`.

    Opt-in: APIs that describe errors in their JSON are read without the status. Silent where the function mentions
    `status`, `ok` or `raise_for_status`, gives the response to other code, or sends the request with
    `raise_for_status=`, and where the session was created with it, or may have been. A body that is read and dropped
    is not used: that only gives the connection back.
    """

    code = "AIO313"
    name = "status-unchecked"
    message = (
        "body is used whatever the status: an error page is taken for data; call raise_for_status() first"
    )
    fix = FixAvailability.UNSAFE
    opt_in = True
    practices = ("7.6", "7.7", "7.8", "8.3", "8.5", "15.5", "16.5")
    mentions = (any_of(*REQUESTS), any_of(*BODY_METHODS))
    source = (
        "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientResponse.raise_for_status"
    )

    def check(self, module: Module) -> Iterator[Finding]:
        for request in module.calls_to(*REQUESTS):
            held = response_of(module, request)
            if held is None or is_checked(held) or raises_by_itself(module, request):
                continue
            for use in body_uses(held):
                attribute = use.event.use.node
                if not isinstance(attribute, ast.Attribute) or attribute.attr not in BODY_METHODS:
                    continue
                awaiting = module.use_of(use.expression).node
                # A body that is only drained, to keep the connection, is taken for nothing.
                if isinstance(awaiting, ast.Await) and is_discarded(module, awaiting):
                    continue
                edits = self._repair(module, held)
                yield self.finding(module, use.expression, edits=edits, fix="Check the status first")
                break

    def _repair(self, module: Module, held: Holding) -> list[Edit]:
        check = f"{held.name}.raise_for_status()"
        if isinstance(held.binding.node, ast.withitem):
            block = module.parent(held.binding.node)
            assert isinstance(block, ast.AsyncWith)
            return [InsertFirst(module.span(block), check)] if block.items[-1] is held.binding.node else []
        statement = module.statement(held.acquisition)
        return [InsertAfter(module.span(statement), check)] if isinstance(statement, ast.Assign) else []
