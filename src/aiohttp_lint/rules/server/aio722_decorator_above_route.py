"""AIO722."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.misplaced_decorators import misplaced_decorators
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.routing import REGISTRATIONS


class DecoratorAboveRoute(Rule):
    """A decorator above `@routes.get(…)` is not part of the handler that answers.

    Decorators run from the bottom: `@routes.get("/admin")` registers the function that stands below it, and what is put around
    that later reaches no request. `@login_required` above the route lets everybody in (`GET /admin` answers 200
    instead of 403), `@aiohttp_jinja2.template(…)` above it answers 500, because the handler returns a `dict`.

    Bad:

    ```python
    @login_required
    @routes.get("/admin")
    async def admin(request: web.Request) -> web.Response:
        return web.Response(text="secret")
    ```

    Good:

    ```python
    @routes.get("/admin")
    @login_required
    async def admin(request: web.Request) -> web.Response:
        return web.Response(text="secret")
    ```

    Fix: unsafe, because the decorator begins to work. It moves below the route.

    Reported are decorators that are known to give a new function: `aiohttp_jinja2.template`, the caches of `functools` and
    `aiocache`, and those of the project that return a function of their own. Silent about several routes of one handler,
    about decorators that mark the function and give it back, about those that can't be read, and about classes.
    """

    code = "AIO722"
    name = "decorator-above-route"
    message = "the route below has registered the handler without this decorator: move it below the route"
    fix = FixAvailability.UNSAFE
    practices = ("2.1", "2.3", "4.8", "5.5", "10.6", "14.6", "15.2", "K8")
    mentions = (any_of(*REGISTRATIONS),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#route-table"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in misplaced_decorators(module):
            edits = [
                ReplaceExpression(module.span(old), verbatim(module.segment(new)))
                for old, new in zip(found.function.decorators, found.order, strict=True)
                if old is not new
            ]
            if any("#" in module.segment(decorator) for decorator in found.order):
                edits = []
            related = [module.related(found.route, "registers the handler")]
            yield self.finding(
                module,
                found.decorator,
                related=related,
                edits=edits,
                fix="Move the decorator below the route",
            )
