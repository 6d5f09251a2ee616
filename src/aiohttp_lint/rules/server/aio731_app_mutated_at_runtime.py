"""AIO731."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.application_state import Frozen, keys_made_inline, late_changes
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Frozen.SERVING: (
        "changes the keys of a running application, a `RuntimeError` on aiohttp 4; store an object at startup, change that"
    ),
    Frozen.ENDING: (
        "changes the keys of an application that was started, a `RuntimeError` on aiohttp 4; leave the keys as they are"
    ),
    Frozen.READ_ONLY: (
        "`config_dict` is read-only: this raises at every request; store an object in the application at startup, change that"
    ),
}


class AppMutatedAtRuntime(Rule):
    """The keys of an application are fixed once it is started.

    `app[key] = value`, `del app[key]`, `app.setdefault()`, `app.update()`, `app.pop()` and `app.clear()` on an application that
    was started warn on aiohttp 3 (`DeprecationWarning: Changing state of started or joined application is deprecated`) and raise
    `RuntimeError` on aiohttp 4, so that the client gets a 500. Behind several worker processes the change is seen by one of them only.
    `request.config_dict` is a view: a store into it raises `TypeError` on every version.

    A key that is made where it is used never finds anything: keys are compared by identity, so that
    `request.app[web.AppKey("db", Pool)]` raises `KeyError` whatever was stored.

    Bad:

    ```python
    async def count(request: web.Request) -> web.Response:
        request.app["counter"] = request.app["counter"] + 1
        return web.Response()
    ```

    Good:

    ```python
    STATE = web.AppKey("state", State)

    async def count(request: web.Request) -> web.Response:
        request.app[STATE].counter += 1
        return web.Response()
    ```

    Fix: none, because the state needs an object of its own.

    Reported on `request.app` (through local names, too), in handlers on the one application of the file, in `on_shutdown` and
    `on_cleanup` callbacks, and in a cleanup context after its `yield`. Silent where the application is not started yet: at
    module level, in factories, in `on_startup` callbacks, and in a cleanup context before its `yield`.
    """

    code = "AIO731"
    name = "app-mutated-at-runtime"
    message = _MESSAGES[Frozen.SERVING]
    relaxed_in_tests = True
    practices = ("1.3", "1.7", "11.6", "13.8")
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#application-s-config"

    def check(self, module: Module) -> Iterator[Finding]:
        for change in late_changes(module):
            yield self.finding(module, change.node, _MESSAGES[change.why])
        for key in keys_made_inline(module):
            if not fails_on_purpose(module, key, "KeyError"):
                message = "a key made here is equal to no other, so that nothing is found; make it once, at module level"
                yield self.finding(module, key, message)
