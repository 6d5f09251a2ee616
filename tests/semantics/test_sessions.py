from __future__ import annotations

import ast
from pathlib import Path

from aiohttp_lint.semantics.imports import Project
from aiohttp_lint.semantics.owned_sessions import Owner, unclosed_sessions
from aiohttp_lint.semantics.sessions import Repetition, sessions_per_request

STORAGE = """
import aiohttp

async def load(key):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"https://bank.example/{key}") as response:
            return await response.text()
"""
VIEWS = """
from aiohttp import web

from storage import load

async def show(request):
    return web.Response(text=await load(request.match_info["key"]))

app = web.Application()
app.router.add_get("/{key}", show)
"""
CLIENT = """
import aiohttp

class Client:
    def __init__(self):
        self.session = aiohttp.ClientSession()
"""


def read(path: str) -> bytes | None:
    return Path(path).read_bytes()


def test_session_in_another_file_is_reported_where_the_handler_goes_there(tmp_path: Path) -> None:
    (tmp_path / "storage.py").write_text(STORAGE)
    project = Project([str(tmp_path)], read)
    views = project.open(VIEWS, str(tmp_path / "views.py"), ast.parse(VIEWS))
    (found,) = sessions_per_request(views)
    assert found.repetition is Repetition.CALLED_WHEN_SERVED
    assert views.segment(found.place) == 'load(request.match_info["key"])'
    assert found.session.call.node.lineno == 5
    storage = project.open(STORAGE, str(tmp_path / "storage.py"), ast.parse(STORAGE))
    assert list(sessions_per_request(storage)) == []


def test_session_in_another_file_is_reported_once(tmp_path: Path) -> None:
    looping = STORAGE + "\nasync def load_all(keys):\n    return [await load(key) for key in keys]\n"
    (tmp_path / "storage.py").write_text(looping)
    project = Project([str(tmp_path)], read)
    views = project.open(VIEWS, str(tmp_path / "views.py"), ast.parse(VIEWS))
    storage = project.open(looping, str(tmp_path / "storage.py"), ast.parse(looping))
    assert list(sessions_per_request(views)) == []
    (found,) = sessions_per_request(storage)
    assert found.repetition is Repetition.CALLED_IN_LOOP


def test_public_session_may_be_closed_by_another_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    project = Project([str(tmp_path)], read)
    client = project.open(CLIENT, str(tmp_path / "client.py"), ast.parse(CLIENT))
    (found,) = unclosed_sessions(client)
    assert (found.owner, found.place) == (Owner.OBJECT, "self.session")
    (tmp_path / "main.py").write_text("async def stop(client):\n    await client.session.close()\n")
    client = Project([str(tmp_path)], read).open(CLIENT, str(tmp_path / "client.py"), ast.parse(CLIENT))
    assert list(unclosed_sessions(client)) == []
