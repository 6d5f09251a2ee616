"""AIO101."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding, Related
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics import sessions
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.sessions import Repetition

_WHY = {
    Repetition.SERVED: "handler opens a session for each request",
    Repetition.CALLED_WHEN_SERVED: "session is opened for each request that is served",
    Repetition.LOOP: "session is opened anew in each turn of the loop",
    Repetition.CALLED_IN_LOOP: "session is opened anew by each call, and the calls stand in a loop",
    Repetition.OWNER: "session is opened for each call, though the object holds one already",
}

_SHOWN = {
    Repetition.LOOP: "the loop",
    Repetition.CALLED_IN_LOOP: "called in a loop here",
    Repetition.OWNER: "the session of the object",
}


class SessionPerRequest(Rule):
    """A session that is opened for each request connects anew each time.

    A session keeps its connections, its cookies and its resolved addresses, and drops them when it closes. 200
    requests with a session each are 200 TCP connections (and TLS handshakes); with a shared one they are 1, in a
    fourth of the time on loopback. `aiohttp.request()` opens a session of its own too.

    Bad:

    ```python
    async def show_price(request: web.Request) -> web.Response:
        async with aiohttp.ClientSession() as session:
            async with session.get("https://prices.example/today") as response:
                return web.json_response(await response.json())

    app = web.Application()
    app.router.add_get("/price", show_price)
    ```

    Good:

    ```python
    HTTP = web.AppKey("http", aiohttp.ClientSession)

    async def http_client(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            app[HTTP] = session
            yield

    async def show_price(request: web.Request) -> web.Response:
        async with request.app[HTTP].get("https://prices.example/today") as response:
            return web.json_response(await response.json())

    app = web.Application()
    app.cleanup_ctx.append(http_client)
    app.router.add_get("/price", show_price)
    ```

    Fix: none, because the session has to move to where the program begins and ends.

    Reported in registered handlers and middlewares; in a function that opens a session for one request and that
    such a handler reaches, that is called in a loop, or whose object holds a session already; and in a loop that
    goes on to its end. Silent for a session of its own kind (`cookies`, `cookie_jar`, a connector that is handed
    in, a `base_url` from a parameter), for one that relays a request's headers or cookies (shared, a proxy's session
    needs a `DummyCookieJar`, or it mixes its clients' cookies), for WebSockets, for loops that end with the first success, pause longer
    than a connection is kept (15 s), ask a person in each turn (`input()`) or turn to another server each time
    (`peer.url + "/jobs"`, `service["url"]`, `webhook.url`, `for host in hosts`, `for url in self.urls`),
    behind a cache (`@cached(ttl=3600)`), and where the session fills a gap (`if self.token is None`, or behind `if self.token: return self.token`). AIO113 (opt-in)
    reports those of which no repetition is in sight. Silent too in a server that a function runs until one visitor has
    answered (`await future`, which a handler sets).
    """

    code = "AIO101"
    name = "session-per-request"
    message = "session is opened for each request: no connection is reused; share one session"
    relaxed_in_tests = True
    practices = ("1.7", "6.1", "6.3", "11.1", "15.5", "16.5", "K6")
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in sessions.sessions_per_request(module):
            why = _WHY[found.repetition]
            if found.place is not found.session.call.node:
                why = f"`{found.session.function.shown}` opens a session for each request that is served"
            message = f"{why}: no connection is reused; share one session"
            yield self.finding(module, found.place, message, related=_related(found))


def _related(found: sessions.SessionPerRequest) -> list[Related]:
    owner = found.session.function.owner
    related = [step.owner.related(call, f"`{step.name}` leads here") for step, call in found.steps]
    if found.place is not found.session.call.node:
        related.append(owner.related(found.session.call.node, "the session is opened here"))
    elif found.shown is not None:
        related.append(owner.related(found.shown, _SHOWN[found.repetition]))
    return related
