"""AIO851."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.server_arguments import TAKERS, Defect, DefectiveArgument, defective_arguments

_PROCESSES = (
    "aiohttp is one process: let gunicorn with `aiohttp.GunicornWebWorker`, or a supervisor, run several"
)
_TLS = "pass an SSL context as `ssl_context=`"
_INSTEAD = {
    "workers": _PROCESSES, "processes": _PROCESSES, "num_workers": _PROCESSES,
    "reload": "take it out; `adev runserver` of aiohttp-devtools reloads", "use_reloader": "take it out; `adev runserver` of aiohttp-devtools reloads",
    "log_level": "call `logging.basicConfig(level=…)`", "log_config": "call `logging.config.dictConfig(…)`",
    "ssl": _TLS, "certfile": _TLS, "keyfile": _TLS, "ssl_certfile": _TLS, "ssl_keyfile": _TLS,
    "client_max_size": "give it to `web.Application`", "middlewares": "give it to `web.Application`",
    "timeout": "pass `keepalive_timeout=` or `shutdown_timeout=`", "unix_socket": "pass `path=`",
}  # fmt: skip
_OF_SITES = frozenset(
    {"host", "port", "path", "sock", "ssl_context", "backlog", "reuse_address", "reuse_port"}
)


class RunAppKwargs(Rule):
    """An argument that `run_app()` or `AppRunner()` does not have takes all other handler arguments with it.

    `AppRunner`, `web.Server` and `handler_args` of the application pass what they don't know to each connection's request
    handler, and so does `run_app` from aiohttp 3.13 on. The handler raises `TypeError`, which is caught: it is made again
    *without any* of the arguments. `AppRunner(app, workers=4, keepalive_timeout=5)` serves with one process and a
    `keepalive_timeout` of 3630 seconds. 3.14 logs `Failed to create request handler with custom kwargs {'workers': 4, …},
    falling back to filtered kwargs` for every connection; older ones say nothing. `run_app(app, workers=4)` raises
    `TypeError` up to 3.12, and so do, everywhere, a second positional argument (`run_app(app, "0.0.0.0")`) and
    `AppRunner(app, loop=…)`, which fails when it is set up.

    Bad:

    ```python
    web.run_app(app, workers=4, reload=True, log_level="info", keepalive_timeout=5)
    ```

    Good:

    ```python
    logging.basicConfig(level=logging.INFO)
    web.run_app(app, port=8080, keepalive_timeout=5)  # processes: gunicorn; reload: aiohttp-devtools
    ```

    Fix: none; what was meant lies outside of the call.

    Silent for `**kwargs`, and where the `TypeError` is expected. Arguments of request handlers (`lingering_time`,
    `max_line_size`…) are arguments of `run_app` only from aiohttp 3.13 on: they are reported where the project says that it
    allows an older one.
    """

    code = "AIO851"
    name = "run-app-kwargs"
    message = "`{}` has no argument `{}`, and all other handler arguments are dropped with it; {}"
    practices = ("1.1", "13.1", "13.3", "13.8")
    mentions = (any_of(*TAKERS, "handler_args"),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.run_app"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in defective_arguments(module):
            if not fails_on_purpose(module, found.call.node, "TypeError"):
                yield self.finding(module, found.value, _message(found))


def _message(found: DefectiveArgument) -> str:
    if found.defect is Defect.POSITIONAL:
        return (
            f"`{found.callee}()` takes no second positional argument: TypeError; name it (`host=`, `port=`)"
        )
    if found.defect is Defect.TOO_NEW:
        version = ".".join(map(str, found.since or ()))
        return f"`run_app()` takes `{found.name}` from aiohttp {version} on, and the project allows older ones: TypeError there; raise the minimum"
    instead = _INSTEAD.get(found.name, "take it out")
    if found.defect is Defect.FAILS:
        return f"`{found.callee}()` has no argument `{found.name}`: TypeError; {instead}"
    if found.callee != "run_app" and found.name in _OF_SITES:
        instead = "give it to the site (`web.TCPSite`)"
    return RunAppKwargs.message.format(found.callee, found.name, instead)
