"""AIO106."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.creation import JARS, NEEDING_LOOP, made_without_loop
from aiohttp_lint.semantics.module import Module


class SessionCreatedAtImport(Rule):
    """A client object that is made at import, or before the loop starts, finds no running event loop.

    Since aiohttp 3.10 `ClientSession()`, connectors, resolvers and cookie jars raise `RuntimeError: no running event
    loop`. Before, they took the loop of the moment with a `DeprecationWarning`; `asyncio.run()` starts another one,
    and the first request fails with `Timeout context manager should be used inside a task`, or hangs.

    Bad:

    ```python
    session = aiohttp.ClientSession()

    async def main() -> None:
        async with session.get("https://shop.example/") as response:
            print(response.status)

    asyncio.run(main())
    ```

    Good:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.get("https://shop.example/") as response:
                print(response.status)

    asyncio.run(main())
    ```

    Fix: none, because the object has to move into a coroutine.

    Reported at module level, in class bodies and defaults that are evaluated there, and in a plain function that
    starts the loop itself afterwards (`asyncio.run(main(ClientSession()))`). A module that is first imported by a
    running coroutine works; so files with a plug-in entry point (`setup(bot)`, Home Assistant's `async_setup…`) are
    left alone, as are projects that have their application imported by a server (`uvicorn.run("shop.web:app")`), files that nobody imports in
    a project that imports by computed names (`importlib.import_module(plugin)`), notebooks, `TYPE_CHECKING` blocks, an explicit `loop=`, a session on a connector
    that is there already (it takes the loop of that), and a `try` that catches `RuntimeError`. Cookie jars need no loop on 4.0.
    """

    code = "AIO106"
    name = "session-created-at-import"
    message = "made while no event loop runs: RuntimeError from aiohttp 3.10 on; make it in a coroutine"
    practices = ("1.1", "6.1", "11.8", "K7")
    versions = "error from 3.10, warning before"
    mentions = (any_of(*NEEDING_LOOP, *JARS),)
    source = "https://docs.aiohttp.org/en/stable/faq.html#why-is-creating-a-clientsession-outside-of-an-event-loop-dangerous"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in made_without_loop(module):
            what = f"`{found.call.method_name}()`"
            if found.runner is None:
                message = (
                    f"{what} at import fails unless a coroutine imports this (RuntimeError from aiohttp 3.10 on); "
                    "make it in a coroutine"
                )
                yield self.finding(module, found.call, message)
            else:
                message = (
                    f"{what} is made before the loop starts: RuntimeError from aiohttp 3.10 on; "
                    "make it in a coroutine"
                )
                related = [module.related(found.runner, "the loop starts here")]
                yield self.finding(module, found.call, message, related=related)
