"""AIO113."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import sessions
from aiohttp_lint.semantics.client import MODULE_REQUEST, SESSION
from aiohttp_lint.semantics.module import Module


class SessionForOneRequest(Rule):
    """A function that opens a session for a single request connects anew at each call.

    Called twice, it makes two connections (and TLS handshakes) where a shared session makes one; 200 calls make
    200. Cookies are forgotten between the calls. The file does not show that it is called more than once: where
    it does, AIO101 reports it, so this rule is opt-in.

    Bad:

    ```python
    async def rate(currency: str) -> float:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"https://rates.example/{currency}") as response:
                return float(await response.text())
    ```

    Good:

    ```python
    async def rate(session: aiohttp.ClientSession, currency: str) -> float:
        async with session.get(f"https://rates.example/{currency}") as response:
            return float(await response.text())
    ```

    Fix: none, because whoever calls the function has to hold the session.

    Silent in entry points, start-up and clean-up callbacks, for a session that several requests (or a poll) go
    through, that is handed to other code or kept, for WebSockets, and for a session of its own kind (`cookies`, `cookie_jar`, a
    connector that is handed in).
    """

    code = "AIO113"
    name = "session-for-one-request"
    message = "session is opened for one request: no connection is reused by the next call; take a session as argument"
    opt_in = True
    relaxed_in_tests = True
    practices = ("6.1", "6.3", "11.1")
    mentions = (any_of(SESSION, MODULE_REQUEST),)
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request"

    def check(self, module: Module) -> Iterator[Finding]:
        for session in sessions.sessions_for_one_request(module):
            yield self.finding(module, session.call)
