"""What aiohttp 3 warns about does so no more once it is fixed, and gives what it gave."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from aiohttp_lint.engine import fix_source
from aiohttp_lint.requirements import parse_target
from aiohttp_lint.settings import Settings

from .harness import complaints, run_source, serve

# Each is the body of a coroutine with a `session` and a `url`, and the rule that reports it.
DEPRECATED = {
    "session limits": (
        "AIO905",
        "own = aiohttp.ClientSession(read_timeout=30, conn_timeout=5)\nawait own.close()\nreturn own.timeout",
    ),
    "connection limit": (
        "AIO905",
        "own = aiohttp.ClientSession(conn_timeout=5)\nawait own.close()\nreturn own.timeout",
    ),
    "WebSocket limits": (
        "AIO905",
        "async with session.ws_connect(url / 'echo', timeout=5, receive_timeout=60) as websocket:\n"
        "    await websocket.send_str('hello')\n"
        "    return await websocket.receive_str(), websocket._timeout",
    ),
    "context": (
        "AIO904",
        "async with session.get(url, ssl_context=ssl.create_default_context()) as response:\n"
        "    return response.status",
    ),
    "fingerprint": (
        "AIO904",
        "async with session.get(url, fingerprint=b'0123456789abcdef0123456789abcdef') as response:\n"
        "    return response.status",
    ),
    "no verification": (
        "AIO904",
        "async with session.get(url, verify_ssl=False) as response:\n    return response.status",
    ),
    "credentials": (
        "AIO903",
        "async with session.get(url, auth=aiohttp.BasicAuth('reporter', 'secret')) as response:\n"
        "    return response.request_info.headers['Authorization']",
    ),
    "compression": (
        "AIO908",
        "response = web.Response(text='page')\nresponse.enable_compression(True)\nreturn response._compression_force",
    ),
    "has_body": (
        "AIO908",
        "async def upload(request: web.Request) -> web.Response:\n"
        "    return web.json_response(request.has_body)\n"
        "return (await upload(make_mocked_request('POST', '/'))).text",
    ),
    "URL of a response": (
        "AIO909",
        "async with session.get(url) as response:\n    return response.url_obj.path",
    ),
    "code of an error": (
        "AIO909",
        "try:\n"
        "    async with session.get(url / 'gone', raise_for_status=True) as response:\n"
        "        return response.status\n"
        "except aiohttp.ClientResponseError as error:\n"
        "    return error.code",
    ),
    "with a connector": (
        "AIO909",
        "with aiohttp.TCPConnector() as connector:\n    held = connector\nreturn held.closed",
    ),
    "closing of a connector": (
        "AIO909",
        "connector = aiohttp.UnixConnector(path='gone.sock')\nconnector.close()\nreturn connector.closed",
    ),
    "bytes of a form": (
        "AIO909",
        "form = aiohttp.FormData()\n"
        "form.add_field('photo', b'png')\n"
        "return [(dict(options), value) for options, _, value in form._fields]",
    ),
    "loop of the session": ("AIO906", "return session.loop"),
    "loop for an application": (
        "AIO906",
        "return web.Application(loop=asyncio.get_running_loop()).router is not None",
    ),
}


def coroutine(body: str) -> str:
    """Give a module with a coroutine function `run` of this body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return (
        "import asyncio\nimport ssl\n\nimport aiohttp\nfrom aiohttp import web\n"
        "from aiohttp.test_utils import make_mocked_request\nfrom yarl import URL\n\n\n"
        f"async def run(session: aiohttp.ClientSession, url: URL):\n{lines}\n"
    )


def fixed(source: str, code: str) -> str:
    """Apply the fixes of one rule as for a project on this aiohttp."""
    settings = Settings(select=(code,), aiohttp_target=parse_target(">=3.14"))
    result = fix_source(source, "example.py", settings, unsafe=True)
    assert [one.code for one in result.fixed] == [code]
    assert result.remaining == ()
    return result.source


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Send each message back."""
    websocket = web.WebSocketResponse()
    await websocket.prepare(request)
    async for message in websocket:
        await websocket.send_str(message.data)
    return websocket


async def outcome(source: str) -> tuple[object, list[str]]:
    """Run a module's coroutine against a server; give its result and what was called deprecated."""

    async def page(_: web.Request) -> web.Response:
        return web.json_response({"small": True})

    application = web.Application()
    application.router.add_get("/", page)
    application.router.add_get("/echo", echo)
    async with serve(application) as url, aiohttp.ClientSession() as session, complaints() as heard:
        result = await run_source(source).run(session, url)
    return result, [text for text in heard.warnings if text.startswith("DeprecationWarning")]


@pytest.mark.parametrize("name", DEPRECATED)
async def test_fix_ends_the_warning(name: str) -> None:
    code, body = DEPRECATED[name]
    source = coroutine(body)
    before, warned = await outcome(source)
    after, warned_again = await outcome(fixed(source, code))
    assert warned
    assert warned_again == []
    assert type(after) is type(before)
    if "loop" not in name:
        assert after == before
