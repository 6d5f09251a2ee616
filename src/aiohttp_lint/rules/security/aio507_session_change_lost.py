"""AIO507."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import InsertAfter
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.session_changes import GETTERS, Loss, lost_changes

_MESSAGES = {
    Loss.NESTED: "change inside a session value is not saved: call `changed()` on the session, or assign the value",
    Loss.STREAM: "session is saved with a `web.Response` only, so this change is lost: save it before `prepare()`",
    Loss.PREPARED: "session can't be saved with a prepared response, the answer is 500: leave `prepare()` to aiohttp",
}


class SessionChangeLost(Rule):
    """A change of the session that is never saved is gone with the next request.

    aiohttp-session saves a session that was changed through itself. After `session["cart"].append(item)` it knows
    of no change, and the next request sees the old list. And it saves into a `web.Response` only: with a
    `StreamResponse`, a `WebSocketResponse` or a `FileResponse` the change is dropped without a word, before or
    after `prepare()`; with a `Response` that the handler has prepared itself, the client gets `500` (`RuntimeError:
    Cannot save session data into prepared response`).

    Bad:

    ```python
    async def add(request: web.Request) -> web.Response:
        session = await get_session(request)
        session["cart"].append(request.match_info["item"])
        return web.Response()
    ```

    Good:

    ```python
    async def add(request: web.Request) -> web.Response:
        session = await get_session(request)
        session["cart"].append(request.match_info["item"])
        session.changed()
        return web.Response()
    ```

    For a stream or a WebSocket, save it by hand before `prepare()`:

    ```python
    async def live(request: web.Request) -> web.WebSocketResponse:
        session = await get_session(request)
        session["seen"] = True
        websocket = web.WebSocketResponse()
        await request[STORAGE_KEY].save_session(request, websocket, session)
        await websocket.prepare(request)
        return websocket
    ```

    Fix: unsafe, because the change is kept from then on. It calls `changed()` after an in-place change.

    Silent when the session is changed at its top level anywhere in the function (that saves it all), and when
    the session, or the request, is given to code that may change or save it.
    """

    code = "AIO507"
    name = "session-change-lost"
    message = "change of the session is never saved: call `changed()` on the session"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("10.1", "10.2", "10.4", "15.7")
    mentions = (any_of(*GETTERS), any_of("await"))
    source = "https://aiohttp-session.readthedocs.io/en/stable/reference.html#aiohttp_session.Session.changed"

    def check(self, module: Module) -> Iterator[Finding]:
        for lost in lost_changes(module):
            edits = []
            if lost.loss is Loss.NESTED:
                statement = module.statement(lost.node)
                if isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign | ast.Delete):
                    edits.append(InsertAfter(module.span(statement), f"{lost.session}.changed()"))
            message = _MESSAGES[lost.loss]
            yield self.finding(module, lost.node, message, edits=edits, fix="Tell the session of the change")
