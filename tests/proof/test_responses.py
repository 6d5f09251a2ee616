"""What happens to the pool when responses are not released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .harness import Example, bad_good_and_fixed, pool_runs_dry, until

if TYPE_CHECKING:
    from .harness import Variant
    from .upstream import Upstream

RESPONSE_DISCARDED = Example(
    "AIO301",
    bad="""
import aiohttp

async def notify(session: aiohttp.ClientSession):
    await session.post(URL, json={"event": "sold"})
""",
    good="""
import aiohttp

async def notify(session: aiohttp.ClientSession):
    async with session.post(URL, json={"event": "sold"}) as response:
        await response.read()
""",
)


@bad_good_and_fixed
async def test_discarded_responses_use_up_the_pool(variant: Variant, upstream: Upstream) -> None:
    example = RESPONSE_DISCARDED.load(variant, URL=upstream.url / "big")
    assert await pool_runs_dry(example.notify, calls=3, limit=2) is (variant == "bad")
    assert {received.body for received in upstream.requests} == {b'{"event": "sold"}'}
    if variant == "bad":
        # The third request never left.
        assert len(upstream.requests) == 2
    else:
        # The server was not cut off, and one connection was enough.
        await until(lambda: [received.completed for received in upstream.requests] == [True] * 3)
        assert upstream.connections == 1
