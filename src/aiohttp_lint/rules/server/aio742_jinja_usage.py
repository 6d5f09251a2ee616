"""AIO742."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Await, Edit, MakeAsync, ReplaceCallee
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client_coroutines import can_await
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.rendering import (
    ASYNCHRONOUS,
    SYNCHRONOUS,
    TEMPLATE,
    Misrendering,
    Rendering,
    misrenderings,
)
from aiohttp_lint.semantics.spelling import spelled

_MESSAGES = {
    Misrendering.IN_LOOP: (
        "templates with `enable_async=True` can't be rendered so in a running loop, a 500; await the `…_async` function"
    ),
    Misrendering.NOT_ASYNCHRONOUS: (
        "the environment was not created with async mode enabled, a 500; pass `enable_async=True` to `setup()`"
    ),
    Misrendering.NOT_AWAITED: "this gives a coroutine, and nothing is rendered; await it",
    Misrendering.NOT_COROUTINE: (
        "`@template` awaits the function below it, and this one's result can't be awaited, a 500; make it `async def`"
    ),
    Misrendering.NO_SETUP: (
        "the template engine is not initialized, and each request gets a 500; call `aiohttp_jinja2.setup()`"
    ),
}


class JinjaUsage(Rule):
    """aiohttp-jinja2 renders in one of two ways, and each fails with the environment of the other.

    With `aiohttp_jinja2.setup(app, enable_async=True)`, `render_template()` and `render_string()` raise `RuntimeError:
    asyncio.run() cannot be called from a running event loop`; without it, `render_template_async()` raises `RuntimeError: The
    environment was not created with async mode enabled.` Each request then gets a 500. The decorator `@template` takes the right
    way by itself, but awaits what it decorates: a plain `def` that returns a dict is a 500 as well. So is everything where `setup()`
    was never called (`Template engine is not initialized`).

    Bad:

    ```python
    aiohttp_jinja2.setup(app, loader=loader, enable_async=True)

    async def page(request: web.Request) -> web.Response:
        return aiohttp_jinja2.render_template("page.html", request, {})
    ```

    Good:

    ```python
    aiohttp_jinja2.setup(app, loader=loader, enable_async=True)

    async def page(request: web.Request) -> web.Response:
        return await aiohttp_jinja2.render_template_async("page.html", request, {})
    ```

    Fix: safe, because what is replaced always fails: `await …_async()` in an `async def`, a missing `await`, and `async def` below
    `@template`.

    An environment is told by its `app_key`. That `setup()` is missing is reported where the file makes and runs its one application
    and hands it to no other code. Silent where the file does not say how the environment is made (`**options`, two set-ups
    that differ), and where a coroutine is passed on.
    """

    code = "AIO742"
    name = "jinja-usage"
    message = _MESSAGES[Misrendering.IN_LOOP]
    fix = FixAvailability.SAFE
    practices = ("1.6", "4.8", "15.2")
    versions = "aiohttp-jinja2 1.5+"
    mentions = (any_of(*SYNCHRONOUS, *ASYNCHRONOUS, TEMPLATE),)
    source = "https://aiohttp-jinja2.readthedocs.io/en/stable/"

    def check(self, module: Module) -> Iterator[Finding]:
        for rendering in misrenderings(module):
            if not fails_on_purpose(module, rendering.node, "RuntimeError"):
                edits, fix = _repair(module, rendering)
                yield self.finding(module, rendering.node, _MESSAGES[rendering.fault], edits=edits, fix=fix)


def _repair(module: Module, rendering: Rendering) -> tuple[list[Edit], str]:
    span = module.span(rendering.node)
    if rendering.fault is Misrendering.NOT_COROUTINE and rendering.function is not None:
        return [MakeAsync(module.span(rendering.function.node))], "Make it a coroutine function"
    if rendering.fault not in (Misrendering.IN_LOOP, Misrendering.NOT_AWAITED):
        return [], ""
    if not isinstance(rendering.node, ast.Call) or not can_await(module, rendering.node):
        return [], ""
    edits: list[Edit] = [Await(span)]
    if rendering.fault is Misrendering.IN_LOOP:
        (name,) = module.call_site(rendering.node).names
        spelling, imports = spelled(module, ASYNCHRONOUS[SYNCHRONOUS.index(name)])
        edits.append(ReplaceCallee(span, spelling))
        edits += imports
    return edits, "Await the asynchronous rendering"
