"""The instances of a service, as a registry names them: in turn, without those that are gone, with TLS."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import unused_port
from examples.client.api import service_client
from examples.client.discovery import Instances
from examples.client.errors import ServiceUnavailableError
from yarl import URL

from tests.reference_client.conftest import Handler, Serve, quick

NAME = "documents.internal"


def named(name: str) -> Handler:
    """Give a handler that lists one document, after the instance that it runs in."""

    async def documents(_request: web.Request) -> web.Response:
        return web.json_response([{"name": name, "size": 0}], headers={"Connection": "close"})

    return documents


def registry(folder: Path, *ports: int | None) -> Path:
    path = folder / "registry.json"
    path.write_text(json.dumps({NAME: [f"127.0.0.1:{port}" for port in ports]}), encoding="utf-8")
    return path


async def answering(path: Path, requests: int) -> set[str]:
    """Tell which instances answered some requests of one client."""
    names: set[str] = set()
    async with service_client(quick(URL(f"http://{NAME}/"), registry=path)) as client:
        for _ in range(requests):
            names.update(document.name for document in await client.documents())
    return names


async def test_instances_take_turns(serve: Serve, tmp_path: Path) -> None:
    first = await serve({"/documents": named("first")}, host="127.0.0.1")
    second = await serve({"/documents": named("second")}, host="127.0.0.1")
    assert await answering(registry(tmp_path, first.port, second.port), 4) == {"first", "second"}


async def test_an_instance_that_is_gone_is_passed_over(serve: Serve, tmp_path: Path) -> None:
    alive = await serve({"/documents": named("alive")}, host="127.0.0.1")
    assert await answering(registry(tmp_path, unused_port(), alive.port), 4) == {"alive"}


async def test_the_certificate_is_of_the_name(
    serve: Serve, authority: trustme.CA, authority_file: Path, tmp_path: Path
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(NAME).configure_cert(tls)
    instance = await serve({"/documents": named("safe")}, host="127.0.0.1", tls=tls)
    path = registry(tmp_path, instance.port)
    settings = quick(URL(f"https://{NAME}/"), registry=path, authority=authority_file)
    async with service_client(settings) as client:
        assert [document.name for document in await client.documents()] == ["safe"]


async def test_other_names_are_left_to_the_dns(serve: Serve, tmp_path: Path) -> None:
    service = await serve({"/documents": named("local")}, host="localhost")
    async with service_client(quick(service, registry=registry(tmp_path, 1))) as client:
        assert [document.name for document in await client.documents()] == ["local"]


@pytest.mark.parametrize("text", ["", "[]", f'{{"{NAME}": ["127.0.0.1"]}}', f'{{"{NAME}": [1]}}'])
async def test_a_registry_that_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    path.write_text(text, encoding="utf-8")
    async with service_client(quick(URL(f"http://{NAME}/"), registry=path, attempts=1)) as client:
        with pytest.raises(ServiceUnavailableError, match="is not a registry"):
            await client.documents()


async def test_addresses_of_version_six(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    path.write_text(json.dumps({NAME: ["[::1]:8080"]}), encoding="utf-8")
    [found] = await Instances(path).resolve(NAME, 80)
    assert (found["host"], found["port"]) == ("::1", 8080)
