"""AIO311."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, MakeAsync
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.client_coroutines import can_await
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.streams import Fault, StreamMisuse, stream_misuses

_MESSAGES = {
    Fault.SYNCHRONOUS: "a stream can't be iterated without `async for`: TypeError; iterate it with `async for`",
    Fault.NO_SIZE: "`iter_chunked()` without a size raises TypeError; give the size of a chunk",
    Fault.ARGUMENTS: "this iterator takes no argument: TypeError; use `iter_chunked(n)` for chunks of a size",
    Fault.NOT_CALLED: "the method itself can't be iterated: TypeError; call it",
    Fault.COROUTINE: "a read gives one piece, not an iterator: TypeError; use `async for` over `iter_chunked(n)`",
    Fault.RESPONSE: "a response can't be iterated: TypeError; use `async for` over `response.content`",
    Fault.AWAITED: "an iterator can't be awaited: TypeError; use `async for`, or await `read()`",
    Fault.NO_SEQUENCE: "a stream has no length and no index: TypeError; use `await response.read()`",
    Fault.READ_AGAIN: "the body was read as a stream: reading it again gives nothing; keep what the first read gave",
}


class StreamIteration(Rule):
    """A body's stream is iterated as if it were at hand, or read twice.

    - `for chunk in response.content.iter_chunked(1024)` raises `TypeError: 'AsyncStreamIterator' object is not iterable`;
      so do `list(…)`, `b"".join(response.content)` and `len(response.content)`.
    - `iter_chunked()` raises `TypeError: iter_chunked() missing 1 required positional argument: 'n'`, and `async for` over
      `content.read()`, over the uncalled `content.iter_any`, or over the response itself `TypeError: 'async for' requires
      an object with __aiter__ method`.
    - After `await response.content.read()`, or a loop over the stream, `await response.read()` silently gives `b""`,
      `text()` gives `""` and `json()` `None`; and the stream is empty after `await response.read()`.

    Bad:

    ```python
    async def save(session: aiohttp.ClientSession, url: str, file: BinaryIO) -> None:
        async with session.get(url) as response:
            for chunk in response.content.iter_chunked(65536):
                file.write(chunk)
    ```

    Good:

    ```python
    async def save(session: aiohttp.ClientSession, url: str, file: BinaryIO) -> None:
        async with session.get(url) as response:
            async for chunk in response.content.iter_chunked(65536):
                file.write(chunk)
    ```

    Fix: safe for a plain `for` statement over the stream in a coroutine, which becomes `async for`. None for the others.

    Silent for a read of a part (`content.read(4)`, `readany()`), after which `read()` gives the rest; for reads on
    different ways, and for a second `response.read()`, which gives the same bytes again. The stream of a server's request
    counts for the first two groups.
    """

    code = "AIO311"
    name = "stream-iteration"
    message = "stream is used as if it were at hand: TypeError; iterate it with `async for`"
    fix = FixAvailability.SAFE
    practices = ("7.6", "7.7", "11.5", "16.1")
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#streaming-response-content"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in stream_misuses(module):
            if fails_on_purpose(module, found.place, "TypeError"):
                continue
            related = []
            if found.fault is Fault.READ_AGAIN and found.other is not None:
                related.append(module.related(found.other, "read to its end here"))
            yield self.finding(
                module,
                found.place,
                _MESSAGES[found.fault],
                related=related,
                edits=_edits(module, found),
                fix="Iterate with `async for`",
            )


def _edits(module: Module, found: StreamMisuse) -> list[Edit]:
    if found.fault is not Fault.SYNCHRONOUS or not isinstance(found.other, ast.For):
        return []
    return [MakeAsync(module.span(found.other))] if can_await(module, found.other) else []
