"""AIO725."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.route_names import name_problems, url_problems
from aiohttp_lint.semantics.routing import ADD_RESOURCE, ADD_ROUTES, ADD_STATIC, REGISTRATIONS


class RouteNameAndUrlFor(Rule):
    """The name of a route, or the arguments of `url_for()`, are none that aiohttp takes.

    A name is a sequence of Python identifiers joined by `-`, `.` or `:`; spaces, slashes, keywords and leading digits raise
    `ValueError: Incorrect route name` when the route is registered. A name belongs to one resource: for another path, or for
    the same path with another route between, it raises `ValueError: Duplicate`.

    `url_for()` takes every variable of the path, by keyword and as text: a number raises `TypeError: Argument should be str`, a
    missing variable `KeyError`, a positional argument `TypeError`. A path without variables takes none, so a query
    goes to `.with_query()`. In a handler each of these is a 500.

    Bad:

    ```python
    app.router.add_get("/users/{id}", user, name="user detail")
    url = request.app.router["user"].url_for(id=5)
    ```

    Good:

    ```python
    app.router.add_get("/users/{id}", user, name="user-detail")
    url = request.app.router["user-detail"].url_for(id="5")
    ```

    Fix: safe, for numbers, which fail as they are; none for names.

    The variables are known from the routes of that name in all files of the project, where they have the same ones. Silent where
    the arguments come by `**`, where names or paths are not known as text, and where the error is waited for.
    """

    code = "AIO725"
    name = "route-name-and-url-for"
    message = "this name or these arguments raise an error: write them as aiohttp takes them"
    fix = FixAvailability.SAFE
    practices = ("1.2", "2.2", "2.4", "2.8")
    mentions = (any_of(*REGISTRATIONS, *ADD_ROUTES, ADD_RESOURCE, ADD_STATIC, "url_for"),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#reverse-url-constructing-using-named-resources"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in (*name_problems(module), *url_problems(module)):
            if fails_on_purpose(module, found.node, found.error):
                continue
            edits = [ReplaceExpression(module.span(found.node), found.wrapped)] if found.wrapped else []
            related = [found.other[0].related(found.other[1], "has this name")] if found.other else []
            yield self.finding(module, found.node, found.text, related=related, edits=edits, fix="Pass text")
