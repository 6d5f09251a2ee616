"""AIO503."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.cookies import is_for_trial
from aiohttp_lint.semantics.module import Module

_PLAIN_STORAGE = aiohttp_api.class_named("aiohttp_session.SimpleCookieStorage").name
_PLAIN_IDENTITY = aiohttp_api.class_named("aiohttp_security.CookiesIdentityPolicy").name
_MESSAGES = {
    _PLAIN_STORAGE: "session stands in the cookie as plain JSON that anybody can forge: use EncryptedCookieStorage",
    _PLAIN_IDENTITY: "who the user is stands in a cookie that anybody can forge: use SessionIdentityPolicy",
}


class InsecureSessionStorage(Rule):
    """Session or identity that is kept in an unprotected cookie can be forged by whoever sends it.

    `SimpleCookieStorage` writes the session as plain JSON into the cookie. With `CookiesIdentityPolicy`, a
    request with `Cookie: AIOHTTP_SECURITY=admin` makes `authorized_userid()` return `admin`. Both are made for
    demonstrations, and their documentation says so.

    Bad:

    ```python
    aiohttp_session.setup(app, aiohttp_session.SimpleCookieStorage())
    aiohttp_security.setup(app, aiohttp_security.CookiesIdentityPolicy(), authorization)
    ```

    Good:

    ```python
    storage = EncryptedCookieStorage(fernet.Fernet(os.environ["SESSION_KEY"]), secure=True, samesite="Lax")
    aiohttp_session.setup(app, storage)
    aiohttp_security.setup(app, aiohttp_security.SessionIdentityPolicy(), authorization)
    ```

    Fix: none; the right storage needs a key or a server.

    Silent in tests and examples, and under a condition that speaks of debugging, development or tests.
    """

    code = "AIO503"
    name = "insecure-session-storage"
    message = (
        "session or identity stands in a cookie that anybody can forge: use an encrypted or server-side one"
    )
    relaxed_in_tests = True
    practices = ("10.1", "10.2", "10.5", "10.8", "14.6", "15.3", "15.7")
    mentions = (any_of(*_MESSAGES),)
    source = "https://aiohttp-session.readthedocs.io/en/stable/reference.html#simple-storage"

    def check(self, module: Module) -> Iterator[Finding]:
        for name, message in _MESSAGES.items():
            for call in module.calls_to(name):
                if not is_for_trial(module, call.node):
                    yield self.finding(module, call, message)
