"""AIO512."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.server_tls import SERVERS, MisplacedContext, Side, misplaced_contexts
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.tls import TAKERS

_MESSAGES = {
    Side.SERVER: "server can't use a context that is made for clients, every handshake fails: pass `{}`",
    Side.CLIENT: "client can't use a context that is made for servers, every request fails: pass `{}`",
}
_NO_CERTIFICATE = (
    "server context has no certificate, so every handshake fails: call `load_cert_chain()` on it"
)
_PURPOSE = {Side.SERVER: "CLIENT_AUTH", Side.CLIENT: "SERVER_AUTH"}
_PROTOCOL = {Side.SERVER: "PROTOCOL_TLS_SERVER", Side.CLIENT: "PROTOCOL_TLS_CLIENT"}


class ServerSslContextPurpose(Rule):
    """An SSL context that is made for the other side of the connection fails every handshake.

    `ssl.create_default_context()` makes a context for clients: its purpose is to authenticate servers. With it
    as `ssl_context` of a server, the server starts, and each client gets `ClientConnectorError`; the server's log has
    `ssl.SSLError: Cannot create a server socket with a PROTOCOL_TLS_CLIENT context`. The same holds the other way
    round for a client with `Purpose.CLIENT_AUTH`, and for `PROTOCOL_TLS_CLIENT` and `PROTOCOL_TLS_SERVER`. A server
    context without `load_cert_chain()` has nothing to show: `NO_SHARED_CIPHER`, again for every client.

    Bad:

    ```python
    def main(app: web.Application) -> None:
        context = ssl.create_default_context()
        context.load_cert_chain("server.pem")
        web.run_app(app, ssl_context=context)
    ```

    Good:

    ```python
    def main(app: web.Application) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain("server.pem")
        web.run_app(app, ssl_context=context)
    ```

    Fix: the right purpose or protocol is put in. Safe for servers, because what failed every time then works; unsafe
    for clients, where Python 3.9 took such a context, and verified nothing. None for a context that other code takes
    too, and none for a missing certificate.

    Silent for contexts from elsewhere (a parameter, an attribute, another function), for one that gets its
    certificate from code out of sight, and, as long as the project supports Python 3.9, for a default context whose
    `verify_mode` is set: there it worked on both sides.
    """

    code = "AIO512"
    name = "server-ssl-context-purpose"
    message = "SSL context is made for the other side, so every handshake fails: pass the right purpose"
    fix = FixAvailability.MIXED
    practices = ("6.7", "13.4")
    mentions = (any_of(*SERVERS, *TAKERS), any_of("ssl", "ssl_context"))
    source = "https://docs.python.org/3/library/ssl.html#ssl.create_default_context"

    def check(self, module: Module) -> Iterator[Finding]:
        for context in misplaced_contexts(module):
            related = [] if context.created is context.value else [
                module.related(context.taker.node, f"the {context.side.name.lower()} takes it here")
            ]  # fmt: skip
            if context.lacks_certificate:
                yield self.finding(module, context.created, _NO_CERTIFICATE, related=related)
                continue
            wanted, edits = _repair(module, context)
            yield self.finding(
                module,
                context.created,
                _MESSAGES[context.side].format(wanted),
                related=related,
                edits=[] if context.is_shared else edits,
                fix="Make the context for this side",
                safe=context.side is Side.SERVER,
            )


def _repair(module: Module, context: MisplacedContext) -> tuple[str, list[Edit]]:
    """Give what the call has to be given, and the edits for that."""
    if module.qualified_name(context.created.func) == "ssl.SSLContext":
        wanted, edits = spelled(module, f"ssl.{_PROTOCOL[context.side]}")
    else:
        name, edits = spelled(module, "ssl.Purpose")
        wanted = f"{name}.{_PURPOSE[context.side]}"
    if context.argument is None:
        edits.append(SetKeyword(module.span(context.created), "purpose", wanted))
    else:
        edits.append(ReplaceExpression(module.span(context.argument), wanted))
    return wanted, edits
