"""What arguments of the wrong kind do to a request, and to a response."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from .harness import Example, bad_and_good, bad_good_and_fixed, serve

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

TOP_LEVEL = Example(
    "AIO303",
    bad="""
import aiohttp

async def main():
    return await aiohttp.get(URL)
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            return await response.json()
""",
)


@bad_and_good
async def test_there_is_no_get(variant: Variant, upstream: Upstream) -> None:
    example = TOP_LEVEL.load(variant, URL=upstream.url / "small")
    if variant == "bad":
        with pytest.raises(AttributeError, match="get"):
            await example.main()
    else:
        assert await example.main() == {"small": True}


GONE_NAME = Example(
    "AIO303",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    try:
        async with session.get(URL) as response:
            return await response.json()
    except aiohttp.DisconnectedError:
        return None
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    try:
        async with session.get(URL) as response:
            return await response.json()
    except aiohttp.ServerDisconnectedError:
        return None
""",
)


@bad_and_good
async def test_gone_error_hides_the_one_that_came(variant: Variant) -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with serve(hang_up) as url, aiohttp.ClientSession() as session:
        example = GONE_NAME.load(variant, URL=url)
        if variant == "bad":
            with pytest.raises(AttributeError, match="DisconnectedError") as caught:
                await example.main(session)
            assert isinstance(caught.value.__context__, aiohttp.ServerDisconnectedError)
        else:
            assert await example.main(session) is None


MODULE_REQUEST = Example(
    "AIO303",
    bad="""
import aiohttp

async def main():
    response = await aiohttp.request("GET", URL)
    return await response.json()
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.request("GET", URL) as response:
        return await response.json()
""",
)


@bad_and_good
@pytest.mark.filterwarnings("ignore:Unclosed client session:ResourceWarning")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_request_is_no_coroutine(variant: Variant, upstream: Upstream) -> None:
    example = MODULE_REQUEST.load(variant, URL=upstream.url / "small")
    if variant == "bad":
        with pytest.raises(TypeError, match="await"):
            await example.main()
    else:
        assert await example.main() == {"small": True}


UNKNOWN_NAMES = Example(
    "AIO304",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, stream=True, follow_redirects=False) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, allow_redirects=False) as response:
        return await response.json()
""",
)
SECOND_POSITION = Example(
    "AIO304",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.post(URL, {"word": "a"}) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.post(URL, data={"word": "a"}) as response:
        return await response.json()
""",
)
CREDENTIALS = Example(
    "AIO304",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, auth=("user", "pw")) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, auth=aiohttp.BasicAuth("user", "pw")) as response:
        return await response.json()
""",
)
PARAMETERS = Example(
    "AIO305",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, params={"word": "a", "active": True}) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, params={"word": "a", "active": "true"}) as response:
        return await response.json()
""",
)
NO_PARAMETER = Example(
    "AIO305",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, params={"word": "a", "cursor": None}) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, params={"word": "a"}) as response:
        return await response.json()
""",
)
REQUEST_HEADERS = Example(
    "AIO306",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, headers={"X-Page": 2}) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.get(URL, headers={"X-Page": "2"}) as response:
        return await response.json()
""",
)


@bad_good_and_fixed
@pytest.mark.parametrize(
    "example",
    [UNKNOWN_NAMES, SECOND_POSITION, CREDENTIALS, PARAMETERS, NO_PARAMETER, REQUEST_HEADERS],
    ids=["names", "position", "credentials", "params", "none", "headers"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_request_is_refused(example: Example, variant: Variant, upstream: Upstream) -> None:
    loaded = example.load(variant, URL=upstream.url / "small")
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError):
                await loaded.main(session)
            assert upstream.requests == []
        else:
            assert await loaded.main(session) == {"small": True}
            assert [received.path for received in upstream.requests] == ["/small"]


WRONG_VALUE = Example(
    "AIO305",
    bad="""
import uuid
import aiohttp

async def main(session: aiohttp.ClientSession, url, key: uuid.UUID):
    async with session.get(url, params={"id": key}) as response:
        return await response.text()
""",
    good="""
import uuid
import aiohttp

async def main(session: aiohttp.ClientSession, url, key: uuid.UUID):
    async with session.get(url, params={"id": str(key)}) as response:
        return await response.text()
""",
)


@bad_good_and_fixed
async def test_a_uuid_arrives_as_its_integer(variant: Variant) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=request.query["id"])

    key = uuid.UUID(int=5)
    async with serve(handler) as url, aiohttp.ClientSession() as session:
        arrived = await WRONG_VALUE.load(variant).main(session, url, key)
    assert arrived == ("5" if variant == "bad" else str(key))


CONFLICT = Example(
    "AIO304",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.post(URL, data={"word": "a"}, json={"word": "a"}) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession):
    async with session.post(URL, data=None, json={"word": "a"}) as response:
        return await response.json()
""",
)


@bad_and_good
async def test_one_body_only(variant: Variant, upstream: Upstream) -> None:
    example = CONFLICT.load(variant, URL=upstream.url / "small")
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(ValueError, match="data and json"):
                await example.main(session)
        else:
            assert await example.main(session) == {"small": True}


RESPONSE_HEADERS = Example(
    "AIO306",
    bad="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    names = ["a", "b"]
    return web.json_response(names, headers={"X-Count": len(names)})
""",
    good="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    names = ["a", "b"]
    return web.json_response(names, headers={"X-Count": str(len(names))})
""",
)


@bad_good_and_fixed
async def test_the_connection_is_dropped_under_a_bad_header(variant: Variant) -> None:
    handler = RESPONSE_HEADERS.load(variant).handler
    async with serve(handler) as url, aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await session.get(url)
        else:
            async with session.get(url) as response:
                assert response.headers["X-Count"] == "2"


ENCODED_TWICE = Example(
    "AIO307",
    bad="""
import json
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    async with session.post(url, json=json.dumps({"a": 1})) as response:
        return await response.json()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    async with session.post(url, json={"a": 1}) as response:
        return await response.json()
""",
)


async def receive(request: web.Request) -> web.Response:
    """Tell what came, as JSON and by its content type."""
    return web.json_response([request.content_type, await request.json()])


@bad_good_and_fixed
async def test_json_of_json_is_a_string(variant: Variant) -> None:
    async with serve(receive) as url, aiohttp.ClientSession() as session:
        arrived = await ENCODED_TWICE.load(variant).main(session, url)
    assert arrived == ["application/json", '{"a": 1}' if variant == "bad" else {"a": 1}]


AS_DATA = Example(
    "AIO307",
    bad="""
import json
import aiohttp

async def main(url):
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=json.dumps({"a": 1})) as response:
            return await response.json()
""",
    good="""
import aiohttp

async def main(url):
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json={"a": 1}) as response:
            return await response.json()
""",
)


@bad_good_and_fixed
async def test_data_is_sent_as_text(variant: Variant) -> None:
    async with serve(receive) as url:
        arrived = await AS_DATA.load(variant).main(url)
    assert arrived == ["text/plain" if variant == "bad" else "application/json", {"a": 1}]


RESPONSE_TWICE = Example(
    "AIO307",
    bad="""
import json
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    return web.json_response(json.dumps({"stock": 3}))
""",
    good="""
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    return web.json_response({"stock": 3})
""",
)


@bad_good_and_fixed
async def test_a_response_of_json_of_json(variant: Variant) -> None:
    handler = RESPONSE_TWICE.load(variant).handler
    async with serve(handler) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        assert await response.json() == ('{"stock": 3}' if variant == "bad" else {"stock": 3})


SESSION_SERIALIZER = Example(
    "AIO308",
    bad="""
import json
import aiohttp

def encode(value) -> bytes:
    return json.dumps(value).encode()

async def main(url):
    async with aiohttp.ClientSession(json_serialize=encode) as session:
        async with session.post(url, json={"a": 1}) as response:
            return await response.json()
""",
    good="""
import json
import aiohttp

def encode(value) -> str:
    return json.dumps(value)

async def main(url):
    async with aiohttp.ClientSession(json_serialize=encode) as session:
        async with session.post(url, json={"a": 1}) as response:
            return await response.json()
""",
)


@bad_good_and_fixed
async def test_a_session_wants_text(variant: Variant) -> None:
    example = SESSION_SERIALIZER.load(variant)
    async with serve(receive) as url:
        if variant == "bad":
            with pytest.raises(AttributeError, match="encode"):
                await example.main(url)
        else:
            assert await example.main(url) == ["application/json", {"a": 1}]


RESPONSE_SERIALIZER = Example(
    "AIO308",
    bad="""
import json
from aiohttp import web

def encode(value) -> bytes:
    return json.dumps(value).encode()

async def handler(request: web.Request) -> web.Response:
    return web.json_response({"a": 1}, dumps=encode)
""",
    good="""
import json
from aiohttp import web

async def handler(request: web.Request) -> web.Response:
    return web.json_response({"a": 1}, dumps=json.dumps)
""",
)


@bad_good_and_fixed
async def test_a_response_wants_text(variant: Variant) -> None:
    handler = RESPONSE_SERIALIZER.load(variant).handler
    async with serve(handler) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == (500 if variant == "bad" else 200)
        if variant != "bad":
            assert await response.json() == {"a": 1}


MESSAGE_SERIALIZER = Example(
    "AIO308",
    bad="""
import json
import aiohttp

def encode(value) -> bytes:
    return json.dumps(value).encode()

async def main(session: aiohttp.ClientSession, url):
    async with session.ws_connect(url) as websocket:
        await websocket.send_json({"a": 1}, dumps=encode)
        return await websocket.receive_json()
""",
    good="""
import json
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    async with session.ws_connect(url) as websocket:
        await websocket.send_json({"a": 1}, dumps=json.dumps)
        return await websocket.receive_json()
""",
)


@bad_good_and_fixed
async def test_a_websocket_wants_text(variant: Variant, upstream: Upstream) -> None:
    example = MESSAGE_SERIALIZER.load(variant)
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError, match="must be str"):
                await example.main(session, upstream.url / "websocket")
        else:
            assert await example.main(session, upstream.url / "websocket") == {"a": 1}
