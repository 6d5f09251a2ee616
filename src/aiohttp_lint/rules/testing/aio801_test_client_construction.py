"""AIO801."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.testing_clients import (
    CLIENT,
    REQUESTS,
    SERVER,
    ClientMisuse,
    Misuse,
    client_misuses,
)

_MESSAGES = {
    Misuse.NOT_STARTED: "the test client is not started: bare AssertionError; use `async with TestClient(…) as client`",
    Misuse.ABSOLUTE: "a test client takes no absolute URL: bare AssertionError; pass the path",
    Misuse.MADE_ABSOLUTE: "`make_url()` gives an absolute URL, which a test client does not take: bare AssertionError; pass the path",
}
_ERRORS = {Misuse.APPLICATION: "TypeError"}


class TestClientConstruction(Rule):
    """A test client is made of a server, has to be started, and is asked for paths.

    - `TestClient(app)` raises `TypeError: server must be TestServer instance, found type: <class
      'aiohttp.web_app.Application'>`.
    - A client that was not started (`async with`, or `await client.start_server()`) has no address: its first request ends in
      an `AssertionError` without a message.
    - So does a request for an absolute URL, be it written out or made by `client.make_url("/x")`: the client makes it
      absolute itself.

    Bad:

    ```python
    async def test_index() -> None:
        client = TestClient(web.Application())
        response = await client.get("http://localhost/")
        assert response.status == 200
    ```

    Good:

    ```python
    async def test_index() -> None:
        async with TestClient(TestServer(web.Application())) as client:
            response = await client.get("/")
            assert response.status == 200
    ```

    Fix: safe, since the call fails as it stands: the application is put into `TestServer(…)`, `client.make_url("/x")` becomes
    `"/x"`. None for a client that is not started, nor for a URL that is written out: its path is for the author to say.

    Silent where the server may have been started on its own, where it is made with `skip_url_asserts=True`, for clients of
    a subclass, and where the error is expected.
    """

    code = "AIO801"
    name = "test-client-construction"
    message = "a test client is made of a server, not of an application: TypeError; wrap it in TestServer"
    fix = FixAvailability.SAFE
    practices = ("12.1", "12.2", "12.7")
    mentions = (any_of(CLIENT, *REQUESTS),)
    about = frozenset({CLIENT, *REQUESTS})
    source = "https://docs.aiohttp.org/en/stable/testing.html#aiohttp.test_utils.TestClient"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in client_misuses(module):
            if not fails_on_purpose(module, found.call.node, _ERRORS.get(found.misuse, "AssertionError")):
                yield self.finding(
                    module,
                    found.node,
                    _MESSAGES.get(found.misuse),
                    edits=_edits(module, found),
                    fix="Wrap it in TestServer" if found.misuse is Misuse.APPLICATION else "Pass the path",
                )


def _edits(module: Module, found: ClientMisuse) -> list[Edit]:
    span = module.span(found.node)
    if found.misuse is Misuse.APPLICATION:
        spelling, imports = spelled(module, SERVER)
        return [ReplaceExpression(span, f"{spelling}({{}})"), *imports]
    if found.path is not None:
        return [ReplaceExpression(span, verbatim(module.segment(found.path)))]
    return []
