"""AIO518."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceCallee
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.body_limits import APPLICATION, STREAM_READ, WEBSOCKET, bodies_read_whole
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.timeouts import is_none_for_sure, seconds

_UNLIMITED = "`client_max_size={}` lets one request fill the memory: set the size that is needed"
_NOTHING = "negative `client_max_size` refuses every body with 413: set the size that is needed"
_MESSAGES = "`max_msg_size=0` lets one message fill the memory: set the size that is needed"


class BodyLimitBypassed(Rule):
    """A request body or message that is taken in whatever its size lets one client fill the memory.

    `read()`, `text()`, `json()` and `post()` of a request answer `413` once the body is over the application's
    `client_max_size` (1 MiB by default). `request.content.read()` goes round that: 3 MB are accepted. With
    `client_max_size=0` or `None` there is no limit at all, and with `max_msg_size=0` none for a message of a
    WebSocket (4 MiB by default). A negative `client_max_size` is a limit: every body, even none, is `413`.

    Bad:

    ```python
    async def upload(request: web.Request) -> web.Response:
        data = await request.content.read()
        return web.Response(text=str(len(data)))

    app = web.Application(client_max_size=0)
    ```

    Good:

    ```python
    async def upload(request: web.Request) -> web.Response:
        data = await request.read()
        return web.Response(text=str(len(data)))

    app = web.Application(client_max_size=8 * 1024**2)
    ```

    Fix: unsafe, because larger bodies are refused from then on. `request.content.read()` becomes `request.read()`;
    which limit is right only the author knows.

    Silent for `content.read(n)` and iteration over the content, where the function looks at the length or has read the
    body already, for messages of a proxy (`autoping=False`), for clients, and in tests. Reading a part of a
    multipart body whole is not reported; it is limited from aiohttp 3.14 on.
    """

    code = "AIO518"
    name = "body-limit-bypassed"
    message = "request body is read whatever its size: call `request.read()`, which keeps to the limit"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("1.7", "3.1", "3.5", "3.8", "9.3", "11.5", "14.1")
    mentions = (
        any_of(APPLICATION, WEBSOCKET, STREAM_READ),
        any_of("client_max_size", "max_msg_size", "content"),
    )
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.Application"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in module.calls_to(APPLICATION):
            size = call.argument("client_max_size").value
            if size is None:
                continue
            number = seconds(module, size)
            if number == 0 or is_none_for_sure(module, size):
                yield self.finding(module, size, _UNLIMITED.format("0" if number == 0 else "None"))
            elif number is not None and number < 0:
                yield self.finding(module, size, _NOTHING)
        for call in module.calls_to(WEBSOCKET):
            size, pings = call.argument("max_msg_size").value, call.argument("autoping")
            answers = pings.is_missing or (
                isinstance(pings.value, ast.Constant) and pings.value.value is True
            )
            if size is not None and answers and seconds(module, size) == 0:
                yield self.finding(module, size, _MESSAGES)
        for call, request in bodies_read_whole(module):
            edits = [ReplaceCallee(module.span(call.node), f"{module.segment(request)}.read")]
            if call.node.args or call.node.keywords:
                edits = []
            message = f"body is read whatever its size: call `{module.segment(request)}.read()`, which keeps to the limit"
            yield self.finding(module, call, message, edits=edits, fix="Read within the limit")
