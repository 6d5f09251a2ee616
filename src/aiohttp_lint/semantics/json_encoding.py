"""Questions about JSON: what is encoded already, and which functions encode to bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, SESSION, session_in_sight
from aiohttp_lint.semantics.mappings import written_mapping
from aiohttp_lint.semantics.types import External, FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import Argument, CallSite
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.types import Types

JSON_RESPONSE = aiohttp_api.callable_named("aiohttp.web.json_response").name
SEND_JSON = tuple(
    aiohttp_api.callable_named(f"aiohttp.{name}.send_json").name
    for name in ("web.WebSocketResponse", "ClientWebSocketResponse")
)
JSON_BYTES_RESPONSE = aiohttp_api.callable_named("aiohttp.web.json_bytes_response")

TEXT_ENCODERS = frozenset({"json.dumps", "simplejson.dumps", "ujson.dumps", "rapidjson.dumps"})
BYTES_ENCODERS = frozenset({"orjson.dumps", "msgspec.json.encode", "msgspec.json.Encoder.encode"})
BYTES = BYTES_ENCODERS | {f"{name}.encode" for name in (*TEXT_ENCODERS, "builtins.str")} | {"builtins.bytes"}
_RECODING = frozenset({"encode", "decode"})
_CONTENT_TYPE = "Content-Type"


class Mistake(Enum):
    """What happens to a body that is encoded already."""

    TWICE = auto()
    """It is encoded again: the other side gets one string."""
    REFUSED = auto()
    """It is bytes, which can't be encoded."""
    PLAIN = auto()
    """It is sent as text or as bytes, not as JSON."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """An expression that is JSON already: the call that encodes, and whether that stands in its place.

    `is_bytes` tells what it gives.
    """

    call: ast.Call
    is_direct: bool
    is_bytes: bool

    @property
    def encoded_value(self) -> ast.expr | None:
        """The value that is encoded, where the encoder is told nothing else."""
        return self.call.args[0] if len(self.call.args) == 1 and not self.call.keywords else None


@dataclass(frozen=True, slots=True)
class MisplacedJson:
    """An argument that is JSON already, where that is a mistake."""

    call: CallSite
    value: ast.expr
    name: str
    encoded: Encoded
    mistake: Mistake


def encoded_json(module: Module, node: ast.expr) -> Encoded | None:
    """Tell whether an expression is JSON already: an encoder's call, or the only value of a name."""
    is_direct = True
    if isinstance(node, ast.Name):
        value = module.only_value(node)
        if value is None:
            return None
        node, is_direct = value, False
    recoded: bool | None = None
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RECODING:
        recoded = node.func.attr == "encode" if recoded is None else recoded
        node = node.func.value
    name = module.qualified_name(node.func) if isinstance(node, ast.Call) else None
    if not isinstance(node, ast.Call) or name not in TEXT_ENCODERS | BYTES_ENCODERS:
        return None
    return Encoded(node, is_direct, name in BYTES_ENCODERS if recoded is None else recoded)


def misplaced_json(module: Module) -> Iterator[MisplacedJson]:
    """Give the JSON texts that are encoded again, and those that are sent as plain text."""
    for call in module.calls_to(*REQUESTS, MODULE_REQUEST):
        session = session_in_sight(module, call)
        if session is None or session.argument("json_serialize").is_missing:
            yield from _encoded_again(call, "json")
        yield from _plain(module, call, session)
    for call in module.calls_to(JSON_RESPONSE, *SEND_JSON):
        if call.argument("dumps").is_missing:
            yield from _encoded_again(call, "data")


def _encoded_again(call: CallSite, name: str) -> Iterator[MisplacedJson]:
    value = call.argument(name).value
    encoded = encoded_json(call.module, value) if value is not None else None
    if value is not None and encoded is not None:
        mistake = Mistake.REFUSED if encoded.is_bytes else Mistake.TWICE
        yield MisplacedJson(call, value, name, encoded, mistake)


def _plain(module: Module, call: CallSite, session: CallSite | None) -> Iterator[MisplacedJson]:
    value = call.argument("data").value
    encoded = encoded_json(module, value) if value is not None else None
    if value is None or encoded is None or call.has_unknown_arguments or call.argument("json").is_given:
        return
    if isinstance(value, ast.Name) and len(_loads_of(module, value)) > 1:
        # The exact bytes may be needed elsewhere: signed, logged, sent again.
        return
    if session is None:
        is_own = call.calls_only(MODULE_REQUEST)
    else:
        is_own = (
            not session.has_unknown_arguments
            and session.argument("middlewares").is_missing
            and _lacks_content_type(module, session.argument("headers"))
            and not _touches_headers(module, call)
        )
    if (
        is_own
        and call.argument("middlewares").is_missing
        and _lacks_content_type(module, call.argument("headers"))
    ):
        yield MisplacedJson(call, value, "data", encoded, Mistake.PLAIN)


def _lacks_content_type(module: Module, headers: Argument) -> bool:
    if headers.value is None:
        return headers.is_missing
    mapping = written_mapping(module, headers.value)
    return mapping is not None and mapping.lacks_key(module, _CONTENT_TYPE)


def _loads_of(module: Module, name: ast.Name) -> list[ast.Name]:
    scope = module.scope_at(name).binding_scope(name.id)
    return module.uses(scope, name.id) if scope is not None else []


def _touches_headers(module: Module, call: CallSite) -> bool:
    """Tell whether the session's headers are set after it was made."""
    receiver = call.receiver
    uses = _loads_of(module, receiver) if isinstance(receiver, ast.Name) else []
    parents = [module.parent(use) for use in uses]
    return any(isinstance(parent, ast.Attribute) and "headers" in parent.attr for parent in parents)


@dataclass(frozen=True, slots=True)
class BytesSerializer:
    """A function that encodes to bytes, given where one that encodes to text is wanted."""

    call: CallSite
    value: ast.expr
    name: str


def bytes_serializers(module: Module) -> Iterator[BytesSerializer]:
    """Give the serialisers of sessions, responses and WebSocket messages that give bytes."""
    for call in module.calls_to(SESSION):
        if call.argument("json_serialize_bytes").is_missing:
            yield from _serializer(call, "json_serialize")
    for call in module.calls_to(JSON_RESPONSE, *SEND_JSON):
        if not call.argument("text").is_given and not call.argument("body").is_given:
            yield from _serializer(call, "dumps")


def _serializer(call: CallSite, name: str) -> Iterator[BytesSerializer]:
    value = call.argument(name).value
    if value is not None and _encodes_to_bytes(call.module, value):
        yield BytesSerializer(call, value, name)


def _encodes_to_bytes(module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and module.qualified_name(node.func) == "functools.partial" and node.args:
        return _encodes_to_bytes(module, node.args[0])
    types = module.type_of(node)
    return types.is_known and all(
        (isinstance(member, External) and member.name in BYTES_ENCODERS)
        or (isinstance(member, FunctionObject) and _is_bytes(module.inference.result_of(member.function)))
        for member in types.members
    )


def _is_bytes(types: Types) -> bool:
    return types.is_known and all(
        isinstance(member, Instance) and member.definition is None and member.name in BYTES
        for member in types.members
    )
