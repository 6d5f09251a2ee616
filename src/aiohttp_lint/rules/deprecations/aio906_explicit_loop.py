"""AIO906."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RemoveKeyword, ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.legacy import (
    LOOP_OWNERS,
    fails_now,
    is_frame_of_coroutine,
    is_running_loop,
    legacy_arguments,
    legacy_attributes,
    loop_getter,
)
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import is_none_for_sure

_APPLICATION = "aiohttp.web.Application"
_POSITIONAL = aiohttp_api.class_named("aiohttp.UnixConnector").name
"""What takes a loop by its place, too: no word says so."""
_ARGUMENT = "`loop` is gone in aiohttp 4; leave it out"
_ATTRIBUTE = "`.loop` is deprecated, and gone in aiohttp 4; call {}()"


class ExplicitLoop(Rule):
    """aiohttp's objects run on the loop that runs; handing them one, and asking them for it, ends with aiohttp 4.

    `web.Application(loop=…)`, `app.loop`, `request.loop` and `session.loop` give a `DeprecationWarning` on 3.x.
    `ClientSession`, `TCPConnector`, `CookieJar` and others take `loop` without a word. On aiohttp 4 all that is gone:
    `TypeError: … got an unexpected keyword argument 'loop'`, `AttributeError: 'Request' object has no attribute 'loop'`.

    Bad:

    ```python
    async def report(request: web.Request) -> web.Response:
        loop = asyncio.get_event_loop()
        async with aiohttp.ClientSession(loop=loop) as session:
            async with session.get("https://reports.example/") as response:
                text = await request.loop.run_in_executor(None, shorten, await response.text())
        return web.Response(text=text)
    ```

    Good:

    ```python
    async def report(request: web.Request) -> web.Response:
        async with aiohttp.ClientSession() as session:
            async with session.get("https://reports.example/") as response:
                loop = asyncio.get_running_loop()
                text = await loop.run_in_executor(None, shorten, await response.text())
        return web.Response(text=text)
    ```

    Fix: in a coroutine, `.loop` becomes `asyncio.get_running_loop()`, and `loop=` is taken out. The first is safe; so
    is the second where the loop surely is the running one, is `None`, or where aiohttp 4 would fail anyway; else unsafe.
    None in other functions, where no loop may run yet: create these objects in a coroutine (AIO112). An application
    needs no loop at all, so there `loop=` goes everywhere, safely for aiohttp 4. Where the project may run on Python 3.6
    (it says so, or says nothing and pins an aiohttp below 3.9, which does), it is `asyncio.get_event_loop()`, which gives
    the running loop in a coroutine as well: Python 3.6 has no `get_running_loop()`.

    `web.run_app(loop=…)` and `TestServer(loop=…)` stay as they are, on aiohttp 4 too. Silent for subclasses, and where the
    warning or the error is waited for.
    """

    code = "AIO906"
    name = "explicit-loop"
    message = "`loop` is gone in aiohttp 4; leave it out, and create this in a coroutine"
    fix = FixAvailability.MIXED
    practices = ("1.1", "1.7", "6.1", "K7")
    versions = "warns on 3.x, in part; fails on 4.0"
    mentions = (any_of("loop", _POSITIONAL),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.Application.loop"

    def check(self, module: Module) -> Iterator[Finding]:
        handed_over = set()
        for found in legacy_arguments(module, "loop", also_silent=True):
            handed_over.add(found.value)
            is_none = is_none_for_sure(module, found.value)
            is_application = found.call.calls_only(_APPLICATION)
            is_inside = is_frame_of_coroutine(module, found.call.node)
            edits: list[Edit] = []
            if found.is_named and (is_inside or is_application or is_none):
                edits.append(RemoveKeyword(module.span(found.call.node), "loop"))
            is_safe = fails_now(module) or is_none or (is_inside and is_running_loop(module, found.value))
            message = _ARGUMENT if is_inside or is_application else None
            yield self.finding(
                module, found.value, message, edits=edits, fix="Leave the loop out", safe=is_safe
            )
        getter = loop_getter(module)
        for owner in LOOP_OWNERS:
            for node in legacy_attributes(module, owner, "loop"):
                if node in handed_over:
                    continue
                edits = []
                if is_frame_of_coroutine(module, node):
                    spelling, imports = spelled(module, getter)
                    edits.append(ReplaceExpression(module.span(node), f"{spelling}()"))
                    edits += imports
                yield self.finding(
                    module,
                    node,
                    _ATTRIBUTE.format(getter),
                    edits=edits,
                    fix="Ask asyncio for the running loop",
                    safe=True,
                )
