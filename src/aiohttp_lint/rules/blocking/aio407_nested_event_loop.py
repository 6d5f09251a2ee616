"""AIO407."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.aiohttp_api import callable_named
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.creation import is_loop_tested
from aiohttp_lint.semantics.failures import goes_on_after
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.tasks import LOOP

_RUN_APP = callable_named("aiohttp.web.run_app").name
_RUNNERS = ("asyncio.run", f"{LOOP}.run_until_complete", "asyncio.Runner.run")
_CALLS = (*_RUNNERS, f"{LOOP}.run_forever", "anyio.run", _RUN_APP)
_FAILURE = frozenset({"builtins.RuntimeError"})


class NestedEventLoop(Rule):
    """`asyncio.run()`, `run_until_complete()` and `web.run_app()` fail where a loop runs already.

    In a coroutine a loop is running, so these raise: `asyncio.run() cannot be called from a running event loop`,
    `This event loop is already running`, `Cannot run the event loop while another loop is running` (all
    `RuntimeError`). `asyncio.run(web.run_app(app))` serves until it is stopped, and then fails with
    `ValueError: a coroutine was expected, got None`.

    Bad:

    ```python
    async def refresh(request: web.Request) -> web.Response:
        asyncio.run(reload_prices())
        return web.Response()
    ```

    Good:

    ```python
    async def refresh(request: web.Request) -> web.Response:
        await reload_prices()
        return web.Response()
    ```

    Fix: safe, since the call always fails: the coroutine is awaited. For `web.run_app()` none, as the function
    around it has to change. `asyncio.run(web.run_app(app))` becomes `web.run_app(app)`.

    Silent in plain functions and lambdas (a thread may run them), where the file uses `nest_asyncio`, where the
    error is caught, and behind a test of `is_running()`.
    """

    code = "AIO407"
    name = "nested-event-loop"
    message = "an event loop is running already, so this raises RuntimeError; await the coroutine"
    fix = FixAvailability.SAFE
    practices = ("1.1", "11.3", "13.1")
    mentions = (any_of(*_CALLS), any_of("async", _RUN_APP))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.run_app"

    def check(self, module: Module) -> Iterator[Finding]:
        if module.imports("nest_asyncio"):
            return
        for site in module.calls_to(*_CALLS):
            function = site.function
            if function is not None and function.is_async:
                if not goes_on_after(module, site.node, _FAILURE) and not is_loop_tested(module, site.node):
                    yield self._in_coroutine(module, site)
            elif site.calls_only("asyncio.run") and site.node.args:
                server = site.node.args[0]
                if isinstance(server, ast.Call) and module.call_site(server).calls_only(_RUN_APP):
                    yield self.finding(
                        module,
                        site,
                        "web.run_app() runs its own loop and gives no coroutine: ValueError at the end; call it alone",
                        edits=[ReplaceExpression(module.span(site.node), verbatim(module.segment(server)))],
                        fix="Call `web.run_app()` alone",
                    )

    def _in_coroutine(self, module: Module, site: CallSite) -> Finding:
        edits: list[Edit] = []
        name = next(iter(site.names))
        if name in _RUNNERS and len(site.node.args) == 1 and not site.node.keywords:
            argument = site.node.args[0]
            if not isinstance(argument, ast.Starred):
                edits.append(ReplaceExpression(module.span(site.node), f"await {_operand(module, argument)}"))
        if name == _RUN_APP:
            message = (
                "an event loop is running already, so web.run_app() raises RuntimeError; use `web.AppRunner`"
            )
        elif name.endswith("run_forever"):
            message = "the event loop is running already, so run_forever() raises RuntimeError"
        else:
            message = self.message
        return self.finding(module, site, message, edits=edits, fix="Await the coroutine")


def _operand(module: Module, argument: ast.expr) -> str:
    source = verbatim(module.segment(argument))
    return source if isinstance(argument, ast.Call | ast.Name | ast.Attribute) else f"({source})"
