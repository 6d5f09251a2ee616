"""AIO708."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import SERVER
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_members import (
    FOREIGN,
    FOREIGN_OF_MAPPINGS,
    POST,
    READ_ONLY,
    Write,
    foreign_members,
    foreign_repair,
    writes,
)

_INSTEAD = {
    "args": "query", "query_params": "query", "GET": "query", "query_arguments": "query", "path_params": "match_info",
    "view_args": "match_info", "matchdict": "match_info", "remote_addr": "remote", "COOKIES": "cookies", "META": "headers",
    "form": "await request.post()", "POST": "await request.post()", "FILES": "await request.post()",
    "files": "await request.post()", "form_data": "await request.post()", "get_json": "await request.json()",
    "json_body": "await request.json()", "body": "await request.read()", "data": "await request.read()",
    "get_data": "await request.read()", "get_argument": "query", "get_arguments": "query", "get_param": "query",
    "params": "query", "is_json": "content_type", "base_url": "url", "host_url": "url.origin()",
}  # fmt: skip
_MESSAGES = {
    Write.ITEM: "this mapping of a request is read-only: TypeError, a 500; keep the value elsewhere, or `request.clone(…)`",
    Write.ATTRIBUTE: "this attribute of a request is read-only: AttributeError, a 500; use `request.clone(…)`",
    Write.METHOD: "this mapping of a request is read-only: AttributeError, a 500; copy it first",
}


class ForeignRequestApi(Rule):
    """What requests of Flask, Django or Starlette have does not exist on aiohttp's.

    `request.args`, `form`, `get_json()`, `query_params`, `path_params`, `GET`, `POST`, `data`, `body`, `remote_addr`… raise
    `AttributeError: 'Request' object has no attribute 'args'`: a `500`, on every request. So do `getlist()` and
    `multi_items()` on `query` and `headers`.

    A request is also read-only: `request.headers["X"] = …`, `request.query[…] = …` and `(await request.post())[…] = …` raise
    `TypeError: … does not support item assignment`, `request.path = …`, `method`, `headers`, `remote`, `app`…
    `AttributeError`. `request.clone(headers=…)` makes another request; values for other code go into `request[key]`.

    Bad:

    ```python
    async def search(request: web.Request) -> web.Response:
        word = request.args.get("q", "")
        return web.json_response({"word": word, "client": request.remote_addr})
    ```

    Good:

    ```python
    async def search(request: web.Request) -> web.Response:
        word = request.query.get("q", "")
        return web.json_response({"word": word, "client": request.remote})
    ```

    Fix: safe where aiohttp has the same under another name and it is used in a way that both have (`[…]`, `get()`, `in`,
    iteration): `args`, `query_params`, `GET` become `query`, `path_params` `match_info`, `remote_addr` `remote`; `getlist(x)`
    becomes `getall(x, [])`. None for the others.

    Silent where the code asks first (`hasattr`, `isinstance`) or waits for the error, where a file of the project sets
    such an attribute on its requests, and for subclasses. `user`, `session`, `state` and the like are set by middlewares,
    and are not reported.
    """

    code = "AIO708"
    name = "foreign-request-api"
    message = "aiohttp's request has no such attribute: AttributeError, a 500; look for it under its own name"
    fix = FixAvailability.SAFE
    practices = ("3.1", "3.2", "3.3", "3.5", "3.6", "3.8")
    mentions = (any_of(*FOREIGN, *FOREIGN_OF_MAPPINGS, *READ_ONLY, POST),)
    about = SERVER
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.BaseRequest"

    def check(self, module: Module) -> Iterator[Finding]:
        for node in foreign_members(module):
            owner = "Request" if node.attr in FOREIGN else "this mapping"
            instead = _INSTEAD.get(node.attr, "nothing like it" if owner == "Request" else "getall()")
            message = f"{owner} has no `{node.attr}`: AttributeError, a 500; aiohttp has `{instead}`"
            yield self.finding(
                module, node, message, edits=foreign_repair(module, node), fix="Use aiohttp's own name"
            )
        for how, place in writes(module):
            yield self.finding(module, place, _MESSAGES[how])
