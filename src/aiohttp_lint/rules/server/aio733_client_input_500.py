"""AIO733."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceStatement
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import fresh_name
from aiohttp_lint.semantics.client_input import PARTS, Malformed, unchecked_inputs
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.syntax import walk_scope

_BAD_REQUEST = aiohttp_api.class_named("aiohttp.web.HTTPBadRequest").name
_WHAT = {
    ("KeyError",): "a request without this is a `KeyError`",
    ("ValueError",): "malformed input is a `ValueError` here",
    ("KeyError", "ValueError"): "missing or malformed input is a `KeyError` or a `ValueError` here",
}


class ClientInput500(Rule):
    """Malformed input of a client becomes an error of the server.

    `request.query["page"]` without that parameter raises `KeyError`, `int()` of a part of the URL raises `ValueError`, and
    `await request.json()` with a malformed or an empty body raises `json.JSONDecodeError`, a `ValueError`. Nobody catches them, so the
    client gets `500 Internal Server Error` and the log a traceback for what is a `400 Bad Request`: monitoring calls for help, and clients
    retry what can never work.

    Bad:

    ```python
    async def orders(request: web.Request) -> web.Response:
        page = int(request.query["page"])
        return web.json_response(page)

    app.router.add_get("/orders", orders)
    ```

    Good:

    ```python
    async def orders(request: web.Request) -> web.Response:
        try:
            page = int(request.query.get("page", "1"))
        except ValueError as error:
            raise web.HTTPBadRequest(text="invalid page") from error
        return web.json_response(page)

    app.router.add_get("/orders", orders)
    ```

    Fix: unsafe, because clients then get another status. It puts an assignment into `try`, with `HTTPBadRequest` for the error, where
    the assignment does nothing else that may raise it.

    Opt-in, because a middleware of another file may answer such errors. Reported in registered handlers without unknown
    decorators. Silent where the error is caught around it, where a middleware of the file catches it, where the handler asks whether a key is
    there, and for parts of a URL that the route restricts (digits only, say). A wrong content type is no error of `json()` before aiohttp 4.
    """

    code = "AIO733"
    name = "client-input-500"
    message = "malformed input is a `ValueError` here, a 500; answer 400 with `web.HTTPBadRequest`"
    fix = FixAvailability.UNSAFE
    opt_in = True
    relaxed_in_tests = True
    practices = ("3.2", "3.3", "3.6", "3.7", "8.2", "8.3", "8.4", "9.4", "12.4", "14.1")
    mentions = (any_of(*PARTS),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.BaseRequest.json"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in unchecked_inputs(module):
            message = f"{_WHAT[found.errors]}, a 500; answer 400 with `web.HTTPBadRequest`"
            edits = _edits(module, found)
            yield self.finding(module, found.node, message, edits=edits, fix="Answer 400")


def _edits(module: Module, found: Malformed) -> list[Edit]:
    statement = module.statement(found.node)
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is not found.node:
        return []
    calls = [node for node in walk_scope(found.node) if isinstance(node, ast.Call)]
    if len(calls) > 2 or any(
        isinstance(node, ast.Subscript) for target in _targets(statement) for node in ast.walk(target)
    ):
        return []
    name = fresh_name(module, found.node, "error")
    spelling, imports = spelled(module, _BAD_REQUEST)
    errors = found.errors[0] if len(found.errors) == 1 else f"({', '.join(found.errors)})"
    source = (
        f'try:\n    {{}}\nexcept {errors} as {name}:\n    raise {spelling}(text="invalid input") from {name}'
    )
    return [ReplaceStatement(module.span(statement), source), *imports]


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]
