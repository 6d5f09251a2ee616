"""AIO310."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import response_members
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.client import RESPONSE, SESSION
from aiohttp_lint.semantics.client_coroutines import can_await
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_members import (
    MISSING,
    MISSING_IN_SESSION,
    READ_ONLY_IN_SESSION,
)

_INSTEAD = {
    "status_code": "use `status`", "encoding": "use `get_encoding()`", "apparent_encoding": "use `get_encoding()`",
    "iter_content": "use `async for` over `content.iter_chunked(n)`", "iter_lines": "use `async for` over `content`",
    "reason_phrase": "use `reason`", "is_success": "use `ok`", "request": "use `request_info`", "raw": "use `content`",
    "cookies": "use `cookie_jar`", "aclose": "use `close()`", "aread": "use `read()`", "http_version": "use `version`",
    "proxies": "pass `proxy=`", "verify": "pass `ssl=`", "cert": "pass an SSL context as `ssl=`",
    "base_url": "pass `base_url=` when the session is made", "is_closed": "use `closed`",
}  # fmt: skip
_RENAMED = {"status_code": "status", "reason_phrase": "reason"}
_RENAMED_IN_SESSION = {"aclose": "close", "is_closed": "closed"}
_IGNORED_WHEN_SET = ("verify", "cert", "proxies")


class RequestsStyleResponse(Rule):
    """What requests and httpx offer on responses and sessions does not exist on aiohttp's.

    - `response.status_code`, `iter_content`, `iter_lines`, `encoding`, `elapsed`, `raw`, `is_success`… raise
      `AttributeError: 'ClientResponse' object has no attribute 'status_code'`; `session.cookies`, `mount`, `proxies`,
      `aclose`, `base_url` likewise, and so leaving `contextlib.aclosing(session)` does.
    - `response.content` is a stream: `json.loads(response.content)` raises `TypeError`, `response.content.decode()`
      `AttributeError`.
    - Setting `auth`, `headers`, `timeout`, `cookie_jar` or `trust_env` of a session raises `AttributeError`; setting
      `session.verify = False` is silently without effect on aiohttp 3.

    Bad:

    ```python
    async def names(session: aiohttp.ClientSession, url: str) -> list[str]:
        async with session.get(url) as response:
            if response.status_code == 200:
                return json.loads(response.content)
            return []
    ```

    Good:

    ```python
    async def names(session: aiohttp.ClientSession, url: str) -> list[str]:
        async with session.get(url) as response:
            if response.status == 200:
                return await response.json()
            return []
    ```

    Fix: safe where aiohttp has the same under another name (`status`, `reason`, the session's `close` and `closed`).
    Unsafe for `content`, which becomes `await response.read()`: it may be large. None for the others.

    Silent for values that may be something else than aiohttp's, where the code asks first (`hasattr`, `getattr`,
    `isinstance`) or waits for the error, where the file sets such an attribute itself, and for subclasses. Iterating,
    indexing and measuring `content` is matter of AIO311.
    """

    code = "AIO310"
    name = "requests-style-response"
    message = "aiohttp has no such attribute: AttributeError; look for it under its own name"
    fix = FixAvailability.MIXED
    practices = ("6.2", "7.6", "7.7")
    mentions = (any_of(*MISSING, *MISSING_IN_SESSION, *READ_ONLY_IN_SESSION, "content", "aclosing"),)
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientResponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for owner, class_name, names, renamed in (
            ("ClientResponse", RESPONSE, MISSING, _RENAMED),
            ("ClientSession", SESSION, MISSING_IN_SESSION, _RENAMED_IN_SESSION),
        ):
            for node in response_members.foreign(module, class_name, *names):
                instead = _INSTEAD.get(node.attr, "there is nothing like it")
                message = f"`{owner}` has no `{node.attr}`: AttributeError; {instead}"
                new = renamed.get(node.attr)
                edits = _replaced(module, node, f"{module.segment(node.value)}.{new}") if new else []
                yield self.finding(module, node, message, edits=edits, fix=f"Use `{new}`", safe=True)
        yield from self._content(module)
        yield from self._set(module)
        for call in module.calls_to("contextlib.aclosing"):
            if call.node.args and response_members.is_plain(module, call.node.args[0], SESSION):
                message = "`ClientSession` has no `aclose`: leaving the block raises AttributeError; enter the session itself"
                yield self.finding(module, call, message)

    def _content(self, module: Module) -> Iterator[Finding]:
        for node in response_members.contents_taken_for_bytes(module):
            body = f"await {module.segment(node.value)}.read()"
            source = f"({body})" if isinstance(module.parent(node), ast.Attribute) else body
            edits = _replaced(module, node, source) if can_await(module, node) else []
            message = "`content` is a stream, not bytes: this fails; use `await response.read()`"
            yield self.finding(module, node, message, edits=edits, fix="Read the body", safe=False)

    def _set(self, module: Module) -> Iterator[Finding]:
        for node in response_members.settings(module, SESSION, *READ_ONLY_IN_SESSION):
            message = (
                f"`{node.attr}` of a session can't be set: AttributeError; give it when the session is made"
            )
            yield self.finding(module, node, message)
        for node in response_members.settings(module, SESSION, *_IGNORED_WHEN_SET):
            message = f"setting `{node.attr}` of a session has no effect; {_INSTEAD[node.attr]}"
            yield self.finding(module, node, message)


def _replaced(module: Module, node: ast.Attribute, source: str) -> list[Edit]:
    return [ReplaceExpression(module.span(node), verbatim(source))]
