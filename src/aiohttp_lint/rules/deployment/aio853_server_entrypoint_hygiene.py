"""AIO853."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.entry_points import RUN_APP, RUNNER, EntryPointFlaw, Omission, entry_point_flaws
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Omission.GUARD: 'whoever imports this file starts the server: put it under `if __name__ == "__main__":`',
    Omission.LIMIT: "a shutdown timeout of 0 is no limit: one open WebSocket holds the shutdown up for ever; pass a small number",
    Omission.LOGGING: "nothing sets logging up: nobody sees the access log, nor the errors of handlers; call `logging.basicConfig(…)`",
}
_DEFAULTS = {
    "host": "all interfaces",
    "shutdown_timeout": "60 s for open connections when it stops",
    "keepalive_timeout": "75 s for idle connections, which a proxy may keep for longer (and answer 502)",
}


class ServerEntrypointHygiene(Rule):
    """What `run_app()` leaves to its defaults is made for development.

    - At the top level of a file, it starts the server in whoever imports the file: a test, a worker of gunicorn, a tool.
    - Without `host`, `path` or `sock` it listens on all interfaces (`0.0.0.0`). In a container that is wanted; say so.
    - Without `shutdown_timeout` it gives open connections 60 seconds when it stops, and handlers that go on as long again: more
      than most supervisors wait before they kill the process. 0 is no limit at all.
    - Without `keepalive_timeout` idle connections are closed after 75 seconds. A proxy that keeps them for longer sends
      its next request on one that is just being closed, and answers `502`.
    - Without a configuration of `logging` the access log goes nowhere.

    Bad:

    ```python
    web.run_app(make_app())
    ```

    Good:

    ```python
    if __name__ == "__main__":
        logging.basicConfig(level=logging.INFO)
        web.run_app(make_app(), host="127.0.0.1", port=8080, shutdown_timeout=10, keepalive_timeout=3630)
    ```

    Fix: none; the values depend on what stands before the server.

    Off unless it is named, since each default is right somewhere. Silent for what `**kwargs` may give; for logging, where
    any file of the project sets it up.
    """

    code = "AIO853"
    name = "server-entrypoint-hygiene"
    message = "left to the defaults of `run_app()`: {}; pass {}"
    opt_in = True
    relaxed_in_tests = True
    practices = ("1.1", "13.1", "13.2", "13.4", "13.6", "13.8", "16.8")
    mentions = (any_of(RUN_APP, RUNNER),)
    source = "https://docs.aiohttp.org/en/stable/deployment.html"

    def check(self, module: Module) -> Iterator[Finding]:
        said: dict[ast.expr, list[str]] = {}
        for found in entry_point_flaws(module):
            said.setdefault(found.node, []).append(_message(found))
        for node, messages in said.items():
            yield self.finding(module, node, ". ".join(messages))


def _message(found: EntryPointFlaw) -> str:
    if found.omission is not Omission.ARGUMENTS:
        return _MESSAGES[found.omission]
    defaults = ", ".join(_DEFAULTS[name] for name in found.names)
    return ServerEntrypointHygiene.message.format(defaults, ", ".join(f"`{name}=`" for name in found.names))
