"""AIO611."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import CLIENT, SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.socket_members import (
    HINTS,
    MEMBERS,
    SENDERS,
    Payload,
    Wrong,
    WrongMember,
    repair,
    wrong_members,
)

_MESSAGES = {
    Wrong.MISSING: "aiohttp's WebSocket has no `{name}`: AttributeError; {instead}",
    Wrong.NOT_FOR_SOCKETS: "`write()` raises RuntimeError on a WebSocket; use `send_bytes()`",
    Wrong.PROPERTY_CALLED: "`{name}` is a property, calling it raises TypeError; drop the parentheses",
    Wrong.PROPERTY_AWAITED: "`{name}` is a property, awaiting it raises TypeError; drop the `await`",
    Wrong.METHOD_AWAITED: "`{name}()` is no coroutine, awaiting it raises TypeError; drop the `await`",
    Wrong.NOT_CALLED: "`{name}` is a method, which is always true; call it: `{name}()`",
    Wrong.PAYLOAD: "`{name}()` raises TypeError for {payload}, and the connection ends; {instead}",
}
_PAYLOADS = {
    Payload.STRUCTURE: "a dict or list", Payload.NUMBER: "a number", Payload.TEXT: "text", Payload.BYTES: "bytes",
}  # fmt: skip


class WsWrongMethod(Rule):
    """A WebSocket method that does not exist in aiohttp, or that is given what it does not take.

    `send`, `recv`, `accept`, `send_text`, `iter_text` are other libraries' names: `AttributeError:
    'WebSocketResponse' object has no attribute 'send'`. `send_str()` takes text only and `send_bytes()` bytes only:
    `TypeError: data argument must be str (<class 'dict'>)`, `data argument must be byte-ish (<class 'str'>)`; the handler ends and
    the connection with it. `closed` and `close_code` are properties (`'bool' object is not callable`), `exception()` is a method
    (`if ws.exception:` is always true), and `write()` raises `RuntimeError: Cannot call .write() for websocket`.

    Bad:

    ```python
    async def greet(ws: web.WebSocketResponse) -> None:
        await ws.send_str({"hello": "world"})
    ```

    Good:

    ```python
    async def greet(ws: web.WebSocketResponse) -> None:
        await ws.send_json({"hello": "world"})
    ```

    Fix: safe for a dict or list written out in `send_str()` (becomes `send_json()`), and for `send_text()` (becomes
    `send_str()`). Unsafe elsewhere, because another kind of frame than meant may go out, or code that always failed goes on.

    Silent for values of unknown type, behind `hasattr()`, where the error is expected, and for attributes that the file
    sets itself. `send_json_bytes()` is reported only where no allowed aiohttp has it (3.14 has). JSON that is encoded
    twice by `send_json()` is AIO307's, a `dumps=` that gives bytes AIO308's.
    """

    code = "AIO611"
    name = "ws-wrong-method"
    message = "aiohttp's WebSocket does not have this method, or not for this value; use the one that fits"
    fix = FixAvailability.MIXED
    practices = ("7.4", "9.4", "9.6")
    mentions = (any_of(*MEMBERS),)
    about = CLIENT | SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#websocketresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in wrong_members(module):
            edits, is_safe = repair(module, found)
            message = _message(found)
            yield self.finding(
                module, found.place, message, edits=edits, fix="Use the right one", safe=is_safe
            )


def _message(found: WrongMember) -> str:
    name = found.member.attr
    instead = HINTS.get(name, "it is another library's")
    payload = ""
    if found.payload is not None:
        payload = _PAYLOADS[found.payload]
        sender = SENDERS.get(found.payload)
        instead = f"use `{sender}()`" if sender is not None else "send it as text"
    return _MESSAGES[found.wrong].format(name=name, instead=instead, payload=payload)
