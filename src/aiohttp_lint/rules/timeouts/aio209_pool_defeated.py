"""AIO209."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, SESSION
from aiohttp_lint.semantics.connector_arguments import Defeat, pools_defeated
from aiohttp_lint.semantics.creation import CONNECTORS
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Defeat.FORCE_CLOSE: "force_close=True opens a connection for each request; keep them alive, and bound them by limit",
    Defeat.UNLIMITED: "connector opens any number of connections at once; set limit or limit_per_host",
    Defeat.CACHED_FOREVER: "addresses are never looked up again, also when the server has moved; set ttl_dns_cache to seconds",
    Defeat.NOT_CACHED: "each new connection looks its host up again; keep the DNS cache, with a short ttl_dns_cache",
    Defeat.CLOSE_HEADER: "`Connection: close` opens a connection for each request; leave the header out",
}


class PoolDefeated(Rule):
    """A connector that does not pool, does not bound, or never looks up a name again.

    What a plain `TCPConnector()` has: up to 100 connections in all (`limit`), any number of them to one host
    (`limit_per_host=0`), kept open for 15 s after their last request, addresses kept for 10 s. `force_close=True` and
    `Connection: close` cost a TCP and a TLS handshake for each request. `limit=0` and `limit=None` let a burst open as many
    sockets as there are requests, until the process or the server runs out of them. `ttl_dns_cache=None` keeps an address
    for as long as the process runs: after the service has moved, every request goes to the old host.

    Bad:

    ```python
    connector = aiohttp.TCPConnector(force_close=True, ttl_dns_cache=None)
    ```

    Good:

    ```python
    connector = aiohttp.TCPConnector(limit=100, limit_per_host=20, ttl_dns_cache=30)
    ```

    Fix: none, because each of these is right somewhere.

    Opt-in: load generators need `limit=0`, and some servers that drop idle connections without a word are
    best met by `force_close=True`. `limit=0` beside a `limit_per_host` is bounded, so silent.
    """

    code = "AIO209"
    name = "pool-defeated"
    message = _MESSAGES[Defeat.FORCE_CLOSE]
    opt_in = True
    relaxed_in_tests = True
    practices = ("6.3", "11.1", "11.2", "15.8", "16.5")
    mentions = (any_of("headers", *CONNECTORS), any_of(SESSION, MODULE_REQUEST, *REQUESTS, *CONNECTORS))
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#limiting-connection-pool-size"

    def check(self, module: Module) -> Iterator[Finding]:
        for defeated in pools_defeated(module):
            yield self.finding(module, defeated.argument, _MESSAGES[defeated.kind])
