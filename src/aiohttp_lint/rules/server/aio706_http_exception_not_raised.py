"""AIO706."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceStatement, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.handlers import is_guarded
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_arguments import EXCEPTIONS
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.unraised import Mistake, Unraised, unraised

_MESSAGES = {
    Mistake.DROPPED: "HTTP exception is made and dropped: the code goes on as if nothing was wrong; `raise` it",
    Mistake.CLASS_DROPPED: "naming the class of an HTTP exception does nothing: the code goes on; `raise` it",
    Mistake.KEPT: "HTTP exception gets a name and is never raised: the code goes on; `raise` it",
    Mistake.RESPONSE_RAISED: "a response is no exception: raising it is a TypeError, a 500; `return` it, or raise an HTTP exception",
}


class HttpExceptionNotRaised(Rule):
    """An HTTP exception that is made and not raised refuses nothing.

    `web.HTTPForbidden()` as a statement makes an object and drops it: the code goes on, and the client gets the `200`
    of what follows, with the data that it was to be refused. So it is where the exception only gets a name. The other
    way round, `raise web.Response(status=404)` raises `TypeError: exceptions must derive from BaseException`, and the
    client gets a `500`.

    Bad:

    ```python
    async def report(request: web.Request) -> web.Response:
        if request.cookies.get("role") != "admin":
            web.HTTPForbidden()
        return web.Response(text="confidential")
    ```

    Good:

    ```python
    async def report(request: web.Request) -> web.Response:
        if request.cookies.get("role") != "admin":
            raise web.HTTPForbidden()
        return web.Response(text="confidential")
    ```

    Fix: puts `raise` before the exception; unsafe, because requests are refused that passed before. `return` for `raise`
    before a response is safe in a registered handler, outside of `try` and `with`, which see the TypeError today, and
    unsafe elsewhere. None for an exception that has a name.

    Silent where the exception is raised, returned, handed on or stored under its name, and where the code waits for an
    error or a warning of the constructor. Wrong arguments are matter of AIO705, returned exceptions of AIO901.
    """

    code = "AIO706"
    name = "http-exception-not-raised"
    message = "HTTP exception is made and not raised: the code goes on; `raise` it"
    fix = FixAvailability.MIXED
    practices = ("1.3", "8.1", "8.2", "8.6", "10.6")
    mentions = (any_of(*EXCEPTIONS, "raise"),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_exceptions.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in unraised(module):
            title = (
                "Return the response" if found.mistake is Mistake.RESPONSE_RAISED else "Raise the exception"
            )
            yield self.finding(
                module,
                found.value,
                _MESSAGES[found.mistake],
                edits=_edits(module, found),
                fix=title,
                safe=_is_safe(module, found),
            )


def _edits(module: Module, found: Unraised) -> list[Edit]:
    span = module.span(found.statement)
    if found.mistake in (Mistake.DROPPED, Mistake.CLASS_DROPPED):
        return [ReplaceStatement(span, "raise {}")]
    function = module.function_at(found.statement)
    if found.mistake is Mistake.RESPONSE_RAISED and function is not None and not function.is_generator:
        return [ReplaceStatement(span, f"return {verbatim(module.segment(found.value))}")]
    return []


def _is_safe(module: Module, found: Unraised) -> bool:
    function = module.function_at(found.statement)
    return (
        found.mistake is Mistake.RESPONSE_RAISED
        and function is not None
        and Role.HANDLER in module.roles_of(function)
        and not is_guarded(module, found.statement)
        and not any(not module.inference.is_transparent(each) for each in function.decorators)
    )
