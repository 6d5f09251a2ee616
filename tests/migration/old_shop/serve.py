import asyncio

from aiohttp import web

from shop.app import make_app


async def log_factory(app, handler):
    async def middleware(request):
        print(request.path)
        return await handler(request)

    return middleware


async def serve():
    app = make_app(asyncio.get_event_loop())
    app.middlewares.append(log_factory)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, 'localhost', 8080, shutdown_timeout=5)
    await site.start()


if __name__ == '__main__':
    asyncio.run(serve())
