"""What cookie names say, and the option that takes all cookies in."""

from __future__ import annotations

import pytest

from aiohttp_lint.engine import lint_source
from aiohttp_lint.options import CookieOptions
from aiohttp_lint.semantics.cookies import (
    SET_COOKIE,
    STORAGES,
    Key,
    KeyFault,
    Malformed,
    cookie_calls,
    is_credential,
    is_for_scripts,
    is_for_trial,
    is_refused,
    key_of,
    malformed_values,
    storages_created,
    words_of,
)
from aiohttp_lint.settings import Settings
from tests.semantics.modules import call, expression, module_of


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


KEY_HEAD = (
    "import base64, os, secrets, other\nfrom cryptography.fernet import Fernet\n"
    "from aiohttp_session.cookie_storage import EncryptedCookieStorage\n"
)
FERNET = "'" + "A" * 43 + "='"
KEYS: dict[str, tuple[str, tuple[KeyFault, str, int | None] | None]] = {
    "bytes": ("key = b'0123'", (KeyFault.LITERAL, "bytes", 4)),
    "text": ("key = 'secret'", (KeyFault.LITERAL, "text", None)),
    "a name": ("text = 'secret'\nkey = text", (KeyFault.LITERAL, "text", None)),
    "encoded text": ("key = 'secret'.encode()", (KeyFault.LITERAL, "bytes", 6)),
    "decoded bytes": ("key = b'secret'.decode()", (KeyFault.LITERAL, "text", 6)),
    "bytes encoded": ("key = b'secret'.encode()", None),
    "text from base64": (f"key = base64.urlsafe_b64decode({FERNET})", (KeyFault.LITERAL, "bytes", 32)),
    "other text from base64": ("key = base64.urlsafe_b64decode('eA==')", (KeyFault.LITERAL, "bytes", None)),
    "base64 of the environment": ("key = base64.urlsafe_b64decode(os.environ['KEY'])", None),
    "generated": ("key = Fernet.generate_key()", (KeyFault.EPHEMERAL, "bytes", 44)),
    "generated and decoded": (
        "made = Fernet.generate_key()\nkey = base64.urlsafe_b64decode(made)",
        (KeyFault.EPHEMERAL, "bytes", 32),
    ),
    "a cipher": ("key = Fernet(Fernet.generate_key())", (KeyFault.EPHEMERAL, "fernet", None)),
    "a cipher of a file": ("key = Fernet(other.read())", None),
    "random": ("key = os.urandom(32)", (KeyFault.EPHEMERAL, "bytes", 32)),
    "random of unknown size": ("key = secrets.token_bytes()", (KeyFault.EPHEMERAL, "bytes", None)),
    "random and given by keyword": (
        "made = Fernet.generate_key()\nkey = Fernet(key=made)\nkey = Fernet(made)",
        None,
    ),
    "random and written": ("made = Fernet.generate_key()\nother.write(made)\nkey = made", None),
    "random and shown": ("made = Fernet.generate_key()\nprint(made.hex())\nkey = made", None),
    "random and kept": ("made = Fernet.generate_key()\nkept = made\nkey = made", None),
    "from elsewhere": ("key = other.key()", None),
    "of two values": ("key = b'0123'\nif other.flag:\n    key = b'4567'", None),
    "a parameter's": ("def f(given):\n    key = given\n    return key", None),
    "an item": ("key = other.keys[0]", None),
    "names that name each other": ("one = key\nkey = one", None),
}


@pytest.mark.parametrize("title", KEYS)
def test_keys(title: str) -> None:
    source, expected = KEYS[title]
    module = module_of(
        f"{KEY_HEAD}{source}\n{'    ' * source.startswith('def')}EncryptedCookieStorage(key)\n".replace(
            "    return key\n", ""
        )
    )
    key = key_of(module, call(module, "EncryptedCookieStorage(key)").args[0])
    assert (None if key is None else (key.fault, key.kind, key.size)) == expected


@pytest.mark.parametrize(
    ("kind", "size", "value", "by_encrypted", "by_nacl"),
    [
        ("bytes", 32, None, False, False),
        ("bytes", 16, None, True, True),
        ("bytes", None, None, False, False),
        ("text", None, "secret", True, True),
        ("text", None, "A" * 43 + "=", False, True),
        ("text", None, None, False, True),
        ("fernet", None, None, False, True),
    ],
)
def test_keys_that_storages_refuse(
    kind: str, size: int | None, value: str | None, by_encrypted: bool, by_nacl: bool
) -> None:
    module = module_of("key")
    key = Key(expression(module, "key"), KeyFault.LITERAL, kind, size, value)
    assert is_refused(key, STORAGES[0]) is by_encrypted
    assert is_refused(key, STORAGES[1]) is by_nacl


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("expires=datetime.now()", [Malformed.EXPIRES]),
        ("expires=time.time() + 60", [Malformed.EXPIRES]),
        ("expires='3600'", [Malformed.EXPIRES]),
        ("expires=str(3600)", [Malformed.EXPIRES]),
        ("expires=later", [Malformed.EXPIRES]),
        ("expires=number", [Malformed.EXPIRES]),
        ("expires='Thu, 01 Jan 1970 00:00:00 GMT'", []),
        ("expires=str(other.when)", []),
        ("expires=other.when", []),
        ("expires=unclear", []),
        ("max_age=timedelta(days=1)", [Malformed.MAX_AGE]),
        ("max_age=later - datetime.now()", [Malformed.MAX_AGE]),
        ("max_age=60", []),
        ("max_age=1 + other.age", []),
    ],
)
def test_malformed_values(value: str, expected: list[Malformed]) -> None:
    module = module_of(
        "import time, other\nfrom datetime import datetime, timedelta\nfrom aiohttp import web\n"
        "def f(response: web.Response, flag):\n    later = datetime.now() + timedelta(days=1)\n    number = str(60)\n"
        "    unclear = str(60)\n    if flag:\n        unclear = other.when\n"
        f"    response.set_cookie('theme', 'x', {value})\n"
    )
    (site,) = cookie_calls(module, SET_COOKIE)
    assert [malformed for _, malformed in malformed_values(site)] == expected


@pytest.mark.parametrize(
    ("test", "is_trial"),
    [
        ("DEBUG", True),
        ("settings.is_testing", True),
        ("environment == 'development'", True),
        ("environment == 1", False),
        ("production", False),
    ],
)
def test_code_for_trials(test: str, is_trial: bool) -> None:
    module = module_of(f"if {test}:\n    mark()\nelse:\n    pass\n")
    assert is_for_trial(module, call(module, "mark()")) is is_trial


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("mine.setup(app, mine.redis_storage.RedisStorage(pool))", 1),
        ("mine.setup(other, mine.redis_storage.RedisStorage(pool))", 0),
        ("mine.setup()\nmine.redis_storage.RedisStorage(pool)", 0),
        ("aiohttp_session.setup(app, mine.redis_storage.RedisStorage(pool))", 0),
    ],
)
def test_copies_of_the_storages(line: str, count: int) -> None:
    module = module_of(
        f"import aiohttp_session, mine, mine.redis_storage\nfrom aiohttp import web\napp = web.Application()\n{line}\n"
    )
    assert len(list(storages_created(module))) == count


def test_cookie_of_a_response_that_is_not_returned_under_its_name() -> None:
    module = module_of(
        "import other\nfrom aiohttp import web\nasync def f(request) -> web.Response:\n    made = other.response()\n"
        "    made.set_cookie('sid', 'x')\n    other.response().set_cookie('sid', 'x')\n    kept = other.response()\n"
        "    kept.set_cookie('sid', 'y')\n    return made\n"
    )
    assert [module.segment(site.node) for site in cookie_calls(module, SET_COOKIE)] == [
        "made.set_cookie('sid', 'x')"
    ]
