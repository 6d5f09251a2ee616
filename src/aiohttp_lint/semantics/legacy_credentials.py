"""Questions about credentials as aiohttp 3 takes them: `BasicAuth` objects, and the arguments for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.legacy import LegacyArgument, is_provided_for, legacy_arguments
from aiohttp_lint.semantics.timeouts import is_none_for_sure

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

BASIC_AUTH = aiohttp_api.class_named("aiohttp.BasicAuth").name
ENCODE = aiohttp_api.callable_named("aiohttp.encode_basic_auth")
HEADERS = {"auth": ("headers", "Authorization"), "proxy_auth": ("proxy_headers", "Proxy-Authorization")}
"""For each argument, that which takes its place, and the header in it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials in an argument; `made` is the `BasicAuth(login, password)` where that is written out there."""

    argument: LegacyArgument
    made: CallSite | None

    @property
    def can_be_header(self) -> bool:
        """Whether the call takes the headers that would replace the argument, and is given none of them yet."""
        call = self.argument.call
        taker, _ = HEADERS[self.argument.name]
        return (
            self.made is not None
            and self.argument.is_named
            and call.argument(taker).is_missing
            and all(callable_.parameter(taker) is not None for callable_ in call.callables)
        )


def credentials(module: Module) -> Iterator[Credentials]:
    """Give the arguments `auth` and `proxy_auth` of requests and sessions that may be more than `None`."""
    for found in legacy_arguments(module, *HEADERS):
        if is_none_for_sure(module, found.value) and not module.target.all_at_least((4, 0, 0)):
            continue
        made = module.call_site(found.value) if isinstance(found.value, ast.Call) else None
        is_plain = made is not None and made.calls_only(BASIC_AUTH) and _is_plain(made)
        yield Credentials(found, made if is_plain else None)


def made_elsewhere(module: Module, handed_over: set[ast.expr]) -> Iterator[CallSite]:
    """Give the `BasicAuth(…)` that are not among the arguments handed over."""
    for call in module.calls_to(BASIC_AUTH):
        if call.node not in handed_over and not is_provided_for(module, call.node, "AttributeError"):
            yield call


def is_ascii(module: Module, call: CallSite) -> bool:
    """Tell whether login and password are literals that are the same bytes in every encoding."""
    literals = [module.constant(argument) for argument in call.node.args]
    return all(
        literal is not None and isinstance(literal.value, str) and literal.value.isascii()
        for literal in literals
    )


def _is_plain(call: CallSite) -> bool:
    return 1 <= len(call.node.args) <= 2 and not call.node.keywords and not call.has_unknown_arguments
