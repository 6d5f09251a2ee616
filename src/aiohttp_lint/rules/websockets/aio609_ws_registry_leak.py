"""AIO609."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RemoveStatement, ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.early_removals import early_removals
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.registry_leaks import RegistryLeak, registry_leaks, statements_between
from aiohttp_lint.semantics.websockets import SERVER


class WsRegistryLeak(Rule):
    """A WebSocket that is put into a registry and not taken out on every way that its handler ends.

    When anything between fails (a send to a peer that is gone, JSON that is none), the socket stays in the
    registry for ever: it grows with every such client, and each later broadcast meets it and raises
    `ClientConnectionResetError: Cannot write to closing transport`. (`async for` itself does not raise when the client
    leaves; the body of the loop may.)

    Bad:

    ```python
    PEERS: set[web.WebSocketResponse] = set()


    async def chat(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        PEERS.add(ws)
        async for message in ws:
            await ws.send_json(message.json())
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
        try:
            async for message in ws:
                await ws.send_json(message.json())
        finally:
            PEERS.discard(ws)
        return ws
    ```

    The other way round, a `finally` within the loop takes the socket out in the first round, while the loop goes on to
    serve it: broadcasts and the closing at shutdown don't reach it.

    Fix: unsafe, because the removal runs on ways on which it did not; puts what stands between into `try` and
    the removal into `finally`, where both stand in one block, without comments.

    Reported for sets, lists and dicts that are known as such. Silent in files that use `weakref` (a weak set
    forgets its members), where other code gets the socket or takes members out of the registry, when
    nothing between can fail in practice, and when `except Exception` stands around it. Where nothing takes
    the socket out at all, silent as soon as another file of the project names the registry.
    """

    code = "AIO609"
    name = "ws-registry-leak"
    message = (
        "WebSocket stays in the registry when this fails: it grows, broadcasts fail; remove it in `finally`"
    )
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("8.5", "9.3", "9.6", "9.7", "11.8")
    mentions = (any_of(SERVER), any_of("async"))
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#graceful-shutdown"

    def check(self, module: Module) -> Iterator[Finding]:
        for leak in registry_leaks(module):
            message = "WebSocket is never taken out of the registry: it grows, broadcasts fail; remove it in `finally`"
            related = []
            if leak.removal is not None:
                message = "WebSocket stays in the registry if something fails before its removal; do it in `finally`"
                related.append(module.related(leak.removal, "it is removed here"))
            if leak.failing is not None:
                related.append(module.related(leak.failing, "this may fail"))
            edits = _edits(module, leak)
            yield self.finding(
                module, leak.put, message, related=related, edits=edits, fix="Remove it in `finally`"
            )
        for early in early_removals(module):
            message = "WebSocket leaves the registry in the first round of a loop that serves it on: broadcasts and shutdown miss it; remove it behind the loop"
            related = [
                module.related(early.put, "it is put in here"),
                module.related(early.use, "later rounds still use it"),
            ]
            yield self.finding(module, early.removal, message, related=related)


def _edits(module: Module, leak: RegistryLeak) -> list[Edit]:
    between = statements_between(module, leak)
    if leak.removal is None or not between:
        return []
    start, end = module.span(between[0]), module.span(between[-1])
    lines = [line.rstrip("\r\n") for line in module.text.lines[start.line - 1 : end.end_line]]
    text = "\n".join(lines)
    is_alone = lines[0][: start.column].isspace() and start.line > module.span(leak.put).end_line
    if not is_alone or "#" in text or '"""' in text or "'''" in text:
        return []
    body = textwrap.indent(textwrap.dedent(text), "    ")
    source = verbatim(f"try:\n{body}\nfinally:\n    {module.segment(leak.removal)}")
    gone = [RemoveStatement(module.span(statement)) for statement in (*between[1:], leak.removal)]
    return [ReplaceStatement(module.span(between[0]), source), *gone]
