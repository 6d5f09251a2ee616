"""What comes of members of a response that don't exist, or are used as what they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_and_good, bad_good_and_fixed

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream


def example_of(code: str, bad: str, good: str) -> Example:
    """Give an example that differs by one line, in which `response` is at hand."""
    source = """
import json
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    async with session.get(url) as response:
        {}
"""
    return Example(code, source.format(bad), source.format(good))


FAILING = {
    "property called": example_of("AIO309", "return response.ok()", "return response.ok"),
    "property awaited": example_of("AIO309", "return await response.status", "return response.status"),
    "method awaited": example_of(
        "AIO309", "return await response.raise_for_status()", "return response.raise_for_status()"
    ),
    "close awaited": example_of("AIO309", "return await response.close()", "return response.close()"),
    "method not called": example_of(
        "AIO309", "return json.loads(response.text)", "return json.loads(await response.text())"
    ),
    "method subscripted": example_of(
        "AIO309", "return response.text[0]", "return (await response.text())[0]"
    ),
    "text method of a URL": example_of(
        "AIO309", 'return response.url.startswith("http")', 'return str(response.url).startswith("http")'
    ),
    "header and number": example_of(
        "AIO309",
        'return response.headers["Content-Length"] > 1',
        'return int(response.headers["Content-Length"]) > 1',
    ),
    "status_code": example_of("AIO310", "return response.status_code", "return response.status"),
    "reason_phrase": example_of("AIO310", "return response.reason_phrase", "return response.reason"),
    "content as bytes": example_of(
        "AIO310", "return json.loads(response.content)", "return json.loads(await response.read())"
    ),
    "content decoded": example_of(
        "AIO310", "return response.content.decode()", "return (await response.read()).decode()"
    ),
    "closed session": example_of("AIO310", "return session.is_closed", "return session.closed"),
}


@bad_good_and_fixed
@pytest.mark.parametrize("example", FAILING.values(), ids=FAILING)
async def test_the_member_fails(example: Example, variant: Variant, upstream: Upstream) -> None:
    async with aiohttp.ClientSession() as session:
        expected = await example.load("good").main(session, upstream.url / "small")
        loaded = example.load(variant)
        if variant == "bad":
            with pytest.raises((TypeError, AttributeError)):
                await loaded.main(session, upstream.url / "small")
        else:
            assert await loaded.main(session, upstream.url / "small") == expected


MISLEADING = {
    "status and text": (
        example_of("AIO309", 'return response.status == "200"', "return response.status == 200"),
        False,
        True,
    ),
    "either": (
        example_of("AIO309", "return response.status == 404 or 410", "return response.status in (404, 410)"),
        410,
        False,
    ),
    "URL and text": (
        example_of("AIO309", "return response.url == str(url)", "return str(response.url) == str(url)"),
        False,
        True,
    ),
}


@bad_good_and_fixed
@pytest.mark.parametrize(("example", "wrong", "right"), MISLEADING.values(), ids=MISLEADING)
async def test_the_comparison_misleads(
    example: Example, wrong: object, right: object, variant: Variant, upstream: Upstream
) -> None:
    async with aiohttp.ClientSession() as session:
        found = await example.load(variant).main(session, upstream.url / "small")
    assert found == (wrong if variant == "bad" else right)


UNCHECKED = example_of("AIO309", "response.raise_for_status", "response.raise_for_status()")


@bad_good_and_fixed
async def test_an_uncalled_check_checks_nothing(variant: Variant, upstream: Upstream) -> None:
    example = UNCHECKED.load(variant)
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            assert await example.main(session, upstream.url / "unavailable") is None
        else:
            with pytest.raises(aiohttp.ClientResponseError):
                await example.main(session, upstream.url / "unavailable")


SETTING = Example(
    "AIO310",
    bad="""
import aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        session.headers = {"Accept": "text/plain"}
        return session.headers["Accept"]
""",
    good="""
import aiohttp

async def main():
    async with aiohttp.ClientSession(headers={"Accept": "text/plain"}) as session:
        return session.headers["Accept"]
""",
)


@bad_and_good
async def test_headers_of_a_session_cannot_be_set(variant: Variant) -> None:
    example = SETTING.load(variant)
    if variant == "bad":
        with pytest.raises(AttributeError):
            await example.main()
    else:
        assert await example.main() == "text/plain"


LOOP = Example(
    "AIO311",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    chunks = []
    async with session.get(url) as response:
        for chunk in response.content.iter_chunked(4):
            chunks.append(chunk)
    return b"".join(chunks)
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    chunks = []
    async with session.get(url) as response:
        async for chunk in response.content.iter_chunked(4):
            chunks.append(chunk)
    return b"".join(chunks)
""",
)


@bad_good_and_fixed
async def test_a_stream_wants_async_for(variant: Variant, upstream: Upstream) -> None:
    example = LOOP.load(variant)
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError, match="not iterable"):
                await example.main(session, upstream.url / "small")
        else:
            assert await example.main(session, upstream.url / "small") == b'{"small": true}'


WRONG_ITERATIONS = {
    "no size": ("response.content.iter_chunked()", "response.content.iter_chunked(4)"),
    "with size": ("response.content.iter_any(4)", "response.content.iter_any()"),
    "not called": ("response.content.iter_any", "response.content.iter_any()"),
    "a read": ("response.content.read()", "response.content.iter_any()"),
    "the response": ("response", "response.content"),
}
_ITERATION = """
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    async with session.get(url) as response:
        return b"".join([chunk async for chunk in {}])
"""


@bad_and_good
@pytest.mark.parametrize(("bad", "good"), WRONG_ITERATIONS.values(), ids=WRONG_ITERATIONS)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_what_async_for_iterates(bad: str, good: str, variant: Variant, upstream: Upstream) -> None:
    example = Example("AIO311", _ITERATION.format(bad), _ITERATION.format(good)).load(variant)
    async with aiohttp.ClientSession() as session:
        if variant == "bad":
            with pytest.raises(TypeError):
                await example.main(session, upstream.url / "small")
        else:
            assert await example.main(session, upstream.url / "small") == b'{"small": true}'


READ_TWICE = Example(
    "AIO311",
    bad="""
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    async with session.get(url) as response:
        raw = await response.content.read()
        return raw, await response.read()
""",
    good="""
import aiohttp

async def main(session: aiohttp.ClientSession, url):
    async with session.get(url) as response:
        raw = await response.read()
        return raw, await response.read()
""",
)


@bad_and_good
async def test_a_stream_is_read_once(variant: Variant, upstream: Upstream) -> None:
    async with aiohttp.ClientSession() as session:
        first, second = await READ_TWICE.load(variant).main(session, upstream.url / "small")
    assert first == b'{"small": true}'
    assert second == (b"" if variant == "bad" else first)
