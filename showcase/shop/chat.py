"""The support chat."""

from aiohttp import WSCloseCode, WSMsgType, web

SOCKETS = web.AppKey("sockets", set[web.WebSocketResponse])

routes = web.RouteTableDef()


@routes.get("/chat")
async def chat(request: web.Request) -> web.WebSocketResponse:
    """Pass on to everybody what one says."""
    ws = web.WebSocketResponse(heartbeat=30)
    await ws.prepare(request)
    sockets = request.app[SOCKETS]
    sockets.add(ws)
    try:
        async for message in ws:
            if message.type == WSMsgType.CLOSED:
                break
            if message.type == WSMsgType.TEXT:
                if message.data == "bye":
                    await ws.close(1000)
                else:
                    await say(request.app, message.data)
    finally:
        sockets.discard(ws)
    return ws


async def say(app: web.Application, text: str) -> None:
    """Send a message to everybody in the chat."""
    for ws in app[SOCKETS]:
        await ws.send_str(text)


async def close_sockets(app: web.Application) -> None:
    """End all conversations before the shop closes."""
    for ws in list(app[SOCKETS]):
        await ws.close(code=WSCloseCode.GOING_AWAY, message=b"The shop closes")
