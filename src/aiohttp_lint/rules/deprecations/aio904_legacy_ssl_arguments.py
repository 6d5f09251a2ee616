"""AIO904."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RemoveKeyword, RenameKeyword, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.legacy import (
    AIOHTTP_4,
    LegacyArgument,
    fails_now,
    is_provided_for,
    legacy_arguments,
)
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import is_none_for_sure

_LEGACY = ("verify_ssl", "ssl_context", "fingerprint")
_TAKERS = aiohttp_api.callables_giving_up("verify_ssl")
_FINGERPRINT = aiohttp_api.class_named("aiohttp.Fingerprint").name
_TRUE_MEANS_VERIFIED = (3, 9, 2)
_DEFAULT = "`{}` is deprecated, and gone in aiohttp 4; it says what is done anyway: leave it out"
_NONE = "`ssl=None` raises TypeError on aiohttp 4; leave it out"


class LegacySslArguments(Rule):
    """`verify_ssl`, `ssl_context` and `fingerprint` of the client are one argument now: `ssl`.

    On 3.x they warn (`DeprecationWarning: verify_ssl is deprecated, use ssl=False instead`), and two of them together are
    a `ValueError`. On aiohttp 4 each is `TypeError: … got an unexpected keyword argument 'verify_ssl'`. So is `ssl=None`
    there: `TypeError: ssl should be SSLContext, Fingerprint, or bool, got None instead`.

    Bad:

    ```python
    async def fetch(context: ssl.SSLContext, url: str) -> bytes:
        connector = aiohttp.TCPConnector(ssl_context=context)
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.get(url, verify_ssl=True) as response:
                return await response.read()
    ```

    Good:

    ```python
    async def fetch(context: ssl.SSLContext, url: str) -> bytes:
        connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.get(url) as response:
                return await response.read()
    ```

    Fix: safe. `ssl_context=X` becomes `ssl=X`, `fingerprint=X` becomes `ssl=aiohttp.Fingerprint(X)`, `verify_ssl=False` becomes
    `ssl=False`; `verify_ssl=True` and `ssl=None` are what is done anyway, and are taken out. A `verify_ssl` that is decided at
    run time becomes `ssl` only where every allowed aiohttp is 3.9.2 or newer: before, `ssl=True` switched verification *off*.
    None where several of these arguments are given, and where the value may be `None` and aiohttp 4 would refuse it.

    `ssl=None` is reported only where the project's aiohttp versions include 4. `ssl_context` of servers (`web.run_app`,
    `web.TCPSite`) is no matter of this rule. Silent where the warning or the error is waited for.
    """

    code = "AIO904"
    name = "legacy-ssl-arguments"
    message = "`{}` is deprecated, and gone in aiohttp 4; pass `ssl`"
    fix = FixAvailability.SAFE
    practices = ("6.7", "7.1")
    versions = "warns on 3.x, fails on 4.0"
    mentions = (any_of(*_LEGACY, "ssl"), any_of(*_TAKERS))
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#ssl-control-for-tcp-sockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in legacy_arguments(module, *_LEGACY):
            edits = _edits(module, found)
            is_default = any(isinstance(edit, RemoveKeyword) for edit in edits)
            message = (_DEFAULT if is_default else self.message).format(found.name)
            fix = "Leave it out" if is_default else "Pass it as `ssl`"
            yield self.finding(module, found.value, message, edits=edits, fix=fix)
        if not module.target.includes(AIOHTTP_4):
            return
        for call in module.calls_to(*_TAKERS):
            value = call.argument("ssl").value
            if value is not None and is_none_for_sure(module, value):
                if not is_provided_for(module, call.node, "TypeError"):
                    removed = [RemoveKeyword(module.span(call.node), "ssl")] if call.keyword("ssl") else []
                    yield self.finding(module, value, _NONE, edits=removed, fix="Leave it out")


def _edits(module: Module, found: LegacyArgument) -> list[Edit]:
    call = module.span(found.call.node)
    literal = module.constant(found.value)
    is_default = literal is not None and (
        literal.value is None or (found.name == "verify_ssl" and literal.value is True)
    )
    if not found.is_named:
        return []
    if is_default:
        return [RemoveKeyword(call, found.name)]
    others = {*_LEGACY, "ssl"} - {found.name}
    if found.call.has_unknown_arguments or any(found.call.argument(other).is_given for other in others):
        return []
    renamed = RenameKeyword(call, found.name, "ssl")
    types = module.type_of(found.value)
    if found.name == "verify_ssl":
        is_false = literal is not None and literal.value is False
        is_switch = types.is_only("builtins.bool") and not types.may_be_none
        return (
            [renamed] if is_false or (is_switch and module.target.all_at_least(_TRUE_MEANS_VERIFIED)) else []
        )
    if found.name == "ssl_context":
        return [renamed] if not types.may_be_none or not _may_refuse_none(module) else []
    if types.may_be_none:
        return []
    spelling, imports = spelled(module, _FINGERPRINT)
    wrapped = ReplaceExpression(module.span(found.value), f"{spelling}({{}})")
    return [renamed, wrapped, *imports]


def _may_refuse_none(module: Module) -> bool:
    return fails_now(module) or module.target.includes(AIOHTTP_4)
