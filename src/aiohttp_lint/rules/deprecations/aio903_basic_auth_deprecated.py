"""AIO903."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import (
    Edit,
    RemoveKeyword,
    RenameKeyword,
    ReplaceExpression,
    replaced_or_removed,
    verbatim,
)
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.legacy import leftover_imports
from aiohttp_lint.semantics.legacy_credentials import (
    BASIC_AUTH,
    ENCODE,
    HEADERS,
    Credentials,
    credentials,
    is_ascii,
    made_elsewhere,
)
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import is_none_for_sure

_MADE = "`BasicAuth` is deprecated, and gone in aiohttp 4; make the header with aiohttp.encode_basic_auth()"
_IMPORTED = "`BasicAuth` is gone in aiohttp 4: ImportError; don't import what is not used"


class BasicAuthDeprecated(Rule):
    """`BasicAuth`, `auth=` and `proxy_auth=` are deprecated from aiohttp 3.14 on: credentials are a header.

    Each gives a `DeprecationWarning` (`BasicAuth is deprecated and will be removed in aiohttp 4.0; use
    aiohttp.encode_basic_auth() with headers={'Authorization': ...} instead`). On aiohttp 4 they are `AttributeError: module
    aiohttp has no attribute BasicAuth` and `TypeError: … got an unexpected keyword argument 'auth'`.

    Bad:

    ```python
    async def report(session: aiohttp.ClientSession, password: str) -> str:
        auth = aiohttp.BasicAuth("reporter", password)
        async with session.get("https://reports.example/", auth=auth) as response:
            return await response.text()
    ```

    Good:

    ```python
    async def report(session: aiohttp.ClientSession, password: str) -> str:
        headers = {"Authorization": aiohttp.encode_basic_auth("reporter", password)}
        async with session.get("https://reports.example/", headers=headers) as response:
            return await response.text()
    ```

    Fix: unsafe. A `BasicAuth(login, password)` that is written out in a call without other headers becomes the header (in the
    `latin1` that it had, unless it is all ASCII). But a header goes along wherever a session's `auth` would not: it is sent to
    other hosts than that of the `base_url`; and where the session has an `auth` of its own, or `trust_env` finds a netrc
    file, both together raise `ValueError`.

    Reported only where every aiohttp that the project allows is 3.14 or newer, since the function is not there before.
    `auth=None` is reported for aiohttp 4 alone, and an unused import where the versions include 4: it fails there.
    """

    code = "AIO903"
    name = "basic-auth-deprecated"
    message = (
        "`{}` is deprecated, and gone in aiohttp 4; pass the header that aiohttp.encode_basic_auth() makes"
    )
    fix = FixAvailability.UNSAFE
    practices = ("6.5", "6.6", "7.3", "10.5")
    versions = "3.14 and later; fails on 4.0"
    mentions = (any_of(*HEADERS, BASIC_AUTH),)
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#custom-request-headers"

    def check(self, module: Module) -> Iterator[Finding]:
        if not module.target.all_at_least(ENCODE.since):
            return
        handed_over = set()
        for found in credentials(module):
            handed_over.add(found.argument.value)
            yield self.finding(
                module,
                found.argument.value,
                self.message.format(found.argument.name),
                edits=_edits(module, found),
                fix="Pass a header",
            )
        for call in made_elsewhere(module, handed_over):
            yield self.finding(module, call, _MADE)
        for unused in leftover_imports(module, BASIC_AUTH):
            gone = replaced_or_removed(module.span(unused.statement), unused.source)
            yield self.finding(module, unused.alias, _IMPORTED, edits=[gone], fix="Don't import it")


def _edits(module: Module, found: Credentials) -> list[Edit]:
    argument = found.argument
    call = module.span(argument.call.node)
    if is_none_for_sure(module, argument.value):
        return [RemoveKeyword(call, argument.name)] if argument.is_named else []
    if found.made is None or not found.can_be_header:
        return []
    taker, header = HEADERS[argument.name]
    spelling, imports = spelled(module, ENCODE.name)
    given = ", ".join(verbatim(module.segment(part)) for part in found.made.node.args)
    encoding = "" if is_ascii(module, found.made) else ', encoding="latin1"'
    template = f'{{{{"{header}": {spelling}({given}{encoding})}}}}'
    edits: list[Edit] = [
        ReplaceExpression(module.span(argument.value), template),
        RenameKeyword(call, argument.name, taker),
    ]
    return [*edits, *imports]
