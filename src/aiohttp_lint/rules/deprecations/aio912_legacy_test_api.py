"""AIO912."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import RemoveDecorator, replaced_or_removed
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.legacy import AIOHTTP_4, leftover_imports
from aiohttp_lint.semantics.legacy_repairs import fixture_repair, hook_repair
from aiohttp_lint.semantics.legacy_tests import (
    FIXTURES,
    HOOKS,
    PLUGIN_DEPRECATED,
    RUN_LOOP,
    loop_decorators,
    old_fixtures,
    old_hooks,
    plugins_named,
)
from aiohttp_lint.semantics.module import Module

_HOOK = "`{}` is not called by aiohttp 4; name it `{}`"
_FIXTURE = "`{}` is deprecated, and unknown to pytest-aiohttp 1; ask for `{}`"
_PLUGIN = "aiohttp.pytest_plugin is deprecated, and gone in aiohttp 4; install pytest-aiohttp, which needs no naming"
_IMPORT = "`{}` is gone in aiohttp 4: ImportError; don't import what is not used"


class LegacyTestApi(Rule):
    """Tests that are written as aiohttp 3.7 had it warn now, and don't run on aiohttp 4.

    - `@unittest_run_loop` has had no effect but a `DeprecationWarning` since 3.8; on 4 it can't be imported.
    - `get_app`, `setUpAsync` and `tearDownAsync` of an `AioHTTPTestCase` are never called on 4 (`RuntimeError: Did you forget to
      define get_application()?`).
    - The fixtures `test_client`, `test_server` and `raw_test_server` warn where aiohttp's own plugin gives them, and are
      `fixture 'test_client' not found` with pytest-aiohttp 1.
    - `pytest_plugins = "aiohttp.pytest_plugin"` warns from 3.14 on; on 4 there is no such module.

    Bad:

    ```python
    class PageTest(AioHTTPTestCase):
        def get_app(self) -> web.Application:
            return make_app()

        @unittest_run_loop
        async def test_page(self) -> None:
            response = await self.client.get("/")
            self.assertEqual(response.status, 200)
    ```

    Good:

    ```python
    class PageTest(AioHTTPTestCase):
        async def get_application(self) -> web.Application:
            return make_app()

        async def test_page(self) -> None:
            response = await self.client.get("/")
            self.assertEqual(response.status, 200)
    ```

    Fix: safe. The decorator is taken out, hooks and fixtures get the names of those that replaced them, an import that nobody
    uses any more goes. None for the plugin, and for hooks that are called or overridden elsewhere.

    The hooks and unused imports are reported only where the project's aiohttp versions include 4, the decorator
    nowhere where they include 3.7, which needs it. A fixture counts where the
    test awaits its call, and no fixture of the name is in sight in the project. `loop` and `unused_port` are names of other
    plugins, too, and not reported.
    """

    code = "AIO912"
    name = "legacy-test-api"
    message = "`unittest_run_loop` does nothing but warn, and is gone in aiohttp 4; take it out"
    fix = FixAvailability.SAFE
    practices = ("12.1", "12.2", "12.7")
    versions = "warns on 3.x, in part; fails on 4.0"
    mentions = (any_of(RUN_LOOP, *FIXTURES, *HOOKS, "pytest_plugins"),)
    source = "https://docs.aiohttp.org/en/stable/testing.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for decorator in loop_decorators(module):
            edit = RemoveDecorator(module.span(decorator))
            yield self.finding(module, decorator, edits=[edit], fix="Take the decorator out")
        for test in old_fixtures(module):
            message = _FIXTURE.format(test.parameter.arg, FIXTURES[test.parameter.arg])
            edits = fixture_repair(module, test)
            yield self.finding(module, test.parameter, message, edits=edits, fix="Ask for the new fixture")
        is_4 = module.target.includes(AIOHTTP_4)
        if is_4 or module.target.all_at_least(PLUGIN_DEPRECATED):
            for place in plugins_named(module):
                yield self.finding(module, place, _PLUGIN)
        if is_4:
            for hook in old_hooks(module):
                message = _HOOK.format(hook.function.name, HOOKS[hook.function.name])
                yield self.finding(
                    module, hook.function, message, edits=hook_repair(module, hook), fix="Use the new name"
                )
            for found in leftover_imports(module, RUN_LOOP):
                gone = replaced_or_removed(module.span(found.statement), found.source)
                message = _IMPORT.format(found.alias.name)
                yield self.finding(module, found.alias, message, edits=[gone], fix="Don't import it")
