"""AIO715."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import AddDecorator, Edit, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import middlewares
from aiohttp_lint.semantics.middlewares import MIDDLEWARE, Unmarked, WithoutMark
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled

AIOHTTP_4 = (4, 0, 0)
_MESSAGES = {
    Unmarked.FUNCTION: "without `@web.middleware`, aiohttp before 4 answers every request with 500: decorate `{name}`",
    Unmarked.OBJECT: "aiohttp before 4 looks for the mark on the object, and answers 500: decorate the class `{name}`",
    Unmarked.PARTIAL: "`partial` hides the mark of `{name}`, and aiohttp before 4 answers 500: wrap it in `web.middleware()`",
    Unmarked.WRAPPED: "the upper decorator hides the mark, and aiohttp before 4 answers 500: put `@web.middleware` first",
}


class MissingMiddlewareDecorator(Rule):
    """A middleware `(request, handler)` without `@web.middleware`, on aiohttp before 4.

    aiohttp 3 takes an unmarked middleware for an old-style factory: it calls it with the application instead of a
    request, and what the handler returned is then called as if it were the next handler. Every request that a
    handler answers ends with 500 (`TypeError: 'Response' object is not callable`). The mark is an attribute of the object in the list:
    it is missing as well on `functools.partial` of a decorated function, on an object whose `__call__` is decorated
    instead of its class, and on what a decorator without `functools.wraps` made of it. aiohttp 4 needs no mark, and
    its documentation shows none.

    Bad:

    ```python
    async def timing(request: web.Request, handler):
        started = time.monotonic()
        try:
            return await handler(request)
        finally:
            log.info("%s took %s", request.path, time.monotonic() - started)


    app = web.Application(middlewares=[timing])
    ```

    Good:

    ```python
    @web.middleware
    async def timing(request: web.Request, handler):
        started = time.monotonic()
        try:
            return await handler(request)
        finally:
            log.info("%s took %s", request.path, time.monotonic() - started)


    app = web.Application(middlewares=[timing])
    ```

    Fix: safe, it repairs what can't work: decorates the function or the class, or wraps the `partial`.

    Reported are only functions that themselves await the second parameter with the first: old-style factories
    (`(app, handler)`, which return a function) work. Silent where the file, or that of a base class, sets
    `__middleware_version__`, or calls `web.middleware()` on something that isn't known, and where only aiohttp 4 is allowed.
    """

    code = "AIO715"
    name = "missing-middleware-decorator"
    message = "without `@web.middleware`, aiohttp before 4 answers every request with 500: decorate it"
    fix = FixAvailability.SAFE
    practices = ("1.4", "5.1", "5.2", "5.3", "12.6")
    versions = "< 4.0"
    mentions = (any_of("middlewares"),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#middlewares"

    def check(self, module: Module) -> Iterator[Finding]:
        if not module.target.any_below(AIOHTTP_4):
            return
        reported = set()
        for found in middlewares.without_mark(module):
            is_here = found.runs.owner is module and found.why in (Unmarked.FUNCTION, Unmarked.OBJECT)
            if is_here and found.runs in reported:
                continue
            reported.add(found.runs)
            message = _MESSAGES[found.why].format(name=found.runs.name)
            yield self.finding(
                module,
                found.runs if is_here else found.item,
                message,
                related=[module.related(found.item, "becomes a middleware here")] if is_here else [],
                edits=_edits(module, found, is_here),
                fix="Mark it with `web.middleware`",
            )


def _edits(module: Module, found: WithoutMark, is_here: bool) -> list[Edit]:
    if not is_here and found.why is not Unmarked.PARTIAL:
        return []
    name, edits = spelled(module, MIDDLEWARE)
    if is_here:
        return [*edits, AddDecorator(module.span(found.runs.node), name)]
    return [*edits, ReplaceExpression(module.span(found.item), f"{name}({{}})")]
