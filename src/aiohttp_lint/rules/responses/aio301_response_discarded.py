"""AIO301."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.client import (
    REQUESTS,
    fresh_name,
    gets_a_document,
    is_discarded,
    is_unread_on_purpose,
    requests_awaited,
    requests_gathered,
)
from aiohttp_lint.semantics.module import Module


class ResponseDiscarded(Rule):
    """An awaited response that nobody keeps holds its connection while a large body waits to be read.

    The response is not freed by the garbage collector: the connection's protocol keeps it alive. A body that
    fits the read buffer gives the connection back by itself once it has arrived; a larger or endless one (from
    about 200 kB on 3.9, 700 kB on 3.14) keeps its slot in the pool. With the default connector, request 101
    then waits until its total timeout of five minutes.

    Bad:

    ```python
    async def warm_up(session: aiohttp.ClientSession, name: str) -> None:
        await session.get(f"https://images.example/{name}.png", raise_for_status=True)
    ```

    Good:

    ```python
    async def warm_up(session: aiohttp.ClientSession, name: str) -> None:
        async with session.get(f"https://images.example/{name}.png", raise_for_status=True) as response:
            await response.read()
    ```

    Fix: unsafe, because the program then waits for the whole body. The body is read rather than dropped, since
    leaving the block with a body unread closes the connection, and cuts off a server that is still answering.

    Reported as well: `_ = await session.get(…)` where nobody reads `_`, and requests whose responses
    `await asyncio.gather(…)` drops (both without regard to `raise_for_status=True`, which releases errors only).

    Reported for a GET of what stands at an address. Named in full, by `ALL` or by the strict preset, the rule reports
    what changes something as well (POST, DELETE), and a GET with parameters: such orders are answered with a few bytes as
    a rule, and the connection comes back by itself; and a `for` loop on a session that the function opens and closes.

    Silent for HEAD and OPTIONS requests (no body to speak of), and where the same function opens the session and sends
    the request once: what is left of the response goes with the session.
    """

    code = "AIO301"
    name = "response-discarded"
    message = (
        "response is dropped unread: a large or endless body keeps its connection; read it in `async with`"
    )
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("6.2", "6.8", "7.6", "8.5", "11.1", "11.8")
    mentions = (any_of(*REQUESTS), any_of("await"))
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request"

    def check(self, module: Module) -> Iterator[Finding]:
        for awaited in requests_awaited(module):
            if not is_discarded(module, awaited.value) or not self._may_hold(module, awaited.request):
                continue
            edits = []
            if awaited.is_direct:
                statement = module.statement(awaited.value)
                name = fresh_name(module, awaited.value, "response")
                source = verbatim(module.segment(awaited.request.node))
                replaced = f"async with {source} as {name}:\n    await {name}.read()"
                edits.append(ReplaceStatement(module.span(statement), replaced))
            yield self.finding(module, awaited.request, edits=edits, fix="Read the body in `async with`")
        for request, awaiting in requests_gathered(module):
            if is_discarded(module, awaiting) and self._may_hold(module, request):
                yield self.finding(module, request)

    def _may_hold(self, module: Module, request: CallSite) -> bool:
        if self.is_named(module):
            return not is_unread_on_purpose(module, request)
        return gets_a_document(module, request)
