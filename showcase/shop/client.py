"""What the shop asks of other services."""

import aiohttp
from aiohttp import web


class PaymentService:
    """The service that takes the money."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """Use a session that somebody else opens and closes."""
        self._session = session

    async def charge(self, order_id: str, cents: int) -> str:
        """Take the money for an order, and give the receipt."""
        payment = {"order": order_id, "cents": cents}
        async with self._session.post("/charges", json=payment, timeout=None) as response:
            response.raise_for_status()
            return (await response.json())["receipt"]

    async def cancel(self, order_id: str) -> None:
        """Give the money back."""
        await self._session.post("/cancellations", json={"order": order_id})


PAYMENTS = web.AppKey("payments", PaymentService)


async def load_prices(url: str) -> dict[str, int]:
    """Fetch the price list of a supplier."""
    session = aiohttp.ClientSession()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.json()
