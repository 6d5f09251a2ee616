"""AIO210."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import CLIENT_TIMEOUT, is_under_deadline


class NoExplicitTimeout(Rule):
    """A session without a timeout of its own waits five minutes for an answer.

    That is aiohttp's default (`total=300`, with `sock_connect=30` since 3.10.9): unlike `requests`, aiohttp never
    waits for ever unless told to. But five minutes outlast every browser and proxy, and while they run, each request
    holds a connection of the pool. This rule is for projects that want every limit written down.

    Bad:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            await run(session)
    ```

    Good:

    ```python
    async def main() -> None:
        timeout = aiohttp.ClientTimeout(total=10, sock_connect=3)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            await run(session)
    ```

    Fix: unsafe, and only with the project's own numbers: set `total` or `sock_connect` in
    `[tool.aiohttp-lint.timeouts]`. The timeout of a single request does not excuse the session.

    Opt-in. Silent with `**kwargs`, with `read_timeout=` or `conn_timeout=`, and under `asyncio.timeout` or `wait_for`.
    """

    code = "AIO210"
    name = "no-explicit-timeout"
    message = "session sets no timeout: requests without their own get aiohttp's default of 5 minutes (total=300); set timeout="
    fix = FixAvailability.UNSAFE
    opt_in = True
    practices = ("7.5", "11.4", "6.1", "16.5")
    mentions = (any_of(SESSION),)
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#timeouts"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in module.calls_to(SESSION):
            arguments = [call.argument(name) for name in ("timeout", "read_timeout", "conn_timeout")]
            if not all(argument.is_missing for argument in arguments) or is_under_deadline(module, call.node):
                continue
            edits: list[Edit] = []
            chosen = module.options.timeouts
            numbers = (("total", chosen.total), ("sock_connect", chosen.sock_connect))
            limits = ", ".join(f"{name}={value:g}" for name, value in numbers if value is not None)
            if limits:
                spelling, imports = spelled(module, CLIENT_TIMEOUT)
                edits.append(SetKeyword(module.span(call.node), "timeout", f"{spelling}({limits})"))
                edits += imports
            yield self.finding(module, call, edits=edits, fix="Set the project's timeout")
