"""AIO705."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_arguments import (
    EXCEPTIONS,
    Objected,
    Objection,
    bare_classes,
    has_no_status,
    objections,
)
from aiohttp_lint.semantics.response_repairs import exception_repair

_CLASS_IS_STATUS = "the class is the status; take it out"
_INSTEAD = {
    "detail": "pass `text=`", "message": "pass `text=`", "description": "pass `text=`", "json": "pass `text=json.dumps(…)` with `content_type=`",
    "status": _CLASS_IS_STATUS, "status_code": _CLASS_IS_STATUS,
    "url": "pass `location=`",
}  # fmt: skip
_MESSAGES = {
    Objection.MISSING: "`{1}()` needs `{0}`: TypeError instead of the answer meant; pass it",
    Objection.TEXT_TYPE: "`text` takes a string only: TypeError instead of the answer meant; pass text",
    Objection.BODY_TYPE: "this is no body: ValueError instead of the answer meant; pass text",
    Objection.BOTH_BODIES: "`text` beside `body` raises ValueError; keep one of them",
    Objection.CHARSET_IN_TYPE: "a charset in `content_type` raises ValueError; take it out",
    Objection.TYPE_WITH_HEADER: "a Content-Type header beside `content_type` raises ValueError; pass `content_type=` alone",
    Objection.LINE_BREAK: "a line break in `reason` raises ValueError (below 3.10 it begins another header); take it out",
    Objection.NO_LOCATION: "a redirect without a location raises ValueError; pass where it leads",
    Objection.ALLOWED_TEXT: "each letter is taken for a method (`Allow: G,E,T`); pass a list of methods",
    Objection.NO_STATUS: "`{1}` has no status of its own (-1); raise a class that has one",
}


class HttpExceptionArguments(Rule):
    """An HTTP exception made with arguments that it does not take is a `500`, not the status that is meant.

    - Positional: `web.HTTPBadRequest("missing field")` raises `TypeError: HTTPException.__init__() takes 1 positional
      argument but 2 were given`. Only redirects (`location`), 405, 413 and 451 have positional arguments, and need
      them: `raise web.HTTPFound` and `web.HTTPMethodNotAllowed()` raise `TypeError` as well. 413 needs `actual_size`, too,
      before 3.14, and takes none on 4.0.
    - Unknown names: `detail=`, `message=`, `status=`, `status_code=`, `json=` raise `TypeError`.
    - Types: `text={"error": "x"}` raises `TypeError: text argument must be str` (on 4.0 it drops the connection), an
      empty location `ValueError: HTTP redirects need a location to redirect to`, and `HTTPMethodNotAllowed("GET",
      "POST")` answers `Allow: O,P,S,T`.
    - A line break in `reason` raises `ValueError` from 3.10 on; before, what follows it becomes a header of the answer.
    - A charset in `content_type`, or a `Content-Type` header beside it, raises `ValueError` on aiohttp 3.
    - `web.HTTPException()`, `web.HTTPError()` and the other base classes have the status -1, which no client can read.

    Bad:

    ```python
    async def user(request: web.Request) -> web.Response:
        if "id" not in request.query:
            raise web.HTTPBadRequest("missing id")
        return web.json_response({"id": request.query["id"]})
    ```

    Good:

    ```python
    async def user(request: web.Request) -> web.Response:
        if "id" not in request.query:
            raise web.HTTPBadRequest(text="missing id")
        return web.json_response({"id": request.query["id"]})
    ```

    Fix: names a single string `text=`. Safe for answers below 500 with text that does not come from an exception, unsafe
    otherwise, because the text starts to reach clients. `detail=` and `message=` become `text=` likewise. None for
    statuses without a body, and for the rest.

    Silent for classes of the project (they may have a constructor of their own), for what `*args` and `**kwargs` may
    give, for values of unknown type, where the error is expected, in an `except` clause for a name that
    nobody binds (`NameError` comes first), and for base classes
    that are raised while an application is made or set up, where nobody is answered.
    """

    code = "AIO705"
    name = "http-exception-arguments"
    message = (
        "HTTP exception does not take this argument: a 500 instead of the answer meant; look at its signature"
    )
    fix = FixAvailability.MIXED
    practices = ("4.2", "5.4", "8.1", "8.2", "8.3", "8.4", "K5")
    versions = "all; 413 needs `actual_size` before 3.14"
    mentions = (any_of(*EXCEPTIONS, "raise"),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_exceptions.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in objections(module, *EXCEPTIONS):
            edits, is_safe = exception_repair(module, found)
            yield self.finding(
                module, found.value, _message(found), edits=edits, fix="Send it as text", safe=is_safe
            )
        for node in bare_classes(module):
            message = (
                f"`{module.segment(node)}` needs arguments: TypeError instead of the answer meant; pass them"
            )
            yield self.finding(module, node, message)


def _message(found: Objected) -> str:
    called = found.call.method_name
    if found.objection is Objection.UNKNOWN:
        instead = _INSTEAD.get(found.name, "take it out")
        if instead == _CLASS_IS_STATUS and has_no_status(found.call):
            instead = "raise the class of the status meant"
        return f"`{called}()` has no `{found.name}`: TypeError instead of the answer meant; {instead}"
    if found.objection is Objection.POSITIONAL:
        return f"`{called}()` takes no positional argument here: TypeError, a 500; name it (`text=`)"
    return _MESSAGES[found.objection].format(found.name, called)
