"""AIO727."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.lost_routes import ADDERS, DECORATORS, lost_routes
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.routing import ADD_ROUTES, REGISTRATIONS


class RouteRegistrationMisuse(Rule):
    """A handler is registered in a way that registers nothing, or nothing that can answer.

    `@app.get("/")`, as other frameworks have it, asks the mapping that an application is: `TypeError: 'NoneType' object is not
    callable`; `@app.post`, `@app.route` and `app.add_get()` raise AttributeError. `@routes.get` without a call takes the function for
    a path, and answers 404. A method below `@routes.get("/")` is registered without its object (500, `missing 1
    required positional argument`). `app.add_routes(routes)` copies the table, so what is decorated later answers 404. A
    single `web.get(…)` is no list (`TypeError`), and `handler()` is a coroutine and no handler (`AssertionError`).

    Bad:

    ```python
    app = web.Application()

    @app.get("/")
    async def index(request: web.Request) -> web.Response:
        return web.Response()
    ```

    Good:

    ```python
    routes = web.RouteTableDef()

    @routes.get("/")
    async def index(request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes(routes)
    ```

    Fix: safe where the code fails as it is: `.router` is put in, a single route becomes a list, and the call of a handler
    that takes a request becomes the handler. None for the others.

    Silent about applications of a class of your own, static methods, tables that are used for more than `add_routes()` (their
    handlers may be bound later), and tables that are added in another function or file.
    """

    code = "AIO727"
    name = "route-registration-misuse"
    message = "this registers no handler that answers: use a route table, or the router of the application"
    fix = FixAvailability.SAFE
    practices = ("1.2", "2.1", "2.3", "2.6")
    mentions = (any_of(*DECORATORS, *ADDERS, *ADD_ROUTES, *REGISTRATIONS),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#handler"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in lost_routes(module):
            if found.error and fails_on_purpose(module, found.node, found.error):
                continue
            edits = []
            if found.replaced is not None:
                edits.append(ReplaceExpression(module.span(found.replaced), found.template))
            yield self.finding(module, found.node, found.text, edits=edits, fix="Register the handler")
