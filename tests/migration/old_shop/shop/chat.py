import aiohttp
from aiohttp import web


async def chat(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    kind, data, extra = await ws.receive()
    await ws.send_str('%s says hello' % data)
    async for msg in ws:
        if msg.type == aiohttp.WSMsgType.text:
            await ws.send_str(msg.data)
        elif msg.type == aiohttp.WSMsgType.error:
            break
    return ws
