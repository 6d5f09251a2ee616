"""AIO316."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit, ReplaceExpression, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import RESPONSE
from aiohttp_lint.semantics.client_middlewares import Breach, broken_middlewares
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.responses import CLIENT_HANDLER, CLIENT_REQUEST

_MESSAGES = {
    Breach.NO_SEQUENCE: "middlewares takes a sequence: a function raises TypeError; put it into a tuple",
    Breach.PARAMETERS: "client middleware is called with (request, handler): TypeError; take these two",
    Breach.NO_RESULT: "client middleware ends without a response: AttributeError on None; return `await handler(request)`",
    Breach.COROUTINE: "client middleware returns a coroutine: AttributeError, and nothing is sent; await the handler",
    Breach.RECURSION: "request on the middleware's own session calls the middleware again: RecursionError; pass middlewares=()",
    Breach.BODY_NOT_UPDATED: "update_body() is not awaited: the old body is sent; await it",
}
_FIXES = {
    Breach.NO_SEQUENCE: "Put the middleware into a tuple",
    Breach.COROUTINE: "Await the handler",
    Breach.RECURSION: "Send it without middlewares",
    Breach.BODY_NOT_UPDATED: "Await the call",
}


class ClientMiddlewareContract(Rule):
    """A client middleware that calls itself, or does not do what a client middleware has to.

    A request through `request.session` goes through the middlewares of that session, this one included: `RecursionError:
    maximum recursion depth exceeded`, unless the request says `middlewares=()`. A middleware is called with the request
    and the next handler, and gives a response: without one, the request ends in `AttributeError: 'NoneType' object has no
    attribute '_raw_cookie_headers'`, with the coroutine of the handler in the same error about `'coroutine' object`.
    `middlewares=log` in place of `(log,)` is `TypeError: object of type 'function' has no len()`.

    Bad:

    ```python
    async def audit(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        async with request.session.post("https://audit.example/", data=str(request.url)):
            pass
        return await handler(request)

    session = aiohttp.ClientSession(middlewares=(audit,))
    ```

    Good:

    ```python
    async def audit(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        async with request.session.post("https://audit.example/", data=str(request.url), middlewares=()):
            pass
        return await handler(request)

    session = aiohttp.ClientSession(middlewares=(audit,))
    ```

    Fix: unsafe, because requests are sent that failed before. There is none for a missing response or parameter.

    Recursion is reported for a middleware of a session whose request nothing guards: a condition on the URL, a branch or an
    early `return` makes it right. A middleware of single requests may use `request.session`. A plain `def` that returns
    `handler(request)` works. Assigning `request.body` works too, and so is not reported; `await request.update_body(…)`
    closes the body that was there. Silent for decorated middlewares and for those of other files, which are looked at there
    when their annotations say what they are (but not whether a session has them, so not for recursion).
    """

    code = "AIO316"
    name = "client-middleware-contract"
    message = _MESSAGES[Breach.RECURSION]
    fix = FixAvailability.UNSAFE
    practices = ("6.2", "6.5", "8.8", "16.5")
    versions = "3.12 and later"
    mentions = (any_of("middlewares", RESPONSE), any_of("middlewares", CLIENT_REQUEST, CLIENT_HANDLER))
    source = "https://docs.aiohttp.org/en/stable/client_middleware_cookbook.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for broken in broken_middlewares(module):
            span = module.span(broken.place)
            edits: list[Edit] = []
            if broken.breach is Breach.NO_SEQUENCE:
                edits.append(ReplaceExpression(span, "({},)"))
            elif broken.breach in (Breach.COROUTINE, Breach.BODY_NOT_UPDATED):
                edits.append(Await(span))
            elif broken.breach is Breach.RECURSION:
                edits.append(SetKeyword(span, "middlewares", "()"))
            message = _MESSAGES[broken.breach]
            yield self.finding(module, broken.place, message, edits=edits, fix=_FIXES.get(broken.breach, ""))
