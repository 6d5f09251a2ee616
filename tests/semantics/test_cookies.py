"""What cookie names say, and the option that takes all cookies in."""

from __future__ import annotations

import pytest

from aiohttp_lint.engine import lint_source
from aiohttp_lint.options import CookieOptions
from aiohttp_lint.semantics.cookies import is_credential, is_for_scripts, words_of
from aiohttp_lint.settings import Settings


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sessionId", ["session", "id"]),
        ("APISession", ["api", "session"]),
        ("S3APP_SESSION", ["s3app", "session"]),
        ("__Host-sid", ["host", "sid"]),
        ("remember.me", ["remember", "me"]),
        ("", []),
    ],
)
def test_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    "name", ["PHPSESSID", "access_token", "login", "login-key", "jwt", "_csrf", "authToken"]
)
def test_credentials(name: str) -> None:
    assert is_credential(name)


@pytest.mark.parametrize(
    "name", ["sidebar", "inside", "author", "last_login", "tokenizer", "token_type", "theme"]
)
def test_other_names(name: str) -> None:
    assert not is_credential(name)


def test_tokens_against_forgery_are_for_scripts() -> None:
    assert is_for_scripts("XSRF-TOKEN")
    assert not is_for_scripts("token")


def test_all_cookies() -> None:
    source = """\
from aiohttp import web

def choose(response: web.Response, name: str) -> None:
    response.set_cookie("theme", "dark")
    response.set_cookie(name, "x", httponly=True, secure=True)
    response.set_cookie("tokens", "x", httponly=True, samesite="Lax")
"""
    default = lint_source(source, "service/module.py", Settings())
    every = lint_source(source, "service/module.py", Settings(cookies=CookieOptions(all_cookies=True)))
    assert [finding.span.line for finding in default.findings] == []
    assert [finding.span.line for finding in every.findings if finding.code == "AIO501"] == [4, 6]
    assert "`httponly` and `secure`" in every.findings[0].message
    assert "samesite" not in every.findings[0].message
