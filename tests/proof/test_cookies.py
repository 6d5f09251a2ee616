"""What a browser is told about a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .harness import Example, bad_good_and_fixed, cookies_set_by

if TYPE_CHECKING:
    from .harness import Variant

INSECURE_SESSION_COOKIE = Example(
    "AIO501",
    bad="""
from aiohttp import web

async def login(request):
    response = web.Response(text="welcome")
    response.set_cookie("session_id", "a1b2c3", max_age=3600)
    return response

app = web.Application()
app.router.add_post("/login", login)
""",
    good="""
from aiohttp import web

async def login(request):
    response = web.Response(text="welcome")
    response.set_cookie("session_id", "a1b2c3", max_age=3600, httponly=True, secure=True, samesite="Lax")
    return response

app = web.Application()
app.router.add_post("/login", login)
""",
)


@bad_good_and_fixed
async def test_session_cookie_is_open_to_scripts_and_plain_http(variant: Variant) -> None:
    example = INSECURE_SESSION_COOKIE.load(variant)
    cookie = (await cookies_set_by(example.app, "/login", "POST"))["session_id"]
    assert cookie.value == "a1b2c3"
    assert cookie["max-age"] == "3600"
    protected = variant != "bad"
    assert bool(cookie["httponly"]) is protected
    assert bool(cookie["secure"]) is protected
    assert bool(cookie["samesite"]) is protected
