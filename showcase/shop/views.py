"""The pages of the shop."""

import json
import secrets
import urllib.request

import aiohttp
from aiohttp import web

from .client import PAYMENTS

CATALOGUE = "https://catalogue.example/products"
EXCHANGE_RATES = "https://rates.example/eur"

routes = web.RouteTableDef()


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    """Greet the visitor."""
    return web.Response(text="Welcome to the shop")


@routes.get(r"/products/{number:\d+}")
async def product(request: web.Request) -> web.Response:
    """Show a product, as the catalogue describes it."""
    url = f"{CATALOGUE}/{request.match_info['number']}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return web.json_response(await response.json())


@routes.get("/rates")
async def exchange_rates(request: web.Request) -> web.Response:
    """Show what a euro is worth."""
    with urllib.request.urlopen(EXCHANGE_RATES) as response:
        return web.json_response(json.load(response))


@routes.post(r"/orders/{number:\d+}")
async def order(request: web.Request) -> web.Response:
    """Charge an order."""
    form = await request.post()
    receipt = await request.app[PAYMENTS].charge(request.match_info["number"], int(form["cents"]))
    return web.json_response({"receipt": receipt})


@routes.post("/login")
async def login(request: web.Request) -> web.Response:
    """Start a visit."""
    response = web.json_response({"welcome": True})
    response.set_cookie("session_id", secrets.token_urlsafe())
    return response
