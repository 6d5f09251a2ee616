"""AIO802."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Await
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.testing_factories import FACTORY_NAMES, Misuse, factory_misuses

_MESSAGES = {
    Misuse.DROPPED: "`{}()` is a coroutine that never runs here; await it",
    Misuse.FUNCTION: "`{}()` takes an application, not what makes one: the test fails; call it (and await it) first",
    Misuse.SCOPE: "`{}` is made anew for each test: ScopeMismatch in a fixture that lives longer; take out the scope",
}


class PytestFixtureUsage(Rule):
    """`aiohttp_client` and `aiohttp_server` are coroutines, take an application, and live for one test.

    - Without `await`, what is there is no client: `AttributeError: 'coroutine' object has no attribute 'get'`.
    - A function in place of the application: `ValueError: Unknown argument type: <class 'function'>` with pytest-aiohttp 1,
      and `TypeError: The first argument should be web.Application instance` of `aiohttp_server`. (The plugin that comes with
      aiohttp lets its `aiohttp_client` take a function or a coroutine.)
    - A fixture with `scope="module"` or `"session"` that takes one: `ScopeMismatch: You tried to access the function scoped
      fixture aiohttp_client with a session scoped request object`.

    Bad:

    ```python
    async def test_index(aiohttp_client, app: web.Application) -> None:
        client = aiohttp_client(app)
        response = await client.get("/")
        assert response.status == 200
    ```

    Good:

    ```python
    async def test_index(aiohttp_client, app: web.Application) -> None:
        client = await aiohttp_client(app)
        response = await client.get("/")
        assert response.status == 200
    ```

    Fix: safe, where the coroutine is used as a client and so fails: `await` is put before the call, in functions that may
    await. None for the others.

    Silent where the project has a fixture of that name of its own, where the coroutine is awaited later, gathered or
    returned, and for functions given to `aiohttp_client` unless the project requires pytest-aiohttp (not 0.x) and nothing
    names `aiohttp.pytest_plugin`.
    """

    code = "AIO802"
    name = "pytest-fixture-usage"
    message = "`{}()` is a coroutine, which is no client: AttributeError; await it"
    fix = FixAvailability.SAFE
    practices = ("12.1", "12.2", "12.7")
    mentions = (any_of(*FACTORY_NAMES, "scope"),)
    source = "https://docs.aiohttp.org/en/stable/testing.html#pytest"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in factory_misuses(module):
            if any(fails_on_purpose(module, found.node, error) for error in ("TypeError", "ValueError")):
                continue
            edits = [] if found.call is None else [Await(module.span(found.call))]
            message = _MESSAGES.get(found.misuse, self.message).format(found.name)
            yield self.finding(module, found.node, message, edits=edits, fix="Await it")
