"""AIO302."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, WrapFollowing
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import REQUESTS, is_discarded, is_unread_on_purpose, requests_gathered
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.responses import (
    CLIENT_HANDLER,
    CLIENT_REQUEST,
    can_enter,
    leak_of,
    responses_awaited,
)


class ResponseNotReleased(Rule):
    """A response that is left unread on some way through its function keeps its connection.

    Only the status is looked at, an error is raised by hand, or a retry loop goes round again: as long as a large
    body is unread, its connection is not given back. With a pool of one connection and a large 503 body, the second
    attempt of a retry loop waits until its timeout. A small body gives the connection back by itself once it
    has arrived. `raise_for_status()` releases the response where it raises, and only there.

    Bad:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        for _ in range(3):
            response = await session.get(url)
            if response.ok:
                return await response.json()
        return None
    ```

    Good:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        for _ in range(3):
            async with session.get(url) as response:
                if response.ok:
                    return await response.json()
        return None
    ```

    Fix: unsafe, because leaving the block with an unread body closes the connection. It puts what follows into
    `async with`, where all uses of the response stand in the same block.

    Also in client middlewares (the response of `await handler(request)` in a retry loop). Leaving a loop over
    `response.content` before its end counts as leaving the response unread. Named by its full code (or by `ALL` or the
    strict preset), the rule also reports responses that `asyncio.gather` collects before any of them is read: with more
    of them than the pool has connections, and large bodies, nobody gets on.

    Silent for HEAD and OPTIONS requests and after a test for 204 or 304 (no body), where the same function opens the
    session and sends the request once, or closes it afterwards, and where other code may hold the response.
    """

    code = "AIO302"
    name = "response-not-released"
    message = "response is left unread here: a large or endless body keeps its connection; use `async with`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("6.2", "7.6", "8.8", "11.1", "11.8", "16.6", "16.7")
    mentions = (any_of(*REQUESTS, CLIENT_REQUEST, CLIENT_HANDLER), any_of("await"))
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientResponse.release"

    def check(self, module: Module) -> Iterator[Finding]:
        for acquired in responses_awaited(module):
            if acquired.request is not None and is_unread_on_purpose(module, acquired.request.request):
                continue
            if is_discarded(module, acquired.value):
                continue
            held = resources.holding(module, acquired.value, resources.RESPONSE)
            if held is None:
                continue
            leak = leak_of(held)
            if not leak:
                continue
            edits: list[Edit] = []
            if acquired.request is not None and acquired.request.is_direct and can_enter(held):
                header = f"async with {module.segment(acquired.place)} as {held.name}:"
                edits.append(WrapFollowing(module.span(module.statement(acquired.value)), header))
            message = None
            if leak.rebound is not None:
                message = "response is replaced unread by the next one: a large body keeps its connection; use `async with`"
            elif held.escapes and not edits:
                message = "response is left unread on a way out: a large body keeps its connection; release it there"
            elif held.releases or held.escapes:
                message = "response is left unread on a way out: a large body keeps its connection; use `async with`"
            yield self.finding(module, acquired.place, message, edits=edits, fix="Use `async with`")
        if self.is_named(module):
            yield from self._gathered(module)

    def _gathered(self, module: Module) -> Iterator[Finding]:
        for request, awaiting in requests_gathered(module):
            if module.use_of(awaiting).kind is UseKind.ASSIGNED and not is_discarded(module, awaiting):
                message = "responses wait unread for each other: with large bodies the pool runs dry; read each in its own task"
                yield self.finding(module, request, message)
