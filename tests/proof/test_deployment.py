"""What happens to servers that are given arguments and log formats of others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_and_good

if TYPE_CHECKING:
    from .harness import Variant


ARGUMENTS = Example(
    "AIO851",
    bad="""
from aiohttp import web

def make(app: web.Application) -> web.AppRunner:
    return web.AppRunner(app, workers=4, keepalive_timeout=5)
""",
    good="""
from aiohttp import web

def make(app: web.Application) -> web.AppRunner:
    return web.AppRunner(app, keepalive_timeout=5)
""",
)


@bad_and_good
async def test_an_unknown_argument_takes_the_others_with_it(variant: Variant) -> None:
    runner = ARGUMENTS.load(variant).make(web.Application())
    await runner.setup()
    try:
        assert runner.server is not None
        assert (runner.server().keepalive_timeout == 5) == (variant == "good")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("name", ["loop", "request_factory"])
async def test_what_the_runner_gives_itself_fails_when_it_is_set_up(name: str) -> None:
    runner = web.AppRunner(web.Application(), **{name: None})
    with pytest.raises(TypeError, match=f"multiple values for keyword argument '{name}'"):
        await runner.setup()


def test_run_app_takes_one_positional_argument() -> None:
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        web.run_app(web.Application(), "127.0.0.1")  # type: ignore[misc]


FORMATS = Example(
    "AIO852",
    bad="""
FORMAT = '%(r)s %(s)s'
""",
    good="""
FORMAT = '%r %s'
""",
)


async def lines_of(log_format: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Request `/page` once, and give what the access log says of it."""
    runner = web.AppRunner(web.Application(), access_log_format=log_format)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        with caplog.at_level(logging.INFO, "aiohttp.access"):
            url = f"http://127.0.0.1:{port}/page"
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                assert response.status == 404
    finally:
        await runner.cleanup()
    return [record.getMessage() for record in caplog.records if record.name == "aiohttp.access"]


@bad_and_good
async def test_foreign_names_stand_in_the_log_as_they_are(
    variant: Variant, caplog: pytest.LogCaptureFixture
) -> None:
    expected = {"bad": "%(r)s %(s)s", "good": "GET /page HTTP/1.1 404"}[variant]
    assert await lines_of(FORMATS.load(variant).FORMAT, caplog) == [expected]


@pytest.mark.parametrize("log_format", ["%r 100%% %s", "%r %"])
async def test_percent_signs_lose_the_line(log_format: str, caplog: pytest.LogCaptureFixture) -> None:
    assert await lines_of(log_format, caplog) == ["Error in logging"]


@pytest.mark.parametrize("log_format", ["%O", "%{HOME}e"])
async def test_parts_without_a_meaning_end_each_connection(log_format: str) -> None:
    runner = web.AppRunner(web.Application(), access_log_format=log_format)
    await runner.setup()
    try:
        assert runner.server is not None
        with pytest.raises(KeyError):
            runner.server()
    finally:
        await runner.cleanup()
