"""AIO307."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RenameKeyword, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.json_encoding import (
    BYTES_ENCODERS,
    JSON_RESPONSE,
    SEND_JSON,
    TEXT_ENCODERS,
    MisplacedJson,
    Mistake,
    misplaced_json,
)
from aiohttp_lint.semantics.module import Module


class JsonEncodingMistake(Rule):
    """JSON that is encoded by hand is encoded twice, or sent as plain text.

    `json=`, `web.json_response()` and `send_json()` encode what they get. Given the text of `json.dumps(…)` they send
    one JSON string with status 200, and the other side finds a text where an object belongs; given bytes
    (`orjson.dumps(…)`) they raise `TypeError: Object of type bytes is not JSON serializable`. `data=json.dumps(…)` is
    sent once, as `text/plain; charset=utf-8` (bytes as `application/octet-stream`), which most services refuse or don't
    parse.

    Bad:

    ```python
    async def handler(request: web.Request) -> web.Response:
        return web.json_response(json.dumps({"stock": 3}))
    ```

    Good:

    ```python
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"stock": 3})
    ```

    Fix: unsafe, because it changes what goes over the wire: the value itself is passed, `data=` becomes `json=`. None
    where the encoder is told more (`default=`, `cls=`), or the text has a name of its own.

    `data=` is reported only where the same function makes the session (or calls `aiohttp.request`), and neither the
    session nor the request sets a content type; headers that are not written out are unknown, so silent. Silent too
    for a text that is used elsewhere (signed, logged), and for sessions and calls with a serialiser of their own.
    aiohttp 3's own `request.json()` does not look at the type, so a test against the own server does not show it.
    """

    code = "AIO307"
    name = "json-encoding-mistake"
    message = "JSON is encoded twice: the other side gets one string; pass the value itself"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("3.6", "4.7", "7.1", "7.4", "9.4", "15.5")
    mentions = (
        any_of(*TEXT_ENCODERS, *BYTES_ENCODERS),
        any_of(*REQUESTS, MODULE_REQUEST, JSON_RESPONSE, *SEND_JSON),
    )
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#json-request"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in misplaced_json(module):
            message = None
            if found.mistake is Mistake.REFUSED:
                if fails_on_purpose(module, found.value, "TypeError"):
                    continue
                message = "bytes can't be encoded as JSON: TypeError; pass the value itself"
            elif found.mistake is Mistake.PLAIN:
                sent = "application/octet-stream" if found.encoded.is_bytes else "text/plain"
                message = f"JSON given as `data` is sent as {sent}; pass the value as `json=`"
            related = []
            if not found.encoded.is_direct:
                related.append(module.related(found.encoded.call, "encoded here"))
            yield self.finding(
                module,
                found.value,
                message,
                related=related,
                edits=_edits(module, found),
                fix="Pass the value itself",
            )


def _edits(module: Module, found: MisplacedJson) -> list[Edit]:
    value = found.encoded.encoded_value
    if value is None or not found.encoded.is_direct:
        return []
    edits: list[Edit] = [ReplaceExpression(module.span(found.value), verbatim(module.segment(value)))]
    if found.mistake is Mistake.PLAIN:
        edits.append(RenameKeyword(module.span(found.call.node), "data", "json"))
    return edits
