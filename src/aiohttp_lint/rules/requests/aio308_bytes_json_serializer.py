"""AIO308."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RenameKeyword, ReplaceCallee, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.json_encoding import (
    JSON_BYTES_RESPONSE,
    JSON_RESPONSE,
    SEND_JSON,
    BytesSerializer,
    bytes_serializers,
)
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled


class BytesJsonSerializer(Rule):
    """A JSON serialiser that gives bytes fails where text is wanted; `orjson.dumps` gives bytes.

    - `ClientSession(json_serialize=orjson.dumps)` works until the first `json=`: `AttributeError: 'bytes' object has no
      attribute 'encode'`.
    - `web.json_response(data, dumps=orjson.dumps)` raises `TypeError: text argument must be str`, so the client gets
      status 500.
    - `await websocket.send_json(data, dumps=orjson.dumps)` raises `TypeError: data argument must be str`.

    Bad:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession(json_serialize=orjson.dumps) as session:
            await run(session)
    ```

    Good:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession(json_serialize_bytes=orjson.dumps) as session:  # aiohttp 3.14
            await run(session)
    ```

    Fix: safe, since the call fails as it stands. Where every allowed aiohttp is 3.14 or newer, the parameter becomes
    `json_serialize_bytes` and `json_response` becomes `json_bytes_response`; below, the bytes are decoded:
    `lambda value: orjson.dumps(value).decode()`. `send_json` keeps its name on every version, because
    `send_json_bytes` sends a binary frame, which the peer's `receive_json()` refuses.

    Known are `orjson.dumps` and msgspec's encoders, `functools.partial` of them, and functions and lambdas of the
    project whose result surely is bytes. Silent for functions that decode, for unknown ones, and beside
    `json_serialize_bytes`, which wins.
    """

    code = "AIO308"
    name = "bytes-json-serializer"
    message = "serialiser gives bytes where text is wanted: TypeError; decode them"
    fix = FixAvailability.SAFE
    practices = ("4.7", "7.4", "9.4", "11.6", "15.5")
    mentions = (any_of("json_serialize", "dumps"), any_of(SESSION, JSON_RESPONSE, *SEND_JSON))
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#json-request"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in bytes_serializers(module):
            if fails_on_purpose(module, found.call.node, "TypeError"):
                continue
            message = None
            if found.call.calls_only(SESSION):
                message = "serialiser gives bytes: the first `json=` raises AttributeError; decode them, or pass `json_serialize_bytes` (aiohttp 3.14)"
            yield self.finding(module, found.value, message, edits=_edits(module, found), fix="Take bytes")


def _edits(module: Module, found: BytesSerializer) -> list[Edit]:
    call = module.span(found.call.node)
    if module.target.all_at_least(JSON_BYTES_RESPONSE.since):
        if found.call.calls_only(SESSION):
            return [RenameKeyword(call, found.name, "json_serialize_bytes")]
        if found.call.calls_only(JSON_RESPONSE):
            spelling, imports = spelled(module, JSON_BYTES_RESPONSE.name)
            return [ReplaceCallee(call, spelling), *imports]
    return [ReplaceExpression(module.span(found.value), "lambda value: {}(value).decode()")]
