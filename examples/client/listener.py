"""A WebSocket that comes back: connects again after each loss, with pauses that grow, until it is told to stop.

Practices: 8.7, 8.8, 9.3, 9.4, 9.5, 9.7, 9.8.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import WSMsgType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

HEARTBEAT = 20.0
LONGEST_MESSAGE = 1024 * 1024
LONGEST_PAUSE = 30.0


class Listener:
    """Hands every message of the service's feed to a callback."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        path: str,
        receive: Callable[[Any], Awaitable[None]],
        first_pause: float = 0.5,
    ) -> None:
        """Use a session that somebody else closes; `first_pause` is the wait after the first loss (seconds)."""
        self._session = session
        self._path = path
        self._receive = receive
        self._first_pause = first_pause

    async def run(self) -> None:
        """Listen until the task is cancelled."""
        pause = self._first_pause
        while True:
            try:
                if await self._listen():
                    pause = self._first_pause
            except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
                log.warning("the feed can't be reached: %s", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self) -> bool:
        """Listen to one connection until it ends; tell whether anything came."""
        has_come = False
        async with self._session.ws_connect(
            self._path, heartbeat=HEARTBEAT, max_msg_size=LONGEST_MESSAGE
        ) as websocket:
            async for message in websocket:
                if message.type is WSMsgType.TEXT:
                    has_come = True
                    await self._hand_on(message.data)
                elif message.type is WSMsgType.ERROR:
                    log.warning("the feed failed: %s", websocket.exception())
        log.info("the feed ended with code %s", websocket.close_code)
        return has_come

    async def _hand_on(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            log.warning("the feed sent what is no JSON")
            return
        await self._receive(message)
