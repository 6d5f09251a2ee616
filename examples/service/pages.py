"""Pages for people: templates that escape what they are given, and the files that they need.

Practices: 2.5, 4.2, 4.8, 14.4, 15.2.
"""

from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from .authorization import signed_in_user
from .csrf import form_token, refuse_forged_forms
from .keys import DATABASE, FEED
from .notes import LONGEST_NOTE, add_note, notes_after
from .validation import form_fields, text_field

HERE = Path(__file__).parent
PAGE = 50

routes = web.RouteTableDef()


@routes.get("/notes", name="notes")
@aiohttp_jinja2.template("notes.html")
async def notes_page(request: web.Request) -> dict[str, object]:
    """Show the notes, and a form for another one."""
    return {
        "notes": await notes_after(request.config_dict[DATABASE], 0, PAGE),
        "form_token": await form_token(request),
        "longest": LONGEST_NOTE,
    }


@routes.post("/notes")
async def write_note(request: web.Request) -> web.StreamResponse:
    """Keep the note of the form, and show all: 303, so that loading the page again sends nothing again."""
    author = await signed_in_user(request)
    text = text_field(await form_fields(request), "text", LONGEST_NOTE)
    note = await add_note(request.config_dict[DATABASE], author, text)
    request.config_dict[FEED].publish(f"note {note.id} of {author}")
    raise web.HTTPSeeOther(request.app.router["notes"].url_for())


def create_pages() -> web.Application:
    """Build the application of the pages; only its forms need a token."""
    application = web.Application(middlewares=[refuse_forged_forms])
    aiohttp_jinja2.setup(application, loader=jinja2.FileSystemLoader(HERE / "templates"), enable_async=True)
    application.add_routes(routes)
    application.router.add_static("/static", HERE / "static", name="static")
    return application
