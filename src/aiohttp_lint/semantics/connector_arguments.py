"""Questions about what connectors, fingerprints and `ssl=` are given: what aiohttp refuses, and what costs the pool."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, SESSION, WS_CONNECT
from aiohttp_lint.semantics.creation import CONNECTORS
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.tls import CONNECTOR
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

FINGERPRINT = aiohttp_api.class_named("aiohttp.Fingerprint").name
SHA256_SIZE = 32
_WEAK_SIZES = (16, 20)
_DIGEST_SIZES = {
    "hashlib.md5": 16, "hashlib.sha1": 20, "hashlib.sha224": 28, "hashlib.sha256": 32, "hashlib.sha384": 48,
    "hashlib.sha512": 64,
}  # fmt: skip
_NOT_TLS = (
    "builtins.str", "builtins.int", "builtins.float", "builtins.bytes", "pathlib.Path", "dict", "list", "tuple",
)  # fmt: skip
TAKERS_OF_SSL = (CONNECTOR, *REQUESTS, WS_CONNECT)
OLD_TLS = ("verify_ssl", "ssl_context", "fingerprint")


class Refusal(Enum):
    """Why a call fails."""

    KEEPALIVE = auto()
    """`keepalive_timeout` beside `force_close=True`."""
    TLS_TYPE = auto()
    """`ssl` is neither a context, a fingerprint nor a bool."""
    TLS_TWICE = auto()
    """More than one of `ssl`, `verify_ssl`, `ssl_context` and `fingerprint`."""
    WEAK_DIGEST = auto()
    """An MD5 or SHA-1 digest as a fingerprint."""
    DIGEST_SIZE = auto()
    """A fingerprint that is not the 32 bytes of a SHA-256 digest."""
    CLASS = auto()
    """The class of a connector in place of a connector."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that surely fails, and the argument by which it does.

    `hashed` is the call of `hashlib` whose digest is given, where it is one.
    """

    call: CallSite
    argument: ast.expr
    reason: Refusal
    hashed: ast.Call | None = None


def refused_arguments(module: Module) -> Iterator[Refused]:
    """Give the arguments of connectors and for TLS that aiohttp refuses."""
    for refused in (
        *_refused_keepalive(module),
        *_refused_tls(module),
        *_refused_fingerprints(module),
        *_refused_classes(module),
    ):
        error = {Refusal.TLS_TYPE: "TypeError", Refusal.CLASS: "AttributeError"}.get(
            refused.reason, "ValueError"
        )
        if not fails_on_purpose(module, refused.call.node, error):
            yield refused


def _refused_keepalive(module: Module) -> Iterator[Refused]:
    for call in module.calls_to(*CONNECTORS):
        keepalive = call.argument("keepalive_timeout").value
        if keepalive is not None and is_literally(module, call.argument("force_close").value, True):
            if _is_something(module, keepalive):
                yield Refused(call, keepalive, Refusal.KEEPALIVE)


def _refused_tls(module: Module) -> Iterator[Refused]:
    for call in module.calls_to(*TAKERS_OF_SSL):
        given = call.argument("ssl").value
        if given is not None and not module.type_of(given).may_be_none:
            if module.is_instance(given, *_NOT_TLS) and not module.is_instance(given, "builtins.bool"):
                yield Refused(call, given, Refusal.TLS_TYPE)
                continue
        chosen = [value for value in _tls_choices(module, call) if value is not None]
        if len(chosen) > 1:
            yield Refused(call, chosen[1], Refusal.TLS_TWICE)


def _tls_choices(module: Module, call: CallSite) -> Iterator[ast.expr | None]:
    """Give the arguments that surely choose something about TLS; `ssl=True` and `verify_ssl=True` choose nothing."""
    for name in ("ssl", *OLD_TLS):
        given = call.argument(name).value
        if given is None or is_literally(module, given, True):
            continue
        if name == "verify_ssl":
            yield given if is_literally(module, given, False) else None
        elif _is_something(module, given):
            yield given


def _refused_fingerprints(module: Module) -> Iterator[Refused]:
    for call in module.calls_to(FINGERPRINT):
        given = call.argument("fingerprint").value
        if given is None:
            continue
        hashed = _hash_call(module, given)
        size = _size_of(module, given) if hashed is None else _digest_size(module, given, hashed)
        if size is not None and size != SHA256_SIZE:
            reason = Refusal.WEAK_DIGEST if size in _WEAK_SIZES else Refusal.DIGEST_SIZE
            yield Refused(call, given, reason, hashed)


def _refused_classes(module: Module) -> Iterator[Refused]:
    for call in module.calls_to(SESSION):
        given = call.argument("connector").value
        types = module.type_of(given) if given is not None else None
        if given is None or types is None or not types.is_known:
            continue
        if all(isinstance(member, ClassObject) and _is_connector(member) for member in types.members):
            yield Refused(call, given, Refusal.CLASS)


def _is_connector(member: ClassObject) -> bool:
    bases = member.definition.outside_bases if member.definition is not None else (member.name,)
    return any(base in CONNECTORS for base in bases)


def is_literally(module: Module, node: ast.expr | None, value: object) -> bool:
    """Tell whether an expression is this very literal (`True` is not 1)."""
    literal = module.constant(node) if node is not None else None
    return literal is not None and literal.value == value and type(literal.value) is type(value)


def _is_something(module: Module, node: ast.expr) -> bool:
    """Tell whether an expression surely is not None."""
    literal = module.constant(node)
    if literal is not None:
        return literal.value is not None
    types = module.type_of(node)
    return types.is_known and not types.may_be_none


# Fingerprints.


def _hash_call(module: Module, node: ast.expr) -> ast.Call | None:
    """Give the `hashlib.…(…)` of `hashlib.…(…).digest()`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.args:
        return None
    hashed = node.func.value
    if node.func.attr not in ("digest", "hexdigest") or not isinstance(hashed, ast.Call):
        return None
    return hashed if module.qualified_name(hashed.func) in _DIGEST_SIZES else None


def _digest_size(module: Module, node: ast.expr, hashed: ast.Call) -> int:
    size = _DIGEST_SIZES[module.qualified_name(hashed.func) or ""]
    is_hexadecimal = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "hexdigest"
    return 2 * size if is_hexadecimal else size


def _size_of(module: Module, node: ast.expr) -> int | None:
    """Give the length of a value that is written out: a literal, one repeated, or one decoded from hexadecimal."""
    literal = module.constant(node)
    if literal is not None:
        return len(literal.value) if isinstance(literal.value, bytes | str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        size, times = _size_of(module, node.left), module.constant(node.right)
        return (
            size * times.value
            if size is not None and times is not None and type(times.value) is int
            else None
        )
    if isinstance(node, ast.Call) and len(node.args) == 1:
        digits = module.constant(node.args[0])
        if digits is not None and isinstance(digits.value, str):
            if module.qualified_name(node.func) in ("builtins.bytes.fromhex", "binascii.unhexlify"):
                return _decoded_size(digits.value)
    return None


def _decoded_size(digits: str) -> int | None:
    try:
        return len(bytes.fromhex(digits))
    except ValueError:
        return None


# The pool.


class Defeat(Enum):
    """How a connector is kept from pooling connections or from looking names up again."""

    FORCE_CLOSE = auto()
    UNLIMITED = auto()
    CACHED_FOREVER = auto()
    NOT_CACHED = auto()
    CLOSE_HEADER = auto()


@dataclass(frozen=True, slots=True)
class Defeated:
    """The argument that switches pooling, its limit, or the expiry of looked-up addresses off."""

    argument: ast.expr
    kind: Defeat


def pools_defeated(module: Module) -> Iterator[Defeated]:
    """Give the literals that take the use out of the pool or the DNS cache."""
    for call in module.calls_to(*CONNECTORS):
        for name, values, kind in _DEFEATS:
            given = call.argument(name).value
            if given is None or not any(is_literally(module, given, value) for value in values):
                continue
            if kind is Defeat.UNLIMITED and not _is_unlimited_per_host(module, call):
                continue
            yield Defeated(given, kind)
    for call in module.calls_to(SESSION, MODULE_REQUEST, *REQUESTS):
        headers = call.argument("headers").value
        if isinstance(headers, ast.Dict):
            for key, value in zip(headers.keys, headers.values, strict=True):
                if key is not None and is_text(module, key, "connection") and is_text(module, value, "close"):
                    yield Defeated(value, Defeat.CLOSE_HEADER)


_DEFEATS: tuple[tuple[str, tuple[object, ...], Defeat], ...] = (
    ("force_close", (True,), Defeat.FORCE_CLOSE),
    ("limit", (0, None), Defeat.UNLIMITED),
    ("ttl_dns_cache", (None,), Defeat.CACHED_FOREVER),
    ("use_dns_cache", (False,), Defeat.NOT_CACHED),
)


def _is_unlimited_per_host(module: Module, call: CallSite) -> bool:
    per_host = call.argument("limit_per_host")
    return per_host.is_missing or is_literally(module, per_host.value, 0)


def is_text(module: Module, node: ast.expr, text: str) -> bool:
    """Tell whether an expression is this text in any case, or the constant of `aiohttp.hdrs` for it."""
    if module.qualified_name(node) == f"aiohttp.hdrs.{text.upper()}":
        return True
    literal = module.constant(node)
    return literal is not None and isinstance(literal.value, str) and literal.value.lower() == text
