from aiohttp import web

from shop import chat, views
from shop.client import Prices


async def start(app):
    prices = Prices()
    await prices.start()
    app['prices'] = prices


async def stop(app):
    await app['prices'].stop()


def make_app(loop=None):
    app = web.Application(loop=loop, debug=False)
    app['name'] = 'the shop'
    app.on_startup.append(start)
    app.on_cleanup.append(stop)
    app.router.add_get('/', views.index)
    app.router.add_post('/order', views.order)
    app.router.add_get('/price', views.price)
    app.router.add_get('/chat', chat.chat)
    return app
