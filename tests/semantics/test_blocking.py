"""The table of blocking calls against blockbuster, which sees at run time what blocks the loop."""

from __future__ import annotations

import ast
import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockingError, blockbuster_ctx

from aiohttp_lint.engine import lint_source
from aiohttp_lint.semantics.blockers import Kind
from aiohttp_lint.semantics.blocking import Where, blocking_calls, in_thread
from aiohttp_lint.semantics.imports import Project
from aiohttp_lint.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

RULES = ("AIO401", "AIO402", "AIO403", "AIO404", "AIO406")
IMPORTS = """
import os, shutil, socket, sqlite3, tempfile, time, urllib.request
from pathlib import Path, PurePath
import aiohttp
"""
BLOCKING = (
    "time.sleep(0.001)",
    "os.listdir('.')",
    "os.stat('.')",
    "os.mkdir('made')",
    "os.rename('a.txt', 'b.txt')",
    "os.remove('a.txt')",
    "os.access('a.txt', os.R_OK)",
    "os.path.islink('a.txt')",
    "os.path.ismount('.')",
    "os.path.samefile('a.txt', 'a.txt')",
    "Path('a.txt').read_text()",
    "Path('a.txt').write_bytes(b'b' * 100_000)",
    "Path('a.txt').stat()",
    "Path('a.txt').unlink()",
    "Path('made').mkdir()",
    "open('a.txt').read()",
    "tempfile.mkdtemp(dir='.')",
    "shutil.copyfile('a.txt', 'b.txt')",
    "shutil.rmtree('folder')",
    "sqlite3.connect('shop.db').execute('SELECT 1')",
    "socket.create_connection(('127.0.0.1', 9))",
    "urllib.request.urlopen('http://127.0.0.1:9/')",
)
HARMLESS = (
    "os.path.join('a', 'b')",
    "os.path.basename('a/b')",
    "os.path.normpath('a/../b')",
    "PurePath('a.txt').with_suffix('.md')",
    "Path('a') / 'b'",
    "socket.inet_aton('127.0.0.1')",
    "tempfile.gettempdir()",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tempfile_folder = tmp_path / "temporary"
    tempfile_folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tempfile_folder))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.txt").write_text("b")
    return tmp_path


def is_reported(call: str) -> bool:
    source = f"{IMPORTS}\nasync def run():\n    return {call}\n"
    return bool(lint_source(source, "service/module.py", Settings(select=RULES)).findings)


def blocks(call: str) -> bool:
    namespace: dict[str, Any] = {}
    exec(f"{IMPORTS}\nasync def run():\n    return {call}\n", namespace)

    async def watched() -> bool:
        with blockbuster_ctx():
            try:
                await namespace["run"]()
            except BlockingError:
                return True
        return False

    return asyncio.run(watched())


# Python 3.10's pathlib took these functions of os when it was imported: the oracle's patches don't reach it.
OUT_OF_SIGHT = (
    ("Path('a.txt').stat()", "Path('a.txt').unlink()", "Path('made').mkdir()")
    if sys.version_info < (3, 11)
    else ()
)


@pytest.mark.parametrize("call", BLOCKING)
def test_what_is_reported_blocks(call: str, folder: Path) -> None:
    assert is_reported(call)
    assert blocks(call) != (call in OUT_OF_SIGHT)


@pytest.mark.parametrize("call", HARMLESS)
def test_what_does_not_block_is_not_reported(call: str, folder: Path) -> None:
    assert not blocks(call)
    assert not is_reported(call)


STORAGE = """# For handlers of aiohttp.
import requests

def load(key):
    return requests.get(f"https://bank.example/{key}").json()

async def refresh():
    requests.get("https://bank.example/")
"""
VIEWS = """
from aiohttp import web

from storage import load, refresh

def read(key):
    return load(key)

async def show(request):
    await refresh()
    return web.json_response(read(request.match_info["key"]))

app = web.Application()
app.router.add_get("/{key}", show)
"""


def test_call_in_another_file_is_reported_where_the_handler_goes_there(tmp_path: Path) -> None:
    (tmp_path / "storage.py").write_text(STORAGE)
    project = Project([str(tmp_path)], lambda path: Path(path).read_bytes())
    views = project.open(VIEWS, str(tmp_path / "views.py"), ast.parse(VIEWS))
    # The coroutine of the other file is reported there.
    (found,) = blocking_calls(views, Kind.NETWORK, Where.CONCURRENT)
    assert views.segment(found.place) == "load(key)"
    assert found.reached == " (on the way show → read → load (storage.py:4) → requests.get() (storage.py:5))"
    assert [(Path(related.path).name, related.span.line) for related in found.related] == [
        ("views.py", 11),
        ("views.py", 7),
        ("storage.py", 5),
    ]
    assert in_thread(found) == []


def test_coroutine_of_a_file_that_no_rule_looks_into_is_reported_here(tmp_path: Path) -> None:
    (tmp_path / "storage.py").write_text(STORAGE.partition("\n")[2])
    project = Project([str(tmp_path)], lambda path: Path(path).read_bytes())
    views = project.open(VIEWS, str(tmp_path / "views.py"), ast.parse(VIEWS))
    found = blocking_calls(views, Kind.NETWORK, Where.CONCURRENT)
    assert [views.segment(call.place) for call in found] == ["load(key)", "refresh()"]
