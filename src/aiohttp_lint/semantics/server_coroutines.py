"""The coroutines of requests, streamed responses and runners, and what it means that nobody awaits one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client_coroutines import Misuse, forgotten_awaits_of
from aiohttp_lint.semantics.request_members import READS

if TYPE_CHECKING:
    from aiohttp_lint.semantics.client_coroutines import ForgottenAwait
    from aiohttp_lint.semantics.module import Module

_WRITES = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.StreamResponse.{name}").name
    for name in ("prepare", "write", "write_eof")
)
"""What sends something to a client."""
COROUTINES = (
    *READS,
    *_WRITES,
    *(
        aiohttp_api.callable_named(f"aiohttp.{name}").name
        for name in (
            "web.Request.release", "web.AppRunner.setup", "web.AppRunner.cleanup", "web.AppRunner.shutdown",
            "web.TCPSite.start", "web.UnixSite.start", "web.SockSite.start", "web.TCPSite.stop", "web.Application.startup",
            "web.Application.shutdown", "web.Application.cleanup", "MultipartReader.next", "MultipartReader.release",
            "BodyPartReader.read", "BodyPartReader.text", "BodyPartReader.json", "BodyPartReader.form",
            "BodyPartReader.read_chunk", "BodyPartReader.readline", "BodyPartReader.release",
        )
    ),
)  # fmt: skip


def forgotten(module: Module) -> Iterator[ForgottenAwait]:
    """Give the calls of the server's coroutines that nobody awaits."""
    return forgotten_awaits_of(module, *COROUTINES)


def is_surely_broken(found: ForgottenAwait) -> bool:
    """Tell whether nothing can rest on the missing `await`: the use fails, or an answer is not sent that was begun."""
    return found.misuse is Misuse.FAILS or (
        found.misuse is Misuse.DROPPED and found.call.calls_only(*_WRITES)
    )
