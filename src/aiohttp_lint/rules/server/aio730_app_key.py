"""AIO730."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics import key_changes
from aiohttp_lint.semantics.failures import warns_on_purpose
from aiohttp_lint.semantics.key_conversions import Conversion
from aiohttp_lint.semantics.key_plans import plan_for
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.state_keys import Keeper, keys_of

_MESSAGES = {
    Keeper.APPLICATION: "a string as a key of the application: no type is known of what it gives; define a `web.AppKey` once, use it everywhere",
    Keeper.REQUEST: "a string as a key of the request: no type is known of what it gives; define a `web.RequestKey` once, use it everywhere",
    Keeper.RESPONSE: "a string as a key of the response: no type is known of what it gives; define a `web.ResponseKey` once, use it everywhere",
}


class AppKey(Rule):
    """A string as a key of an application, a request or a response.

    aiohttp itself warns: `NotAppKeyWarning` since 3.9 for applications, since 3.14 for requests and responses (shown under `-W default`).
    Two packages that take the same string overwrite each other's value, a misspelt one is a `KeyError` at a request, and no type checker
    knows what `app["db"]` gives. `web.AppKey("db", Pool)` is equal to nothing but itself, can't be misspelt, and `app[DB]` is a `Pool`.

    Bad:

    ```python
    async def start(app: web.Application) -> None:
        app["db"] = Pool()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=request.app["db"].name)
    ```

    Good:

    ```python
    DB = web.AppKey("db", Pool)

    async def start(app: web.Application) -> None:
        app[DB] = Pool()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=request.app[DB].name)
    ```

    Fix: safe where the whole project was given, makes the application itself, and every place is known that may mean the key. It changes all
    files together, so fix the project, not one file of it. Each key is defined once: in the file that stores it, or, where the others can't import
    that one without a circle, in another file that uses it; all others import it. Where a constant holds the string, the constant becomes the key.
    The type is the class of all that is stored, or else the one that all lookups claim (`pool: Pool = app["pool"]`, `cast()`). Where that can't be
    told, the key is a `web.AppKey[Any]`, which promises type checkers as little as the string did. Unsafe in a file that belongs to no project, in a
    library (its strings may be known to others), and where the string also stands where it may be something else.

    No fix, but the places that are in its way: where a key is computed, in `update()`, a template, an f-string, a file that can't be parsed or
    does not speak of aiohttp, under a `noqa`, or changed while the application runs (AIO731); where a name that looks like an application or a
    request is none for all that is known; where no file can define the key for all the others, or no name is free for it; in repositories of more
    than 2,000 files. Code outside of the repository that looks for the string is not seen.

    Lookups are reported where the project stores the key: what packages store under strings is theirs, and so is `app["static_root_url"]`,
    which aiohttp-jinja2's `static()` looks for. Requests and responses are reported where
    all versions that the project allows are 3.14 or newer.
    """

    code = "AIO730"
    name = "app-key"
    message = _MESSAGES[Keeper.APPLICATION]
    fix = FixAvailability.MIXED
    fixes_across_files = True
    opt_in = True
    practices = ("1.1", "1.7", "3.1", "5.2", "10.8")
    versions = "3.9 (applications), 3.14 (requests and responses)"
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#data-sharing-aka-no-singletons-please"

    def check(self, module: Module) -> Iterator[Finding]:
        uses = keys_of(module).uses
        plan = plan_for(module) if uses else {}
        edits = {
            is_sure: key_changes.changes(module, uses, plan, is_sure=is_sure) for is_sure in (True, False)
        }
        for key, node in key_changes.places(module, uses, plan):
            if warns_on_purpose(module, node):
                continue
            entry, message = plan[key], _MESSAGES[key[0]]
            offered = key_changes.offered(module, entry)
            if offered is not None:
                changes, is_sure = edits[offered.is_sure], offered.is_sure
                yield self.finding(module, node, message, edits=changes, fix="Use typed keys", safe=is_sure)
            else:
                related = () if isinstance(entry, Conversion) else entry
                yield self.finding(module, node, message, related=related)
