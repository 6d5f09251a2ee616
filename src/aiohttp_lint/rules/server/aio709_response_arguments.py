"""AIO709."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_arguments import (
    RESPONSE,
    RESPONSES,
    Objected,
    Objection,
    objections,
    settings_with_charset,
)
from aiohttp_lint.semantics.response_members import settings
from aiohttp_lint.semantics.response_repairs import charset_repair, response_repair

_INSTEAD = {
    "json": "`web.json_response()` takes it", "content": "pass `text=` or `body=`", "data": "pass `text=` or `body=`",
    "status_code": "pass `status=`", "code": "pass `status=`", "mimetype": "pass `content_type=`",
    "media_type": "pass `content_type=`", "header": "pass `headers=`",
}  # fmt: skip
_MESSAGES = {
    Objection.TEXT_TYPE: "`text` takes a string only: TypeError; pass bytes as `body=`, data to `web.json_response()`",
    Objection.BODY_TYPE: "this is no body: ValueError; pass bytes, or data to `web.json_response()`",
    Objection.BOTH_BODIES: "`{0}` beside another body raises ValueError; keep one of them",
    Objection.CHARSET_IN_TYPE: "a charset in `content_type` raises ValueError; pass it as `charset=`",
    Objection.TYPE_WITH_HEADER: "a Content-Type header beside `content_type` raises ValueError; pass `content_type=` alone",
    Objection.LINE_BREAK: "a line break in `reason` raises ValueError (below 3.10 it begins another header); take it out",
    Objection.MISSING: "`{0}` is missing: TypeError; pass it",
}


class ResponseArguments(Rule):
    """A response made with arguments that aiohttp does not take is a `500`, on every request.

    - Positional: `web.Response("hello")` and `web.json_response(data, 404)` raise `TypeError: … takes 1 positional
      argument but 2 were given`.
    - Names of other frameworks: `json=`, `content=`, `mimetype=`, `media_type=`, `status_code=` raise `TypeError: …
      got an unexpected keyword argument`.
    - Types: `text=b"x"` raises `TypeError: text argument must be str`, a dict, list, number or plain generator as `body`
      `ValueError: Unsupported body type`.
    - Contradictions, each a `ValueError`: `text` with `body`, data with `text` in `json_response()`, a charset in
      `content_type`, and a `Content-Type` header with `content_type`. `json_response()` has a `content_type` of its
      own, so that such a header (in any case of its letters) always fails there.
    - A line break in `reason`: `ValueError` from 3.10 on; before, what follows it becomes a header of the answer.
    - Afterwards: setting `content_length` of a `web.Response` raises `RuntimeError`, and `response.content_type =
      "text/html; charset=utf-8"` on one with text sends `text/html; charset=utf-8; charset=utf-8`.

    Bad:

    ```python
    async def index(request: web.Request) -> web.Response:
        if "json" in request.query:
            return web.json_response({"page": "index"}, headers={"Content-Type": "application/hal+json"})
        return web.Response(text="<h1>Index</h1>", content_type="text/html; charset=utf-8")
    ```

    Good:

    ```python
    async def index(request: web.Request) -> web.Response:
        if "json" in request.query:
            return web.json_response({"page": "index"}, content_type="application/hal+json")
        return web.Response(text="<h1>Index</h1>", content_type="text/html", charset="utf-8")
    ```

    Fix: safe, since the call fails as it stands and the argument says what is meant: a positional string becomes `text=`,
    bytes `body=`, a second argument of `json_response()` `status=`, `json=` makes it `web.json_response()`, `status_code=`
    becomes `status=`, the charset an argument of its own, the header `content_type=`. None for the others.

    Silent for values of unknown type, for what `*args` and `**kwargs` may give, for `multipart/…; boundary=…`, for `None`
    beside a body, for bodies where the project registers payloads of its own, and where the error is expected. HTTP exceptions are matter of AIO705.
    """

    code = "AIO709"
    name = "response-arguments"
    message = "aiohttp's response does not take this argument; look at its signature"
    fix = FixAvailability.SAFE
    practices = ("1.6", "3.4", "4.1", "4.3", "4.4", "4.7")
    mentions = (any_of(*RESPONSES, "content_type", "content_length"),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#response-classes"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in objections(module, *RESPONSES):
            yield self.finding(
                module,
                found.value,
                _message(found),
                edits=response_repair(module, found),
                fix="Pass it as aiohttp takes it",
            )
        for value, text in settings_with_charset(module):
            message = "the charset is sent twice; set `content_type` without it, and `charset`"
            edits = charset_repair(module, value, text)
            yield self.finding(module, value, message, edits=edits, fix="Take out the charset")
        for node in settings(module, RESPONSE, "content_length"):
            if not fails_on_purpose(module, node, "RuntimeError"):
                message = (
                    "`content_length` of a Response can't be set: RuntimeError; it follows from the body"
                )
                yield self.finding(module, node, message)


def _message(found: Objected) -> str:
    called = found.call.method_name
    if found.objection is Objection.UNKNOWN:
        return f"`{called}()` has no `{found.name}`: TypeError; {_INSTEAD.get(found.name, 'take it out')}"
    if found.objection is Objection.POSITIONAL:
        return f"`{called}()` takes no positional argument here: TypeError; name it"
    return _MESSAGES[found.objection].format(found.name)
