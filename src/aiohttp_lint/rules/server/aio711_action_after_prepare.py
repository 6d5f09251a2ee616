"""AIO711."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertBefore, RemoveStatement
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import handler_results, streaming
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.handler_results import OutcomeKind
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.streaming import RESPONSE, STREAM_RESPONSE, Change
from aiohttp_lint.semantics.syntax import blocks
from aiohttp_lint.semantics.websockets import SERVER

_MESSAGES = {
    "set_status": "the status is sent already: AssertionError cuts the body off; set it before `prepare()`",
    "content_length": "the headers are sent already: `content_length` is dropped; set it before `prepare()`",
}
_DROPPED = "the headers are sent already: the change of `{member}` is dropped; make it before `prepare()`"
_ENDS = {
    OutcomeKind.OTHER_RESPONSE: (
        "a second answer is written into the body of the first, and breaks it; decide before `prepare()`"
    ),
    OutcomeKind.HTTP_EXCEPTION: (
        "the HTTP answer is written into the body of the first, and breaks it; raise it before `prepare()`"
    ),
}


class ActionAfterPrepare(Rule):
    """Headers, cookies or the status change, or another answer is given, after `prepare()`.

    `prepare()` sends the status line and the headers. What is set later (`headers`, `set_cookie()`, `content_type`, `etag`,
    `last_modified`, `content_length`, `enable_compression()`…) is dropped without a word. `set_status()`
    raises `AssertionError: Cannot change the response status code after the headers have been sent`, and the
    client sees a body that is cut off. An HTTP exception that is raised, or another response that is returned, is written as a second answer into the
    body of the first: the client fails with `400, Invalid character in chunk size: HTTP/1.1 400 Bad Request`.

    Bad:

    ```python
    async def report(request: web.Request):
        response = web.StreamResponse()
        await response.prepare(request)
        response.content_type = "text/csv"
        if "year" not in request.query:
            raise web.HTTPBadRequest()
        await response.write(b"id,name")
        return response


    app = web.Application()
    app.router.add_get("/report", report)
    ```

    Good:

    ```python
    async def report(request: web.Request):
        if "year" not in request.query:
            raise web.HTTPBadRequest()
        response = web.StreamResponse()
        response.content_type = "text/csv"
        await response.prepare(request)
        await response.write(b"id,name")
        return response


    app = web.Application()
    app.router.add_get("/report", report)
    ```

    Fix: unsafe, because the client then gets a header that it never got. Moves a change that directly follows `prepare()`
    before it; what stands further on is yours to move.

    Silent where some way comes there without `prepare()` (its own failure included), for
    `force_close()` (it works), for exceptions that are caught, and for other answers after `write_eof()`, which aiohttp drops from 3.12 on.
    """

    code = "AIO711"
    name = "action-after-prepare"
    message = "the headers are sent already: do it before `prepare()`"
    fix = FixAvailability.UNSAFE
    practices = ("4.2", "4.3", "4.5", "5.3", "8.2", "16.1", "16.3")
    mentions = (any_of(STREAM_RESPONSE, RESPONSE, SERVER), any_of("prepare"), any_of("await"))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#streamresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for change in streaming.changes_after_prepare(module):
            if fails_on_purpose(module, change.statement, "AssertionError"):
                continue
            message = _MESSAGES.get(change.member, _DROPPED).format(member=change.member)
            yield self.finding(
                module,
                change.statement,
                message,
                related=[module.related(change.prepared, "the headers are sent here")],
                edits=_moved(module, change),
                fix="Move it before `prepare()`",
            )
        for outcome in handler_results.stream_outcomes(module):
            if outcome.kind in _ENDS:
                related = [module.related(outcome.prepared, "the headers are sent here")]
                yield self.finding(module, outcome.place, _ENDS[outcome.kind], related=related)


def _moved(module: Module, change: Change) -> list[Edit]:
    """Move the statement where it directly follows the one that prepares the answer."""
    prepared = module.statement(change.prepared)
    parent = module.parent(prepared)
    if not isinstance(prepared, ast.Expr) or not isinstance(change.statement, ast.Assign | ast.Expr):
        return []
    for block in blocks(parent) if isinstance(parent, ast.stmt) else []:
        if prepared in block[:-1] and block[block.index(prepared) + 1] is change.statement:
            source = module.segment(change.statement)
            return [
                RemoveStatement(module.span(change.statement)),
                InsertBefore(module.span(prepared), source),
            ]
    return []
