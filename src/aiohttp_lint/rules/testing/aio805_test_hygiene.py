"""AIO805."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_arguments import REQUESTING
from aiohttp_lint.semantics.testing_clients import REQUESTS
from aiohttp_lint.semantics.testing_frailties import LISTENERS, MAKE_REQUEST, Frailty, frail_tests
from aiohttp_lint.semantics.websockets import RECEIVES

_MESSAGES = {
    Frailty.NETWORK: "this test needs the internet; let a TestServer answer",
    Frailty.ENDLESS: "this test hangs if the message never comes; pass `timeout=`",
    Frailty.UNASSERTED: "this test looks at nothing of the response: a 404 or 500 passes; assert its status",
    Frailty.MOCKED_REQUEST: "the handler is called past its application: no route, no middleware; request it through a TestClient",
}


class TestHygiene(Rule):
    """A test that needs luck, or that proves nothing.

    - A request to a host of the internet fails when that host, or the way to it, does.
    - `await ws.receive()` without `timeout` waits for ever when the message does not come, and the test run with it.
    - A response that nobody looks at: the test passes for a `404` and a `500` as well.
    - `make_mocked_request()` handed to a registered handler goes past the router and the middlewares.
    - A fixed port is taken by whatever else runs on the machine: `OSError: address already in use`.

    Bad:

    ```python
    async def test_echo(aiohttp_client, app: web.Application) -> None:
        client = await aiohttp_client(app)
        await client.get("/")
        async with client.ws_connect("/ws") as ws:
            await ws.send_str("hello")
            await ws.receive_str()
    ```

    Good:

    ```python
    async def test_echo(aiohttp_client, app: web.Application) -> None:
        client = await aiohttp_client(app)
        response = await client.get("/")
        assert response.status == 200
        async with client.ws_connect("/ws") as ws:
            await ws.send_str("hello")
            assert await ws.receive_str(timeout=1) == "hello"
    ```

    Fix: none; what to expect is for the author to say.

    Off unless it is named. Silent in tests with a mark of their own (`integration`, `network`…) or an unknown decorator; for the
    network also in files that use `mock`, aioresponses or the like; for responses in tests that assert, raise or check
    anything.
    """

    code = "AIO805"
    name = "test-hygiene"
    message = "a fixed port may be taken; let the system choose (`port=0`, or `unused_port()`)"
    opt_in = True
    practices = ("12.3", "12.4", "12.5", "12.7", "12.8")
    mentions = (any_of(*REQUESTING, *RECEIVES, *REQUESTS, MAKE_REQUEST, *LISTENERS),)
    source = "https://docs.aiohttp.org/en/stable/testing.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in frail_tests(module):
            yield self.finding(module, found.node, _MESSAGES.get(found.frailty))
