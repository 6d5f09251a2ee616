"""What is meant by an argument that a response or an HTTP exception does not take, as the edits that say it rightly."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.edits import (
    NameArgument,
    RemoveKeyword,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExpression,
    SetKeyword,
    verbatim,
)
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.mappings import is_surely, without_entry, written_mapping
from aiohttp_lint.semantics.response_arguments import (
    JSON_RESPONSE,
    RESPONSE,
    Objected,
    Objection,
    is_string,
    text_of,
)
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.syntax import walk

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.module import Module

_BYTES = frozenset({"builtins.bytes"})
_INTEGER = frozenset({"builtins.int"})
_RENAMED = {"status_code": "status", "mimetype": "content_type", "media_type": "content_type"}
_MEANS_TEXT = ("detail", "message", "description")
"""What other frameworks call the text of an HTTP exception."""
_SERVER_ERROR = aiohttp_api.class_named("aiohttp.web.HTTPServerError").name
_BODILESS = tuple(
    aiohttp_api.class_named(f"aiohttp.web.{name}").name
    for name in ("HTTPNoContent", "HTTPResetContent", "HTTPNotModified")
)


def response_repair(module: Module, found: Objected) -> list[Edit]:
    """Give what repairs an argument of a response; nothing where more than one thing can be meant."""
    match found.objection:
        case Objection.POSITIONAL:
            return _named(module, found)
        case Objection.UNKNOWN:
            return _renamed(module, found)
        case Objection.TEXT_TYPE:
            is_free = _is_plain(found) and found.call.keyword("body") is None
            is_body = is_free and _body_parameter(module, found.value) == "body"
            return [RenameKeyword(module.span(found.call.node), "text", "body")] if is_body else []
        case Objection.CHARSET_IN_TYPE:
            return _split(module, found)
        case Objection.TYPE_WITH_HEADER:
            return _without_header(module, found)
        case _:
            return []


def charset_repair(module: Module, value: ast.expr, text: str) -> list[Edit]:
    """Give what takes the charset out of a content type that is set; nothing where it is another than UTF-8."""
    kind, _, rest = text.partition(";")
    is_same = isinstance(value, ast.Constant) and _is_utf8(rest)
    return [ReplaceExpression(module.span(value), verbatim(_quoted(kind)))] if is_same else []


def exception_repair(module: Module, found: Objected) -> tuple[list[Edit], bool]:
    """Give what makes a single string the text of an HTTP exception, and whether clients may see that text."""
    call = found.call
    if any(call.argument(name).is_given for name in ("text", "body")) or call.calls_only(*_BODILESS):
        return [], False
    if not is_string(module, found.value):
        return [], False
    known = aiohttp_api.class_named(min(call.names))
    is_safe = not known.is_subclass_of(_SERVER_ERROR) and not _tells_exception(module, found.value)
    span = module.span(call.node)
    if found.objection is Objection.POSITIONAL and found.index == 0 and len(call.node.args) == 1:
        return [NameArgument(span, 0, "text")], is_safe
    if found.objection is Objection.UNKNOWN and found.name in _MEANS_TEXT:
        others = [keyword.arg for keyword in call.node.keywords if keyword.arg in _MEANS_TEXT]
        return ([RenameKeyword(span, found.name, "text")] if len(others) == 1 else []), is_safe
    return [], False


def _tells_exception(module: Module, value: ast.expr) -> bool:
    """Tell whether text is made of an exception that was caught, or of a traceback."""
    return any(
        any(binding.kind is BindingKind.EXCEPT for binding in module.reaching(node))
        or (module.qualified_name(node) or "").startswith("traceback")
        for node in walk(value)
        if isinstance(node, ast.Name)
    )


def _is_plain(found: Objected) -> bool:
    return found.call.calls_only(RESPONSE) and not found.call.has_unknown_arguments


def _has_body(found: Objected) -> bool:
    return found.call.argument("text").is_given or found.call.argument("body").is_given


def _body_parameter(module: Module, value: ast.expr) -> str | None:
    """Give the parameter of `Response` that surely takes a value."""
    if is_string(module, value):
        return "text"
    return "body" if is_surely(module, value, _BYTES) else None


def _named(module: Module, found: Objected) -> list[Edit]:
    call, span = found.call, module.span(found.call.node)
    if found.index is None or len(call.node.args) != found.index + 1:
        return []
    parameter = _body_parameter(module, found.value)
    if _is_plain(found) and parameter is not None and not _has_body(found):
        return [NameArgument(span, found.index, parameter)]
    is_status = call.calls_only(JSON_RESPONSE) and is_surely(module, found.value, _INTEGER)
    is_free = is_status and call.keyword("status") is None
    return [NameArgument(span, found.index, "status")] if is_free else []


def _renamed(module: Module, found: Objected) -> list[Edit]:
    call, span = found.call, module.span(found.call.node)
    if found.name == "json" and _is_plain(found):
        return _as_json(module, found)
    if found.name in _RENAMED:
        new = _RENAMED[found.name]
        is_free = call.callables[0].parameter(new) is not None and call.argument(new).is_missing
        is_alone = new == "status" or (
            call.argument("headers").is_missing and _is_plain_type(module, found.value)
        )
        return [RenameKeyword(span, found.name, new)] if is_free and is_alone else []
    if found.name == "content" and _is_plain(found) and not _has_body(found):
        parameter = _body_parameter(module, found.value)
        return [RenameKeyword(span, found.name, parameter)] if parameter is not None else []
    return []


def _as_json(module: Module, found: Objected) -> list[Edit]:
    call = found.call
    names = {keyword.arg for keyword in call.node.keywords}
    if call.node.args or names - {"json", "status", "reason"}:
        return []
    callee, imports = spelled(module, JSON_RESPONSE)
    span = module.span(call.node)
    return [ReplaceCallee(span, callee), RenameKeyword(span, "json", "data"), *imports]


def _is_plain_type(module: Module, node: ast.expr) -> bool:
    text = text_of(module, node)
    return text is not None and "charset" not in text


def _is_utf8(parameters: str) -> bool:
    return parameters.replace(" ", "").strip(";").lower() in ("charset=utf-8", "charset=utf8")


def _quoted(text: str) -> str:
    """Give the source of a string in double quotes."""
    return '"' + text.strip().replace("\\", "\\\\").replace('"', '\\"') + '"'


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


def _without_header(module: Module, found: Objected) -> list[Edit]:
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
