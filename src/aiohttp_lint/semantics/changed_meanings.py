"""Questions about code that aiohttp 3 and 4 both take, and that does something else on each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import REQUESTS
from aiohttp_lint.semantics.legacy import is_provided_for
from aiohttp_lint.semantics.timeouts import CLIENT_TIMEOUT, is_copied_with_changes, is_none_for_sure, seconds

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

JSON = aiohttp_api.callable_named("aiohttp.web.Request.json").name
_HTTP_EXCEPTION = aiohttp_api.class_named("aiohttp.web.HTTPException").name
_RESPONSES = frozenset(
    aiohttp_api.class_named(name).name for name in ("aiohttp.web.StreamResponse", "aiohttp.web.Response")
)


def timeouts_of_none(module: Module) -> Iterator[ast.expr]:
    """Give the `timeout=None` of requests: no limit on aiohttp 3, the session's on 4."""
    for call in module.calls_to(*REQUESTS):
        timeout = call.argument("timeout").value
        if timeout is not None and is_none_for_sure(module, timeout):
            if not is_provided_for(module, call.node, "AttributeError"):
                yield timeout


def totals_of_zero(module: Module) -> Iterator[ast.expr]:
    """Give the `ClientTimeout(total=0)`: no limit on aiohttp 3, an error on 4."""
    for call in module.calls_to(CLIENT_TIMEOUT):
        total = call.argument("total").value
        if total is not None and seconds(module, total) == 0:
            if not is_provided_for(module, call.node, "ValueError"):
                yield total


def timeouts_without_total(module: Module) -> Iterator[CallSite]:
    """Give the `ClientTimeout(…)` that say nothing of the total: no limit on aiohttp 3, five minutes on 4."""
    for call in module.calls_to(CLIENT_TIMEOUT):
        is_silent = call.argument("total").is_missing and not call.has_unknown_arguments
        if (
            is_silent
            and not is_copied_with_changes(module, call)
            and not is_provided_for(module, call.node, "ValueError")
        ):
            yield call


def exceptions_taken_for_responses(module: Module) -> Iterator[ast.Call]:
    """Give the `isinstance(error, web.Response)` for HTTP exceptions, which are no responses on aiohttp 4."""
    for call in module.calls_to("builtins.isinstance"):
        if len(call.node.args) != 2:
            continue
        asked, kind = call.node.args
        if module.qualified_name(kind) in _RESPONSES and module.is_instance(asked, _HTTP_EXCEPTION):
            yield call.node


def parsed_bodies(module: Module) -> Iterator[CallSite]:
    """Give the `request.json()`, which aiohttp 4 refuses unless the body is declared as JSON."""
    for call in module.calls_to(JSON):
        if call.argument("content_type").is_missing and not is_provided_for(module, call.node, "ValueError"):
            yield call
