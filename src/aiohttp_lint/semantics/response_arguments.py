"""Questions about the arguments of responses and HTTP exceptions: what they take, and what excludes what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.failures import fails_before, fails_on_purpose
from aiohttp_lint.semantics.mappings import is_surely, members_of, written_mapping
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import NONE_VALUE, ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
RESPONSE = aiohttp_api.class_named("aiohttp.web.Response").name
JSON_RESPONSE = aiohttp_api.callable_named("aiohttp.web.json_response").name
HTTP_EXCEPTION = aiohttp_api.class_named("aiohttp.web.HTTPException").name
RESPONSES = (
    RESPONSE,
    JSON_RESPONSE,
    *(
        aiohttp_api.class_named(f"aiohttp.web.{name}").name
        for name in ("StreamResponse", "FileResponse", "WebSocketResponse")
    ),
)
EXCEPTIONS = aiohttp_api.subclasses_of(HTTP_EXCEPTION)

_TOO_LARGE = aiohttp_api.class_named("aiohttp.web.HTTPRequestEntityTooLarge").name
_NOT_ALLOWED = aiohttp_api.class_named("aiohttp.web.HTTPMethodNotAllowed").name
_ABSTRACT = tuple(
    aiohttp_api.class_named(f"aiohttp.web.{name}").name
    for name in ("HTTPException", "HTTPError", "HTTPRedirection", "HTTPSuccessful", "HTTPClientError", "HTTPServerError")
)  # fmt: skip
"""Classes of exceptions that have no status of their own."""
_COMMON = aiohttp_api.callable_named(HTTP_EXCEPTION)
_ACTUAL_SIZE_OPTIONAL = (3, 14, 0)
_NEXT = (4, 0, 0)
_CONTAINERS = frozenset(
    {"dict", "builtins.dict", "list", "builtins.list", "tuple", "builtins.tuple", "set", "builtins.set"}
)
_NUMBERS = frozenset({"builtins.int", "builtins.float", "builtins.bool"})
_NO_TEXT = _CONTAINERS | _NUMBERS | {"builtins.bytes", "builtins.bytearray"}
_NO_BODY = _CONTAINERS | _NUMBERS
_TEXT = frozenset({"builtins.str"})
_REGISTERING_PAYLOADS = ("PAYLOAD_REGISTRY", "register_payload", "payload_type(")
_BREAKS = ("\n", "\r")


class Objection(Enum):
    """What is wrong with an argument."""

    UNKNOWN = auto()
    POSITIONAL = auto()
    MISSING = auto()
    TEXT_TYPE = auto()
    BODY_TYPE = auto()
    BOTH_BODIES = auto()
    """`text` with `body`, or one of them with the data of `json_response()`."""
    CHARSET_IN_TYPE = auto()
    TYPE_WITH_HEADER = auto()
    """`content_type` or `charset` beside a `Content-Type` header."""
    LINE_BREAK = auto()
    """In the reason phrase."""
    NO_LOCATION = auto()
    ALLOWED_TEXT = auto()
    """One string where the allowed methods are wanted: its letters are taken for methods."""
    NO_STATUS = auto()
    """The class is a base class without a status."""


@dataclass(frozen=True, slots=True)
class Objected:
    """An argument that a response or an HTTP exception does not take.

    `value` is the argument, or the call where one is missing; `name` its parameter; `index` its position where it
    is not named.
    """

    call: CallSite
    value: ast.expr
    objection: Objection
    name: str
    index: int | None = None


def objections(module: Module, *callees: str) -> Iterator[Objected]:
    """Give the arguments that make the calls of some of these callees fail, and nothing where that is expected."""
    for call in module.calls_to(*callees):
        if len(call.callables) != 1:
            continue
        if any(fails_on_purpose(module, call.node, error) for error in ("TypeError", "ValueError")):
            continue
        if fails_before(module, call.node):
            continue
        (callee,) = call.names
        shape = [*_names(module, call, callee), *_positions(call), *_missing(module, call, callee)]
        yield from shape
        if not shape:
            yield from _values(module, call)
            yield from _content_types(module, call, callee)
            if callee in EXCEPTIONS:
                yield from _exceptions(module, call, callee)


def bare_classes(module: Module) -> Iterator[ast.expr]:
    """Give the classes of HTTP exceptions that are raised without the arguments which they need."""
    for scope in module.scope.descend():
        for node in scope.nodes.get(ast.Raise, ()):
            assert isinstance(node, ast.Raise)
            if node.exc is None or not isinstance(node.exc, ast.Name | ast.Attribute):
                continue
            members = members_of(module, node.exc)
            if members and all(
                isinstance(member, ClassObject)
                and member.definition is None
                and _needs_arguments(member.name)
                for member in members
            ):
                if not (fails_on_purpose(module, node, "TypeError") or fails_before(module, node)):
                    yield node.exc


def _needs_arguments(name: str) -> bool:
    return name in EXCEPTIONS and any(
        parameter.is_required for parameter in aiohttp_api.callable_named(name).parameters
    )


def _names(module: Module, call: CallSite, callee: str) -> Iterator[Objected]:
    function = call.callables[0]
    for keyword in call.node.keywords:
        if keyword.arg is None:
            continue
        taken = function.parameter(keyword.arg) or (
            _COMMON.parameter(keyword.arg) if callee == _TOO_LARGE else None
        )
        too_new = callee == _TOO_LARGE and keyword.arg == "actual_size" and module.target.all_at_least(_NEXT)
        if taken is None or taken.name.startswith("_") or too_new:
            yield Objected(call, keyword.value, Objection.UNKNOWN, keyword.arg)


def _positions(call: CallSite) -> Iterator[Objected]:
    parameters = call.callables[0].parameters
    taken = sum(parameter.kind.startswith("positional") for parameter in parameters)
    arguments = call.node.args
    if len(arguments) > taken and not any(isinstance(argument, ast.Starred) for argument in arguments):
        yield Objected(call, arguments[taken], Objection.POSITIONAL, "", taken)


def _missing(module: Module, call: CallSite, callee: str) -> Iterator[Objected]:
    needed = [parameter.name for parameter in call.callables[0].parameters if parameter.is_required]
    if callee == _TOO_LARGE and module.target.declares_below(_ACTUAL_SIZE_OPTIONAL):
        needed.append("actual_size")
    for name in needed:
        if call.argument(name).is_missing:
            yield Objected(call, call.node, Objection.MISSING, name)
            return


def _values(module: Module, call: CallSite) -> Iterator[Objected]:
    text, body = call.argument("text").value, call.argument("body").value
    if text is not None and is_surely(module, text, _NO_TEXT) and is_made_here(module, text):
        yield Objected(call, text, Objection.TEXT_TYPE, "text")
    if body is not None and (is_surely(module, body, _NO_BODY) or _is_plain_generator(body)):
        if is_made_here(module, body) and not _has_own_payloads(module):
            yield Objected(call, body, Objection.BODY_TYPE, "body")
    if text is not None and body is not None and _is_given(module, text) and _is_given(module, body):
        yield Objected(call, body, Objection.BOTH_BODIES, "body")
    elif call.calls_only(JSON_RESPONSE) and call.argument("data").is_given:
        for name, value in (("text", text), ("body", body)):
            if value is not None and _is_given(module, value) and not _is_empty(module, value):
                yield Objected(call, value, Objection.BOTH_BODIES, name)
    reason = call.argument("reason").value
    if reason is not None and any(mark in part for part in _written(module, reason) for mark in _BREAKS):
        yield Objected(call, reason, Objection.LINE_BREAK, "reason")


def _has_own_payloads(module: Module) -> bool:
    """Tell whether the project may teach aiohttp to send further types as bodies."""
    if any(text in module.text.text for text in _REGISTERING_PAYLOADS):
        return True
    project = module.project
    return project is not None and project.files_saying(module, *_REGISTERING_PAYLOADS) != []


def _is_plain_generator(node: ast.expr) -> bool:
    return isinstance(node, ast.GeneratorExp) and not any(part.is_async for part in node.generators)


def _content_types(module: Module, call: CallSite, callee: str) -> Iterator[Objected]:
    if callee in EXCEPTIONS and module.target.all_at_least(_NEXT):
        return
    kind, charset = call.argument("content_type"), call.argument("charset")
    if kind.value is not None and "charset" in (text_of(module, kind.value) or ""):
        yield Objected(call, kind.value, Objection.CHARSET_IN_TYPE, "content_type")
        return
    headers = call.argument("headers").value
    if headers is None:
        return
    mapping = written_mapping(module, headers)
    header = mapping.value_of(module, "Content-Type") if mapping is not None else None
    if header is None:
        return
    has_default = callee == JSON_RESPONSE and kind.is_missing
    given = [argument.value for argument in (kind, charset) if argument.value is not None]
    if has_default or any(_is_given(module, value) for value in given):
        place = header if isinstance(headers, ast.Dict) else headers
        yield Objected(call, place, Objection.TYPE_WITH_HEADER, "headers")


def _exceptions(module: Module, call: CallSite, callee: str) -> Iterator[Objected]:
    location = call.argument("location").value
    if location is not None:
        literal = module.constant(location)
        if literal is not None and literal.value in (None, ""):
            yield Objected(call, location, Objection.NO_LOCATION, "location")
    if callee == _NOT_ALLOWED:
        allowed = call.argument("allowed_methods").value
        if allowed is not None and is_surely(module, allowed, _TEXT):
            yield Objected(call, allowed, Objection.ALLOWED_TEXT, "allowed_methods")
    is_raised = module.use_of(call.node).kind is UseKind.RAISED
    if callee in _ABSTRACT and is_raised and not _is_set_up(module, call.function):
        yield Objected(call, call.node, Objection.NO_STATUS, "")


def has_no_status(call: CallSite) -> bool:
    """Tell whether a call makes an HTTP exception of a base class, whose status no client can read."""
    return call.calls_only(*_ABSTRACT)


def _is_set_up(module: Module, function: Function | None) -> bool:
    """Tell whether a function prepares the application, so that what it raises answers no request."""
    return function is not None and (
        function.name == "__init__"
        or any(
            parameter.annotation is not None and module.qualified_name(parameter.annotation) == APPLICATION
            for parameter in function.positional
        )
    )


def is_string(module: Module, node: ast.expr) -> bool:
    """Tell whether a value surely is a string."""
    is_dump = isinstance(node, ast.Call) and module.qualified_name(node.func) == "json.dumps"
    return is_dump or is_surely(module, node, _TEXT)


def is_made_here(module: Module, node: ast.expr) -> bool:
    """Tell whether a value is made here: what the project's annotations say of others may not hold."""
    values: list[ast.expr | None] = [node]
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
        values = [each.value if each.kind is BindingKind.ASSIGNMENT else None for each in bindings]
    return bool(values) and all(
        value is not None
        and (
            not isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.Await)
            or (isinstance(value, ast.Call) and not module.call_site(value).functions)
        )
        for value in values
    )


def _is_given(module: Module, node: ast.expr) -> bool:
    """Tell whether a value surely is not `None`."""
    members = members_of(module, node)
    return bool(members) and NONE_VALUE not in members and is_made_here(module, node)


def _is_empty(module: Module, node: ast.expr) -> bool:
    literal = module.constant(node)
    return literal is not None and not literal.value


def _written(module: Module, node: ast.expr) -> list[str]:
    """Give the text that is written out in an expression: a literal, or the fixed parts of an f-string."""
    if isinstance(node, ast.JoinedStr):
        return [
            part.value
            for part in node.values
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
    text = text_of(module, node)
    return [] if text is None else [text]


def text_of(module: Module, node: ast.expr) -> str | None:
    """Give the string that an expression surely is."""
    literal = module.constant(node)
    return literal.value if literal is not None and isinstance(literal.value, str) else None


def settings_with_charset(module: Module) -> Iterator[tuple[ast.expr, str]]:
    """Give the values with a charset that are set as `content_type` of a response which has one already, by its text."""
    for node in module.attributes_named("content_type"):
        statement = module.parent(node)
        if not isinstance(node.ctx, ast.Store) or not isinstance(statement, ast.Assign):
            continue
        text = text_of(module, statement.value)
        made = _made(module, node.value)
        if text is not None and "charset=" in text and made is not None and made.argument("text").is_given:
            yield statement.value, text


def _made(module: Module, node: ast.expr) -> CallSite | None:
    """Give the call of `Response` that surely made what a local name means."""
    value = module.only_value(node)
    site = module.call_site(value) if isinstance(value, ast.Call) else None
    return site if site is not None and site.calls_only(RESPONSE) else None
