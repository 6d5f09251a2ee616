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
class RuleOptions:
    """The options of all rules."""

    timeouts: TimeoutOptions = field(default_factory=TimeoutOptions)
    cookies: CookieOptions = field(default_factory=CookieOptions)
    named: frozenset[str] = frozenset()
    """The rules asked for by their full code, by `ALL` or by the strict preset: some then look further."""


DEFAULT_OPTIONS = RuleOptions()
