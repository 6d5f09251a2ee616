"""AIO909."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit, MakeAsync, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import legacy_client as client
from aiohttp_lint.semantics import legacy_repairs as repairs
from aiohttp_lint.semantics.client_coroutines import can_await
from aiohttp_lint.semantics.creation import CONNECTORS
from aiohttp_lint.semantics.module import Module

_MEMBERS = {
    "url_obj": "`url_obj` is deprecated, and gone in aiohttp 4; ask `url`",
    "code": "`code` is deprecated, and gone in aiohttp 4; it is `status`",
    "unread_data": "`unread_data()` is deprecated and going to be removed; keep what was read too much",
}
_ARGUMENTS = {
    "code": _MEMBERS["code"],
    "content_transfer_encoding": "`content_transfer_encoding` is deprecated, and gone in aiohttp 4; pass a BytesPayload",
    "ssl_shutdown_timeout": "`ssl_shutdown_timeout` is deprecated, and removed in aiohttp 4.0; leave it out",
    "enable_cleanup_closed": "`enable_cleanup_closed` is ignored, with a warning, since Python does it; leave it out",
}
_RELEASE = "`release()` gives nothing to wait for in aiohttp 4: TypeError; don't await it"
_EVOLVE = "ClientTimeout is no attrs class in aiohttp 4: TypeError; use dataclasses.replace()"
_WITH = "a plain `with` of a connector is deprecated, and gone in aiohttp 4; use `async with`"
_CLOSE = "`close()` of a connector is a coroutine in aiohttp 4: nothing is closed there; await it"
_FILTER = "text for `filter_cookies` is deprecated; pass a yarl.URL"
_STREAMER = "`streamer` is deprecated, and gone in aiohttp 4; pass an asynchronous generator as `data`"
_FILE = "bytes without a file name are a file in aiohttp 3 and a plain field in aiohttp 4; pass `filename`"


class RemovedClientApi(Rule):
    """Parts of the client that aiohttp 3 warns about are gone in aiohttp 4, or do something else there.

    - `response.url_obj`, `error.code`, `aiohttp.streamer`, `with TCPConnector()`: `AttributeError` on 4.
    - `add_field(content_transfer_encoding=…)`, `ClientResponseError(code=…)`: `TypeError` on 4.
    - `await response.release()`: `TypeError: object NoneType can't be used in 'await' expression` on 4. So is
      `attr.evolve(timeout, …)`. aiohttp 3 says nothing of either.
    - `form.add_field("photo", data)` with bytes: a file named `photo` on 3, a plain field on 4.
    - `connector.close()` without `await` closes at once, with a warning; on 4 it does nothing.
    - `filter_cookies("https://…")`, `unread_data()`, `ssl_shutdown_timeout=…`: they work, with a warning.

    Bad:

    ```python
    async def send(session: aiohttp.ClientSession, url: str, photo: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field("photo", photo)
        try:
            async with session.post(url, data=form, raise_for_status=True) as response:
                return str(response.url_obj)
        except aiohttp.ClientResponseError as error:
            return f"{error.code}"
    ```

    Good:

    ```python
    async def send(session: aiohttp.ClientSession, url: str, photo: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field("photo", photo, filename="photo")
        try:
            async with session.post(url, data=form, raise_for_status=True) as response:
                return str(response.url)
        except aiohttp.ClientResponseError as error:
            return f"{error.status}"
    ```

    Fix: safe, each does what aiohttp 3 did. Members and `code=` get their new names, bytes the file name that aiohttp 3
    gave them, `filter_cookies` a `URL`; `release()` is no longer awaited, `close()` is; `with` becomes `async with`. For aiohttp 4
    alone `attr.evolve` becomes `dataclasses.replace`, which no aiohttp 3 can do. None for the others.

    `await response.release()` and `attr.evolve` are reported only where the project's aiohttp versions include 4, and
    `enable_cleanup_closed=True` only where every Python is 3.14 or newer, none of which needs it.
    """

    code = "AIO909"
    name = "removed-client-api"
    message = "this is deprecated, and gone in aiohttp 4; use what has replaced it"
    fix = FixAvailability.SAFE
    practices = ("6.2", "6.3", "6.4", "6.8", "7.4", "7.6", "8.5", "K7")
    versions = "warns on 3.x, in part; fails on 4.0"
    mentions = (
        any_of(
            *(name for _, name in client.MEMBERS),
            *client.ARGUMENTS,
            client.RELEASE,
            *client.EVOLVE,
            *CONNECTORS,
            "close",
            *client.FILTERS,
            client.STREAMER,
            client.ADD_FIELD,
        ),
    )
    source = "https://docs.aiohttp.org/en/stable/client_reference.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for place, message, edits in _removed(module):
            yield self.finding(module, place, message, edits=edits, fix="Write it as aiohttp 4 takes it")


def _removed(module: Module) -> Iterator[tuple[ast.AST, str, list[Edit]]]:
    for node in client.removed_members(module):
        yield node, _MEMBERS[node.attr], repairs.member_repair(module, node)
    for argument in client.removed_arguments(module):
        yield argument.value, _ARGUMENTS[argument.name], repairs.client_argument_repair(module, argument)
    if client.may_be_4(module):
        for awaiting in client.awaited_releases(module):
            plain = verbatim(module.segment(awaiting.value))
            yield awaiting, _RELEASE, [ReplaceExpression(module.span(awaiting), plain)]
        for call in client.evolved_timeouts(module):
            yield call.node, _EVOLVE, repairs.evolve_repair(module, call)
    for call, statement in client.connectors_entered(module):
        is_simple = len(statement.items) == 1 and can_await(module, statement)
        yield call.node, _WITH, [MakeAsync(module.span(statement))] if is_simple else []
    for call in client.connectors_closed_in_passing(module):
        yield call.node, _CLOSE, [Await(module.span(call.node))] if can_await(module, call.node) else []
    for url in client.text_filters(module):
        yield url, _FILTER, repairs.filter_repair(module, url)
    for decorator in client.streamers(module):
        yield decorator, _STREAMER, []
    for call in client.nameless_files(module):
        yield call.node, _FILE, repairs.file_repair(module, call)
