"""AIO111."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import RemoveKeyword, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import connectors
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.creation import CONNECTORS
from aiohttp_lint.semantics.module import Module


class ConnectorSharedWithoutOwnerFalse(Rule):
    """A session closes its connector with itself, under the feet of the next session on it.

    The second session's first request raises `RuntimeError: Session is closed`. With `connector_owner=False` a
    session leaves the connector open; whoever made it closes it (`async with` does). A connector that is written
    right into such a call has no one to close it: `Unclosed connector` in the log.

    Bad:

    ```python
    async def fetch(urls: list[str]) -> None:
        connector = aiohttp.TCPConnector(limit=10)
        for url in urls:
            async with aiohttp.ClientSession(connector=connector) as session:
                await show(session, url)
    ```

    Good:

    ```python
    async def fetch(urls: list[str]) -> None:
        async with aiohttp.TCPConnector(limit=10) as connector:
            for url in urls:
                async with aiohttp.ClientSession(connector=connector, connector_owner=False) as session:
                    await show(session, url)
    ```

    Fix: unsafe. It adds `connector_owner=False` to every session on the connector, which then has to be closed by
    itself; from a session with a connector of its own it takes `connector_owner=False` away.

    Silent for sessions that are open at the same time (they work until the first of them closes), for branches
    that exclude each other, and where the failure is caught.
    """

    code = "AIO111"
    name = "connector-shared-without-owner-false"
    message = "connector was closed with an earlier session: RuntimeError at the first request; pass `connector_owner=False`"
    fix = FixAvailability.UNSAFE
    practices = ("6.3", "6.8", "11.1", "11.8")
    mentions = (any_of(SESSION), any_of(*CONNECTORS), any_of("connector"))
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#connectors"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in connectors.connectors_closed_with_first(module):
            edits = [SetKeyword(module.span(one.node), "connector_owner", "False") for one in found.owners]
            message = self.message
            if found.earlier == found.later:
                message = (
                    "connector is closed with this session in the first turn: RuntimeError in the next one; "
                    "pass `connector_owner=False`"
                )
            related = [module.related(found.earlier.node, "this session closes the connector")]
            if found.earlier == found.later:
                related = []
            yield self.finding(
                module,
                found.later,
                message,
                related=related,
                edits=edits,
                fix="Leave the connector open (close it where it is made)",
            )
        for session in connectors.anonymous_connectors(module):
            yield self.finding(
                module,
                session,
                "nobody can close this connector: it leaks; leave `connector_owner=False` out",
                edits=[RemoveKeyword(module.span(session.node), "connector_owner")],
                fix="Let the session own its connector",
            )
