"""AIO702."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, ReplaceStatement
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.handler_answers import Answer, NoResponse, answers_without_response
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled

_JSON_RESPONSE = aiohttp_api.callable_named("aiohttp.web.json_response").name
_MESSAGES = {
    Answer.DATA: "handler returns data, not a response: a 500; return `web.json_response(…)` or `web.Response(…)`",
    Answer.NOTHING: "handler `{0}` ends without a response: a 500; return one",
    Answer.DROPPED: "the response is made and not returned: a 500; `return` it",
    Answer.SOMETIMES_NOTHING: "handler `{0}` can end without a response: a 500; return one on every path",
}


class HandlerReturnValue(Rule):
    """A handler that returns no response is a `500`.

    aiohttp makes no response of a dict, a string or a tuple with a status, as Flask and FastAPI do. The server logs `Missing
    return statement on request handler`, or `Web-handler should return a response instance, got {'ok': True}`, and the client
    gets a `500` (on 3.9 the connection is dropped).

    Bad:

    ```python
    async def status(request: web.Request) -> web.Response:
        web.json_response({"ok": True})


    async def names(request: web.Request):
        return {"names": []}


    app = web.Application()
    app.add_routes([web.get("/status", status), web.get("/names", names)])
    ```

    Good:

    ```python
    async def status(request: web.Request) -> web.Response:
        return web.json_response({"ok": True})


    async def names(request: web.Request) -> web.Response:
        return web.json_response({"names": []})


    app = web.Application()
    app.add_routes([web.get("/status", status), web.get("/names", names)])
    ```

    Fix: safe where the last statement makes a response: it gets its `return`. Unsafe for a dict, which becomes
    `web.json_response(…)`. None for the others.

    Where the rule is named by its full code, by `ALL` or by the strict preset, it also reports handlers that return a
    response on some paths, and nothing on others.

    Silent where a middleware of the project is unknown, or does more with the answer than to return it (it may make a
    response of it); for handlers with a decorator that isn't known, stubs, handlers that write to the transport themselves
    or prepare a response (AIO603, AIO710), and where the last thing that runs is a call of something unknown, which may
    never return. Test files are left alone.
    """

    code = "AIO702"
    name = "handler-return-value"
    message = "handler returns no response: a 500; return one"
    fix = FixAvailability.MIXED
    relaxed_in_tests = True
    practices = ("1.3", "1.6", "4.1", "8.6", "9.2")
    mentions = (any_of("async"),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#handler"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in answers_without_response(module):
            if found.answer is Answer.SOMETIMES_NOTHING and not self.is_named(module):
                continue
            message = _MESSAGES[found.answer].format(found.function.name)
            place = found.place if found.answer in (Answer.DATA, Answer.DROPPED) else found.function
            yield self.finding(
                module,
                place,
                message,
                edits=_edits(module, found),
                fix="Return a response",
                safe=found.answer is Answer.DROPPED,
            )


def _edits(module: Module, found: NoResponse) -> list[Edit]:
    if found.answer is Answer.DROPPED:
        return [ReplaceStatement(module.span(module.statement(found.place)), "return {}")]
    if found.answer is not Answer.DATA or not isinstance(found.place, ast.Dict):
        return []
    name, imports = spelled(module, _JSON_RESPONSE)
    return [ReplaceExpression(module.span(found.place), f"{name}({{}})"), *imports]
