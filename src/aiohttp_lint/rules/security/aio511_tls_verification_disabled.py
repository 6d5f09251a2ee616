"""AIO511."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.tls import PARAMETERS, TAKERS, Unverified, holes

_MESSAGES = {
    Unverified.LITERAL: "certificate is not verified: any server is taken for the right one; pass an SSL context",
    Unverified.MODE: "certificate is not verified with this context: load the right CA instead of `CERT_NONE`",
    Unverified.BARE: "this context verifies no certificate: make it with `ssl.create_default_context()`",
    Unverified.REFUSED: "`CERT_NONE` raises ValueError while host names are checked: load the right CA instead",
}


class TlsVerificationDisabled(Rule):
    """A client that doesn't verify certificates talks to anybody who answers, and encrypts for them.

    With `ssl=False`, `verify_ssl=False`, a context in mode `CERT_NONE`, `ssl._create_unverified_context()` and a bare
    `ssl.SSLContext()`, a self-signed certificate of whoever sits on the way is accepted; by default the
    request fails with `ClientConnectorCertificateError`. A bare context stays so when CA certificates are loaded
    into it: only `verify_mode` or `check_hostname = True` switch verification on. `ssl=True` on a request doesn't
    bring it back for a connector with `ssl=False`.

    Bad:

    ```python
    async def balance(session: aiohttp.ClientSession) -> str:
        async with session.get("https://bank.example/balance", ssl=False) as response:
            return await response.text()
    ```

    Good:

    ```python
    async def balance(session: aiohttp.ClientSession) -> str:
        context = ssl.create_default_context(cafile="internal-ca.pem")
        async with session.get("https://bank.example/balance", ssl=context) as response:
            return await response.text()
    ```

    For one known certificate, `ssl=aiohttp.Fingerprint(sha256)` does it.

    Fix: none; whom to trust is not for a tool to decide. Where the peer can't have a certificate that verifies (an
    appliance on the own network), one `# noqa: AIO511` at the session's first use or the connector says so: further
    requests on the same session are not reported again.

    Silent for options (`ssl=verify`, an assignment under a condition), for `http://` and `ws://` addresses and those of
    a loop that tries `http` too, for this machine, for contexts of servers, for `check_hostname = False` alone (the chain is
    still verified), and in tests. Where the rule is named in full, by `ALL` or by the strict preset, it also reports a request
    that sends nothing of its own and only sees from the status that somebody answers, and what goes to a private address
    or a `.local` name, or has plain HTTP or such a host as the default of a parameter or setting, or by a condition; a
    connector, where all that the file sends through it does.
    """

    code = "AIO511"
    name = "tls-verification-disabled"
    message = _MESSAGES[Unverified.LITERAL]
    relaxed_in_tests = True
    practices = ("6.7", "14.6", "15.5", "16.5", "K8")
    equivalents = ("S501", "S323")
    mentions = (any_of(*TAKERS), any_of(*PARAMETERS))
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#ssl-control-for-tcp-sockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for hole in holes(module, also_doubtful=self.is_named(module)):
            others = hole.taken_by[1:] if hole.kind is Unverified.LITERAL else hole.taken_by
            related = [module.related(call.node, "connects without verification too") for call in others]
            yield self.finding(module, hole.node, _MESSAGES[hole.kind], related=related)
