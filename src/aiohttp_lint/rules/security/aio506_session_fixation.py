"""AIO506."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import AddImport, Edit, ReplaceCallee
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.authorization import GET_SESSION, NEW_SESSION
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.login_sessions import reused_sessions
from aiohttp_lint.semantics.module import Module


class SessionFixation(Rule):
    """A login that keeps the session it was sent lets whoever planted that session in.

    With a storage that keeps sessions on the server, `get_session()` takes the identifier that the client sends. If
    somebody made the victim's browser send a chosen one (`AIOHTTP_SESSION=attackerfixed`), the login writes the user
    into it, and the attacker has that session too. `new_session()` gives it a new identifier: the answer sets another
    cookie, and the planted one knows nobody. aiohttp-session's reference: "Always use `new_session()` … in your login
    views to guard against Session Fixation attacks!"

    Bad:

    ```python
    async def login(request: web.Request) -> web.Response:
        user = await check_password(request)
        session = await get_session(request)
        session["user"] = user.name
        return web.Response()
    ```

    Good:

    ```python
    async def login(request: web.Request) -> web.Response:
        user = await check_password(request)
        session = await new_session(request)
        session["user"] = user.name
        return web.Response()
    ```

    Fix: unsafe, because what the session held before the login is gone then. `get_session` becomes `new_session`.

    Opt-in: what a login is can only be told by the name of the function or its class (`login`, `sign_in`,
    `oauth_callback`), and by a key such as `user` that is set. Silent where the function calls `new_session()`,
    `invalidate()` or `set_new_identity()`, and in files that create a storage which keeps all in the cookie: that
    has no identifier to plant.
    """

    code = "AIO506"
    name = "session-fixation"
    message = "login writes the user into the session that the client sent: call `new_session()`"
    fix = FixAvailability.UNSAFE
    opt_in = True
    relaxed_in_tests = True
    practices = ("10.2", "10.4", "10.5", "10.8", "14.6", "15.7")
    mentions = (any_of(GET_SESSION),)
    source = "https://aiohttp-session.readthedocs.io/en/stable/reference.html#aiohttp_session.new_session"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in reused_sessions(module):
            yield self.finding(module, call, edits=_new_session(module, call), fix="Start a new session")


def _new_session(module: Module, call: CallSite) -> list[Edit]:
    """Give the edits that call `new_session` in the way that `get_session` is called."""
    package, _, name = NEW_SESSION.rpartition(".")
    if call.receiver is not None:
        return [ReplaceCallee(module.span(call.node), f"{module.segment(call.receiver)}.{name}")]
    spelled, needed = module.name_for(NEW_SESSION)
    if needed is None:
        return [ReplaceCallee(module.span(call.node), spelled)]
    if call.scope.lookup(name):
        return []
    return [AddImport(package, name), ReplaceCallee(module.span(call.node), name)]
