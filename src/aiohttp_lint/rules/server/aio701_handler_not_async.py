"""AIO701."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, MakeAsync
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.registered import Bareness, bare_handlers, returns_only, sync_expect_handlers

_NEXT = (4, 0, 0)
_RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
_MESSAGES = {
    Bareness.SYNC: "plain function as a handler is deprecated, and a TypeError in aiohttp 4; make it `async def`",
    Bareness.GENERATOR: "a generator is no handler: what it gives is no response, a 500; return one response",
    Bareness.RETURNS_COROUTINE: "plain function as a handler is a TypeError in aiohttp 4; make it `async def` with `return await`",
    Bareness.CALLABLE: "an object as a handler is a TypeError in aiohttp 4; register its method",
}
_WORKING = (Bareness.RETURNS_COROUTINE, Bareness.CALLABLE)


class HandlerNotAsync(Rule):
    """A plain function as a handler is deprecated in aiohttp 3, and refused by aiohttp 4.

    On 3.x `add_get("/", index)` warns (`DeprecationWarning: Bare functions are deprecated, use async ones`) and wraps the
    function. On 4.0 it raises `TypeError: Only async functions are allowed as web-handlers`. A generator, `async` or not,
    is a `500` on 3.x already. A plain `expect_handler` raises `AssertionError` on all versions.

    Bad:

    ```python
    def index(request: web.Request) -> web.Response:
        return web.Response(text="hi")


    app = web.Application()
    app.router.add_get("/", index)
    ```

    Good:

    ```python
    async def index(request: web.Request) -> web.Response:
        return web.Response(text="hi")


    app = web.Application()
    app.router.add_get("/", index)
    ```

    Fix: makes it `async def`; unsafe, because code that isn't in sight may call it and use its response at once. None
    where the file itself calls it, for methods and lambdas, and for functions that may return anything but a response.

    Where aiohttp 3 is allowed, it is silent for functions that return, or may return, the coroutine of another one and for objects with an
    `async def __call__`, which work there. Always silent for functions with a decorator that isn't known, for what comes
    from other packages, for methods of views (they are matter of AIO728), and where the warning is expected.
    """

    code = "AIO701"
    name = "handler-not-async"
    message = _MESSAGES[Bareness.SYNC]
    fix = FixAvailability.UNSAFE
    practices = ("1.3", "2.1", "2.3", "3.1")
    versions = "warns on 3.x, fails on 4.0"
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#handler"

    def check(self, module: Module) -> Iterator[Finding]:
        for bareness, function in bare_handlers(module):
            if bareness in _WORKING and not module.target.all_at_least(_NEXT):
                continue
            message = _MESSAGES[bareness]
            if bareness is Bareness.SYNC and module.target.all_at_least(_NEXT):
                message = "plain function as a handler is a TypeError in aiohttp 4; make it `async def`"
            edits: list[Edit] = []
            is_sync = bareness is Bareness.SYNC and returns_only(function, _RESPONSE)
            if is_sync and _is_only_handed_on(module, function):
                edits.append(MakeAsync(module.span(function.node)))
            yield self.finding(module, function, message, edits=edits, fix="Make it `async def`")
        for value in sync_expect_handlers(module):
            yield self.finding(
                module,
                value,
                "a plain function as `expect_handler` raises AssertionError; make it `async def`",
            )


def _is_only_handed_on(module: Module, function: Function) -> bool:
    """Tell whether the file gives a function of its own to others, as it does to register it, and never calls it."""
    scope = function.scope.parent
    if isinstance(function.node, ast.Lambda) or scope is None or function.class_scope is not None:
        return False
    return all(module.use_of(load).kind is UseKind.ARGUMENT for load in module.uses(scope, function.name))
