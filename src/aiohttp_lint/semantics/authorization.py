"""Questions about authorization: what becomes of the answers of aiohttp-security and aiohttp-session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import CallSite, UseKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module


def _security(*names: str) -> tuple[str, ...]:
    return tuple(aiohttp_api.callable_named(f"aiohttp_security.{name}").name for name in names)


CHECKS = _security("check_permission", "check_authorized")
"""They raise for who is not allowed in."""
GRANTS = _security("permits", "authorized_userid")
"""A true answer lets in."""
ANSWERS = (*GRANTS, *_security("is_anonymous"))
"""They only tell; what follows is left to the caller."""
GET_SESSION, NEW_SESSION = (
    aiohttp_api.callable_named(f"aiohttp_session.{name}").name for name in ("get_session", "new_session")
)
COROUTINES = (*CHECKS, *ANSWERS, *_security("remember", "forget"), GET_SESSION, NEW_SESSION)
"""Whatever has to be awaited of both libraries."""


def ignored_answers(module: Module) -> Iterator[CallSite]:
    """Give the awaited questions whose answer nobody looks at."""
    for call in module.calls_to(*ANSWERS):
        use = module.use_of(call.node)
        if use.kind is UseKind.AWAITED and module.use_of(use.node).kind is UseKind.DISCARDED:
            yield call
