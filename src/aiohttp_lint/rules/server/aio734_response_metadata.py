"""AIO734."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_metadata import ANSWERING, Mismatch, mismatches

_TYPES = {Mismatch.HTML: "text/html", Mismatch.JSON: "application/json"}
_MESSAGES = {
    Mismatch.DROPPED: "a response with this status has no body: what is given here is dropped; leave it out",
    Mismatch.STATUS: "clients can't read a status of other than three digits; give one from 100 to 999",
    Mismatch.OVERWRITTEN: "this cookie is lost: the next `Set-Cookie` replaces it; use `set_cookie()`",
    Mismatch.ENCODED_TWICE: (
        "the body is encoded already, and is compressed a second time; leave out `enable_compression()`"
    ),
}


class ResponseMetadata(Rule):
    """What a response says of its body is not what the body is.

    `web.Response(text="<html>…")` goes out as `text/plain; charset=utf-8`, and browsers show the source of the page; with
    `body=b"<html>…"` it is `application/octet-stream`, a download. `text=json.dumps(…)` is `text/plain` too, so that aiohttp's
    own `response.json()` raises `ContentTypeError`. The text of HTTP exceptions is no different.

    A body with status 204 or 304 is dropped without a word. A status below 100 or above 999 is a bad status line to clients. Headers are
    a mapping: the second `response.headers["Set-Cookie"] = …` replaces the first cookie. Before aiohttp 4, `enable_compression()` on a
    response with `Content-Encoding: gzip` compresses the compressed body again, and clients get gzip where they expect the page.

    Bad:

    ```python
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html><body>Hello</body></html>")
    ```

    Good:

    ```python
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html><body>Hello</body></html>", content_type="text/html")
    ```

    Fix: unsafe, because a client may rely on the type that was sent so far. It adds `content_type`; the other mistakes need an author.

    Silent where the type is given, in headers too, or set later, where a response is handed to other code before it is
    returned, in files that set the type of responses elsewhere (a middleware), for HTTP exceptions that a middleware of the project
    catches and answers in its own way, and for empty bodies.
    """

    code = "AIO734"
    name = "response-metadata"
    message = "HTML is sent as text/plain: browsers show its source; pass `content_type='text/html'`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("3.4", "3.7", "4.2", "4.3", "4.4", "8.3", "11.7", "14.7")
    versions = "all; compression twice below 4.0"
    mentions = (any_of(*ANSWERING, "headers"),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#response"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in mismatches(module):
            if found.mismatch is Mismatch.ENCODED_TWICE and not module.target.any_below((4, 0, 0)):
                continue
            content_type = _TYPES.get(found.mismatch)
            edits: list[Edit] = []
            if content_type is None:
                message = _MESSAGES[found.mismatch]
            else:
                what = "HTML" if found.mismatch is Mismatch.HTML else "JSON"
                message = f"{what} is sent as {found.sent}; pass `content_type='{content_type}'`"
                if found.call is not None:
                    edits.append(
                        SetKeyword(module.span(found.call.node), "content_type", f'"{content_type}"')
                    )
            related = [] if found.other is None else [module.related(found.other, "says so here")]
            yield self.finding(
                module, found.node, message, related=related, edits=edits, fix="Say what is sent"
            )
