"""Questions about the members of WebSockets: what exists, and whether it is used, and given, what it takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.edits import ReplaceExpression, verbatim
from aiohttp_lint.semantics import aiohttp_api, failures, json_encoding, websockets
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.response_members import (
    accesses,
    awaiting,
    called,
    is_called_or_awaited,
    is_guarded,
)
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.types import Types

_FOREIGN = (
    "send", "recv", "accept", "send_text", "receive_text", "iter_text", "iter_bytes", "iter_json", "wait_closed",
    "write_message", "recv_streaming", "remote_address", "request_headers", "client_state", "application_state", "open",
    "subprotocol", "prepare", "can_prepare", "ws_protocol", "protocol",
)  # fmt: skip
"""What WebSockets of websockets, Starlette and Tornado have, and what only aiohttp's other one has."""
_BYTES_JSON = "send_json_bytes"
_PROPERTIES = ("closed", "close_code", "ws_protocol", "protocol", "prepared", "compress", "client_notakeover")
_PLAIN_METHODS = ("exception", "can_prepare", "get_extra_info")
_CLASSES = (websockets.SERVER, websockets.CLIENT)
MEMBERS = (*_FOREIGN, _BYTES_JSON, *_PROPERTIES, *_PLAIN_METHODS, "write", "send_str", "send_bytes")
"""What can be used wrongly."""
_MISLEADING = frozenset({UseKind.TESTED, UseKind.COMPARED, UseKind.FORMATTED})
_STRUCTURES = frozenset(
    {"dict", "list", "set", "tuple"}
    | {f"builtins.{name}" for name in ("dict", "list", "set", "frozenset", "tuple")}
)
_NUMBERS = frozenset({"builtins.int", "builtins.float", "builtins.bool"})
_TEXT = frozenset({"builtins.str"}) | json_encoding.TEXT_ENCODERS
_BYTES = json_encoding.BYTES | {"builtins.bytearray", "builtins.memoryview"}


def _by_existence(names: tuple[str, ...]) -> dict[tuple[str, bool], tuple[str, ...]]:
    """Sort names by whether aiohttp's classes of WebSockets have them."""
    found: dict[tuple[str, bool], tuple[str, ...]] = {}
    for class_name in _CLASSES:
        for name in names:
            key = (class_name, aiohttp_api.exists(f"{class_name}.{name}"))
            found[key] = (*found.get(key, ()), name)
    return found


_SORTED_FOREIGN, _SORTED_PROPERTIES, _SORTED_METHODS = map(
    _by_existence, (_FOREIGN, _PROPERTIES, _PLAIN_METHODS)
)


class Payload(Enum):
    """What kind of value a message is made of."""

    STRUCTURE = auto()
    NUMBER = auto()
    TEXT = auto()
    BYTES = auto()


class Wrong(Enum):
    """What is wrong about the use of a member."""

    MISSING = auto()
    NOT_FOR_SOCKETS = auto()
    """`write()`, which a WebSocketResponse inherits and refuses."""
    PROPERTY_CALLED = auto()
    PROPERTY_AWAITED = auto()
    METHOD_AWAITED = auto()
    NOT_CALLED = auto()
    PAYLOAD = auto()


SENDERS = {Payload.STRUCTURE: "send_json", Payload.TEXT: "send_str", Payload.BYTES: "send_bytes"}
"""What sends each kind of value."""
_INSTEAD = {
    "send_text": "send_str",
    "recv": "receive_str",
    "receive_text": "receive_str",
    "accept": "prepare",
}
"""aiohttp's names for other libraries' methods, where a call can be renamed."""
HINTS = {
    "accept": "use `prepare(request)`", "recv": "use `receive()`", "receive_text": "use `receive_str()`",
    "send_text": "use `send_str()`", "send": "use `send_str()` or `send_bytes()`",
    "write_message": "use `send_str()` or `send_bytes()`", "wait_closed": "use `close()`",
    "protocol": "use `ws_protocol`", "ws_protocol": "use `protocol`", "subprotocol": "use its `protocol` (`ws_protocol`)",
    "open": "use `not ws.closed`", "remote_address": 'use `get_extra_info("peername")`',
    "send_json_bytes": "it comes with aiohttp 3.14",
    **{f"iter_{kind}": "use `async for message in ws`" for kind in ("text", "bytes", "json")},
}  # fmt: skip
"""What to do instead of what doesn't exist."""


@dataclass(frozen=True, slots=True)
class WrongMember:
    """A wrong use: what to underline, the member, and the payload where that is wrong."""

    wrong: Wrong
    place: ast.expr
    member: ast.Attribute
    payload: Payload | None = None


def wrong_members(module: Module) -> Iterator[WrongMember]:
    """Give the wrong uses of WebSockets' members, kind by kind."""
    for class_name in _CLASSES:
        yield from _missing(module, class_name)
        yield from _misused(module, class_name)
    yield from _payloads(module)


def _missing(module: Module, class_name: str) -> Iterator[WrongMember]:
    names = list(_SORTED_FOREIGN[class_name, False])
    newest = aiohttp_api.callable_named(f"{class_name}.{_BYTES_JSON}")
    if module.target.below <= newest.since:
        names.append(_BYTES_JSON)
    for node in accesses(module, class_name, *names):
        if not is_guarded(module, node) and not _is_set(module, node.attr):
            yield WrongMember(Wrong.MISSING, called(module, node) or node, node)
    if class_name == websockets.SERVER:
        for node in accesses(module, class_name, "write"):
            call = called(module, node)
            if call is not None and not failures.fails_on_purpose(module, node, "RuntimeError"):
                yield WrongMember(Wrong.NOT_FOR_SOCKETS, call, node)


def _is_set(module: Module, name: str) -> bool:
    """Tell whether the file itself gives sockets a member of this name."""
    return any(
        not isinstance(other.ctx, ast.Load)
        and (module.type_of(other.value).is_open or websockets.is_socket(module, other.value))
        for other in module.attributes_named(name)
    )


def _misused(module: Module, class_name: str) -> Iterator[WrongMember]:
    for node in accesses(
        module, class_name, *_SORTED_PROPERTIES[class_name, True], fits=is_called_or_awaited
    ):
        if failures.fails_on_purpose(module, node, "TypeError"):
            continue
        call = called(module, node)
        awaited = awaiting(module, call or node)
        if call is not None:
            yield WrongMember(Wrong.PROPERTY_CALLED, awaited or call, node)
        elif awaited is not None:
            yield WrongMember(Wrong.PROPERTY_AWAITED, awaited, node)
    for node in accesses(
        module, class_name, *_SORTED_METHODS[class_name, True], fits=_is_awaited_or_not_called
    ):
        call = called(module, node)
        awaited = awaiting(module, call) if call is not None else None
        if awaited is not None and not failures.fails_on_purpose(module, node, "TypeError"):
            yield WrongMember(Wrong.METHOD_AWAITED, awaited, node)
        elif call is None and module.use_of(node).kind in _MISLEADING:
            yield WrongMember(Wrong.NOT_CALLED, node, node)


def _is_awaited_or_not_called(module: Module, node: ast.Attribute) -> bool:
    call = called(module, node)
    return call is None or awaiting(module, call) is not None


def _payloads(module: Module) -> Iterator[WrongMember]:
    for call in websockets.calls(module, "send_str", "send_bytes"):
        data = call.argument("data").value
        # What nobody awaits sends nothing and raises nothing: AIO602 speaks of it.
        if data is None or module.use_of(call.node).kind is UseKind.DISCARDED:
            continue
        payload = payload_of(module, data)
        taken = Payload.TEXT if call.method_name == "send_str" else Payload.BYTES
        if payload is None or payload is taken or failures.fails_on_purpose(module, call.node, "TypeError"):
            continue
        yield WrongMember(Wrong.PAYLOAD, call.node, _member(call), payload)


def _member(call: CallSite) -> ast.Attribute:
    assert isinstance(call.node.func, ast.Attribute), "a method has a receiver"
    return call.node.func


def payload_of(module: Module, data: ast.expr) -> Payload | None:
    """Tell what kind of value an expression surely is."""
    types = module.type_of(data)
    kinds = {
        Payload.STRUCTURE: _STRUCTURES,
        Payload.NUMBER: _NUMBERS,
        Payload.TEXT: _TEXT,
        Payload.BYTES: _BYTES,
    }
    return next((kind for kind, names in kinds.items() if _is_of(types, names)), None)


def _is_of(types: Types, names: frozenset[str]) -> bool:
    return types.is_known and all(
        isinstance(member, Instance) and member.definition is None and member.name in names
        for member in types.members
    )


# What was meant.


def repair(module: Module, found: WrongMember) -> tuple[list[Edit], bool]:
    """Give what uses the member that was meant, as it is meant to be used, and whether only that can be meant."""
    is_safe = found.member.attr == "send_text" or (
        found.payload is Payload.STRUCTURE
        and found.member.attr == "send_str"
        and isinstance(_first_argument(found), ast.Dict | ast.List)
    )
    return _repair(module, found), is_safe


def _first_argument(found: WrongMember) -> ast.expr | None:
    call = found.place
    return call.args[0] if isinstance(call, ast.Call) and call.args else None


def _repair(module: Module, found: WrongMember) -> list[Edit]:
    place, member = found.place, found.member
    source = module.segment(member)
    if found.wrong is Wrong.NOT_CALLED:
        return [] if member.attr == "can_prepare" else [ReplaceExpression(module.span(place), "{}()")]
    if found.wrong in (Wrong.PROPERTY_CALLED, Wrong.PROPERTY_AWAITED):
        call = place.value if isinstance(place, ast.Await) else place
        has_arguments = isinstance(call, ast.Call) and bool(call.args or call.keywords)
        return [] if has_arguments else [ReplaceExpression(module.span(place), verbatim(source))]
    if found.wrong is Wrong.METHOD_AWAITED and isinstance(place, ast.Await):
        return [ReplaceExpression(module.span(place), verbatim(module.segment(place.value)))]
    if not isinstance(place, ast.Call):
        return []
    return _replaced_call(module, found, place)


def _replaced_call(module: Module, found: WrongMember, call: ast.Call) -> list[Edit]:
    """Call the method that was meant; awaited, where the call was dropped."""
    receiver = module.segment(found.member.value)
    function = module.function_at(call)
    arguments = module.segment(call)[len(module.segment(call.func)) :]
    name = _INSTEAD.get(found.member.attr)
    if found.member.attr == "accept":
        request = websockets.request_in(module, function) if function is not None else None
        if request is None or call.args or call.keywords:
            return []
        arguments = f"({request})"
    elif found.payload is not None or found.member.attr == "send":
        first = _first_argument(found)
        payload = found.payload or (payload_of(module, first) if first is not None else None)
        name = SENDERS.get(payload) if payload is not None else None
    if name is None or "#" in arguments:
        return []
    source = f"{receiver}.{name}{arguments}"
    if module.use_of(call).kind is UseKind.DISCARDED:
        if function is None or not function.is_async:
            return []
        source = f"await {source}"
    return [ReplaceExpression(module.span(call), verbatim(source))]
