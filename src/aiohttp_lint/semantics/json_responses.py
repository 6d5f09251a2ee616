"""Questions about JSON responses that are put together by hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.connector_arguments import is_literally
from aiohttp_lint.semantics.json_encoding import encoded_json
from aiohttp_lint.semantics.response_metadata import RESPONSE

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_DUMPS = "json.dumps"
_CHARSETS = ("utf-8", "utf8", "UTF-8")


@dataclass(frozen=True, slots=True)
class JsonByHand:
    """A response with JSON that is encoded in the place of its text or body, by which `parameter` says."""

    call: CallSite
    parameter: str
    value: ast.expr
    encoded: ast.Call


def json_by_hand(module: Module) -> Iterator[JsonByHand]:
    """Give the responses that `json_response()` would make as well."""
    for call in module.calls_to(RESPONSE):
        charset = call.argument("charset")
        if call.has_unknown_arguments or not is_literally(
            module, call.argument("content_type").value, "application/json"
        ):
            continue
        if not charset.is_missing and not any(is_literally(module, charset.value, one) for one in _CHARSETS):
            continue
        for parameter in ("text", "body"):
            value = call.argument(parameter).value
            encoded = encoded_json(module, value) if value is not None else None
            if value is None or encoded is None or not encoded.is_direct:
                continue
            if module.qualified_name(encoded.call.func) == _DUMPS and encoded.is_bytes == (
                parameter == "body"
            ):
                yield JsonByHand(call, parameter, value, encoded.call)
