"""What counts as credentials that browsers add by themselves, and in which files of a project."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aiohttp_lint.semantics.browser_credentials import browsers_add_credentials
from aiohttp_lint.semantics.imports import Project
from tests.semantics.modules import module_of

SETTING = """
from aiohttp import web

async def log_in(request: web.Request) -> web.Response:
    response = web.Response()
    response.set_cookie("user", "1")
    return response
"""
READING = """
from aiohttp import web

def user_of(request: web.Request) -> str:
    return request.cookies["user"]
"""
SESSION = """
from aiohttp_session import get_session
"""
LOGIN = """
from aiohttp import hdrs, web

def refused() -> Exception:
    return web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: 'Basic realm="shop"'})
"""
LOGIN_SET = """
from aiohttp import web

def refused(realm: str) -> web.Response:
    response = web.Response(status=401)
    response.headers["WWW-Authenticate"] = f"Digest realm={realm}"
    return response
"""
CERTIFICATE = """
import ssl

context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.verify_mode = ssl.CERT_REQUIRED
"""
TOKEN = """
from aiohttp import web

def refused() -> Exception:
    return web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
"""
CLIENT = """
import ssl
import aiohttp

def user_in(response: aiohttp.ClientResponse) -> str:
    return response.cookies["user"].value

context = ssl.create_default_context()
context.verify_mode = ssl.CERT_REQUIRED
"""
WITH_THEM = {
    "set": SETTING,
    "read": READING,
    "session": SESSION,
    "login": LOGIN,
    "login, set later": LOGIN_SET,
    "certificate": CERTIFICATE,
}


@pytest.mark.parametrize("source", WITH_THEM.values(), ids=WITH_THEM)
def test_a_server_that_browsers_log_in_to(source: str) -> None:
    assert browsers_add_credentials(module_of(source))


@pytest.mark.parametrize("source", [TOKEN, CLIENT], ids=["token", "client"])
def test_tokens_and_the_client_s_own_are_no_such_credentials(source: str) -> None:
    assert not browsers_add_credentials(module_of(source))


def asked_in(folder: Path) -> bool:
    (folder / ".git").mkdir()
    sharing = "import aiohttp_cors\n"
    project = Project([str(folder)], lambda path: Path(path).read_bytes())
    return browsers_add_credentials(project.open(sharing, str(folder / "sharing.py"), ast.parse(sharing)))


@pytest.mark.parametrize("source", WITH_THEM.values(), ids=WITH_THEM)
def test_another_file_of_the_project_shows_them(tmp_path: Path, source: str) -> None:
    (tmp_path / "accounts.py").write_text(source)
    assert asked_in(tmp_path)


def test_tests_show_nothing_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_accounts.py").write_text(SETTING)
    assert not asked_in(tmp_path)
