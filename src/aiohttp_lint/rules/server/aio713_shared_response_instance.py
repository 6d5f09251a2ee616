"""AIO713."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics import shared_responses
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.shared_responses import Shared

AIOHTTP_4 = (4, 0, 0)


class SharedResponseInstance(Rule):
    """One response, or one HTTP exception, answers several requests.

    A response belongs to the request that it was prepared for. Made once, at module level, as an attribute of a class, as
    a default argument, in the function around the handler or in a function with `lru_cache`, it answers the
    first request; the second one **hangs** until the client gives up, without an exception or a line in the log: the
    response counts as sent. So does an instance of `HTTPNotFound` and the like that is raised
    a second time (before aiohttp 4, where it is no response).

    Bad:

    ```python
    OK = web.Response(text="ok")


    async def health(request: web.Request):
        return OK


    app = web.Application()
    app.router.add_get("/health", health)
    ```

    Good:

    ```python
    async def health(request: web.Request):
        return web.Response(text="ok")


    app = web.Application()
    app.router.add_get("/health", health)
    ```

    Fix: unsafe, because other files may use the instance. Makes a new one at the place of use, where the
    arguments are literals and the file only returns or raises the instance.

    Silent for copies (`copy.copy(OK)` works), for functions that make responses, for names that are bound more than once, for
    attributes that are set on `self`, and for functions that aren't registered (but for `raise`).
    """

    code = "AIO713"
    name = "shared-response-instance"
    message = "this response is made once: the second request hangs; make one for each request"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("4.1", "5.3", "8.2", "11.6", "13.7")
    versions = "all; exceptions < 4.0"
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#response-classes"

    def check(self, module: Module) -> Iterator[Finding]:
        with_exceptions = module.target.any_below(AIOHTTP_4)
        for shared in shared_responses.shared_responses(module, with_exceptions=with_exceptions):
            message = f"this response is made once ({shared.place.value}): the second request hangs; make one for each request"
            if shared.is_exception:
                message = message.replace("this response", "this HTTP exception")
            yield self.finding(
                module,
                shared.use,
                message,
                related=[] if shared.made is None else [module.related(shared.made, "is made here")],
                edits=_inlined(module, shared),
                fix="Make a new one",
            )


def _inlined(module: Module, shared: Shared) -> list[Edit]:
    if shared.made is None or not shared_responses.is_only_answered_with(module, shared):
        return []
    return [ReplaceExpression(module.span(shared.use), verbatim(module.segment(shared.made)))]
