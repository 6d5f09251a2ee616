"""AIO728."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertFirst, MakeAsync, RemoveParameter
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.view_contracts import VERBS, VIEW_CALLS, Breach, BrokenView, broken_views

_MESSAGES = {
    Breach.PARAMETER: "a method of a view is called without arguments, so this is a 500: use `self.request`",
    Breach.NOT_ASYNC: "aiohttp awaits what a method of a view returns, so this is a 500: make it `async def`",
    Breach.UPPER_CASE: "aiohttp looks for the method in lower case, so this answers 405: rename it",
    Breach.NO_REQUEST: "the request is lost here, so each answer is a 500: call `super().__init__(request)`",
    Breach.NO_VIEW: "this class is no view, so each answer is a 500: derive it from `web.View`",
}


class ViewContract(Rule):
    """A class-based view does not have the form in which aiohttp calls it.

    aiohttp makes the view with the request and awaits it; the view then awaits its method of the lower-case name of the HTTP
    method, without arguments. So `async def get(self, request)` is a 500 (`missing 1 required positional argument`), as
    is a plain `def get(self)` (`object Response can't be used in 'await' expression`). `async def PUT(self)` answers
    405. An `__init__` that doesn't call `super().__init__(request)` leaves the view without its request (`'V' object has no
    attribute '_request'`), and a class that doesn't derive from `web.View` is a `TypeError`: with each request
    on 3.x, at registration on 4.0.

    Bad:

    ```python
    class User(web.View):
        async def get(self, request):
            return web.Response(text=request.match_info["id"])
    ```

    Good:

    ```python
    class User(web.View):
        async def get(self):
            return web.Response(text=self.request.match_info["id"])
    ```

    Fix: safe for a missing `async`; unsafe for the parameter `request`, which is read from `self` then. Not offered where other
    code of the file calls the method, or an heir has one in its place. None for the others.

    Silent about classes that dispatch requests themselves (`_iter`, `__await__`) or have a base that is out of
    sight, about an `__init__` that needs more than a request (such objects are made by hand), about
    decorated methods, plain methods that may return a coroutine, and `head`, `options`, `connect` and `trace`.
    """

    code = "AIO728"
    name = "view-contract"
    message = "this view can't answer: write it as aiohttp calls it"
    fix = FixAvailability.MIXED
    practices = ("1.3", "2.1", "2.6", "4.1")
    mentions = (any_of(*VERBS, *map(str.upper, VERBS), *map(str.capitalize, VERBS), "__init__", *VIEW_CALLS),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#class-based-views"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in broken_views(module):
            edits: list[Edit] = []
            if found.is_free and found.breach is Breach.NOT_ASYNC:
                edits.append(MakeAsync(module.span(found.place)))
            elif found.is_free and found.breach is Breach.PARAMETER:
                edits.extend(_with_own_request(module, found))
            is_async = found.breach is Breach.NOT_ASYNC
            yield self.finding(
                module,
                found.place,
                _MESSAGES[found.breach],
                edits=edits,
                fix="Make the method async" if is_async else "Read the request from `self`",
                safe=is_async,
            )


def _with_own_request(module: Module, found: BrokenView) -> list[Edit]:
    """Give the edits that read `request` from the view, where it is the only thing that a method asks for."""
    function = found.function
    if function is None or len(function.parameters) != 2 or function.parameters[1].arg != "request":
        return []
    span = module.span(found.place)
    edits: list[Edit] = [RemoveParameter(span, "request")]
    if module.uses(function.scope, "request"):
        edits.append(InsertFirst(span, f"request = {function.parameters[0].arg}.request"))
    return edits
