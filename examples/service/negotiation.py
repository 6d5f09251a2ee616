"""Chooses among the media types that we can make the one that the client wants (RFC 9110, 12.5.1).

Practices: 3.3, 3.4, 4.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True)
class MediaRange:
    """One part of an Accept header: `text/*;q=0.5`."""

    kind: str
    subkind: str
    quality: float

    def precision(self, media_type: str) -> int:
        """Tell how exactly it names a type: 0 (not at all) to 3."""
        kind, _, subkind = media_type.partition("/")
        if (self.kind, self.subkind) == (kind, subkind):
            return 3
        if (self.kind, self.subkind) == (kind, "*"):
            return 2
        return int((self.kind, self.subkind) == ("*", "*"))


def chosen_type(request: web.Request, offered: Sequence[str]) -> str:
    """Give the offered type that the client likes best, the first among equals, or answer 406."""
    ranges = [
        _media_range(part)
        for part in ",".join(request.headers.getall("Accept", [])).split(",")
        if part.strip()
    ]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    if _quality(best, ranges) == 0:
        raise web.HTTPNotAcceptable(text=f"there is only {', '.join(offered)}")
    return best


def _quality(media_type: str, ranges: list[MediaRange]) -> float:
    """Give what the most precise range says of a type; one that no range names is not wanted."""
    best = max(ranges, key=lambda media_range: media_range.precision(media_type))
    return best.quality if best.precision(media_type) else 0


def _media_range(text: str) -> MediaRange:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    kind, _, subkind = name.partition("/")
    quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return MediaRange(kind, subkind, min(1.0, max(0.0, float(quality))))
    except ValueError:
        return MediaRange(kind, subkind, 0)
