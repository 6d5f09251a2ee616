"""AIO716."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import middlewares, signals
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.middleware_repairs import middleware_repair, place_of
from aiohttp_lint.semantics.middlewares import MIDDLEWARE, NORMALIZE_PATH, Breach
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Breach.PARAMETER: "aiohttp passes the handler as `handler=`: TypeError, every request fails; name the parameter so",
    Breach.NO_RESULT: "the middleware ends without a response: 500; return what `await handler(request)` gives",
    Breach.COROUTINE: "the coroutine is returned, not the response: every request is answered with 500; await it",
    Breach.FACTORY: "this makes the middleware, and is none: every request is answered with 500; call it",
    Breach.NO_SEQUENCE: "`middlewares` takes a sequence: TypeError at the start; put the middleware in a list",
}
_FIXES = {
    Breach.PARAMETER: "Name the parameter `handler`",
    Breach.NO_RESULT: "Return the response",
    Breach.COROUTINE: "Await the handler",
    Breach.FACTORY: "Call the factory",
    Breach.NO_SEQUENCE: "Put the middleware in a list",
}


class MiddlewareContract(Rule):
    """A middleware, or the list that it stands in, breaks the contract with aiohttp.

    aiohttp calls a middleware as `await middleware(request, handler=next)` and sends what it returns. So a second parameter of
    another name fails for every request (`TypeError: got an unexpected keyword argument 'handler'`), an end without
    a response is answered with 500 (`Missing return statement on request handler`), and so is the coroutine of a handler that
    wasn't awaited. `normalize_path_middleware`, like factories of the project, has to be called: the list holds
    what it gives. It refuses `remove_slash=True` without `append_slash=False` (`AssertionError: Cannot both remove
    and append slash`). `app.middlewares` has no setter: append to it.

    Bad:

    ```python
    @web.middleware
    async def count(request: web.Request, next_handler):
        counter[request.path] += 1
        await next_handler(request)


    app = web.Application(middlewares=[count, web.normalize_path_middleware])
    ```

    Good:

    ```python
    @web.middleware
    async def count(request: web.Request, handler):
        counter[request.path] += 1
        return await handler(request)


    app = web.Application(middlewares=[count, web.normalize_path_middleware()])
    ```

    Fix: safe, it repairs what can't work: renames the parameter where `handler` is free, returns the last statement's
    `await handler(…)`, awaits it, calls a factory that needs no argument, adds `append_slash=False`, adds the brackets.

    Silent for middlewares with other decorators, for plain functions that return the handler's coroutine (that works), for
    `**kwargs`, for ways that end in an exception or that only the end of a loop leads to, and where the
    file asks whether results are awaitable.
    """

    code = "AIO716"
    name = "middleware-contract"
    message = "the middleware breaks the contract: take `(request, handler)`, return a response"
    fix = FixAvailability.SAFE
    practices = ("1.4", "5.1", "5.2", "5.3", "12.6", "K4")
    mentions = (any_of(MIDDLEWARE, NORMALIZE_PATH, "middlewares"),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#middlewares"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in middlewares.broken(module):
            if found.breach is Breach.NO_SEQUENCE and fails_on_purpose(module, found.place, "TypeError"):
                continue
            yield self.finding(
                module,
                place_of(module, found),
                _MESSAGES[found.breach],
                edits=middleware_repair(module, found),
                fix=_FIXES[found.breach],
            )
        for call in middlewares.contradicting_slashes(module):
            message = "`append_slash` is on by default: AssertionError; add `append_slash=False`"
            edit = SetKeyword(module.span(call.node), "append_slash", "False")
            yield self.finding(module, call, message, edits=[edit], fix="Add `append_slash=False`")
        for statement in signals.assignments(module, "middlewares"):
            if not fails_on_purpose(module, statement, "AttributeError"):
                yield self.finding(
                    module, statement, "`middlewares` has no setter: AttributeError; use `.append()`"
                )
