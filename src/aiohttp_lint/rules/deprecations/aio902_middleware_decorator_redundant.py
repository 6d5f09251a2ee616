"""AIO902."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import RemoveDecorator, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.legacy import fails_now, is_provided_for
from aiohttp_lint.semantics.module import Module

_MIDDLEWARE = aiohttp_api.callable_named("aiohttp.web.middleware").name


class MiddlewareDecoratorRedundant(Rule):
    """`@web.middleware` does nothing on aiohttp 4 but warn.

    There, every middleware is a function of the request and the handler, and the decorator gives `DeprecationWarning:
    Middleware decorator is deprecated since 4.0 and its behaviour is default, you can simply remove this decorator`.

    Bad:

    ```python
    @web.middleware
    async def timing(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        response.headers["X-Seen"] = "yes"
        return response
    ```

    Good:

    ```python
    async def timing(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        response.headers["X-Seen"] = "yes"
        return response
    ```

    Fix: safe, the decorator is taken out.

    Reported only where every aiohttp that the project allows is 4 or newer: aiohttp 3 takes an undecorated middleware for an
    old-style factory, and answers 500 (AIO715).
    """

    code = "AIO902"
    name = "middleware-decorator-redundant"
    message = "`web.middleware` is deprecated in aiohttp 4, where it does nothing; take it out"
    fix = FixAvailability.SAFE
    practices = ("1.4", "5.1")
    versions = "4.0 and later"
    mentions = (any_of(_MIDDLEWARE),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#middlewares"

    def check(self, module: Module) -> Iterator[Finding]:
        if not fails_now(module):
            return
        for function in module.functions():
            for decorator in function.decorators:
                if module.qualified_name(decorator) == _MIDDLEWARE:
                    edit = RemoveDecorator(module.span(decorator))
                    yield self.finding(module, decorator, edits=[edit], fix="Take the decorator out")
        for call in module.calls_to(_MIDDLEWARE):
            if is_provided_for(module, call.node, "TypeError"):
                continue
            edits = []
            if len(call.node.args) == 1 and not call.node.keywords and not call.has_unknown_arguments:
                plain = verbatim(module.segment(call.node.args[0]))
                edits.append(ReplaceExpression(module.span(call.node), plain))
            yield self.finding(module, call, edits=edits, fix="Use the function itself")
