"""Questions about the formats of access logs: what of a format aiohttp's logger does not understand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.gunicorn import DEFAULT_FORMAT, WORKERS, settings

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_TAKERS = (
    aiohttp_api.callable_named("aiohttp.web.run_app").name,
    aiohttp_api.class_named("aiohttp.web.AppRunner").name,
    aiohttp_api.class_named("aiohttp.web.Server").name,
    aiohttp_api.callable_named("aiohttp.web.Application.make_handler").name,
)
_APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
LOGGER = aiohttp_api.class_named("aiohttp.web_log.AccessLogger").name

# What aiohttp replaces; what follows a percent sign otherwise stands in the line as it is.
_UNDERSTOOD = re.compile(r"%(?:[atPrsbOD]|Tf?|\{[A-Za-z0-9_-]+\}[ioe])")
_WITHOUT_MEANING = re.compile(r"%(?:O|\{[A-Za-z0-9_-]+\}e)")
_GUNICORN = re.compile(r"%\(([^)]+)\)s")
_DIRECTIVE = re.compile(r"(?<!\d)%[<>]?(?:\{[^}]*\})?[A-Za-z]")
_PLACE = "\0"
# What gunicorn's names are called in aiohttp's formats.
_GUNICORN_NAMES = {
    "h": "%a", "t": "%t", "r": "%r", "s": "%s", "b": "%b", "B": "%b", "f": "%{Referer}i", "a": "%{User-Agent}i",
    "T": "%T", "L": "%Tf", "D": "%D", "p": "%P",
}  # fmt: skip


class Flaw(Enum):
    """What comes of a part of a format that aiohttp does not understand."""

    LITERAL = auto()
    """It stands in every line as it is."""
    NO_LINES = auto()
    """Each line is lost to an error."""
    NO_START = auto()
    """`KeyError` as soon as a client connects."""
    NO_BOOT = auto()
    """gunicorn's worker refuses to boot."""


@dataclass(frozen=True, slots=True)
class FlawedFormat:
    """A format with a part that aiohttp does not understand."""

    value: ast.expr
    flaw: Flaw
    part: str

    @property
    def instead(self) -> str | None:
        """What aiohttp calls the part, where it is one of gunicorn's names."""
        match = _GUNICORN.fullmatch(self.part)
        if match is None:
            return None
        header = re.fullmatch(r"\{([A-Za-z0-9_-]+)\}([io])", match[1])
        return f"%{match[1]}" if header else _GUNICORN_NAMES.get(match[1])


def flawed_formats(module: Module) -> Iterator[FlawedFormat]:
    """Give the formats of access logs that aiohttp does not understand as they are meant."""
    for value, is_gunicorn in _formats(module):
        literal = module.constant(value)
        if literal is None or not isinstance(literal.value, str):
            continue
        if is_gunicorn and literal.value == DEFAULT_FORMAT:
            continue
        found = _flaw(literal.value)
        if found is None:
            continue
        flaw, part = found
        if is_gunicorn and _GUNICORN.search(literal.value):
            flaw = Flaw.NO_BOOT
        yield FlawedFormat(value, flaw, part)


def _formats(module: Module) -> Iterator[tuple[ast.expr, bool]]:
    """Give the formats that aiohttp's own logger gets, and whether gunicorn checks them first."""
    for site in module.calls_to(*_TAKERS):
        value = site.argument("access_log_format").value
        logger = site.argument("access_log_class")
        is_own = logger.value is not None and module.qualified_name(logger.value) == LOGGER
        if value is not None and (is_own or logger.is_missing):
            yield value, False
    for site in module.calls_to(LOGGER):
        value = site.argument("log_format").value
        if value is not None:
            yield value, False
    for site in module.calls_to(_APPLICATION):
        given = site.argument("handler_args").value
        if isinstance(given, ast.Dict):
            entries = {
                key.value: value
                for key, value in zip(given.keys, given.values, strict=True)
                if isinstance(key, ast.Constant)
            }
            if (
                "access_log_format" in entries
                and "access_log_class" not in entries
                and None not in given.keys
            ):
                yield entries["access_log_format"], False
    configured = settings(module)
    worker = configured.get("worker_class")
    literal = None if worker is None else module.constant(worker)
    if literal is not None and literal.value in WORKERS and "access_log_format" in configured:
        yield configured["access_log_format"], True


def _flaw(text: str) -> tuple[Flaw, str] | None:
    """Tell what is wrong with a format, worst first."""
    fatal = _WITHOUT_MEANING.search(text)
    if fatal is not None:
        return Flaw.NO_START, fatal[0]
    places = _UNDERSTOOD.sub(_PLACE, text)
    # As aiohttp does it: what it understands becomes `%s`, any other percent sign is doubled.
    written = re.sub(r"%[^s]", r"%\g<0>", places.replace(_PLACE, "%s"))
    try:
        written % (("",) * places.count(_PLACE))
    except (TypeError, ValueError):
        return Flaw.NO_LINES, "%%" if "%%" in places else "%"
    foreign = _GUNICORN.search(places) or _DIRECTIVE.search(places)
    return None if foreign is None else (Flaw.LITERAL, foreign[0])
