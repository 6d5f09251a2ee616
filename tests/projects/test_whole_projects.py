"""What only the whole of a project tells: what it lacks, whose fixtures its tests use, what they mock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiohttp_lint import cli
from aiohttp_lint.project import Job, lint_paths
from aiohttp_lint.settings import Overrides

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = "[project]\nname = 'shop'\n"
SERVER = """
from aiohttp import web


def main() -> None:
    web.run_app(web.Application(), host="::1", shutdown_timeout=5, keepalive_timeout=75, access_log=None)
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with a server that is the current folder."""
    monkeypatch.chdir(tmp_path)
    add(tmp_path, "pyproject.toml", PROJECT)
    add(tmp_path, "shop/__init__.py", "")
    add(tmp_path, "shop/server.py", SERVER)
    return tmp_path


def add(tree: Path, name: str, text: str) -> None:
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text(text, encoding="utf-8")


def messages(*codes: str, path: str = ".") -> list[str]:
    """Lint the project, and give what is said, shortened to the part before the evidence."""
    job = Job(overrides=Overrides(select=codes), folders=(path,))
    return [
        f"{finding.code} {finding.message.partition(':')[0].partition(' (')[0]}"
        for report in lint_paths([path], job)
        for finding in report.findings
    ]


def audit(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    cli.run(["--audit", "--no-cache", "--output-format", "concise", *arguments])
    return capfd.readouterr().out


def test_what_nothing_speaks_of_is_missing(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = audit(capfd)
    assert "AIO526 no security headers" in said
    assert "looked for content-security-policy, " in said
    assert "AIO854 no health route" in said
    assert "no metrics: " in said
    assert said.count("shop/server.py:6:5: ") == 2


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("HEADER = 'Content-Security-Policy'", "AIO526"),
        ("HEADER = hdrs.X_CONTENT_TYPE_OPTIONS", "AIO526"),
        ("def health(): ...", "no health route"),
        ("class HealthCheck: ...", "no health route"),
        ("import prometheus_client", "no metrics"),
    ],
)
def test_any_mention_counts(tree: Path, capfd: pytest.CaptureFixture[str], text: str, missing: str) -> None:
    assert missing in audit(capfd)
    add(tree, "shop/other.py", f"{text}\n")
    assert missing not in audit(capfd)


def test_headers_of_a_proxy_count(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    add(tree, "nginx/nginx.conf", "server { add_header X-Frame-Options DENY; }\n")
    assert "AIO526" not in audit(capfd)


def test_a_part_of_a_project_is_not_audited(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert audit(capfd, "shop") == ""


def test_a_package_of_no_project_is_not_audited(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tree / "pyproject.toml").unlink()
    assert audit(capfd) == ""


@pytest.mark.parametrize(
    ("configuration", "worker"),
    [
        ("bind = ':8080'\n", "sync"),
        ("worker_class = 'uvicorn.workers.UvicornWorker'\n", "uvicorn.workers.UvicornWorker"),
        ("worker_class = 'aiohttp.GunicornWebWorker'\n", None),
        ("worker_class = choose()\n", None),
    ],
)
def test_workers_of_gunicorn(
    tree: Path, capfd: pytest.CaptureFixture[str], configuration: str, worker: str | None
) -> None:
    add(tree, "gunicorn.conf.py", configuration)
    said = audit(capfd)
    assert ("gunicorn.conf.py has the worker class" in said) == (worker is not None)
    assert worker is None or f"`{worker}`" in said


FETCH = """
import aiohttp


async def fetch(session: aiohttp.ClientSession) -> object:
    async with session.get("/") as response:
        return await response.json()
"""
MOCKING = """
from unittest import mock

from shop.client import fetch

# A session of aiohttp.
async def test_fetch(session):
    with mock.patch("shop.client.aiohttp.ClientSession.get", new_callable=mock.AsyncMock):
        await fetch(session)
"""


@pytest.mark.parametrize("awaits", [False, True])
def test_mocks_of_what_another_file_enters(tree: Path, awaits: bool) -> None:
    more = "\n\nasync def ask(session: aiohttp.ClientSession) -> object:\n    return await session.get('/')\n"
    add(tree, "shop/client.py", FETCH + (more if awaits else ""))
    add(tree, "tests/test_client.py", MOCKING)
    assert len(messages("AIO804")) == (0 if awaits else 1)


GIVEN_FUNCTION = """
from aiohttp import web


def make() -> web.Application:
    return web.Application()


async def test_index(aiohttp_client):
    client = await aiohttp_client(make)
    assert client
"""


@pytest.mark.parametrize(
    ("requirement", "conftest", "found"),
    [
        ("pytest-aiohttp", "", 1),
        ("pytest-aiohttp>=1.0", "", 1),
        ("pytest-aiohttp==0.3.0", "", 0),
        ("pytest_aiohttp<1", "", 0),
        ("pytest-asyncio", "", 0),
        ("pytest-aiohttp", "pytest_plugins = 'aiohttp.pytest_plugin'\n", 0),
    ],
)
def test_functions_are_no_applications_to_pytest_aiohttp(
    tree: Path, requirement: str, conftest: str, found: int
) -> None:
    add(tree, "requirements-dev.txt", f"{requirement}\n")
    add(tree, "tests/conftest.py", conftest)
    add(tree, "tests/test_shop.py", GIVEN_FUNCTION)
    assert len(messages("AIO802")) == found


@pytest.mark.parametrize(
    ("name", "lock", "found"),
    [
        ("Pipfile.lock", '{"pytest-aiohttp": {\n  "hashes": ["x"],\n  "version": "==0.3.0"\n}}\n', 0),
        ("poetry.lock", '[[package]]\nname = "pytest-aiohttp"\nversion = "0.3.0"\n', 0),
        ("uv.lock", '[[package]]\nname = "pytest-aiohttp"\nversion = "1.1.0"\n', 1),
        ("uv.lock", 'x = [{ name = "pytest-aiohttp" }]\n\n[[package]]\nname = "z"\nversion = "0.1"\n', 1),
    ],
)
def test_locked_version_of_pytest_aiohttp(tree: Path, name: str, lock: str, found: int) -> None:
    add(tree, "requirements-dev.txt", "pytest-aiohttp\n")
    add(tree, name, lock)
    add(tree, "tests/test_shop.py", GIVEN_FUNCTION)
    assert len(messages("AIO802")) == found


DECODED = """
import jwt
from aiohttp import web


async def account(request: web.Request) -> web.Response:
    return web.json_response(jwt.decode(request.headers["Authorization"], "key"))
"""


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("requirements.txt", "aiohttp\npyjwt\n", 1),
        ("requirements.txt", "PyJWT==2.8.0\n", 1),
        ("requirements.txt", "PyJWT==1.7.1\n", 0),
        ("requirements.txt", "PyJWT<2\n", 0),
        ("requirements.txt", "flask-pyjwt==0.3\n", 1),
        ("Pipfile.lock", '{"pyjwt": {\n  "hashes": ["x"],\n  "version": "==1.4.2"\n}}\n', 0),
        ("poetry.lock", '[[package]]\nname = "pyjwt"\nversion = "2.1.0"\n', 1),
    ],
)
def test_older_versions_of_pyjwt_need_no_algorithms(tree: Path, name: str, text: str, found: int) -> None:
    add(tree, name, text)
    add(tree, "shop/account.py", DECODED)
    assert len(messages("AIO522")) == found
