"""What the client is told from outside, typed and in one place.

Practices: 1.7, 7.5, 14.6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from yarl import URL


@dataclass(frozen=True)
class ClientSettings:
    """Where the service is, and how long and how often to try. Times are in seconds.

    `token` says who asks; without it, nobody does. `authority` is the file of a private certificate authority; None
    trusts those of the system. `proxy` is asked for every request; None goes straight. `registry` is the file that says
    where the service's instances are; None leaves it to the DNS.
    """

    service: URL
    token: str = field(default="", repr=False)
    authority: Path | None = None
    proxy: URL | None = None
    registry: Path | None = None
    total_timeout: float = 10.0
    connect_timeout: float = 3.0
    stall_timeout: float = 10.0
    """How long a stream may stand still."""
    connections: int = 20
    attempts: int = 3
    first_pause: float = 0.1
    failures_to_open: int = 5
    seconds_open: float = 10.0
