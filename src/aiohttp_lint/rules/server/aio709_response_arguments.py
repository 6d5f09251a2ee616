"""AIO709."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import (
    AddImport,
    Edit,
    NameArgument,
    RemoveKeyword,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExpression,
    SetKeyword,
    verbatim,
)
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.mappings import is_surely, without_entry, written_mapping
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_arguments import (
    JSON_RESPONSE,
    RESPONSE,
    RESPONSES,
    Objected,
    Objection,
    is_string,
    objections,
    settings_with_charset,
    text_of,
)
from aiohttp_lint.semantics.response_members import settings

_INSTEAD = {
    "json": "`web.json_response()` takes it", "content": "pass `text=` or `body=`", "data": "pass `text=` or `body=`",
    "status_code": "pass `status=`", "code": "pass `status=`", "mimetype": "pass `content_type=`",
    "media_type": "pass `content_type=`", "header": "pass `headers=`",
}  # fmt: skip
_RENAMED = {"status_code": "status", "mimetype": "content_type", "media_type": "content_type"}
_MESSAGES = {
    Objection.TEXT_TYPE: "`text` takes a string only: TypeError; pass bytes as `body=`, data to `web.json_response()`",
    Objection.BODY_TYPE: "this is no body: ValueError; pass bytes, or data to `web.json_response()`",
    Objection.BOTH_BODIES: "`{0}` beside another body raises ValueError; keep one of them",
    Objection.CHARSET_IN_TYPE: "a charset in `content_type` raises ValueError; pass it as `charset=`",
    Objection.TYPE_WITH_HEADER: "a Content-Type header beside `content_type` raises ValueError; pass `content_type=` alone",
    Objection.LINE_BREAK: "a line break in `reason` raises ValueError (below 3.10 it begins another header); take it out",
    Objection.MISSING: "`{0}` is missing: TypeError; pass it",
}
_BYTES = frozenset({"builtins.bytes"})


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
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#response-classes"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in objections(module, *RESPONSES):
            yield self.finding(
                module,
                found.value,
                _message(found),
                edits=_edits(module, found),
                fix="Pass it as aiohttp takes it",
            )
        for value, text in settings_with_charset(module):
            message = "the charset is sent twice; set `content_type` without it, and `charset`"
            kind, _, rest = text.partition(";")
            is_same = isinstance(value, ast.Constant) and _is_utf8(rest)
            edits: list[Edit] = (
                [ReplaceExpression(module.span(value), verbatim(_quoted(kind)))] if is_same else []
            )
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


def _quoted(text: str) -> str:
    """Give the source of a string in double quotes."""
    return '"' + text.strip().replace("\\", "\\\\").replace('"', '\\"') + '"'


def _edits(module: Module, found: Objected) -> list[Edit]:
    call, span = found.call, module.span(found.call.node)
    is_bytes = is_surely(module, found.value, _BYTES)
    kind = "text" if is_string(module, found.value) else "body" if is_bytes else None
    is_plain = call.calls_only(RESPONSE) and not call.has_unknown_arguments
    has_body = call.argument("text").is_given or call.argument("body").is_given
    if (
        found.objection is Objection.POSITIONAL
        and found.index is not None
        and len(call.node.args) == found.index + 1
    ):
        if is_plain and kind is not None and not has_body:
            return [NameArgument(span, found.index, kind)]
        is_status = call.calls_only(JSON_RESPONSE) and is_surely(
            module, found.value, frozenset({"builtins.int"})
        )
        return (
            [NameArgument(span, found.index, "status")]
            if is_status and call.keyword("status") is None
            else []
        )
    if found.objection is Objection.UNKNOWN and found.name == "json" and is_plain:
        return _as_json(module, found)
    if found.objection is Objection.UNKNOWN and found.name in _RENAMED:
        new = _RENAMED[found.name]
        taken = call.callables[0].parameter(new) is not None and call.argument(new).is_missing
        is_alone = new == "status" or (
            call.argument("headers").is_missing and _is_plain_type(module, found.value)
        )
        return [RenameKeyword(span, found.name, new)] if taken and is_alone else []
    if found.objection is Objection.UNKNOWN and found.name == "content" and is_plain and not has_body:
        return [RenameKeyword(span, found.name, kind)] if kind is not None else []
    if (
        found.objection is Objection.TEXT_TYPE
        and kind == "body"
        and is_plain
        and call.keyword("body") is None
    ):
        return [RenameKeyword(span, "text", "body")]
    if found.objection is Objection.CHARSET_IN_TYPE:
        return _split(module, found)
    return _headers(module, found) if found.objection is Objection.TYPE_WITH_HEADER else []


def _as_json(module: Module, found: Objected) -> list[Edit]:
    call = found.call
    names = {keyword.arg for keyword in call.node.keywords}
    if call.node.args or names - {"json", "status", "reason"}:
        return []
    callee, needed = module.name_for(JSON_RESPONSE)
    span = module.span(call.node)
    edits: list[Edit] = [ReplaceCallee(span, callee), RenameKeyword(span, "json", "data")]
    return edits if needed is None else [*edits, AddImport(*needed)]


def _is_plain_type(module: Module, node: ast.expr) -> bool:
    text = text_of(module, node)
    return text is not None and "charset" not in text


def _is_utf8(parameters: str) -> bool:
    return parameters.replace(" ", "").strip(";").lower() in ("charset=utf-8", "charset=utf8")


def _split(module: Module, found: Objected) -> list[Edit]:
    kind, _, rest = (text_of(module, found.value) or "").partition(";")
    name, _, charset = rest.strip().partition("=")
    if not isinstance(found.value, ast.Constant) or name.lower() != "charset" or ";" in charset:
        return []
    span = module.span(found.call.node)
    edits: list[Edit] = [SetKeyword(span, "content_type", _quoted(kind))]
    if found.call.calls_only(RESPONSE) and found.call.argument("charset").is_missing:
        return [*edits, SetKeyword(span, "charset", _quoted(charset.strip('" ')))]
    return edits if found.call.calls_only(JSON_RESPONSE) and _is_utf8(rest) else []


def _headers(module: Module, found: Objected) -> list[Edit]:
    call, span = found.call, module.span(found.call.node)
    headers = call.argument("headers").value
    kind, _, rest = (text_of(module, found.value) or "").partition(";")
    mapping = written_mapping(module, headers) if isinstance(headers, ast.Dict) else None
    if mapping is None or headers is None or not kind or (rest and not _is_utf8(rest)):
        return []
    entry = next(entry for entry in mapping.entries if entry.value is found.value)
    kept = without_entry(module, entry) if entry.display is headers else None
    given = call.argument("content_type")
    named = text_of(module, given.value) if given.value is not None else None
    if kept is None or (named != kind and not given.is_missing) or not call.argument("charset").is_missing:
        return []
    alone: Edit = RemoveKeyword(span, "headers") if kept == "{}" else SetKeyword(span, "headers", kept)
    is_default = call.calls_only(JSON_RESPONSE) and kind == "application/json"
    return (
        [alone] if given.is_given or is_default else [alone, SetKeyword(span, "content_type", _quoted(kind))]
    )
