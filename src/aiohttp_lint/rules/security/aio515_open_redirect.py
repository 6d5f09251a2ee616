"""AIO515."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.taint import TAINTED
from aiohttp_lint.semantics.taint_data import Danger


class OpenRedirect(Rule):
    r"""A redirect to wherever the client says leads from a link to the own site to any other.

    `GET /login?next=https://evil.example/` is answered with `Location: https://evil.example/`: a link that begins with the
    own name, and a login page of somebody else at its end. A slash in front is no help: `"/" + "/evil.example"` is
    an address without a scheme, and goes to `evil.example` as well; so does `"https://shop.example" + ".evil.example"`.

    Bad:

    ```python
    async def after_login(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["next"])
    ```

    Good:

    ```python
    async def after_login(request: web.Request) -> web.Response:
        target = request.query.get("next", "/")
        if not target.startswith("/") or target.startswith(("//", "/\\")):
            target = "/"
        raise web.HTTPFound(target)
    ```

    Fix: none; which targets are right only the author knows.

    Reported where a field of the query, of a form or a part of the path is what the address begins with: for the
    redirecting exceptions, `Response(status=302, headers={"Location": …})` and `headers["Location"] = …`; also where a
    handler of the file keeps it in an `aiohttp_session` session, from where another one takes it. Silent
    behind a fixed path (`f"/docs/{page}"`), for what an unknown function or `url_for()` gives, for what was
    tested on the way, for a part of the path that the route limits, and for any part of it where the handler is registered
    for POST and the like alone: no link leads there.
    """

    code = "AIO515"
    name = "open-redirect"
    message = "redirect goes wherever the client says: accept paths of this site, or known sites, only"
    relaxed_in_tests = True
    practices = ("8.2", "10.5", "14.1", "14.6")
    about = TAINTED
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#redirects"

    def check(self, module: Module) -> Iterator[Finding]:
        for flow in module.taint.flows():
            if flow.danger is Danger.REDIRECT:
                message = f"redirect goes to any site that {flow.source} names: accept paths of this site, or known sites, only"
                yield self.finding(module, flow.place, message, related=flow.related)
