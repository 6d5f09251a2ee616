"""AIO854."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.absences import APPLICATION, OPERATIONS, Need, absences
from aiohttp_lint.semantics.entry_points import RUN_APP, RUNNER
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Need.HEALTH: "no health route: no file of the project names one (looked for {}); add one that the supervisor can ask",
    Need.METRICS: "no metrics: no file of the project names a way to report any (looked for {}); count requests and errors",
}


class DeploymentAudit(Rule):
    """A service that nobody can ask how it is, or that its process manager can't run.

    - Without a health route a supervisor or a balancer only knows whether the port is open: it goes on sending requests to
      a process whose database is gone, or whose event loop is blocked.
    - Without metrics nobody sees it grow slow.
    - gunicorn's default worker, and any other than `aiohttp.GunicornWebWorker`, answers each request with `500`:
      `TypeError: Application.__call__() takes 1 positional argument but 3 were given`.

    Bad:

    ```python
    async def index(request: web.Request) -> web.Response:
        return web.Response(text="shop")

    app = web.Application()
    app.add_routes([web.get("/", index)])
    web.run_app(app)
    ```

    Good:

    ```python
    from prometheus_client import generate_latest

    async def health(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest())

    app = web.Application()
    app.add_routes([web.get("/healthz", health), web.get("/metrics", metrics)])
    web.run_app(app)
    ```

    Fix: none; what is missing is for the author to write.

    An audit: it runs only where it is named (or with `aiohttp-lint --audit`), and only where the run is given the whole
    project. It reports an absence where the server starts, and any mention in any Python file of the project counts as
    presence; a sidecar that answers for the service is out of its sight. Silent in tests and examples.
    """

    code = "AIO854"
    name = "deployment-audit"
    message = "gunicorn.conf.py has the worker class `{}`: each request is answered with 500; set `aiohttp.GunicornWebWorker`"
    opt_in = True
    relaxed_in_tests = True
    practices = ("13.2", "13.3", "13.5", "13.7", "15.6")
    mentions = (any_of(RUN_APP, RUNNER, APPLICATION),)
    source = "https://docs.aiohttp.org/en/stable/deployment.html#nginx-gunicorn"

    def check(self, module: Module) -> Iterator[Finding]:
        absent = absences(module, OPERATIONS)
        if absent is not None:
            messages = [
                _MESSAGES.get(need, self.message).format(", ".join(evidence))
                for need, evidence in absent.evidence.items()
            ]
            yield self.finding(module, absent.node, ". ".join(messages))
