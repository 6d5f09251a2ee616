"""AIO402."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.blockers import Kind
from aiohttp_lint.semantics.blocking import Where, blocking_calls
from aiohttp_lint.semantics.module import Module


class BlockingNetworkCall(Rule):
    """A blocking network call in a coroutine stops the event loop until the other side answers.

    Nothing else runs meanwhile, and nothing times out either: eight concurrent requests to a handler that calls
    `urllib.request.urlopen()` on a service that takes 0.2 s are answered in 1.63 s, with aiohttp's client in
    0.24 s. A service that hangs takes the whole server with it. Looking up a name (`socket.gethostbyname()`) and
    opening a mail connection wait just as well; `boto3.client()` opens no socket but takes 77 ms.

    Bad:

    ```python
    async def rates(request: web.Request) -> web.Response:
        return web.json_response(requests.get("https://bank.example/rates").json())
    ```

    Good:

    ```python
    async def rates(request: web.Request) -> web.Response:
        async with request.app[HTTP].get("https://bank.example/rates") as response:
            return web.json_response(await response.json())
    ```

    A name is looked up with `await loop.getaddrinfo(…)`; a raw socket for a driver is opened in a thread (`await
    asyncio.to_thread(socket.create_connection, address)`), and a stream of one's own with `asyncio.open_connection()`.

    Reported in every coroutine of a file that uses aiohttp, and in the plain functions of the project that a
    handler calls. Coroutines that run alone (the program's entry point, startup and cleanup) are left out unless the rule
    is named in full, by `ALL` or by the strict preset; so are plain functions that only coroutines call.
    Silent for what does no I/O: `requests.Session()`, `urllib3.PoolManager()`,
    `httpx.Client()`, `SMTP()` without a host, the lookup of an address. Unless the rule is named, silent too for what
    makes the one object that the whole process keeps (`if not hasattr(App, "only"): App.only = App()`) and for
    `boto3.client()` in an `__aenter__` that no handler reaches, which most often run before there are requests, and for
    the lookup of this machine's own name (`gethostbyname(gethostname())`), which its hosts file answers as a rule.
    """

    code = "AIO402"
    name = "blocking-network-call"
    message = "network call stops the event loop until it is answered; use aiohttp's client"
    relaxed_in_tests = True
    practices = ("1.3", "11.8", "15.5", "16.5", "K6", "K8")
    equivalents = ("ASYNC100", "ASYNC210", "ASYNC211", "ASYNC212")
    source = "https://docs.aiohttp.org/en/stable/http_request_lifecycle.html"

    def check(self, module: Module) -> Iterator[Finding]:
        where = Where.EVERYWHERE if self.is_named(module) else Where.CONCURRENT
        for call in blocking_calls(module, Kind.NETWORK, where):
            if where is Where.CONCURRENT and call.is_for_own_name:
                continue
            until = "until it is answered" if call.is_answered else "while it loads"
            message = f"{call.shown} stops the event loop {until}{call.reached}; {call.blocker.instead}"
            yield self.finding(module, call.place, message, related=call.related)
