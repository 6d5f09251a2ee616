"""What the resources of both versions of the API share.

Practices: 2.6, 3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from .authorization import signed_in_user
from .keys import DATABASE, FEED
from .notes import LONGEST_NOTE, Note, add_note, note_with_id
from .validation import json_object, text_field

if TYPE_CHECKING:
    import aiosqlite


class Resource(web.View):
    """The base of all resources: what they work on. It belongs to the application around the version's own."""

    @property
    def database(self) -> aiosqlite.Connection:
        """The database of the whole application."""
        return self.request.config_dict[DATABASE]

    async def written_note(self) -> Note:
        """Keep the note that the body holds, and tell those who wait for news."""
        author = await signed_in_user(self.request)
        text = text_field(await json_object(self.request), "text", LONGEST_NOTE)
        note = await add_note(self.database, author, text)
        self.request.config_dict[FEED].publish(f"note {note.id} of {author}")
        return note

    async def named_note(self) -> Note:
        """Give the note that the path names, or answer 404."""
        note = await note_with_id(self.database, int(self.request.match_info["id"]))
        if note is None:
            raise web.HTTPNotFound(text="no such note")
        return note
