"""What happened lately, for those who wait for it.

Practices: 11.3, 11.5.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """Something that happened."""

    number: int
    text: str


class Feed:
    """The latest changes, numbered. A reader that falls behind misses the oldest, and holds up nobody."""

    def __init__(self, kept: int = 100) -> None:
        self._changes: deque[Change] = deque(maxlen=kept)
        self._news = asyncio.Event()
        self.latest = 0
        self.ended = False

    def publish(self, text: str) -> None:
        """Tell everybody who waits."""
        self.latest += 1
        self._changes.append(Change(self.latest, text))
        self._wake()

    def end(self) -> None:
        """Send the readers home: nothing follows."""
        self.ended = True
        self._wake()

    async def after(self, number: int) -> list[Change]:
        """Wait for changes after this number; nothing comes only when the feed ends."""
        while self.latest <= number and not self.ended:
            await self._news.wait()
        return [change for change in self._changes if change.number > number]

    def _wake(self) -> None:
        # Who waits now is woken; who comes later waits for the next event.
        self._news.set()
        self._news = asyncio.Event()
