"""Version 2 of the API: notes come in pages, as JSON or CSV, and clients may keep them.

Practices: 2.6, 2.7, 2.8, 3.2, 3.4, 4.4, 11.6.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict

from aiohttp import web

from . import api_v1
from .caching import cacheable
from .negotiation import chosen_type
from .notes import Note, notes_after
from .resources import Resource
from .validation import query_number

LARGEST_PAGE = 100
MOST = 2**53


class Notes(Resource):
    """All notes, a page at a time."""

    async def get(self) -> web.Response:
        """List `limit` notes after the id `after`; the header Link leads to the next page."""
        media_type = chosen_type(self.request, ("application/json", "text/csv"))
        after = query_number(self.request, "after", default=0, most=MOST)
        limit = query_number(self.request, "limit", default=20, most=LARGEST_PAGE)
        notes = await notes_after(self.database, after, limit)
        text = as_csv(notes) if media_type == "text/csv" else json.dumps([asdict(note) for note in notes])
        response = cacheable(self.request, text, media_type, max_age=5)
        if notes:
            following = self.request.rel_url.update_query(after=str(notes[-1].id))
            response.headers["Link"] = f'<{following}>; rel="next"'
        return response

    async def post(self) -> web.Response:
        """Write a note; the answer says where it is."""
        note = await self.written_note()
        place = self.request.app.router["note"].url_for(id=str(note.id))
        raise web.HTTPCreated(headers={"Location": str(place)})


def as_csv(notes: list[Note]) -> str:
    """Write notes as a table."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["id", "author", "text"])
    writer.writerows([note.id, note.author, note.text] for note in notes)
    return table.getvalue()


def create_version_2() -> web.Application:
    """Build the application of this version; a single note is what it was."""
    application = web.Application()
    application.add_routes(
        [
            web.view("/notes", Notes, name="notes"),
            web.view("/notes/{id:[0-9]{1,18}}", api_v1.OneNote, name="note"),
        ]
    )
    return application
