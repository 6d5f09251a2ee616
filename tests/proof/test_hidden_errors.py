"""What the log says of an exception that becomes a server error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

from .harness import Example, bad_good_and_fixed, serve

if TYPE_CHECKING:
    import pytest

    from .harness import Variant

HIDDEN = Example(
    "AIO718",
    bad="""
from aiohttp import web

async def report(request):
    try:
        return web.Response(text=str(1 / len(request.query)))
    except Exception:
        return web.Response(status=500)

app = web.Application()
app.router.add_get("/", report)
""",
    good="""
from aiohttp import web

async def report(request):
    return web.Response(text=str(1 / len(request.query)))

app = web.Application()
app.router.add_get("/", report)
""",
)


@bad_good_and_fixed
async def test_no_traceback_in_the_log(variant: Variant, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        serve(HIDDEN.load(variant).app) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as response,
    ):
        assert response.status == 500
    traced = [
        record for record in caplog.records if record.exc_info and record.exc_info[0] is ZeroDivisionError
    ]
    assert len(traced) == (0 if variant == "bad" else 1)
