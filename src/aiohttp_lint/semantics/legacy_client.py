"""Questions about what the client gives up: members, arguments and ways of use of another age."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import RESPONSE
from aiohttp_lint.semantics.client_coroutines import CONNECTOR_CLOSE_IS_COROUTINE
from aiohttp_lint.semantics.creation import CONNECTORS
from aiohttp_lint.semantics.legacy import (
    AIOHTTP_4,
    LegacyArgument,
    is_provided_for,
    legacy_arguments,
    legacy_attributes,
)
from aiohttp_lint.semantics.timeouts import CLIENT_TIMEOUT

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_ERROR = aiohttp_api.class_named("aiohttp.ClientResponseError").name
_STREAM = aiohttp_api.class_named("aiohttp.StreamReader").name
MEMBERS = ((RESPONSE, "url_obj"), (_ERROR, "code"), (_STREAM, "unread_data"))
ARGUMENTS = ("code", "content_transfer_encoding", "ssl_shutdown_timeout")
RELEASE = aiohttp_api.callable_named(f"{RESPONSE}.release").name
FILTERS = tuple(
    aiohttp_api.callable_named(f"{jar}.filter_cookies").name
    for jar in ("aiohttp.CookieJar", "aiohttp.DummyCookieJar", "aiohttp.abc.AbstractCookieJar")
)
STREAMER = aiohttp_api.class_named("aiohttp.streamer").name
ADD_FIELD = aiohttp_api.callable_named("aiohttp.FormData.add_field").name
_BYTES = ("builtins.bytes", "builtins.bytearray", "builtins.memoryview")
_BYTES_WARN_SINCE = (3, 9, 5)
EVOLVE = ("attr.evolve", "attrs.evolve")
_CLEANED_BY_PYTHON = (3, 14)
"""From here on every Python closes a TLS transport itself, and aiohttp ignores `enable_cleanup_closed`."""


def removed_members(module: Module) -> Iterator[ast.Attribute]:
    """Give the accesses to members of client objects that warn on aiohttp 3."""
    for owner, name in MEMBERS:
        yield from legacy_attributes(module, owner, name)


def removed_arguments(module: Module) -> Iterator[LegacyArgument]:
    """Give the arguments of client objects that warn on aiohttp 3 and have no rule of their own."""
    yield from legacy_arguments(module, *ARGUMENTS)
    if module.python_minimum >= _CLEANED_BY_PYTHON:
        for call in module.calls_to(*CONNECTORS):
            value = call.argument("enable_cleanup_closed").value
            literal = module.constant(value) if value is not None else None
            if value is not None and literal is not None and literal.value is True:
                yield LegacyArgument(
                    call, "enable_cleanup_closed", value, call.keyword("enable_cleanup_closed") is not None
                )


def awaited_releases(module: Module) -> Iterator[ast.Await]:
    """Give the `await response.release()`, which aiohttp 4 has nothing to wait for in."""
    for call in module.calls_to(RELEASE):
        use = module.use_of(call.node)
        if isinstance(use.node, ast.Await) and not is_provided_for(module, call.node, "TypeError"):
            yield use.node


def evolved_timeouts(module: Module) -> Iterator[CallSite]:
    """Give the `attr.evolve(timeout, …)`, whose timeout is no attrs class in aiohttp 4."""
    for call in module.calls_to(*EVOLVE):
        copied = call.node.args[0] if call.node.args else None
        if copied is not None and module.is_instance(copied, CLIENT_TIMEOUT):
            if not is_provided_for(module, call.node, "TypeError"):
                yield call


def connectors_entered(module: Module) -> Iterator[tuple[CallSite, ast.With]]:
    """Give the connectors that are made for a plain `with`, each with that statement."""
    for call in module.calls_to(*CONNECTORS):
        use = module.use_of(call.node)
        statement = module.parent(use.node)
        if use.kind is UseKind.ENTERED_SYNC and isinstance(statement, ast.With):
            if not is_provided_for(module, call.node, "AttributeError"):
                yield call, statement


def connectors_closed_in_passing(module: Module) -> Iterator[CallSite]:
    """Give the `connector.close()` that nobody awaits, of connectors that close all the same and only warn."""
    for call in module.calls_to(*(f"{name}.close" for name in CONNECTORS)):
        receiver = call.receiver
        if receiver is None or module.use_of(call.node).kind is not UseKind.DISCARDED:
            continue
        is_tcp = module.type_of(receiver).may_be(CONNECTORS[0])
        if is_tcp and not module.target.below <= CONNECTOR_CLOSE_IS_COROUTINE:
            # There it is a coroutine, and does nothing: another matter.
            continue
        if not is_provided_for(module, call.node, "TypeError"):
            yield call


def text_filters(module: Module) -> Iterator[ast.expr]:
    """Give the texts that `filter_cookies` is given in the place of a `URL`."""
    for call in module.calls_to(*FILTERS):
        url = call.argument("request_url").value
        if (
            url is not None
            and module.is_instance(url, "builtins.str")
            and not module.type_of(url).may_be_none
        ):
            if not is_provided_for(module, call.node, "TypeError"):
                yield url


def streamers(module: Module) -> Iterator[ast.expr]:
    """Give the uses of `aiohttp.streamer` as a decorator."""
    for function in module.functions():
        for decorator in function.decorators:
            if module.qualified_name(decorator) == STREAMER:
                yield decorator


def nameless_files(module: Module) -> Iterator[CallSite]:
    """Give the `add_field(name, b"…")` that make a file of bytes on aiohttp 3 and a plain field on 4."""
    if module.target.below <= _BYTES_WARN_SINCE:
        return
    for call in module.calls_to(ADD_FIELD):
        value = call.argument("value").value
        if value is None or not module.is_instance(value, *_BYTES) or module.type_of(value).may_be_none:
            continue
        is_named = not call.argument("filename").is_missing
        if is_named or not call.argument("content_transfer_encoding").is_missing:
            continue
        if not is_provided_for(module, call.node, "TypeError"):
            yield call


def may_be_4(module: Module) -> bool:
    """Tell whether the project's aiohttp versions include 4."""
    return module.target.includes(AIOHTTP_4)
