"""AIO723."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.path_problems import path_problems
from aiohttp_lint.semantics.routing import ADD_RESOURCE, ADD_STATIC, ADD_SUBAPP, REGISTRATIONS


class RoutePattern(Rule):
    r"""The path or the method of a route is none that aiohttp understands.

    Some paths fail where they are registered: without a leading slash (`ValueError: path should be started with / or
    be empty`), with braces or a regular expression that can't be read (`{user-id}`, `{id:[}`, a name twice). Others register well
    and never match. Paths in the syntax of other frameworks are plain text here: `/u/<int:id>` and `/u/:id` answer 404 to
    `/u/5`, and in `{id:int}` the part after the colon is a regular expression that matches only `/u/int`. A space in
    `{id: \d+}` is part of the expression. `?` and `#` never are in the path of a request. The path of `add_subapp()` is plain text,
    too, so that `/u/{id}` answers 404 for ever. The methods `ANY`, `ALL` and `GET|POST` register and answer 405 to
    everything; `*` is the one that means any.

    Bad:

    ```python
    app.router.add_get("users", users)
    app.router.add_get("/users/<int:id>", user)
    app.router.add_get("/orders/{id:int}", order)
    app.router.add_route("ANY", "/search", search)
    ```

    Good:

    ```python
    app.router.add_get("/users", users)
    app.router.add_get(r"/users/{id:\d+}", user)
    app.router.add_get(r"/orders/{id:\d+}", order)
    app.router.add_route("*", "/search", search)
    ```

    Fix: safe for a missing slash, which fails as it is; unsafe for the syntax of other frameworks and for methods, because
    requests then reach a handler that never ran.

    Silent about paths that aren't known as text, about a missing slash in a route table or a list of which not all uses are
    `add_routes()` (a prefix may be put before it), and where the error is waited for.
    """

    code = "AIO723"
    name = "route-pattern"
    message = "no request matches this route, or it can't be registered: write the path as aiohttp reads it"
    fix = FixAvailability.MIXED
    practices = ("1.2", "2.1", "2.2", "2.8", "14.1")
    mentions = (any_of(*REGISTRATIONS, ADD_RESOURCE, ADD_SUBAPP, ADD_STATIC),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#variable-resources"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in path_problems(module):
            if found.error and fails_on_purpose(module, found.node, found.error):
                continue
            edits: list[Edit] = []
            if found.repaired is not None and isinstance(found.node, ast.Constant):
                source = module.text.restated(found.node, found.repaired)
                if source is not None:
                    edits.append(ReplaceExpression(module.span(found.node), verbatim(source)))
            yield self.finding(
                module,
                found.node,
                found.text,
                edits=edits,
                fix=f"Write {found.repaired!r}",
                safe=found.is_safe,
            )
