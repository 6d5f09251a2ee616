"""The methods of the client: what goes out, what comes back, what goes wrong."""

from __future__ import annotations

import pytest
from aiohttp import web
from examples.client.api import Document, service_client
from examples.client.errors import ServiceUnavailableError

from tests.reference_client.conftest import Serve, quick


async def test_documents_by_prefix(serve: Serve) -> None:
    async def documents(request: web.Request) -> web.Response:
        return web.json_response([{"name": request.query.get("prefix", "all"), "size": 7}])

    service = await serve({"/documents": documents})
    async with service_client(quick(service)) as client:
        assert await client.documents() == [Document("all", 7)]
        assert await client.documents(prefix="ä & b?") == [Document("ä & b?", 7)]


@pytest.mark.parametrize("name", ["a", "a/b", "a b", "ä?x=1#y", "100%", "a+b"])
async def test_a_name_is_one_segment_of_the_path(name: str, serve: Serve) -> None:
    async def rename(request: web.Request) -> web.Response:
        wanted = await request.json()
        assert request.query_string == ""
        return web.json_response({"name": f"{request.match_info['name']} → {wanted['name']}", "size": 7})

    service = await serve({"/documents/{name}": rename})
    async with service_client(quick(service)) as client:
        assert await client.rename(Document(name, 7), "new") == Document(f"{name} → new", 7)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(text="<html>", content_type="text/html"),
        lambda: web.Response(text="{broken", content_type="application/json"),
        lambda: web.Response(body=b'"\xff"', content_type="application/json"),
        lambda: web.json_response([{"name": "no size"}]),
        lambda: web.json_response([{"name": "a", "size": "large"}]),
        lambda: web.json_response(["a"]),
        lambda: web.json_response(None),
    ],
    ids=["html", "no-json", "no-text", "a-field-lacks", "no-number", "no-object", "no-list"],
)
async def test_an_answer_that_makes_no_sense(answer: object, serve: Serve) -> None:
    async def documents(_request: web.Request) -> web.Response:
        assert callable(answer)
        return answer()  # type: ignore[no-any-return]

    service = await serve({"/documents": documents})
    async with service_client(quick(service)) as client:
        with pytest.raises(ServiceUnavailableError):
            await client.documents()
