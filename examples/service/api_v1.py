"""Version 1 of the API: an application of its own, mounted under /v1.

Practices: 1.2, 2.4, 2.6, 2.7, 4.7, 10.6.
"""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web
from aiohttp_security import check_permission

from .authorization import Permission
from .notes import delete_note, notes_after
from .resources import Resource

PAGE = 100


class Notes(Resource):
    """All notes."""

    async def get(self) -> web.Response:
        """List the first notes."""
        notes = await notes_after(self.database, 0, PAGE)
        return web.json_response([asdict(note) for note in notes])

    async def post(self) -> web.Response:
        """Write a note."""
        note = await self.written_note()
        place = self.request.app.router["note"].url_for(id=str(note.id))
        return web.json_response(asdict(note), status=201, headers={"Location": str(place)})


class OneNote(Resource):
    """A note."""

    async def get(self) -> web.Response:
        """Show it."""
        return web.json_response(asdict(await self.named_note()))

    async def delete(self) -> web.Response:
        """Remove it, if the user may."""
        await check_permission(self.request, Permission.DELETE_NOTES)
        note = await self.named_note()
        await delete_note(self.database, note.id)
        return web.Response(status=204)


def create_version_1() -> web.Application:
    """Build the application of this version."""
    application = web.Application()
    application.add_routes(
        [
            web.view("/notes", Notes, name="notes"),
            web.view("/notes/{id:[0-9]{1,18}}", OneNote, name="note"),
        ]
    )
    return application
