"""AIO505."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import cookies
from aiohttp_lint.semantics.module import Module


class SessionCookieNotSecure(Rule):
    """A session storage without `secure=True` lets the session's cookie travel over plain HTTP.

    The storages of aiohttp-session default to `httponly=True`, `secure=None`, `samesite=None` and `max_age=None`: the
    cookie that goes out reads `…; HttpOnly; Path=/`, and the browser sends it along with every plain request to
    the host, where anybody on the way can read it and take the session over.

    Bad:

    ```python
    aiohttp_session.setup(app, RedisStorage(pool, max_age=3600))
    ```

    Good:

    ```python
    aiohttp_session.setup(app, RedisStorage(pool, max_age=3600, secure=True, samesite="Lax"))
    ```

    Fix: unsafe, because without TLS the browser, and aiohttp's own `CookieJar`, no longer send the cookie.

    Silent when `secure` is given as anything, for subclasses and `**kwargs`, in tests and examples, under a
    condition that speaks of debugging, and in a file that serves only this machine (`host="127.0.0.1"`).
    A project's copy of aiohttp-session counts where its `setup` is given an aiohttp application.
    """

    code = "AIO505"
    name = "session-cookie-not-secure"
    message = "session cookie also travels over plain HTTP: create the storage with `secure=True`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("10.1", "10.3", "10.4", "14.6", "15.7")
    mentions = (any_of(*cookies.STORAGES),)
    source = "https://aiohttp-session.readthedocs.io/en/stable/reference.html#abstract-storage"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in cookies.storages_created(module):
            if not call.argument("secure").is_missing or cookies.is_for_trial(module, call.node):
                continue
            if cookies.serves_only_this_machine(module):
                continue
            edits = [SetKeyword(module.span(call.node), "secure", "True")]
            # On the callee: what is wrong with the key is another fact, on the argument.
            yield self.finding(module, call.node.func, edits=edits, fix="Set `secure`")
