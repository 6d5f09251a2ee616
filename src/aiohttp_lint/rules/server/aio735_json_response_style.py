"""AIO735."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import (
    Edit,
    RemoveKeyword,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExpression,
    SetKeyword,
    verbatim,
)
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.json_encoding import JSON_RESPONSE
from aiohttp_lint.semantics.json_responses import JsonByHand, json_by_hand
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_metadata import RESPONSE
from aiohttp_lint.semantics.spelling import spelled

_KEPT = frozenset({"content_type", "charset", "status", "reason", "headers"})


class JsonResponseStyle(Rule):
    """A JSON response that is put together by hand.

    `web.json_response(data)` sends the very same bytes and the same `Content-Type: application/json; charset=utf-8` as
    `web.Response(text=json.dumps(data), content_type="application/json")`, says what is meant, and can't be given one without the
    other.

    Bad:

    ```python
    async def order(request: web.Request) -> web.Response:
        return web.Response(text=json.dumps({"id": 1}), content_type="application/json")
    ```

    Good:

    ```python
    async def order(request: web.Request) -> web.Response:
        return web.json_response({"id": 1})
    ```

    Fix: safe for `text=json.dumps(data)`. Options of `json.dumps()` go into `dumps=functools.partial(json.dumps, …)`. Unsafe for
    `body=json.dumps(data).encode()`, which is sent without `charset=utf-8`.

    Only the standard library's `json` counts: other encoders give other text.
    """

    code = "AIO735"
    name = "json-response-style"
    message = "a JSON response put together by hand; use `web.json_response()`"
    fix = FixAvailability.MIXED
    opt_in = True
    practices = ("1.6", "4.7", "K1")
    mentions = (any_of(RESPONSE), any_of("content_type"))
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#json-response"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in json_by_hand(module):
            is_text = found.parameter == "text"
            edits = _edits(module, found)
            yield self.finding(module, found.call, edits=edits, fix="Use `web.json_response`", safe=is_text)


def _edits(module: Module, found: JsonByHand) -> list[Edit]:
    call, encoded = found.call, found.encoded
    value = encoded.args[0] if len(encoded.args) == 1 else None
    options = [keyword for keyword in encoded.keywords if keyword.arg is not None]
    names = {keyword.arg for keyword in call.node.keywords}
    if value is None or len(options) != len(encoded.keywords) or not names <= _KEPT | {found.parameter}:
        return []
    span = module.span(call.node)
    spelling, imports = _spelled(module, call.node.func)
    edits: list[Edit] = [
        ReplaceCallee(span, spelling),
        ReplaceExpression(module.span(found.value), verbatim(module.segment(value))),
        RenameKeyword(span, found.parameter, "data"),
        RemoveKeyword(span, "content_type"),
    ]
    if "charset" in names:
        edits.append(RemoveKeyword(span, "charset"))
    if options:
        partial, import_of_partial = spelled(module, "functools.partial")
        written = ", ".join(module.segment(keyword) for keyword in options)
        edits.append(SetKeyword(span, "dumps", f"{partial}({module.segment(encoded.func)}, {written})"))
        edits += import_of_partial
    return [*edits, *imports]


def _spelled(module: Module, response: ast.expr) -> tuple[str, list[Edit]]:
    if isinstance(response, ast.Attribute):
        package, _, name = JSON_RESPONSE.rpartition(".")
        if module.qualified_name(response.value) == package:
            return f"{module.segment(response.value)}.{name}", []
    return spelled(module, JSON_RESPONSE)
