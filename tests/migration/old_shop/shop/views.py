from aiohttp import web


async def index(request):
    running = request.app.loop.time() > 0
    response = web.Response(text='%s is %s' % (request.app['name'], 'open' if running else 'closed'))
    response.enable_compression(True)
    response.set_cookie('seen', 'yes', version='1')
    return response


async def order(request):
    if not request.has_body:
        return web.HTTPFound('/')
    text = await request.text()
    text = await request.loop.run_in_executor(None, text.upper)
    response = web.StreamResponse()
    response.enable_chunked_encoding(1024)
    await response.prepare(request)
    await response.write(text.encode())
    await response.drain()
    await response.write_eof()
    return response


async def price(request):
    prices = request.app['prices']
    return web.Response(text=await prices.price(request.query['url']))
