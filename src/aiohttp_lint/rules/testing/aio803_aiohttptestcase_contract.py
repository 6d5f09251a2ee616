"""AIO803."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertAfter, InsertFirst, MakeAsync
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.testing_cases import HOOKS, SET_UPS, Breach, BrokenContract, broken_contracts
from aiohttp_lint.semantics.testing_clients import REQUESTS

_MESSAGES = {
    Breach.TOO_EARLY: "`setUp` runs before there is an application and a client: AttributeError; use `asyncSetUp`, after its `super()`",
    Breach.NOT_ASYNC: "`{}` is awaited, and is no coroutine function: TypeError in each test; make it `async def`",
    Breach.NOT_AWAITED: "this is a request, and no response: AttributeError; make the test `async def` and await it",
}


class AioHTTPTestCaseContract(Rule):
    """`AioHTTPTestCase` makes its application and client in `asyncSetUp`, by coroutines.

    - An `asyncSetUp` of one's own that does not call `super().asyncSetUp()` leaves the test case without them:
      `AttributeError: 'TestShop' object has no attribute 'client'`, in each test and in `asyncTearDown` again.
    - `setUp` runs before `asyncSetUp`: `AttributeError: 'TestShop' object has no attribute 'app'`.
    - `get_application` without `async`: `TypeError: object Application can't be used in 'await' expression` in each test.
    - A test that is no coroutine function gets no response from `self.client.get("/")`:
      `AttributeError: '_RequestContextManager' object has no attribute 'status'`.

    Bad:

    ```python
    class TestShop(AioHTTPTestCase):
        async def asyncSetUp(self) -> None:
            self.name = "shop"

        async def get_application(self) -> web.Application:
            return make_app()

        def test_index(self) -> None:
            response = self.client.get("/")
            assert response.status == 200
    ```

    Good:

    ```python
    class TestShop(AioHTTPTestCase):
        async def asyncSetUp(self) -> None:
            await super().asyncSetUp()
            self.name = "shop"

        async def get_application(self) -> web.Application:
            return make_app()

        async def test_index(self) -> None:
            async with self.client.get("/") as response:
                assert response.status == 200
    ```

    Fix: safe, since each test fails as it stands: `await super().asyncSetUp()` comes first in the method, or last where
    `get_application` reads what the method sets; a hook becomes `async def`. None where neither place is safe, where the file
    calls the hook itself, and for `setUp` and tests.

    Silent for classes with a base that is not known, for methods with decorators, where something else makes the client or
    the application, and for tests that run the request on a loop of their own. `asyncTearDown` without `super()` leaves
    the client open, and is no matter of this rule.
    """

    code = "AIO803"
    name = "aiohttptestcase-contract"
    message = (
        "without `super().{}()` there is no application and no client: AttributeError in each test; call it"
    )
    fix = FixAvailability.SAFE
    practices = ("12.1", "12.2", "12.7")
    versions = "3.8+"
    mentions = (any_of("class"), any_of(*SET_UPS, "setUp", *HOOKS, *REQUESTS))
    source = "https://docs.aiohttp.org/en/stable/testing.html#unittest"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in broken_contracts(module):
            edits, fix = _edits(module, found)
            message = _MESSAGES.get(found.breach, self.message).format(found.method.name)
            yield self.finding(module, found.node or found.method, message, edits=edits, fix=fix)


def _edits(module: Module, found: BrokenContract) -> tuple[list[Edit], str]:
    name = found.method.name
    if found.breach is Breach.NOT_ASYNC:
        is_called = bool(module.facts.calls.get(name))
        return [] if is_called else [
            MakeAsync(module.span(found.method.node))
        ], "Make it a coroutine function"
    if found.breach is not Breach.NO_SUPER:
        return [], ""
    call = f"await super().{name}()"
    if found.is_first:
        return [InsertFirst(module.span(found.method.node), call)], f"Call `super().{name}()` first"
    if found.is_last:
        return [InsertAfter(module.span(found.method.body[-1]), call)], f"Call `super().{name}()` last"
    return [], ""
