"""What a project can set for single rules: plain frozen values that rules read from their module."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TimeoutOptions:
    """What AIO210's fix writes, in seconds; without a value it offers no fix."""

    total: float | None = None
    sock_connect: float | None = None


@dataclass(frozen=True, slots=True)
class CookieOptions:
    """What the cookie rules look at."""

    all_cookies: bool = False
    """Whether AIO501 is about every cookie and not just those named like a session or a token."""


@dataclass(frozen=True, slots=True)
class OwnNames:
    """What a project's own functions mean, each by its full dotted name: `shop.text.clean`."""

    sanitisers: frozenset[str] = frozenset()
    """Functions whose result can do no harm, whatever they are given."""
    blocking_functions: frozenset[str] = frozenset()
    """Functions that block the event loop, for AIO402."""
    session_factories: frozenset[str] = frozenset()
    """Functions that give a `ClientSession`, which is not the caller's to close."""
    transparent_decorators: frozenset[str] = frozenset()
    """Decorators that give back a function that behaves as the decorated one."""


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """The options of all rules."""

    timeouts: TimeoutOptions = field(default_factory=TimeoutOptions)
    cookies: CookieOptions = field(default_factory=CookieOptions)
    own_names: OwnNames = field(default_factory=OwnNames)
    named: frozenset[str] = frozenset()
    """The rules asked for by their full code, by `ALL` or by the strict preset: some then look further."""


DEFAULT_OPTIONS = RuleOptions()
