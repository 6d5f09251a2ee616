"""AIO804."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.testing_mocks import PATCHING, unfit_mocks


class AsyncmockRequestMethod(Rule):
    """An `AsyncMock` in the place of `session.get` breaks `async with session.get(…)`.

    `ClientSession.get` is no coroutine function: it returns at once, and what it returns can be awaited *and* entered. A call of
    an `AsyncMock` gives a coroutine: `TypeError: 'coroutine' object does not support the asynchronous context manager
    protocol` (Python 3.10: `AttributeError: __aenter__`), however its `return_value` is set up. What `patch()` makes by itself is a `MagicMock`, which can be entered; the
    response is then `return_value.__aenter__.return_value`. A small server of `aiohttp.test_utils` needs no mock at all.

    Bad:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        async with session.get(url) as response:
            return await response.json()

    async def test_fetch(session: aiohttp.ClientSession) -> None:
        with mock.patch("aiohttp.ClientSession.get", new_callable=mock.AsyncMock) as get:
            get.return_value.json.return_value = {}
            assert await fetch(session, "/") == {}
    ```

    Good:

    ```python
    async def fetch(session: aiohttp.ClientSession, url: str) -> object:
        async with session.get(url) as response:
            return await response.json()

    async def test_fetch(session: aiohttp.ClientSession) -> None:
        with mock.patch("aiohttp.ClientSession.get") as get:
            get.return_value.__aenter__.return_value.json = mock.AsyncMock(return_value={})
            assert await fetch(session, "/") == {}
    ```

    Fix: none; the set-up of the mock changes with it.

    Reported where the test's own file, or a module of the project that it imports or names in the patch, enters a request of
    this method, and none of them uses one otherwise. Silent where the code awaits the request: there, an `AsyncMock` is
    right.
    """

    code = "AIO804"
    name = "asyncmock-request-method"
    message = (
        "an AsyncMock makes `session.{}()` a coroutine, which `async with` refuses: TypeError; leave the mock to "
        "patch(), and set `return_value.__aenter__.return_value`"
    )
    practices = ("12.3", "12.4", "12.8")
    mentions = (any_of(*PATCHING),)
    source = "https://docs.aiohttp.org/en/stable/testing.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in unfit_mocks(module):
            entered = found.entered
            related = [entered.module.related(entered.node, "the code under test enters the request")]
            yield self.finding(module, found.call, self.message.format(found.method), related=related)
