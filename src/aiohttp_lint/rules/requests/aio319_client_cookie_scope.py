"""AIO319."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.client_cookies import UPDATES, Reach, unscoped_cookies
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Reach.SHARED: (
        "cookies without a domain go to every host that the session talks to; "
        "give them to the jar with `update_cookies(…, response_url=…)`"
    ),
    Reach.HEADER: "default Cookie header goes to every host that the session talks to; use a jar, or the single request",
}


class ClientCookieScope(Rule):
    """Cookies of a session that go to every host it talks to.

    What `ClientSession(cookies=…)` and `cookie_jar.update_cookies(…)` without `response_url` are given has no domain, and so
    goes along with every request: two servers, `127.0.0.1` and `localhost`, both got it. A default `Cookie` header is the
    same. Only a redirect to another host drops them.

    Bad:

    ```python
    async def main(token: str, urls: list[str]) -> None:
        async with aiohttp.ClientSession(cookies={"session": token}) as session:
            for url in urls:
                await session.head(url)
    ```

    Good:

    ```python
    async def main(token: str, urls: list[str]) -> None:
        async with aiohttp.ClientSession() as session:
            session.cookie_jar.update_cookies({"session": token}, response_url=URL("https://api.example/"))
            for url in urls:
                await session.head(url)
    ```

    Fix: none, because the host that the cookie is for is the author's to say.

    Opt-in, since a client of one service has only one host to talk to. Silent with a `base_url`, where all requests that are
    seen to go through the session are for one host, and for a `DummyCookieJar`, which keeps nothing. `CookieJar(unsafe=True)`,
    which takes cookies from IP addresses, is not reported: of 33 in real code nearly all are for devices that have no name.
    """

    code = "AIO319"
    name = "client-cookie-scope"
    message = _MESSAGES[Reach.SHARED]
    opt_in = True
    relaxed_in_tests = True
    practices = ("6.1", "6.4", "6.5", "16.5")
    mentions = (any_of(SESSION, *UPDATES), any_of("cookies", "headers", *UPDATES))
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#cookie-safety"

    def check(self, module: Module) -> Iterator[Finding]:
        for cookies in unscoped_cookies(module):
            yield self.finding(module, cookies.argument, _MESSAGES[cookies.reach])
