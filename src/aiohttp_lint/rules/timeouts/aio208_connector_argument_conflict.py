"""AIO208."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RemoveKeyword, ReplaceCallee, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.connector_arguments import (
    FINGERPRINT,
    OLD_TLS,
    TAKERS_OF_SSL,
    Refusal,
    Refused,
    refused_arguments,
)
from aiohttp_lint.semantics.creation import CONNECTORS
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled

_MESSAGES = {
    Refusal.KEEPALIVE: "keepalive_timeout beside force_close=True raises ValueError; drop one of the two",
    Refusal.TLS_TYPE: "this value for ssl raises TypeError; pass an ssl.SSLContext, a Fingerprint or a bool",
    Refusal.TLS_TWICE: "ssl, verify_ssl, ssl_context and fingerprint exclude each other: ValueError; pass ssl alone",
    Refusal.WEAK_DIGEST: "an MD5 or SHA-1 fingerprint raises ValueError; pass the SHA-256 digest of the certificate",
    Refusal.DIGEST_SIZE: "a fingerprint that is not 32 bytes long raises ValueError; pass a SHA-256 digest",
    Refusal.CLASS: "the class of a connector in place of one raises AttributeError; call it",
}


class ConnectorArgumentConflict(Rule):
    """A connector, fingerprint or `ssl=` is given what aiohttp refuses.

    `force_close=True` closes a connection after each request, so there is nothing that a keep-alive timeout could count
    for: `ValueError: keepalive_timeout cannot be set if force_close is True` (0 too; `None` is fine). A fingerprint is a
    SHA-256 digest of 32 bytes: `ValueError: md5 and sha1 are insecure and not supported. Use sha256.` for 16 and 20
    bytes, `fingerprint has invalid length` for any other length, as that of a hexadecimal text is. `ssl="ca.pem"` is
    `TypeError: ssl should be SSLContext, bool, Fingerprint or None`, and `connector=aiohttp.TCPConnector`, without the
    call, is `AttributeError: type object 'TCPConnector' has no attribute '_loop'`. Two of `ssl`, `verify_ssl=False`,
    `ssl_context` and `fingerprint` are `ValueError: verify_ssl, ssl_context, fingerprint and ssl parameters are mutually
    exclusive`.

    Bad:

    ```python
    connector = aiohttp.TCPConnector(force_close=True, keepalive_timeout=30)
    pinned = aiohttp.Fingerprint(hashlib.md5(certificate).digest())
    ```

    Good:

    ```python
    connector = aiohttp.TCPConnector(keepalive_timeout=30)
    pinned = aiohttp.Fingerprint(hashlib.sha256(certificate).digest())
    ```

    Fix: unsafe. It keeps the keep-alive, where closing may be what was meant; it calls the connector's class; and it
    takes the SHA-256 digest where the certificate is at hand. There is none for a digest that is written out.

    `ssl=True` and `verify_ssl=True` choose nothing, and conflict with nothing. Silent inside `pytest.raises` and the like.
    """

    code = "AIO208"
    name = "connector-argument-conflict"
    message = _MESSAGES[Refusal.KEEPALIVE]
    fix = FixAvailability.UNSAFE
    practices = ("6.3", "6.7", "11.1")
    mentions = (
        any_of("keepalive_timeout", "ssl", *OLD_TLS, FINGERPRINT, "connector", *CONNECTORS),
        any_of(*CONNECTORS, *TAKERS_OF_SSL, FINGERPRINT, SESSION),
    )
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.TCPConnector"

    def check(self, module: Module) -> Iterator[Finding]:
        for refused in refused_arguments(module):
            edits, fix = _repair(module, refused)
            yield self.finding(module, refused.argument, _MESSAGES[refused.reason], edits=edits, fix=fix)


def _repair(module: Module, refused: Refused) -> tuple[list[Edit], str]:
    if refused.reason is Refusal.KEEPALIVE and refused.call.keyword("force_close") is not None:
        return [RemoveKeyword(module.span(refused.call.node), "force_close")], "Keep connections alive"
    if refused.reason is Refusal.CLASS:
        return [ReplaceExpression(module.span(refused.argument), "{}()")], "Call the class"
    if refused.hashed is not None:
        edits: list[Edit] = []
        if module.qualified_name(refused.hashed.func) != "hashlib.sha256":
            spelling, imports = spelled(module, "hashlib.sha256")
            edits.append(ReplaceCallee(module.span(refused.hashed), spelling))
            edits += imports
        digest = refused.argument
        if isinstance(digest, ast.Call) and getattr(digest.func, "attr", "") == "hexdigest":
            return [], ""
        return edits, "Take the SHA-256 digest"
    return [], ""
