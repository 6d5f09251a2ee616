"""AIO526."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.absences import APPLICATION, DEFENCES, Need, absences
from aiohttp_lint.semantics.entry_points import RUN_APP, RUNNER
from aiohttp_lint.semantics.module import Module

_MESSAGES = {
    Need.CSRF: "forms and cookies, and no defence against forged requests (looked for {}); check a token, or the Origin",
    Need.RATE_LIMIT: "a login, and no limit on attempts (looked for {}); limit them by client and by account",
}


class WebDefencesMissing(Rule):
    """A whole project that never speaks of a defence has none, unless something in front of it does.

    aiohttp sets no header that protects (`Content-Security-Policy`, `X-Content-Type-Options`, `Strict-Transport-Security`,
    `X-Frame-Options`), checks no `Origin` and no token of a form, and limits nobody. Pages can be framed, scripts that were
    smuggled in run, another site's form is posted with the visitor's cookies, and passwords are tried as fast as the
    server answers.

    Bad:

    ```python
    async def index(request: web.Request) -> web.Response:
        return web.Response(text="<h1>Shop</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", index)
    web.run_app(app)
    ```

    Good:

    ```python
    async def protect(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        response.headers["X-Content-Type-Options"] = "nosniff"

    async def index(request: web.Request) -> web.Response:
        return web.Response(text="<h1>Shop</h1>", content_type="text/html")

    app = web.Application()
    app.on_response_prepare.append(protect)
    app.router.add_get("/", index)
    web.run_app(app)
    ```

    Fix: none; which policy is right is for the author to say.

    An audit: it runs only where it is named (or with `aiohttp-lint --audit`), and only where the run is given the whole
    project. It reports an absence where the server starts, and any mention in any Python file of the project, or of headers
    in the configuration of a proxy beside it, counts as presence. Forged requests are a matter of projects that read forms and set
    cookies, attempts of those with a login and passwords. What a proxy elsewhere adds is out of its sight. Silent in tests
    and examples.
    """

    code = "AIO526"
    name = "web-defences-missing"
    message = "no security headers: no file of the project names one (looked for {}); set them in an `on_response_prepare` signal"
    opt_in = True
    relaxed_in_tests = True
    practices = ("5.8", "11.2", "14.2", "14.3", "14.5", "14.7")
    mentions = (any_of(RUN_APP, RUNNER, APPLICATION),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#signals"

    def check(self, module: Module) -> Iterator[Finding]:
        absent = absences(module, DEFENCES)
        if absent is not None:
            messages = [
                _MESSAGES.get(need, self.message).format(", ".join(evidence))
                for need, evidence in absent.evidence.items()
            ]
            yield self.finding(module, absent.node, ". ".join(messages))
