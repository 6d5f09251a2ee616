"""A WebSocket chat: who is in the room hears what is said in it.

Practices: 9.1, 9.2, 9.3, 9.4, 9.5, 9.6, 9.7, 9.8, 16.8.
"""

from __future__ import annotations

import asyncio
import logging

from aiohttp import ClientConnectionError, WSCloseCode, WSMsgType, web

from .accounts import refuse_other_origins
from .authorization import signed_in_user
from .keys import PEERS, Peers

log = logging.getLogger(__name__)

HEARTBEAT = 30.0
SEND_TIMEOUT = 5.0
LONGEST_MESSAGE = 64 * 1024


async def chat(request: web.Request) -> web.WebSocketResponse:
    """Bring one peer into the room until its connection closes."""
    # Refuse before `prepare`: afterwards the connection no longer speaks HTTP.
    refuse_other_origins(request)
    user = await signed_in_user(request)
    websocket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_MESSAGE)
    await websocket.prepare(request)
    peers = request.app[PEERS]
    peers.add(websocket)
    try:
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                await broadcast(request.app, f"{user}: {message.data}")
            elif message.type is WSMsgType.ERROR:
                log.warning("connection of %s failed: %s", user, websocket.exception())
    finally:
        peers.discard(websocket)
    return websocket


async def broadcast(application: web.Application, text: str) -> None:
    """Send to every peer at once; one that is gone or stuck does not keep the others waiting for ever."""
    peers = application[PEERS]
    # A copy, because peers come and go while we send.
    await asyncio.gather(*(deliver(peers, peer, text) for peer in list(peers)))


async def deliver(peers: Peers, peer: web.WebSocketResponse, text: str) -> None:
    """Send to one peer, and forget it when that fails (its own handler ends by heartbeat)."""
    try:
        await asyncio.wait_for(peer.send_str(text), SEND_TIMEOUT)
    except (ConnectionError, ClientConnectionError, asyncio.TimeoutError):
        log.info("a peer left in the middle of a message")
        peers.discard(peer)


async def close_peers(application: web.Application) -> None:
    """Say goodbye on shutdown, which otherwise waits for every open connection."""
    peers = application[PEERS]
    farewells = [peer.close(code=WSCloseCode.GOING_AWAY, message=b"server shutdown") for peer in list(peers)]
    await asyncio.gather(*farewells, return_exceptions=True)
