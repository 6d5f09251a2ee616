"""AIO724."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.route_order import hidden_mounts, shadowed
from aiohttp_lint.semantics.routing import ADD_ROUTES, ADD_SUBAPP, REGISTRATIONS


class DuplicateRoute(Rule):
    r"""An earlier route takes every request that this one was written for.

    aiohttp asks the resources of a path in the order of their registration, and the first one that has the method answers. A
    second handler for the same method and path never runs, and nothing says so: `GET /a` answers with the first one. The names of
    variables make no difference (`/u/{id}`, `/u/{name}`), `*` takes every method, and `/f/{tail:.*}` takes what
    `/f/{id}` was meant for. Where the two are registered one right after the other, the second raises `RuntimeError: Added route
    will never be executed, method HEAD is already registered`; so does `get` right after `head`, since `get` answers
    `HEAD` too. Of two sub-applications at one prefix the second answers 404.

    Bad:

    ```python
    app.router.add_get("/users/{id}", user)
    app.router.add_post("/users", create)
    app.router.add_get("/users/{name}", user_by_name)
    ```

    Good:

    ```python
    app.router.add_get(r"/users/{id:\d+}", user)
    app.router.add_post("/users", create)
    app.router.add_get("/users/{name}", user_by_name)
    ```

    Fix: none, since only the author knows which of the two was meant, or which path.

    Lists, route tables and functions that get the application are followed, into other files of the project too. Silent
    where it is not sure that both routes are registered (`if`, loops, other functions), where they belong to different
    applications, about `GET` before `*`, and about `/{tail:.*}` before a path with another static beginning, which wins since aiohttp 3.10.
    """

    code = "AIO724"
    name = "duplicate-route"
    message = "an earlier route takes all requests of this one: give it another path or method, or remove it"
    practices = ("1.2", "2.1", "2.2", "2.7", "2.8")
    mentions = (any_of(*REGISTRATIONS, *ADD_ROUTES, ADD_SUBAPP),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#router"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in shadowed(module):
            place = found.entry.place_in(module)
            if fails_on_purpose(module, place, "RuntimeError"):
                continue
            route, earlier = found.entry.route, found.by.route
            shown = f"`{route.method} {route.pattern}`"
            message = f"{shown} never runs: `{earlier.method} {earlier.pattern}` before it takes its requests"
            if found.is_error:
                message = f"{shown} is registered already right before, so this raises RuntimeError"
            related = [earlier.module.related(earlier.node, "registered before")]
            yield self.finding(module, place, f"{message}; remove one of them", related=related)
        for mount, first in hidden_mounts(module):
            yield self.finding(
                module,
                mount.call,
                "another sub-application has this prefix, so all routes of this one answer 404: use another prefix",
                related=[module.related(first.call, "answers all paths below the prefix")],
            )
