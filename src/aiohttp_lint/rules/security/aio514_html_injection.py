"""AIO514."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, RemoveKeyword, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.taint import TAINTED, Flow
from aiohttp_lint.semantics.taint_data import Danger
from aiohttp_lint.semantics.templates import SETUP, setups_without_autoescape

_UNESCAPED = "jinja2 renders values into the page unescaped with `autoescape=False`: leave it out"


class HtmlInjection(Rule):
    r"""Text of the client's that is put into a page unescaped runs there as script, with the session of whoever opens it.

    `GET /hello?name=<script>…</script>` comes back with the script as it was sent, as `text/html`; a link with that
    query does it to anybody who follows it. `html.escape()` turns it into text. Templates of aiohttp-jinja2 escape by
    themselves, unless they are set up with `autoescape=False`. A text from the client that becomes a template
    itself (`jinja2.Template(text)`) is a program that runs on the server.

    Bad:

    ```python
    async def hello(request: web.Request) -> web.Response:
        name = request.query["name"]
        return web.Response(text=f"<h1>Hello {name}</h1>", content_type="text/html")
    ```

    Good:

    ```python
    async def hello(request: web.Request) -> web.Response:
        name = html.escape(request.query["name"])
        return web.Response(text=f"<h1>Hello {name}</h1>", content_type="text/html")
    ```

    Fix: unsafe, because markup that was meant to arrive is shown as text from then on. It wraps what is put into the
    page in `html.escape()`, or deletes `autoescape=False`.

    Reported for the query, the path, forms, bodies and names of uploads, followed through assignments, containers,
    methods of `str` and functions of the project; not for headers and cookies, which another page can't make a browser
    send. Silent unless the answer surely is HTML: without `content_type` a text is `text/plain`. Silent for what an
    unknown function makes of the text, for what `html.escape()`, `markupsafe.escape()`, `bleach`, `nh3`, `quote()` or
    a function in `sanitisers` made harmless, for what was tested on the way (`in`, `==`, a regular expression, a
    function), and for a part of the path that the route limits (`{id:\d+}`).
    """

    code = "AIO514"
    name = "html-injection"
    message = "text of the client's becomes part of the page as it is: escape it with `html.escape()`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("3.2", "4.8", "14.1", "14.4", "15.2")
    about = TAINTED | {SETUP}
    source = "https://aiohttp-jinja2.readthedocs.io/en/stable/"

    def check(self, module: Module) -> Iterator[Finding]:
        reported: set[ast.AST] = set()
        for flow in module.taint.flows():
            if flow.danger is Danger.HTML and flow.place not in reported:
                reported.add(flow.place)
                message = f"{flow.source} becomes part of the page as it is: escape it with `html.escape()`"
                yield self.finding(
                    module,
                    flow.place,
                    message,
                    related=flow.related,
                    edits=_escape(module, flow),
                    fix="Escape it",
                )
            elif flow.danger is Danger.TEMPLATE:
                message = (
                    f"{flow.source} is run as a template on the server: pass it to a template as a value"
                )
                yield self.finding(module, flow.place, message, related=flow.related)
        for call, keyword in setups_without_autoescape(module):
            edits = [RemoveKeyword(module.span(call), "autoescape")]
            yield self.finding(module, keyword, _UNESCAPED, edits=edits, fix="Leave `autoescape` out")


def _escape(module: Module, flow: Flow) -> list[Edit]:
    """Give the edits that escape the text where it enters the page; none where that is elsewhere or unclear."""
    place = flow.label.place
    places = [flow.sink.node, flow.label.steps[0].node]
    if place is None or flow.label.maker is not module or flow.sink.module is not module:
        return []
    if any(module.function_at(other) != module.function_at(place) for other in places):
        return []
    call, imports = spelled(module, "html.escape")
    is_text = module.is_instance(place, "builtins.str") or isinstance(place, ast.Subscript)
    template = f"{call}({{}})" if is_text else f"{call}(str({{}}))"
    edits: list[Edit] = [ReplaceExpression(module.span(place), template)]
    part = module.parent(place)
    if isinstance(part, ast.FormattedValue):
        # Edits don't reach inside of a string, so it is written anew.
        string = module.parent(part)
        assert string is not None, "a formatted value stands in a string"
        source, old = module.segment(string), ast.unparse(place)
        spellings = (f"{{{text}}}" for text in sorted({old, old.replace("'", '"')}))
        found = [spelling for spelling in spellings if source.count(spelling) == 1]
        if len(found) != 1:
            return []
        new = source.replace(found[0], f"{{{template.format(found[0][1:-1])}}}")
        edits = [ReplaceExpression(module.span(string), verbatim(new))]
    return [*edits, *imports]
