"""AIO910."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceExpression, ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import fresh_name
from aiohttp_lint.semantics.legacy import AIOHTTP_4
from aiohttp_lint.semantics.legacy_websockets import (
    MESSAGE,
    RECEIVE,
    TYPES,
    lower_case_types,
    made_messages,
    unpacked_messages,
)
from aiohttp_lint.semantics.module import Module

_UNPACKED = "a message is no tuple of three in aiohttp 4: ValueError; ask its `type`, `data` and `extra`"
_MADE = "`WSMessage` is no class in aiohttp 4: TypeError; make a WSMessageText, WSMessageBinary…"


class WebsocketLegacyNames(Rule):
    """Lower-case types of messages, and messages as tuples, are gone in aiohttp 4.

    `WSMsgType.text` is `AttributeError: type object 'WSMsgType' has no attribute 'text'` there. `kind, data, extra = await
    ws.receive()` is `ValueError: too many values to unpack`, since each type of message has a class of its own, and
    `WSMessage(…)` is `TypeError: 'types.UnionType' object is not callable`. aiohttp 3 says nothing of any of them.

    Bad:

    ```python
    async def answer(ws: web.WebSocketResponse) -> None:
        kind, data, extra = await ws.receive()
        if kind == aiohttp.WSMsgType.text:
            await ws.send_str(data)
    ```

    Good:

    ```python
    async def answer(ws: web.WebSocketResponse) -> None:
        message = await ws.receive()
        if message.type == aiohttp.WSMsgType.TEXT:
            await ws.send_str(message.data)
    ```

    Fix: the upper-case name is the same member, so that is safe. Unsafe: the message gets a name, and its parts are read from
    it. None where messages are made, as tests do it.

    Reported only where the project's aiohttp versions include 4.
    """

    code = "AIO910"
    name = "websocket-legacy-names"
    message = (
        "lower-case names of message types are gone in aiohttp 4: AttributeError; write them in upper case"
    )
    fix = FixAvailability.MIXED
    practices = ("9.4", "9.8", "K7")
    versions = "4.0 and later"
    mentions = (any_of(TYPES.name, *RECEIVE, MESSAGE),)
    source = "https://docs.aiohttp.org/en/stable/websocket_utilities.html#aiohttp.WSMsgType"

    def check(self, module: Module) -> Iterator[Finding]:
        if not module.target.includes(AIOHTTP_4):
            return
        for node in lower_case_types(module):
            upper = f"{verbatim(module.segment(node.value))}.{node.attr.upper()}"
            edit = ReplaceExpression(module.span(node), upper)
            yield self.finding(module, node, edits=[edit], fix="Write it in upper case", safe=True)
        for statement, names in unpacked_messages(module):
            message = fresh_name(module, statement, "message")
            value = verbatim(module.segment(statement.value))
            parts = f"{message}.type, {message}.data, {message}.extra"
            source = f"{message} = {value}\n{', '.join(names)} = {parts}"
            replaced = ReplaceStatement(module.span(statement), source)
            place: ast.expr = statement.targets[0]
            yield self.finding(
                module, place, _UNPACKED, edits=[replaced], fix="Read the parts from the message", safe=False
            )
        for call in made_messages(module):
            yield self.finding(module, call, _MADE)
