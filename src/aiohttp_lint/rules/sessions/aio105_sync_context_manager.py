"""AIO105."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, MakeAsync, SplitWithItems
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client_coroutines import WITHOUT_PLAIN_WITH, can_await, plain_withs
from aiohttp_lint.semantics.module import Module


class SyncContextManager(Rule):
    """A plain `with` does not work on aiohttp's sessions, requests, test clients and servers.

    `with aiohttp.ClientSession()` raises `TypeError: Use async with instead`, and leaves the session unclosed. `with
    session.get(…)` raises `AttributeError: __enter__` (`TypeError: … does not support the context manager protocol`
    from Python 3.11 on), and sends nothing.

    Bad:

    ```python
    async def fetch(url: str) -> str:
        with aiohttp.ClientSession() as session:
            with session.get(url) as response:
                return await response.text()
    ```

    Good:

    ```python
    async def fetch(url: str) -> str:
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as response:
                return await response.text()
    ```

    Fix: in an `async def` it becomes `async with`, after several items of one statement have become nested statements.
    Safe, because the statement can only fail; unsafe for a request, which is then sent.

    Silent unless the type is certain, and where the failure is expected (`pytest.raises(TypeError)`). Connectors have
    a plain `with`, which only warns.
    """

    code = "AIO105"
    name = "sync-context-manager"
    message = "this is no synchronous context manager: TypeError; use `async with`"
    fix = FixAvailability.MIXED
    practices = ("6.1", "6.8", "12.1", "12.2")
    mentions = (any_of("with"),)
    about = WITHOUT_PLAIN_WITH
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession"

    def check(self, module: Module) -> Iterator[Finding]:
        repaired: set[ast.With] = set()
        for found in plain_withs(module):
            edits: list[Edit] = []
            if found.statement not in repaired and can_await(module, found.statement):
                place = module.span(found.statement)
                # With several items, each gets a statement of its own first; the next round turns them.
                edits.append(MakeAsync(place) if len(found.statement.items) == 1 else SplitWithItems(place))
                repaired.add(found.statement)
            yield self.finding(
                module, found.item.context_expr, edits=edits, fix="Use `async with`", safe=not found.sends
            )
