"""AIO317."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_bodies import (
    ADD_FIELD,
    FORM,
    SENDERS,
    OneShot,
    bodies_sent_again,
    unwritable_fields,
)

_UNWRITABLE = "value that is no text in a multipart form raises TypeError; pass a str"
_MESSAGES = {
    OneShot.FILE: "file is used up by the first request: sent again it is empty, or closed; open it for each request",
    OneShot.GENERATOR: "generator is used up by the first request: sent again, the body is empty; make one for each request",
    OneShot.FORM: "multipart form sent again raises RuntimeError before aiohttp 3.12; build one for each request",
    OneShot.FORM_WITH_FILE: "form with a file is used up by the first request: sent again it fails; build one for each request",
}


class FormdataMisuse(Rule):
    """A form that can't be written, or a body that is sent a second time.

    A form with a file or with bytes in it is sent as multipart, and there every other value has to be text, bytes or a
    file: a number, a flag or `None` raises `TypeError: Can not serialize value type: <class 'int'>` when it is sent. It is
    the same for `FormData` and for a dictionary as `data=`; a form of text and numbers alone is fine.

    A body that is read from somewhere can be read once. On the second request, as a retry makes it, a `BytesIO` or an
    asynchronous generator gives an empty body (and the server may well answer 200), an open file the empty body or
    `ValueError: I/O operation on closed file`, since aiohttp closes what it has sent. A multipart `FormData` raises
    `RuntimeError: Form data has been processed already` before aiohttp 3.12, and with an open file in it fails on every version.

    Bad:

    ```python
    async def send(session: aiohttp.ClientSession, url: str, photo: bytes, chat: int) -> None:
        async with session.post(url, data={"photo": photo, "chat_id": chat}) as response:
            response.raise_for_status()
    ```

    Good:

    ```python
    async def send(session: aiohttp.ClientSession, url: str, photo: bytes, chat: int) -> None:
        async with session.post(url, data={"photo": photo, "chat_id": str(chat)}) as response:
            response.raise_for_status()
    ```

    Fix: safe, it puts `str()` around a number, where the request surely fails today. There is none for `None` and flags,
    whose text is the server's to say, and none for a body that is sent again.

    Silent when the body is made in the loop, rewound or touched in any other way between two requests, and for a form that
    only may be multipart.
    """

    code = "AIO317"
    name = "formdata-misuse"
    message = _UNWRITABLE
    fix = FixAvailability.SAFE
    practices = ("3.5", "7.1", "7.4")
    versions = "all; a multipart form without files can be sent again from 3.12 on"
    mentions = (any_of("data", FORM, ADD_FIELD), any_of(*SENDERS, FORM, ADD_FIELD))
    about = frozenset({*SENDERS, FORM, ADD_FIELD})
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#post-a-multipart-encoded-file"

    def check(self, module: Module) -> Iterator[Finding]:
        for field in unwritable_fields(module):
            edits: list[Edit] = []
            if field.is_number:
                edits.append(ReplaceExpression(module.span(field.value), "str({})"))
            yield self.finding(module, field.value, edits=edits, fix="Send the number as text")
        for body in bodies_sent_again(module):
            made = module.related(body.made, "made here, once")
            yield self.finding(module, body.sent, _MESSAGES[body.kind], related=[made])
