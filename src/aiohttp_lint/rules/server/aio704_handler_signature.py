"""AIO704."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.middleware_chains import pass_answers_on
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.registered import Misfit, Uncallable, uncallable_handlers
from aiohttp_lint.semantics.routing import REGISTRATIONS


class HandlerSignature(Rule):
    """A handler is called with the request, and with nothing else.

    Parts of the path are no arguments, as they are in Flask or FastAPI: they are in `request.match_info`. A handler with
    a second required parameter raises `TypeError: user() missing 1 required positional argument: 'user_id'`, one without
    any `TypeError: ping() takes 0 positional arguments but 1 was given`: a `500`, on every request.

    Bad:

    ```python
    async def user(request: web.Request, user_id: str) -> web.Response:
        return web.Response(text=user_id)


    app = web.Application()
    app.router.add_get("/users/{user_id}", user)
    ```

    Good:

    ```python
    async def user(request: web.Request) -> web.Response:
        return web.Response(text=request.match_info["user_id"])


    app = web.Application()
    app.router.add_get("/users/{user_id}", user)
    ```

    Fix: none.

    Silent for functions with a decorator that isn't known (it may give the arguments), `functools.partial`, methods that
    a decorator registers in the class (the project may bind them later), methods of views (AIO728), and where a middleware of the
    project is unknown or calls its handler with more than the request. Test files are left alone.
    """

    code = "AIO704"
    name = "handler-signature"
    message = "handler is called with the request alone: TypeError, a 500; take one argument"
    relaxed_in_tests = True
    practices = ("1.3", "2.1", "2.2", "3.1")
    mentions = (any_of(*REGISTRATIONS),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#handler"

    def check(self, module: Module) -> Iterator[Finding]:
        found = list(uncallable_handlers(module))
        if not found or not pass_answers_on(module):
            return
        for wrong in found:
            related = []
            if wrong.function.owner is module:
                related = [module.related(wrong.registration, "registered here")]
            yield self.finding(module, wrong.place, _message(wrong), related=related)


def _message(wrong: Uncallable) -> str:
    name = wrong.function.name
    if wrong.misfit is Misfit.TOO_FEW:
        return f"`{name}` does not take the request: TypeError, a 500; give it one parameter"
    kind = "keyword argument" if wrong.misfit is Misfit.KEYWORD_ONLY else "argument"
    return f"`{name}` is called with the request alone, `{wrong.parameter}` is missing: TypeError, a 500; read the {kind} from the request"
