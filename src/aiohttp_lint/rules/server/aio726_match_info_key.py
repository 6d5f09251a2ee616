"""AIO726."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.match_info import unknown_keys
from aiohttp_lint.semantics.module import Module


class MatchInfoKey(Rule):
    """A handler reads a variable that the pattern of its route does not have.

    `request.match_info` holds the variables of the pattern, and nothing else: any other key is a `KeyError`, and the answer is
    500 to every request. A variable that was renamed in the route and not in the handler is the usual way to get there.

    Bad:

    ```python
    @routes.get("/users/{id}")
    async def user(request: web.Request) -> web.Response:
        return web.Response(text=request.match_info["user_id"])
    ```

    Good:

    ```python
    @routes.get("/users/{id}")
    async def user(request: web.Request) -> web.Response:
        return web.Response(text=request.match_info["id"])
    ```

    Fix: none, since only the author knows which of the two names was meant.

    All routes that lead to the handler are looked at, in all files of the project; the key is reported when none has it, named
    groups of regular expressions included. Silent where the handler is mentioned by anything but a registration, where a pattern
    is not known as text, where the file writes to `match_info`, where the key is tested with `in`, and about `get()`.
    """

    code = "AIO726"
    name = "match-info-key"
    message = "no route of this handler has this variable: it raises KeyError on every request"
    practices = ("1.3", "2.2", "2.8", "3.1")
    mentions = (any_of("match_info"),)
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#variable-resources"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in unknown_keys(module):
            if fails_on_purpose(module, found.node, "KeyError"):
                continue
            has = " and ".join(f"`{name}`" for name in found.known)
            message = (
                f"no route of this handler has `{found.key}`, so this raises KeyError on every request: "
            )
            message += f"the pattern has {has}" if has else "the pattern has no variables"
            related = [
                route.module.related(route.node, "registers the handler") for route in found.routes[:3]
            ]
            yield self.finding(module, found.node, message, related=related)
