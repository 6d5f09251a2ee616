"""Put the shop together and run it: `python -m shop.app` in the folder above."""

import logging

import aiohttp
from aiohttp import web

from . import chat, views
from .client import PAYMENTS, PaymentService

log = logging.getLogger(__name__)


@web.middleware
async def errors_as_json(request, handler):
    """Answer unexpected errors with JSON."""
    try:
        return await handler(request)
    except Exception as error:
        log.exception("error at %s", request.path)
        return web.json_response({"error": str(error)}, status=500)


async def payment_service(app):
    """Keep one session to the payment service for as long as the shop is open."""
    async with aiohttp.ClientSession("https://payments.example/") as session:
        app[PAYMENTS] = PaymentService(session)
        yield


def create_app():
    """Build the application."""
    app = web.Application(middlewares=[errors_as_json])
    app[chat.SOCKETS] = set()
    app.cleanup_ctx.append(payment_service)
    app.on_shutdown.append(chat.close_sockets)
    app.add_routes(views.routes)
    app.add_routes(chat.routes)
    return app


if __name__ == "__main__":
    web.run_app(create_app())
