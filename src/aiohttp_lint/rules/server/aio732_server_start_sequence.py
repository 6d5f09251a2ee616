"""AIO732."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.serving import STARTING, Disorder, misstarts

_MESSAGES = {
    Disorder.NOT_SET_UP: (
        "raises `RuntimeError: Call runner.setup() before making a site`; await `runner.setup()` first"
    ),
    Disorder.NOT_A_RUNNER: "a site is made of a runner, and this raises `AttributeError`; make an `AppRunner` of the application",
    Disorder.NOT_CALLED: "a function is no application, and this raises `TypeError`; call it",
    Disorder.NOT_MADE: "a coroutine is no application, and this raises `TypeError`; await it",
    Disorder.NOT_STARTED: "nothing listens on a site that was only made; await its `start()`",
    Disorder.NOT_AWAITED: "nothing happens before this is awaited; await it",
    Disorder.ENDS: "the program ends as soon as the server has started; wait after it, for instance for an `asyncio.Event`",
}
_ERRORS = {
    Disorder.NOT_SET_UP: "RuntimeError",
    Disorder.NOT_A_RUNNER: "AttributeError",
    Disorder.NOT_CALLED: "TypeError",
    Disorder.NOT_MADE: "TypeError",
}


class ServerStartSequence(Rule):
    """A server that is started in the wrong order, or by a program that ends at once, serves nobody.

    A runner is made of an application, set up, given to a site, and the site is started; then something has to keep the program
    running, and `runner.cleanup()` ends it. A site that is made before `runner.setup()` raises `RuntimeError: Call runner.setup()
    before making a site`. `site.start()` returns as soon as the socket listens: `asyncio.run(main())` whose last step it is cancels
    everything and returns, and no request is answered.

    `AppRunner(make_app)` and `run_app(make_app)` with a function that was not called raise `TypeError: The first argument should be
    web.Application instance`, and `TCPSite(app)` raises `AttributeError: 'Application' object has no attribute 'server'`.

    Bad:

    ```python
    async def main() -> None:
        runner = web.AppRunner(web.Application())
        site = web.TCPSite(runner, "127.0.0.1", 8080)
        await runner.setup()
        await site.start()

    asyncio.run(main())
    ```

    Good:

    ```python
    async def main() -> None:
        runner = web.AppRunner(web.Application())
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 8080).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    asyncio.run(main())
    ```

    Fix: none, because only the author knows what the program waits for.

    Silent where a runner comes from elsewhere or is handed to other code before the site is made, where what starts
    the server gives something back to its caller, and for loops that run on (`loop.run_forever()`). `run_app()` takes a coroutine
    that makes the application.
    """

    code = "AIO732"
    name = "server-start-sequence"
    message = _MESSAGES[Disorder.NOT_SET_UP]
    practices = ("1.1", "1.8", "13.1", "16.8")
    versions = "3.0+"
    mentions = (any_of(*STARTING),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#application-runners"

    def check(self, module: Module) -> Iterator[Finding]:
        for misstart in misstarts(module):
            error = _ERRORS.get(misstart.disorder)
            if error is not None and fails_on_purpose(module, misstart.node, error):
                continue
            related = [] if misstart.runs is None else [module.related(misstart.runs, "runs the program")]
            yield self.finding(module, misstart.node, _MESSAGES[misstart.disorder], related=related)
