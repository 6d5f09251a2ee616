"""AIO525."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.socket_origins import WHO_IS_IT, unchecked_origins
from aiohttp_lint.semantics.websockets import SERVER


class WebsocketOriginUnchecked(Rule):
    """A WebSocket that knows its user by a cookie, and takes handshakes from any site.

    Browsers let every page open a WebSocket to every host and send that host's cookies along; the same-origin
    policy and CORS don't apply. aiohttp does not look at the `Origin` header: a handshake with `Origin:
    https://evil.example` is accepted, and the foreign page then reads and writes as the user (cross-site WebSocket
    hijacking). `can_prepare()` does not look at it either.

    Bad:

    ```python
    async def live(request: web.Request) -> web.WebSocketResponse:
        user = await authorized_userid(request)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(f"hello {user}")
        return ws


    app = web.Application()
    app.router.add_get("/live", live)
    ```

    Good:

    ```python
    ALLOWED = {"https://app.example"}


    async def live(request: web.Request) -> web.WebSocketResponse:
        origin = request.headers.get("Origin")
        if origin is not None and origin not in ALLOWED:
            raise web.HTTPForbidden()
        user = await authorized_userid(request)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(f"hello {user}")
        return ws


    app = web.Application()
    app.router.add_get("/live", live)
    ```

    Clients that are no browsers send no `Origin` (aiohttp's `ws_connect` neither), hence `is not None`.

    Fix: none, because only you know who may connect.

    Opt-in, because the check may stand in a middleware of another file, a token in the first message may decide,
    and a cookie with `SameSite=Lax` or `Strict` is not sent by a foreign page. Reported for functions that prepare the socket and read
    `request.cookies`, the session or the identity themselves. Silent when the file names the header anywhere.
    """

    code = "AIO525"
    name = "websocket-origin-unchecked"
    message = (
        "any site's page can open this WebSocket with the user's cookies; check the `Origin` header first"
    )
    opt_in = True
    relaxed_in_tests = True
    practices = ("9.3", "10.3", "14.2", "14.6", "14.8")
    mentions = (any_of(SERVER), any_of("prepare"), any_of(*WHO_IS_IT, "cookies"))
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.WebSocketResponse.prepare"

    def check(self, module: Module) -> Iterator[Finding]:
        for unchecked in unchecked_origins(module):
            related = [module.related(unchecked.evidence, "a cookie tells here who it is")]
            yield self.finding(module, unchecked.opening, related=related)
