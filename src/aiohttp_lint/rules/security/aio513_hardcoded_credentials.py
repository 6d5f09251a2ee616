"""AIO513."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.credentials import BASIC, Kept, credentials_in_source
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_arguments import REQUESTING

_MESSAGES = {
    Kept.PASSWORD: "password stands in the source, for whoever reads it: load it from a secret",
    Kept.URL: "password stands in the URL, in the source and in every log of it: load it from a secret",
    Kept.HEADER: "credential stands in the source, for whoever reads it: load it from a secret",
}


class HardcodedCredentials(Rule):
    """A credential in the source is known to everybody who can read the repository, now and in its history.

    A literal password for `BasicAuth` or `encode_basic_auth`, one in a URL (`https://user:password@host/`), and a literal
    token in an `Authorization` or `X-Api-Key` header can't be taken back without a new release, and are the same in
    every place where the program runs. Headers of a session are sent to every host that the session talks to.

    Bad:

    ```python
    async def orders(session: aiohttp.ClientSession) -> str:
        auth = aiohttp.BasicAuth("svc", "s3cr3t!Xq9")
        async with session.get("https://shop.example/orders", auth=auth) as response:
            return await response.text()
    ```

    Good:

    ```python
    async def orders(session: aiohttp.ClientSession) -> str:
        auth = aiohttp.BasicAuth("svc", os.environ["SHOP_PASSWORD"])
        async with session.get("https://shop.example/orders", auth=auth) as response:
            return await response.text()
    ```

    Fix: none; where secrets come from is not for a tool to decide.

    Opt-in: public keys of public programs look like secrets. Silent for what reads like a placeholder (`changeme`,
    `<token>`, `xxx`, `your-key`), for short texts and words in headers, for empty passwords, and in tests and examples.
    """

    code = "AIO513"
    name = "hardcoded-credentials"
    message = _MESSAGES[Kept.PASSWORD]
    opt_in = True
    relaxed_in_tests = True
    practices = ("6.5", "10.5", "10.7", "14.6", "15.5")
    equivalents = ("S105", "S106")
    mentions = (any_of(*BASIC, *REQUESTING, SESSION),)
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#authentication"

    def check(self, module: Module) -> Iterator[Finding]:
        for value, kept in credentials_in_source(module):
            yield self.finding(module, value, _MESSAGES[kept])
