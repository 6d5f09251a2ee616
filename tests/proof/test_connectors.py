"""What aiohttp refuses of its connectors' arguments, and what a defeated pool costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed, run_source

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

CONFLICT = Example(
    "AIO208",
    bad="""
import aiohttp

async def main(url):
    connector = aiohttp.TCPConnector(force_close=True, keepalive_timeout=30)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(url) as response:
            return response.status
""",
    good="""
import aiohttp

async def main(url):
    connector = aiohttp.TCPConnector(keepalive_timeout=30)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(url) as response:
            return response.status
""",
)


@bad_good_and_fixed
async def test_keepalive_of_closed_connections_is_refused(variant: Variant, upstream: Upstream) -> None:
    example = CONFLICT.load(variant)
    if variant == "bad":
        with pytest.raises(ValueError, match="keepalive_timeout cannot be set if force_close is True"):
            await example.main(upstream.url / "small")
    else:
        assert await example.main(upstream.url / "small") == 200


FINGERPRINT = Example(
    "AIO208",
    bad="""
import hashlib
import aiohttp

def pin(certificate):
    return aiohttp.Fingerprint(hashlib.md5(certificate).digest())
""",
    good="""
import hashlib
import aiohttp

def pin(certificate):
    return aiohttp.Fingerprint(hashlib.sha256(certificate).digest())
""",
)


@bad_good_and_fixed
def test_fingerprint_is_a_sha256_digest(variant: Variant) -> None:
    example = FINGERPRINT.load(variant)
    if variant == "bad":
        with pytest.raises(ValueError, match="md5 and sha1 are insecure and not supported"):
            example.pin(b"certificate")
    else:
        assert len(example.pin(b"certificate").fingerprint) == 32


CONNECTOR_CLASS = Example(
    "AIO208",
    bad="""
import aiohttp

async def main(url):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector) as session:
        async with session.get(url) as response:
            return response.status
""",
    good="""
import aiohttp

async def main(url):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector()) as session:
        async with session.get(url) as response:
            return response.status
""",
)


@bad_good_and_fixed
async def test_class_is_no_connector(variant: Variant, upstream: Upstream) -> None:
    example = CONNECTOR_CLASS.load(variant)
    if variant == "bad":
        with pytest.raises(AttributeError, match="has no attribute '_loop'"):
            await example.main(upstream.url / "small")
    else:
        assert await example.main(upstream.url / "small") == 200


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        ("TCPConnector(ssl='ca.pem')", TypeError, "ssl should be SSLContext"),
        ("TCPConnector(ssl=0)", TypeError, "ssl should be SSLContext"),
        ("TCPConnector(ssl=False, verify_ssl=False)", ValueError, "mutually exclusive"),
        ("Fingerprint(b'0' * 64)", ValueError, "invalid length"),
        ("Fingerprint('00' * 32)", ValueError, "invalid length"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_other_arguments_are_refused(source: str, error: type[Exception], text: str) -> None:
    from aiohttp_lint.engine import lint_source
    from aiohttp_lint.settings import Settings

    program = f"import aiohttp\n\ndef make():\n    return aiohttp.{source}\n"
    found = lint_source(program, "example.py", Settings(select=("AIO208",))).findings
    assert [finding.code for finding in found] == ["AIO208"]
    with pytest.raises(error, match=text):
        run_source(program).make()


POOL_DEFEATED = Example(
    "AIO209",
    bad="""
import aiohttp

def connector():
    return aiohttp.TCPConnector(force_close=True)
""",
    good="""
import aiohttp

def connector():
    return aiohttp.TCPConnector(limit=100, limit_per_host=20, ttl_dns_cache=30)
""",
)


@bad_and_good
async def test_forced_close_is_a_connection_per_request(variant: Variant, upstream: Upstream) -> None:
    connector = POOL_DEFEATED.load(variant).connector()
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(4):
            async with session.get(upstream.url / "small") as response:
                await response.read()
    assert upstream.connections == (4 if variant == "bad" else 1)
