"""Questions about the place where a program starts its server: what is left to a default there, and what that does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import PurePath
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

RUN_APP = aiohttp_api.callable_named("aiohttp.web.run_app").name
RUNNER = aiohttp_api.class_named("aiohttp.web.AppRunner").name
_ADDRESSES = ("host", "path", "sock")
_TIMEOUTS = ("shutdown_timeout", "keepalive_timeout")
# Whoever names one of these sets logging up, in one way or another.
_LOGGING = (
    "basicConfig", "dictConfig", "fileConfig", "addHandler", "loguru", "structlog", "coloredlogs", "setup_logging",
    "configure_logging", "init_logging", "logbook", "daiquiri",
)  # fmt: skip


class Omission(Enum):
    """What a program leaves open where it starts its server."""

    GUARD = auto()
    """Whoever imports the file starts the server."""
    ARGUMENTS = auto()
    """Where it listens, and for how long it waits, is left to the defaults."""
    LIMIT = auto()
    """Its shutdown has no limit."""
    LOGGING = auto()
    """Nobody sees the access log."""


@dataclass(frozen=True, slots=True)
class EntryPointFlaw:
    """Something that is left open at a start of a server; `names` are the arguments that would say it."""

    node: ast.expr
    omission: Omission
    names: tuple[str, ...] = ()


def entry_point_flaws(module: Module) -> Iterator[EntryPointFlaw]:
    """Give what the starts of servers in a file leave open."""
    for call in module.calls_to(RUN_APP):
        if call.function is None and _runs_on_import(module, call):
            yield EntryPointFlaw(call.node, Omission.GUARD)
        names = tuple(name for name in _TIMEOUTS if call.argument(name).is_missing)
        if all(call.argument(name).is_missing for name in _ADDRESSES):
            names = ("host", *names)
        if names:
            yield EntryPointFlaw(call.node, Omission.ARGUMENTS, names)
        if call.argument("access_log").is_missing and not _sets_logging_up(module):
            yield EntryPointFlaw(call.node, Omission.LOGGING)
    for call in module.calls_to(RUN_APP, RUNNER):
        value = call.argument("shutdown_timeout").value
        literal = None if value is None else module.constant(value)
        if value is not None and literal is not None and isinstance(literal.value, int | float):
            if literal.value <= 0:
                yield EntryPointFlaw(value, Omission.LIMIT)


def _runs_on_import(module: Module, call: CallSite) -> bool:
    if PurePath(module.place).name == "__main__.py" or module.runs_in_loop:
        return False
    return not any(isinstance(ancestor, ast.If) for ancestor in module.ancestors(call.node))


def _sets_logging_up(module: Module) -> bool:
    if any(name in module.text.text for name in _LOGGING):
        return True
    others = None if module.project is None else module.project.files_saying(module, *_LOGGING)
    return module.project is not None and (others is None or bool(others))
