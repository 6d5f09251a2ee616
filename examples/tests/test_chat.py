"""WebSockets: what arrives, who is kept out, and the codes with which connections end.

A message that does not come ends the test after `PATIENCE` seconds, instead of never.

Practices: 12.5.
"""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType

from ..service.chat import LONGEST_MESSAGE
from .visitors import Client, sign_in

PATIENCE = 10


async def test_everybody_hears_what_is_said(client: Client) -> None:
    await sign_in(client)
    async with client.ws_connect("/chat") as speaker, client.ws_connect("/chat") as listener:
        await speaker.send_str("hello")
        for peer in (speaker, listener):
            assert await peer.receive_str(timeout=PATIENCE) == "ada: hello"


async def test_strangers_stay_outside(client: Client) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await client.ws_connect("/chat")
    assert refusal.value.status == 401


async def test_a_message_that_is_too_long_ends_the_connection(client: Client) -> None:
    await sign_in(client)
    async with client.ws_connect("/chat") as speaker:
        await speaker.send_str("x" * (LONGEST_MESSAGE + 1))
        message = await speaker.receive(timeout=PATIENCE)
        assert message.type is WSMsgType.CLOSE
        assert message.data == WSCloseCode.MESSAGE_TOO_BIG


async def test_goodbye_when_the_service_stops(client: Client) -> None:
    await sign_in(client)
    async with client.ws_connect("/chat") as peer:
        await peer.send_str("still here")
        assert await peer.receive_str(timeout=PATIENCE) == "ada: still here"
        await client.app.shutdown()
        message = await peer.receive(timeout=PATIENCE)
        assert message.type is WSMsgType.CLOSE
        assert message.data == WSCloseCode.GOING_AWAY
