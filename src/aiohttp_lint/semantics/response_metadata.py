"""Questions about what a server's response says of its body: type, status, cookies and encoding."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import url_start
from aiohttp_lint.semantics.json_encoding import JSON_RESPONSE, encoded_json
from aiohttp_lint.semantics.mappings import written_mapping
from aiohttp_lint.semantics.middleware_chains import may_answer_instead
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import blocks, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

RESPONSE = aiohttp_api.class_named("aiohttp.web.Response").name
_STREAM_RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
_EXCEPTIONS = aiohttp_api.subclasses_of("aiohttp.web.HTTPException")
_WITHOUT_BODY = tuple(
    aiohttp_api.class_named(f"aiohttp.web.{name}").name for name in ("HTTPNoContent", "HTTPNotModified")
)
_ENABLE_COMPRESSION = aiohttp_api.callable_named("aiohttp.web.StreamResponse.enable_compression").name
_SET_STATUS = aiohttp_api.callable_named("aiohttp.web.StreamResponse.set_status").name
_WITH_STATUS = (
    RESPONSE,
    _STREAM_RESPONSE,
    JSON_RESPONSE,
    _SET_STATUS,
    aiohttp_api.class_named("aiohttp.web.FileResponse").name,
)
ANSWERING = (*_EXCEPTIONS, *_WITH_STATUS, _ENABLE_COMPRESSION)
"""What makes a response, or says what it is."""
_BODILESS = frozenset({204, 304})
_BODILESS_NAMES = frozenset({"http.HTTPStatus.NO_CONTENT", "http.HTTPStatus.NOT_MODIFIED"})
_HTML = re.compile(
    r"\s*<(?:!doctype\s+html|html|head|body|title|h[1-6]|div|p|table|ul|ol|form|script|style|center|iframe)\b",
    re.I,
)
_LEFT_ALONE = frozenset({"set_cookie", "del_cookie", "set_status", "status", "text", "body", "cookies"})
_ENCODINGS = frozenset({"gzip", "deflate", "br", "zstd", "compress"})


class Mismatch(Enum):
    """What a response says that its body isn't, or can't have."""

    HTML = auto()
    """A page of HTML goes out as text or as bytes."""
    JSON = auto()
    DROPPED = auto()
    """A body with a status that has none."""
    STATUS = auto()
    """A status that no client can read."""
    OVERWRITTEN = auto()
    """A cookie in a header that another one replaces."""
    ENCODED_TWICE = auto()


@dataclass(frozen=True, slots=True)
class Mismatched:
    """A place where a response contradicts its body.

    `call` makes the response, where one does. `sent` is the type that it is sent as; `other` explains the finding.
    """

    node: ast.expr
    mismatch: Mismatch
    call: CallSite | None = None
    sent: str = ""
    other: ast.AST | None = None


def mismatches(module: Module) -> Iterator[Mismatched]:
    """Give the responses of a file whose metadata is wrong for what they send."""
    made = list(module.calls_to(RESPONSE, *_EXCEPTIONS))
    if made and not _sets_content_types(module):
        for call in made:
            yield from _wrong_type(module, call)
    for call in module.calls_to(RESPONSE, JSON_RESPONSE, *_WITHOUT_BODY):
        yield from _dropped(module, call)
    for call in module.calls_to(*_WITH_STATUS):
        status = call.argument("status").value
        literal = module.constant(status) if status is not None else None
        if status is not None and literal is not None and type(literal.value) is int:
            if not 100 <= literal.value <= 999:
                yield Mismatched(status, Mismatch.STATUS, call)
    yield from _overwritten_cookies(module)
    for call in module.calls_to(_ENABLE_COMPRESSION):
        encoded = _encoded_already(module, call)
        if encoded is not None:
            yield Mismatched(call.node, Mismatch.ENCODED_TWICE, other=encoded)


# The type of the body.


def _wrong_type(module: Module, call: CallSite) -> Iterator[Mismatched]:
    if call.has_unknown_arguments or not _says_no_type(module, call) or not is_left_alone(module, call.node):
        return
    for name in ("text", "body"):
        value = call.argument(name).value
        if value is None:
            continue
        encoded = encoded_json(module, value)
        if encoded is not None:
            sent = "application/octet-stream" if encoded.is_bytes else "text/plain"
            if not _is_answered_otherwise(module, call):
                yield Mismatched(value, Mismatch.JSON, call, sent)
            continue
        text, is_bytes = _beginning(module, value)
        if text is not None and _HTML.match(text) and not _is_answered_otherwise(module, call):
            yield Mismatched(
                value, Mismatch.HTML, call, "application/octet-stream" if is_bytes else "text/plain"
            )


def _is_answered_otherwise(module: Module, call: CallSite) -> bool:
    """Tell whether what is made is an HTTP exception that some middleware may turn into another answer."""
    return call.calls_only(*_EXCEPTIONS) and any(may_answer_instead(module, name) for name in call.names)


def _says_no_type(module: Module, call: CallSite) -> bool:
    headers = call.argument("headers")
    if not call.argument("content_type").is_missing:
        return False
    if headers.value is None:
        return headers.is_missing
    mapping = written_mapping(module, headers.value)
    return mapping is not None and mapping.lacks_key(module, "Content-Type")


def _beginning(module: Module, node: ast.expr) -> tuple[str | None, bool]:
    """Give the literal text that a body begins with, and whether it is bytes."""
    literal = module.constant(node)
    if literal is not None and isinstance(literal.value, bytes):
        return literal.value.decode("latin-1"), True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "encode":
        return url_start(module, node.func.value), True
    return url_start(module, node), False


def is_left_alone(module: Module, call: ast.Call) -> bool:
    """Tell whether a response goes out as it is made: returned or raised, and its headers are not touched."""
    use = module.use_of(call)
    if use.kind in (UseKind.RETURNED, UseKind.RAISED):
        return True
    if use.kind is not UseKind.ASSIGNED or len(use.targets) != 1 or not isinstance(use.targets[0], ast.Name):
        return False
    name = use.targets[0].id
    scope = module.scope_at(use.targets[0]).binding_scope(name)
    if scope is None or scope.function is not module.scope_at(call).function:
        return False
    loads = module.uses(scope, name)
    return bool(loads) and all(_leaves_alone(module, load) for load in loads)


def _leaves_alone(module: Module, load: ast.Name) -> bool:
    use = module.use_of(load)
    if use.kind is UseKind.ATTRIBUTE and isinstance(use.node, ast.Attribute):
        return use.node.attr in _LEFT_ALONE
    return use.kind in (UseKind.RETURNED, UseKind.RAISED)


def _sets_content_types(module: Module) -> bool:
    """Tell whether the file sets the type of responses after they are made: in a middleware, perhaps."""
    for node in module.attributes_named("content_type"):
        if isinstance(node.ctx, ast.Store):
            return True
    return any(
        isinstance(module.parent(node), ast.Subscript) and _is_header(module, node, "content-type")
        for scope in module.scope.descend()
        for subscript in scope.nodes.get(ast.Subscript, ())
        if isinstance(subscript, ast.Subscript) and isinstance(subscript.ctx, ast.Store)
        for node in (subscript.slice,)
    )


def _is_header(module: Module, node: ast.expr, name: str) -> bool:
    """Tell whether an expression names a header, literally or by aiohttp's constant."""
    if module.qualified_name(node) == f"aiohttp.hdrs.{name.upper().replace('-', '_')}":
        return True
    literal = module.constant(node)
    return literal is not None and isinstance(literal.value, str) and literal.value.lower() == name


# Bodies that are dropped.


def _dropped(module: Module, call: CallSite) -> Iterator[Mismatched]:
    status = call.argument("status").value
    if not call.calls_only(*_WITHOUT_BODY) and (status is None or not _is_bodiless(module, status)):
        return
    for name in ("text", "body", "data"):
        value = call.argument(name).value
        if value is not None and _is_something(module, value):
            yield Mismatched(value, Mismatch.DROPPED, call)


def _is_bodiless(module: Module, status: ast.expr) -> bool:
    literal = module.constant(status)
    if literal is not None:
        return literal.value in _BODILESS
    return module.qualified_name(status) in _BODILESS_NAMES


def _is_something(module: Module, value: ast.expr) -> bool:
    """Tell whether a body surely is not empty."""
    literal = module.constant(value)
    if literal is not None:
        return isinstance(literal.value, str | bytes) and bool(literal.value)
    if isinstance(value, ast.Dict):
        return bool(value.keys)
    if isinstance(value, ast.List | ast.Tuple):
        return bool(value.elts)
    if isinstance(value, ast.JoinedStr):
        return any(isinstance(part, ast.Constant) and part.value for part in value.values)
    encoded = encoded_json(module, value)
    return (
        encoded is not None
        and encoded.encoded_value is not None
        and _is_something(module, encoded.encoded_value)
    )


# Headers of a response in hand.


def _header_stores(
    module: Module, block: list[ast.stmt], header: str
) -> Iterator[tuple[int, ast.Subscript, str]]:
    """Give the statements of a block that set a header of a response in a local name: `response.headers[…] = …`."""
    for index, statement in enumerate(block):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if (
            isinstance(target, ast.Subscript)
            and isinstance(target.value, ast.Attribute)
            and target.value.attr == "headers"
            and isinstance(target.value.value, ast.Name)
            and _is_header(module, target.slice, header)
            and module.is_instance(target.value.value, _STREAM_RESPONSE)
        ):
            yield index, target, target.value.value.id


def _overwritten_cookies(module: Module) -> Iterator[Mismatched]:
    """Give the cookies in headers that a later statement of the same block replaces."""
    if "cookie" not in module.text.text.lower():
        return
    for function in module.functions():
        pending: list[list[ast.stmt]] = [function.body]
        while pending:
            block = pending.pop()
            last: dict[str, tuple[int, ast.Subscript]] = {}
            for index, target, name in _header_stores(module, block, "set-cookie"):
                earlier = last.get(name)
                if earlier is not None and not _binds(block[earlier[0] + 1 : index], name):
                    yield Mismatched(earlier[1], Mismatch.OVERWRITTEN, other=target)
                last[name] = (index, target)
            pending.extend(
                inner
                for statement in block
                if not hasattr(statement, "decorator_list")
                for inner in blocks(statement)
            )


def _binds(statements: list[ast.stmt], name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        for node in walk_scope(*statements)
    )


def _encoded_already(module: Module, call: CallSite) -> ast.AST | None:
    """Give what says that the body of a response is encoded, where the response is made or in the same function."""
    receiver, function = call.receiver, call.function
    if not isinstance(receiver, ast.Name) or function is None:
        return None
    binding = module.only_binding(receiver, BindingKind.ASSIGNMENT)
    if binding is None:
        return None
    made = binding.value
    if isinstance(made, ast.Call) and module.call_site(made).calls_only(RESPONSE, _STREAM_RESPONSE):
        headers = module.call_site(made).argument("headers").value
        mapping = written_mapping(module, headers) if headers is not None else None
        value = mapping.value_of(module, "Content-Encoding") if mapping is not None else None
        if value is not None and _is_encoding(module, value):
            return value
    for block in [function.body]:
        for index, target, name in _header_stores(module, block, "content-encoding"):
            statement = block[index]
            assert isinstance(statement, ast.Assign)
            if (
                name == receiver.id
                and _is_encoding(module, statement.value)
                and statement.lineno < call.node.lineno
            ):
                return target
    return None


def _is_encoding(module: Module, value: ast.expr) -> bool:
    literal = module.constant(value)
    return literal is not None and literal.value in _ENCODINGS
