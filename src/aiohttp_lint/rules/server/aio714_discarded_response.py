"""AIO714."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import streaming
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.streaming import CHANGED, JSON_RESPONSE, RESPONSE, STREAM_RESPONSE


class DiscardedResponse(Rule):
    """Cookies or headers are set on a response that nobody gets.

    A response that is neither returned nor prepared nor given to other code is dropped, and what was set on it with it: the
    redirect that is raised instead goes out without the cookie (no `Set-Cookie` header; the login is lost, without an
    error). HTTP exceptions have `headers`, `set_cookie()` and `del_cookie()` themselves.

    Bad:

    ```python
    async def login(request: web.Request):
        response = web.Response()
        response.set_cookie("sid", await new_session(request), httponly=True, secure=True)
        raise web.HTTPFound("/")
    ```

    Good:

    ```python
    async def login(request: web.Request):
        redirect = web.HTTPFound("/")
        redirect.set_cookie("sid", await new_session(request), httponly=True, secure=True)
        raise redirect
    ```

    Fix: none; which answer was meant is for the author to say.

    Reported is only a response that is changed and then used nowhere, on no way through the function. Silent where it is
    returned, prepared, stored or passed on anywhere, and where anything is read from it.
    """

    code = "AIO714"
    name = "discarded-response"
    message = "`{name}` is never returned, and what is set on it is lost; set it on the answer that is given"
    relaxed_in_tests = True
    practices = ("3.7", "4.3", "8.2", "10.3", "10.5")
    mentions = (any_of(STREAM_RESPONSE, RESPONSE, JSON_RESPONSE), any_of(*CHANGED))
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_exceptions.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for change in streaming.changes_of_dropped(module):
            related = [module.related(change.response.acquisition, "is made here")]
            message = self.message.format(name=change.response.name)
            yield self.finding(module, change.statement, message, related=related)
