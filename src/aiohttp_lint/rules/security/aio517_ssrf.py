"""AIO517."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.taint_data import Danger


class Ssrf(Rule):
    """A request to an address that the client gives reaches what only this machine can reach.

    `GET /preview?url=http://169.254.169.254/` makes the server ask its cloud's metadata service, or a service that listens on
    `127.0.0.1` for no one else, and hands over the answer. aiohttp 3.14.1 refuses disguised addresses
    (`http://2130706433/`); plain ones of the local network go through.

    Bad:

    ```python
    async def preview(request: web.Request) -> web.Response:
        async with request.app[HTTP].get(request.query["url"]) as response:
            return web.Response(text=await response.text())
    ```

    Good:

    ```python
    async def preview(request: web.Request) -> web.Response:
        url = URL(request.query["url"])
        if url.host not in ALLOWED_HOSTS:
            raise web.HTTPBadRequest
        async with request.app[HTTP].get(url) as response:
            return web.Response(text=await response.text())
    ```

    Fix: none; which hosts are right only the author knows. For any host of the internet: a connector that looks at
    the address after the lookup, as in aiohttp's cookbook.

    Opt-in: services whose purpose is to fetch what they are told (proxies, previews, webhooks) do this by design. In the
    packages that were read, hits by name were all of that kind. Silent where the host is fixed
    (`f"https://api.example/{path}"`), where the method of the incoming request is forwarded (a proxy), and for what was
    tested on the way.
    """

    code = "AIO517"
    name = "ssrf"
    message = "request goes to any host that the client names: allow known hosts only"
    opt_in = True
    relaxed_in_tests = True
    practices = ("14.1", "15.5", "15.8", "16.5")
    source = "https://docs.aiohttp.org/en/stable/client_middleware_cookbook.html#server-side-request-forgery-protection"

    def check(self, module: Module) -> Iterator[Finding]:
        for flow in module.taint.flows():
            if flow.danger is Danger.FETCH:
                message = f"request goes to any host that {flow.source} names: allow known hosts only"
                yield self.finding(module, flow.place, message, related=flow.related)
