"""How the archive did when we last looked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class ArchiveHealth:
    """Filled by the background task, read by the health check."""

    checks: int = 0
    healthy: bool = False
