"""What a client sees of streamed answers that are used in the wrong order, changed too late, or not returned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from .harness import Example, bad_good_and_fixed, serve

if TYPE_CHECKING:
    from aiohttp import web

    from .harness import Variant


def example_of(code: str, bad: str, good: str) -> Example:
    """Give an example of a handler with this body, after `response` is made."""
    source = """
from aiohttp import web

async def report(request):
    response = web.StreamResponse()
    {}

app = web.Application()
app.router.add_get("/", report)
"""
    return Example(
        code, source.format("\n    ".join(bad.split("; "))), source.format("\n    ".join(good.split("; ")))
    )


async def answer(app: web.Application) -> tuple[int, str, bool]:
    """Give the status, the header `X-Report`, and whether the whole body arrived."""
    async with serve(app) as url, aiohttp.ClientSession() as session:
        try:
            async with session.get(url) as response:
                status, header = response.status, response.headers.get("X-Report", "")
                try:
                    return status, header, await response.read() == b"hello"
                except aiohttp.ClientError:
                    return status, header, False
        except aiohttp.ClientError:
            return 0, "", False


PREPARE = "await response.prepare(request); "
WRITE = "await response.write(b'hello'); "
RETURN = "return response"
CORRECT = PREPARE + WRITE + RETURN
BROKEN = {
    "text": example_of("AIO710", CORRECT.replace("b'", "'"), CORRECT),
    "not returned": example_of("AIO710", (PREPARE + WRITE)[:-2], CORRECT),
    "returns None": example_of("AIO710", PREPARE + WRITE + "return", CORRECT),
}


@bad_good_and_fixed
@pytest.mark.parametrize("example", BROKEN.values(), ids=BROKEN)
async def test_body_is_broken(example: Example, variant: Variant) -> None:
    _, _, is_whole = await answer(example.load(variant).app)
    assert is_whole == (variant != "bad")


UNORDERED = {
    "before prepare": WRITE + PREPARE + RETURN,
    "end before prepare": "await response.write_eof(b'hello'); " + RETURN,
    "length and chunks": "response.content_length = 5; response.enable_chunked_encoding(); " + CORRECT,
    "chunks and length": "response.enable_chunked_encoding(); response.content_length = 5; " + CORRECT,
}


@pytest.mark.parametrize("body", UNORDERED.values(), ids=UNORDERED)
async def test_wrong_order_is_answered_with_500(body: str) -> None:
    status, _, _ = await answer(example_of("AIO710", body, CORRECT).load("bad").app)
    assert status == 500


LATE = example_of(
    "AIO711",
    PREPARE + "response.headers['X-Report'] = '1'; " + WRITE + RETURN,
    "response.headers['X-Report'] = '1'; " + CORRECT,
)


@bad_good_and_fixed
async def test_late_header_is_dropped(variant: Variant) -> None:
    assert await answer(LATE.load(variant).app) == (200, "" if variant == "bad" else "1", True)


STATUS = example_of(
    "AIO711",
    PREPARE + "response.set_status(404); " + WRITE + RETURN,
    "response.set_status(404); " + CORRECT,
)


@bad_good_and_fixed
async def test_late_status_cuts_the_body_off(variant: Variant) -> None:
    assert await answer(STATUS.load(variant).app) == (
        (200, "", False) if variant == "bad" else (404, "", True)
    )


SECOND = {
    "raised": "raise web.HTTPBadRequest()",
    "returned": "return web.Response(text='no')",
    "exception": "return web.HTTPNotFound()",
}


@pytest.mark.parametrize("end", SECOND.values(), ids=SECOND)
@pytest.mark.filterwarnings("ignore:returning HTTPException:DeprecationWarning")
async def test_second_answer_breaks_the_first(end: str) -> None:
    _, _, is_whole = await answer(example_of("AIO711", PREPARE + WRITE + end, CORRECT).load("bad").app)
    assert not is_whole
