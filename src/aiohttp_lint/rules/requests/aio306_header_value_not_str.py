"""AIO306."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.mappings import without_entry
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_values import FILE_RESPONSE, Misfit, ValueKind, header_misfits

_WRAPPED = frozenset({ValueKind.NUMBER, ValueKind.BOOL})


class HeaderValueNotStr(Rule):
    """A header whose value is not text fails when the headers are written.

    A request raises `TypeError: Cannot serialize non-str key 2`, for numbers (`Content-Length` too), bools, `None`,
    bytes and lists alike; a header of the session at its first request. On the server the handler returns, and then
    the connection is dropped while the response's headers are written: the client sees `ServerDisconnectedError`.
    `None` does not take a default header away. A line break in a value raises `ValueError` (a header injection).

    Bad:

    ```python
    async def handler(request: web.Request) -> web.Response:
        names = await find_names()
        return web.json_response(names, headers={"X-Count": len(names)})
    ```

    Good:

    ```python
    async def handler(request: web.Request) -> web.Response:
        names = await find_names()
        return web.json_response(names, headers={"X-Count": str(len(names))})
    ```

    Fix: safe for numbers and bools, which are put into `str()`: the headers can't be sent as they stand. Unsafe for
    `None`, whose header is left out (`skip_auto_headers` is what drops a default one). None for other values.

    Looked at are the `headers` of requests, `ws_connect`, sessions, responses and HTTP exceptions that are written
    out, and what is set on the `headers` of a response or session (`response.headers["X-Count"] = 5`, `add`, `update`).
    Silent for values of unknown type and where the error is expected.
    """

    code = "AIO306"
    name = "header-value-not-str"
    message = "header value is not a str: sending the headers raises TypeError; pass text"
    fix = FixAvailability.MIXED
    practices = ("3.3", "4.3", "7.3", "14.7")
    mentions = (any_of("headers", FILE_RESPONSE),)
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#custom-request-headers"

    def check(self, module: Module) -> Iterator[Finding]:
        for misfit in header_misfits(module):
            is_break = misfit.kind is ValueKind.LINE_BREAK
            if fails_on_purpose(module, misfit.value, "ValueError" if is_break else "TypeError"):
                continue
            message = None
            if is_break:
                message = "line break in a header value raises ValueError; take it out"
            elif misfit.kind is ValueKind.NONE:
                message = (
                    "None as a header value raises TypeError when the headers are sent; leave the header out"
                )
            is_wrapped = misfit.kind in _WRAPPED
            yield self.finding(
                module,
                misfit.value,
                message,
                edits=_edits(module, misfit),
                fix="Pass it as text" if is_wrapped else "Leave the header out",
                safe=is_wrapped,
            )


def _edits(module: Module, misfit: Misfit) -> list[Edit]:
    value = misfit.value
    if misfit.kind in _WRAPPED:
        if (
            isinstance(value, ast.Constant)
            and isinstance(value.value, int)
            and not isinstance(value.value, bool)
        ):
            return [ReplaceExpression(module.span(value), f'"{value.value}"')]
        if module.type_of(value).may_be_none:
            return []
        return [ReplaceExpression(module.span(value), "str({})")]
    if misfit.kind is ValueKind.NONE and misfit.entry is not None:
        kept = without_entry(module, misfit.entry)
        if kept is not None and misfit.entry.display is not None:
            return [ReplaceExpression(module.span(misfit.entry.display), verbatim(kept))]
    return []
