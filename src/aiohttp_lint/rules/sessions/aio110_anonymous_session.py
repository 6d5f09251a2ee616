"""AIO110."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.client import (
    REQUESTS,
    SESSION,
    WS_CONNECT,
    fresh_name,
    is_connector_of_others,
)
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.sessions import is_mocked


class AnonymousSession(Rule):
    """A session without a name can't be closed.

    `ClientSession().get(…)` works, and leaks the session's connections each time: `Unclosed client session` and
    `Unclosed connector` in the log once it is collected.

    Bad:

    ```python
    async def fetch(url: str) -> str:
        async with aiohttp.ClientSession().get(url) as response:
            return await response.text()
    ```

    Good:

    ```python
    async def fetch(url: str) -> str:
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as response:
                return await response.text()
    ```

    Fix: safe, for a request that is entered by `async with`: the session gets a block around it, and closes when the
    response is done. None for an awaited request, whose response may live longer.

    Reported for requests and `ws_connect`. Silent for other members (`await ClientSession().__aenter__()`,
    `detach()`), where the connector is somebody else's, and where the class is patched (`mock.patch`, aioresponses).
    """

    code = "AIO110"
    name = "anonymous-session"
    message = "session without a name can't be closed: its connections leak; open it with `async with`"
    fix = FixAvailability.SAFE
    practices = ("6.1", "6.8", "11.8")
    mentions = (any_of(SESSION), any_of(*REQUESTS, WS_CONNECT))
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request"

    def check(self, module: Module) -> Iterator[Finding]:
        for request in module.calls_to(*REQUESTS, WS_CONNECT):
            opened = request.receiver
            if not isinstance(opened, ast.Call) or not module.call_site(opened).calls_only(SESSION):
                continue
            if not is_mocked(module, request.node) and not _has_connector_of_others(module.call_site(opened)):
                yield self.finding(
                    module,
                    request,
                    edits=self._edits(module, request, opened),
                    fix="Give the session a block",
                )

    def _edits(self, module: Module, request: CallSite, opened: ast.Call) -> list[Edit]:
        item = module.use_of(request.node)
        block = module.parent(item.node)
        if item.kind is not UseKind.ENTERED or not isinstance(block, ast.AsyncWith) or len(block.items) != 1:
            return []
        name = fresh_name(module, request.node, "session")
        header = f"async with {verbatim(module.segment(opened))} as {name}:"
        return [
            ReplaceStatement(module.span(block), f"{header}\n    {{}}"),
            ReplaceExpression(module.span(opened), name),
        ]


def _has_connector_of_others(session: CallSite) -> bool:
    """Tell whether the connector may be somebody's who closes it: then nothing leaks."""
    connector = session.argument("connector")
    return is_connector_of_others(session) or (
        not connector.is_missing and not isinstance(connector.value, ast.Call)
    )
