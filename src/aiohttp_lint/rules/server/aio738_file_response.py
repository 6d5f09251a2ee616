"""AIO738."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import (
    Edit,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExpression,
    verbatim,
)
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.file_responses import FILE_RESPONSE, RESPONSE, ReadFile, file_objects, read_files
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled


class UseFileResponse(Rule):
    """A file that is sent needs `web.FileResponse`, and that takes its path.

    `web.FileResponse(open("a.pdf", "rb"))` raises `TypeError: expected str, bytes or os.PathLike object` when the response is made,
    which is a 500, and the open file leaks. A handler that reads the file and sends the bytes keeps all of it in memory, stops
    every other request while the disk works, and answers no `Range`, `If-Modified-Since` or `If-None-Match`: a browser can't
    resume or skip, and downloads again what it has. `FileResponse` does all of that, with `sendfile` where it can; a missing file is a 404
    (from aiohttp 3.10 on).

    Bad:

    ```python
    async def logo(request: web.Request) -> web.Response:
        return web.Response(body=open("logo.png", "rb").read(), content_type="image/png")

    app.router.add_get("/logo.png", logo)
    ```

    Good:

    ```python
    async def logo(request: web.Request) -> web.FileResponse:
        return web.FileResponse("logo.png")

    app.router.add_get("/logo.png", logo)
    ```

    Fix: unsafe, because the response then has more headers, and its type by the name of the file. It is offered where the file is opened
    in the place of the body or of the path.

    Reported where a registered handler, or what it calls, reads a whole binary file for the body of a response and for nothing else.
    Silent for text (small templates), for the pages of errors, for a file of which a part is read, whose content is used otherwise, or that the function
    itself writes or removes. `web.Response(body=open(path, "rb"))` works: aiohttp streams it.
    """

    code = "AIO738"
    name = "file-response"
    message = "reading the file for the response stops the loop and loses ranges and caching; use `web.FileResponse(path)`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("2.5", "4.5", "4.6", "11.6", "11.8")
    mentions = (any_of(FILE_RESPONSE, RESPONSE), any_of(FILE_RESPONSE, "body"))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#fileresponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for file in file_objects(module):
            if fails_on_purpose(module, file.value, "TypeError"):
                continue
            edits: list[Edit] = []
            if file.path is not None:
                edits.append(ReplaceExpression(module.span(file.value), verbatim(module.segment(file.path))))
            message = "`FileResponse` takes a path, and a file object is a `TypeError`, a 500; pass the path"
            yield self.finding(module, file.value, message, edits=edits, fix="Pass the path")
        for read in read_files(module):
            yield self.finding(module, read.reading, edits=_edits(module, read), fix="Use `web.FileResponse`")


def _edits(module: Module, read: ReadFile) -> list[Edit]:
    call = read.call
    names = {keyword.arg for keyword in call.node.keywords}
    if (
        read.path is None
        or call.node.args
        or not names <= {"body", "content_type", "status", "reason", "headers"}
    ):
        return []
    if "content_type" in names and "headers" in names:
        return []
    span = module.span(call.node)
    spelling, imports = spelled(module, FILE_RESPONSE)
    edits: list[Edit] = [
        ReplaceCallee(span, spelling),
        RenameKeyword(span, "body", "path"),
        ReplaceExpression(module.span(read.reading), verbatim(module.segment(read.path))),
    ]
    content_type = call.argument("content_type").value
    if content_type is not None:
        edits.append(RenameKeyword(span, "content_type", "headers"))
        edits.append(ReplaceExpression(module.span(content_type), '{{"Content-Type": {}}}'))
    return [*edits, *imports]
