"""Questions about the values that requests and responses take: query parameters and headers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.handler_results import HTTP_EXCEPTION
from aiohttp_lint.semantics.mappings import members_of, written_mapping
from aiohttp_lint.semantics.request_arguments import REQUESTING
from aiohttp_lint.semantics.timeouts import alternatives, seconds
from aiohttp_lint.semantics.types import NONE_VALUE, ClassObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.mappings import Entry
    from aiohttp_lint.semantics.module import Module

STREAM_RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
FILE_RESPONSE = aiohttp_api.class_named("aiohttp.web.FileResponse").name
"""Takes its headers by their place, too."""
RESPONSES = (
    STREAM_RESPONSE,
    aiohttp_api.class_named("aiohttp.web.Response").name,
    FILE_RESPONSE,
    aiohttp_api.callable_named("aiohttp.web.json_response").name,
)
_HEADERS = "headers"
_SETTERS = frozenset({"add", "setdefault"})
_REMOVERS = frozenset({"pop", "popone", "popall"})


class ValueKind(Enum):
    """What a value is that aiohttp does not take as it stands."""

    NONE = auto()
    BOOL = auto()
    NUMBER = auto()
    BYTES = auto()
    CONTAINER = auto()
    DATE = auto()
    UUID = auto()
    DECIMAL = auto()
    ENUM = auto()
    """A member of an enumeration that is a `str` as well."""
    NOT_FINITE = auto()
    LINE_BREAK = auto()
    """Text that would end a header line."""


_KINDS = {
    "builtins.bool": ValueKind.BOOL,
    "builtins.bytes": ValueKind.BYTES, "builtins.bytearray": ValueKind.BYTES,
    "dict": ValueKind.CONTAINER, "builtins.dict": ValueKind.CONTAINER,
    "set": ValueKind.CONTAINER, "builtins.set": ValueKind.CONTAINER, "builtins.frozenset": ValueKind.CONTAINER,
    "list": ValueKind.CONTAINER, "tuple": ValueKind.CONTAINER,
    "uuid.UUID": ValueKind.UUID, "uuid.uuid1": ValueKind.UUID, "uuid.uuid4": ValueKind.UUID,
    "decimal.Decimal": ValueKind.DECIMAL,
    "builtins.int": ValueKind.NUMBER, "builtins.float": ValueKind.NUMBER, "builtins.len": ValueKind.NUMBER,
    "time.time": ValueKind.NUMBER, "time.time_ns": ValueKind.NUMBER, "time.monotonic": ValueKind.NUMBER,
    **{f"datetime.{name}": ValueKind.DATE for name in (
        "date", "datetime", "timedelta", "date.today", "datetime.now", "datetime.utcnow", "datetime.today",
    )},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that its place does not take, what it is, and the entry that it is the value of (if one)."""

    value: ast.expr
    kind: ValueKind
    entry: Entry | None


def kind_of_value(module: Module, node: ast.expr) -> ValueKind | None:
    """Tell what a value surely is, of what headers don't take; None for text, and where it isn't known.

    Of values that can be of two kinds the one that is not `None` counts.
    """
    kinds: set[ValueKind | None] = set()
    for member in members_of(module, node):
        if member == NONE_VALUE:
            kinds.add(ValueKind.NONE)
        elif isinstance(member, Instance) and member.definition is None:
            kinds.add(_KINDS.get(member.name))
        else:
            kinds.add(None)
    if None in kinds or not kinds:
        return None
    return min(kinds - {ValueKind.NONE} or kinds, key=lambda kind: kind.value if kind is not None else 0)


def _query_kind(module: Module, node: ast.expr) -> ValueKind | None:
    if _is_text_enum(module, node):
        return ValueKind.ENUM
    number = seconds(module, node)
    if number is not None and number in (float("inf"), float("-inf")):
        return ValueKind.NOT_FINITE
    kind = kind_of_value(module, node)
    if kind is ValueKind.NUMBER:
        return None
    if kind is ValueKind.CONTAINER and any(
        isinstance(member, Instance) and member.name in ("list", "tuple")
        for member in members_of(module, node)
    ):
        return None
    return kind


def _is_text_enum(module: Module, node: ast.expr) -> bool:
    """Tell whether an expression is a member of an enumeration that the project derives from `str`."""
    if not isinstance(node, ast.Attribute):
        return False
    for member in members_of(module, node.value):
        if not isinstance(member, ClassObject) or member.definition is None:
            return False
        bases = member.definition.outside_bases
        if "builtins.str" not in bases or "enum.Enum" not in bases:
            return False
        if member.definition.find_method("__str__") or not member.definition.scope.bindings.get(node.attr):
            return False
    return bool(members_of(module, node.value))


def unsupported_parameters(module: Module) -> Iterator[tuple[CallSite, Misfit]]:
    """Give the query parameters of requests that fail, or arrive as something else; each once."""
    seen: set[ast.expr] = set()
    for call in module.calls_to(*REQUESTING):
        given = call.argument("params").value
        mapping = written_mapping(module, given) if given is not None else None
        for entry in mapping.entries if mapping is not None else ():
            for value in _single_values(module, entry.value):
                kind = _query_kind(module, value)
                if kind is not None and value not in seen:
                    seen.add(value)
                    yield call, Misfit(value, kind, entry if value is entry.value else None)


def _single_values(module: Module, node: ast.expr) -> Iterator[ast.expr]:
    """Give the values that are sent for one parameter: those of a list one by one."""
    for value in alternatives(module, node):
        if isinstance(value, ast.List | ast.Tuple):
            yield from value.elts
        else:
            yield value


def header_misfits(module: Module) -> Iterator[Misfit]:
    """Give the values of headers that can't be sent, each once: arguments, and what is set on `headers`."""
    seen: set[ast.expr] = set()
    removed = _removed_headers(module)
    for misfit in _all_header_misfits(module):
        key = None if misfit.entry is None else module.constant(misfit.entry.key)
        if key is not None and isinstance(key.value, str) and key.value.lower() in removed:
            continue
        if misfit.value not in seen:
            seen.add(misfit.value)
            yield misfit


def _removed_headers(module: Module) -> set[str]:
    """Give the names of headers that the file takes away again, as a signal does before a response is sent."""
    removed = set()
    for attribute in module.attributes_named(_HEADERS):
        parent = module.parent(attribute)
        key = None
        if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Del):
            key = module.constant(parent.slice)
        elif isinstance(parent, ast.Attribute) and parent.attr in _REMOVERS:
            call = module.parent(parent)
            if isinstance(call, ast.Call) and call.func is parent and call.args:
                key = module.constant(call.args[0])
        if key is not None and isinstance(key.value, str):
            removed.add(key.value.lower())
    return removed


def _all_header_misfits(module: Module) -> Iterator[Misfit]:
    for call in module.calls_to(*REQUESTING, SESSION, *RESPONSES, *aiohttp_api.subclasses_of(HTTP_EXCEPTION)):
        given = call.argument(_HEADERS).value
        if given is not None:
            yield from _misfits_in(module, given)
    for attribute in module.attributes_named(_HEADERS):
        parent = module.parent(attribute)
        if not module.is_instance(attribute.value, STREAM_RESPONSE, SESSION):
            continue
        if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
            statement = module.parent(parent)
            if isinstance(statement, ast.Assign):
                yield from _misfits_of(module, statement.value, None)
        elif isinstance(parent, ast.Attribute):
            call_node = module.parent(parent)
            if not isinstance(call_node, ast.Call) or call_node.func is not parent:
                continue
            if parent.attr in _SETTERS and len(call_node.args) == 2:
                yield from _misfits_of(module, call_node.args[1], None)
            elif parent.attr in ("update", "extend") and len(call_node.args) == 1:
                yield from _misfits_in(module, call_node.args[0])


def _misfits_in(module: Module, node: ast.expr) -> Iterator[Misfit]:
    mapping = written_mapping(module, node)
    for entry in mapping.entries if mapping is not None else ():
        yield from _misfits_of(module, entry.value, entry)


def _misfits_of(module: Module, node: ast.expr, entry: Entry | None) -> Iterator[Misfit]:
    for value in alternatives(module, node):
        literal = module.constant(value)
        if literal is not None and isinstance(literal.value, str) and {"\r", "\n"} & set(literal.value):
            yield Misfit(value, ValueKind.LINE_BREAK, None)
            continue
        kind = kind_of_value(module, value)
        if kind is not None:
            yield Misfit(value, kind, entry if value is node else None)
