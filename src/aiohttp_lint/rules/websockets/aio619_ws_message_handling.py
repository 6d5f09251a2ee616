"""AIO619."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import CLIENT, SERVER
from aiohttp_lint.semantics.message_types import TextComparison, text_comparisons, unchecked_json
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.receive_loops import MESSAGE_TYPE
from aiohttp_lint.semantics.spelling import spelled


class WsMessageHandling(Rule):
    """A WebSocket message that is taken for what it is not.

    The type of a message is a `WSMsgType`, an `IntEnum`: compared with text it is never equal, so the branch for
    `"text"` never runs, and no error says so. (Numbers are equal: `message.type == 1` is right.)

    Bad:

    ```python
    async def listen(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type == "text":
                print(message.data)
    ```

    Good:

    ```python
    async def listen(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                print(message.data)
    ```

    Fix: unsafe, because a branch comes to life that never ran; puts the member in the place of its name. Not
    offered for types that `async for` never gives (`"close"`), where the branch would stay dead.

    Only when the rule is named, two more are reported in `async for` loops: a message that is decoded as JSON with
    no look at its type (an ERROR message carries an exception: `TypeError: the JSON object must be str, bytes or
    bytearray, not WebSocketError`), and a handler that does not catch the error of bad JSON, by which one malformed frame ends the
    connection with 1006.
    """

    code = "AIO619"
    name = "ws-message-handling"
    message = "`message.type` never equals text: the branch never runs; compare it with a `WSMsgType`"
    fix = FixAvailability.UNSAFE
    practices = ("8.4", "8.8", "9.4", "9.8", "14.1")
    mentions = (any_of("type", "json", "data"),)
    about = CLIENT | SERVER
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.WSMsgType"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in text_comparisons(module):
            message = self.message
            if found.holds:
                message = "`message.type` differs from every text: this is always true; compare it with a `WSMsgType`"
            edits = _edits(module, found)
            yield self.finding(module, found.place, message, edits=edits, fix="Compare with the member")
        if not self.is_named(module):
            return
        for unchecked in unchecked_json(module):
            message = (
                "an ERROR message carries an exception, which is no JSON: TypeError; look at the type first"
            )
            if unchecked.is_typed:
                message = "one frame of bad JSON ends the connection (1006); catch ValueError, close with INVALID_TEXT"
            yield self.finding(module, unchecked.call, message)


def _edits(module: Module, found: TextComparison) -> list[Edit]:
    if not found.members:
        return []
    name, imports = spelled(module, MESSAGE_TYPE.name)
    edits: list[Edit] = [
        ReplaceExpression(module.span(text), f"{name}.{member}") for text, member in found.members
    ]
    return [*edits, *imports]
