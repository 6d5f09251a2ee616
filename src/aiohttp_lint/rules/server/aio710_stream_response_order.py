"""AIO710."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertAfter, ReplaceExpression, ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import handler_results, streaming
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.handler_results import Outcome, OutcomeKind
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.streaming import RESPONSE, STREAM_RESPONSE, WRITES, Disorder, Disordered

_MESSAGES = {
    Disorder.BEFORE_PREPARE: "`{method}()` before `prepare()` fails, and the answer is 500; prepare the answer first",
    Disorder.AFTER_END: "`write()` after `write_eof()`: RuntimeError, the data is lost; write it before",
    Disorder.TEXT: "`{method}()` takes bytes: AssertionError, the client gets a cut body; encode the text",
    Disorder.LENGTH_AND_CHUNKS: "chunks and `content_length` exclude each other: RuntimeError; keep one of them",
}
_ENDS = {
    OutcomeKind.FALLS_OFF: "handler ends without its prepared answer: a 500 is written into the body; `return {name}`",
    OutcomeKind.NOTHING: "handler returns None after `prepare()`: a 500 is written into the body; `return {name}`",
}
_LOGGED = "handler gives None for an answer: aiohttp logs an error for each request; `return {name}`"
_ERRORS = ("RuntimeError", "AssertionError")


class StreamResponseOrder(Rule):
    """A streamed answer is used in the wrong order, gets text, or is not returned.

    A `StreamResponse` is prepared, written, ended and returned, in this order. `write()` before `prepare()` raises
    `RuntimeError: Cannot call write() before prepare()`; after `write_eof()` it raises as well. Text instead of bytes
    raises `AssertionError: data argument must be byte-ish` when the headers are sent already: the client sees
    a body that is cut off (`ClientPayloadError`). `content_length` together with `enable_chunked_encoding()` raises
    `RuntimeError`. A handler that does not return what it prepared makes aiohttp write a second answer, `HTTP/1.1 500`, into the
    body of the first (the client fails with `Invalid character in chunk size`; aiohttp 3.9 drops the connection), and log
    an error for each request; after `write_eof()`, only the latter on aiohttp 3.12 and later.

    Bad:

    ```python
    async def report(request: web.Request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write("id,name")


    app = web.Application()
    app.router.add_get("/report", report)
    ```

    Good:

    ```python
    async def report(request: web.Request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"id,name")
        return response


    app = web.Application()
    app.router.add_get("/report", report)
    ```

    Fix: safe, since the call fails or the answer is broken: turns text into bytes (UTF-8), returns the answer.
    Where an order is wrong there is none.

    Silent where other code is given the answer before (it may prepare it), where an earlier turn of
    a loop may have prepared it, and for functions that aren't registered as handlers, or are decorated by what isn't known.
    """

    code = "AIO710"
    name = "stream-response-order"
    message = "the streamed answer is used in the wrong order: prepare, write, end, return"
    fix = FixAvailability.SAFE
    practices = ("4.1", "4.5", "11.5", "16.1", "16.3")
    mentions = (
        any_of(*WRITES, STREAM_RESPONSE, RESPONSE),
        any_of(*WRITES, "enable_chunked_encoding", "prepare"),
    )
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#streamresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in streaming.disordered(module):
            if any(fails_on_purpose(module, found.place, error) for error in _ERRORS):
                continue
            message = _MESSAGES[found.disorder].format(method=found.method)
            related = [] if found.other is None else [module.related(found.other, "collides with this")]
            edits = _bytes(module, found)
            yield self.finding(
                module, found.place, message, related=related, edits=edits, fix="Turn it into bytes"
            )
        for outcome in handler_results.stream_outcomes(module):
            if outcome.kind in _ENDS:
                text = _LOGGED if outcome.is_ended else _ENDS[outcome.kind]
                message = text.format(name=outcome.answer.name)
                related = [module.related(outcome.prepared, "the headers are sent here")]
                edits = _returned(module, outcome)
                yield self.finding(
                    module, outcome.place, message, related=related, edits=edits, fix="Return the answer"
                )


def _bytes(module: Module, found: Disordered) -> list[Edit]:
    if found.disorder is not Disorder.TEXT:
        return []
    place = found.place
    is_literal = isinstance(place, ast.Constant) and isinstance(place.value, str) and place.value.isascii()
    text = module.segment(place)
    # One plain literal: a `b` before it says the same.
    if is_literal and text[0] in "\"'" and "\\N" not in text and "\\u" not in text.lower():
        single = text[1:-1] if not text.startswith(text[0] * 3) else text[3:-3]
        if text[0] not in single:
            return [ReplaceExpression(module.span(place), f"b{verbatim(text)}")]
    return [ReplaceExpression(module.span(place), "{}.encode()")]


def _returned(module: Module, outcome: Outcome) -> list[Edit]:
    source = f"return {outcome.answer.name}"
    if outcome.kind is OutcomeKind.NOTHING:
        return [ReplaceStatement(module.span(outcome.place), source)]
    function = outcome.answer.function
    return [] if function is None else [InsertAfter(module.span(function.body[-1]), source)]
