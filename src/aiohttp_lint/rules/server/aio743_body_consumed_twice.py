"""AIO743."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.consumed_bodies import READ_PARTS, Reading, SecondRead, second_reads
from aiohttp_lint.semantics.module import Module


class BodyConsumedTwice(Rule):
    """The body of a request that is read a second time, in another way, is empty.

    A body arrives once. `read()`, `text()`, `json()` and `post()` keep it, and may be mixed (but for forms as multipart);
    `multipart()` and `content` take it from the stream and keep nothing.

    - `multipart()` after one of the four: `ValueError: Could not find starting boundary` from the first part on.
    - `read()`, `json()`, `post()`… after parts were taken, or after a loop over `content`: an empty body, an empty form,
      or `JSONDecodeError: Expecting value: line 1 column 1`.
    - `content` after one of the four: no chunk at all, and no error.

    Bad:

    ```python
    async def upload(request: web.Request) -> web.Response:
        log.debug("upload of %d bytes", len(await request.read()))
        reader = await request.multipart()
        part = await reader.next()
        return web.Response(text=part.name)
    ```

    Good:

    ```python
    async def upload(request: web.Request) -> web.Response:
        log.debug("upload of %s bytes", request.content_length)
        reader = await request.multipart()
        part = await reader.next()
        return web.Response(text=part.name)
    ```

    Fix: none; decide for one way.

    Looks at one function, and reports only where every path to the second read comes through the whole of the first one:
    silent for ways that exclude each other (`if request.content_type == …`), loops that are left by `break`, reads that may
    have failed, requests that get a new value, and where the error is expected. `post()` before or after `read()` depends
    on the type of the content, and is not reported.
    """

    code = "AIO743"
    name = "body-consumed-twice"
    message = "body of the request has been read already: this read finds nothing; read it once"
    practices = ("3.5", "3.6")
    mentions = (any_of(READ_PARTS, "content"), any_of("await"))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.BaseRequest.multipart"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in second_reads(module):
            related = [module.related(found.first.place, "the body is read here")]
            yield self.finding(module, found.second.place, _message(found), related=related)


def _message(found: SecondRead) -> str:
    if found.second.reading is Reading.MULTIPART:
        return "body of the request has been read already: the first part raises ValueError; read it once"
    if found.second.reading is Reading.STREAM:
        return "body of the request has been read already: the stream is at its end; use what was read"
    return "body of the request has been taken from its stream already: this read finds nothing; use what was taken"
