"""What inference knows: each `reveal(expression)` line carries the expected types in its comment."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.annotations import types_of_api
from aiohttp_lint.semantics.module import Module
from tests.semantics.modules import check_revealed, described

CASES = {
    "constructors under every spelling": """
import aiohttp
import aiohttp.client
import aiohttp as http
from aiohttp import ClientSession, web
from aiohttp import ClientSession as Session
from aiohttp.client import ClientSession as Deep
reveal(aiohttp.ClientSession())  # aiohttp.ClientSession
reveal(http.ClientSession())  # aiohttp.ClientSession
reveal(aiohttp.client.ClientSession())  # aiohttp.ClientSession
reveal(ClientSession())  # aiohttp.ClientSession
reveal(Session())  # aiohttp.ClientSession
reveal(Deep())  # aiohttp.ClientSession
reveal(web.Response())  # aiohttp.web.Response
Alias = aiohttp.ClientSession
reveal(Alias())  # aiohttp.ClientSession
def f():
    from aiohttp import TCPConnector
    reveal(TCPConnector())  # aiohttp.TCPConnector
""",
    "optional imports and star imports": """
try:
    import aiohttp
except ImportError:
    aiohttp = None
from aiohttp.web import *
reveal(aiohttp.ClientSession())  # aiohttp.ClientSession
reveal(Response())  # aiohttp.web.Response
""",
    "an import that may be two things is both": """
try:
    from aiohttp import ClientSession
except ImportError:
    from httpx import AsyncClient as ClientSession
reveal(ClientSession())  # aiohttp.ClientSession httpx.AsyncClient
""",
    "with, await, async for": """
import aiohttp
async def f(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        reveal(session)  # aiohttp.ClientSession
        reveal(response)  # aiohttp.ClientResponse
        reveal(await response.text())  # builtins.str
    kept = await aiohttp.ClientSession().post(url)
    reveal(kept)  # aiohttp.ClientResponse
    async with aiohttp.request("GET", url) as response:
        reveal(response)  # aiohttp.ClientResponse
    ws = await session.ws_connect(url)
    reveal(ws)  # aiohttp.ClientWebSocketResponse
    async for message in ws:
        reveal(message)  # aiohttp.WSMessage
        reveal(message.type)  # aiohttp.WSMsgType
""",
    "annotations in all their forms": """
from __future__ import annotations
import typing as t
from typing import Annotated, Optional, TYPE_CHECKING, Union
if TYPE_CHECKING:
    import aiohttp
    from aiohttp import ClientSession
Name = ClientSession
def f(a: aiohttp.ClientSession, b: "ClientSession", c: Optional[ClientSession], d: ClientSession | None,
      e: Annotated[ClientSession, "shared"], g: t.Union[ClientSession, aiohttp.TCPConnector], h: Name,
      i: list[ClientSession], j: dict[str, ClientSession], k: t.Any, m: "t.Optional[aiohttp.ClientSession]" = None):
    reveal(a)  # aiohttp.ClientSession
    reveal(b)  # aiohttp.ClientSession
    reveal(c)  # None aiohttp.ClientSession
    reveal(d)  # None aiohttp.ClientSession
    reveal(e)  # aiohttp.ClientSession
    reveal(g)  # aiohttp.ClientSession aiohttp.TCPConnector
    reveal(h)  # aiohttp.ClientSession
    reveal(i[0])  # aiohttp.ClientSession
    reveal(j["x"])  # aiohttp.ClientSession
    reveal(k)  # ?
    reveal(m)  # None aiohttp.ClientSession
    for one in i:
        reveal(one)  # aiohttp.ClientSession
    for value in j.values():
        reveal(value)  # aiohttp.ClientSession
    for key, (first, second) in j.items():
        reveal(key)  # builtins.str
        reveal(first)  # ?
    for _, item in j.items():
        reveal(item)  # aiohttp.ClientSession
    left, (right, deep) = a, (g, 1)
    reveal(left)  # aiohttp.ClientSession
""",
    "attributes of the class": """
import aiohttp
from dataclasses import dataclass
class Base:
    def __init__(self, given, timeout: float) -> None:
        self.session = aiohttp.ClientSession()
        self.given = given
        self.lazy = None
        self.declared: aiohttp.ClientSession | None = None
    async def start(self):
        self.lazy = aiohttp.ClientSession()
    @property
    def client(self) -> aiohttp.ClientSession:
        return self.lazy
    @property
    def inferred(self):
        return self.session
class Api(Base):
    async def call(self):
        reveal(self.session)  # aiohttp.ClientSession
        reveal(self.given)  # ?
        reveal(self.lazy)  # None aiohttp.ClientSession
        reveal(self.declared)  # None aiohttp.ClientSession
        reveal(self.client)  # aiohttp.ClientSession
        reveal(self.inferred)  # aiohttp.ClientSession
        async with self.session.get("/") as response:
            reveal(response)  # aiohttp.ClientResponse
        def inner():
            reveal(self.session)  # aiohttp.ClientSession
@dataclass
class Deps:
    http: aiohttp.ClientSession
def g(deps: Deps):
    reveal(deps.http)  # aiohttp.ClientSession
    reveal(Api(1, 2).session)  # aiohttp.ClientSession
""",
    "results of functions": """
import aiohttp
from contextlib import asynccontextmanager, AsyncExitStack
def make():
    return aiohttp.ClientSession()
async def build() -> aiohttp.ClientSession:
    return make()
@asynccontextmanager
async def opened():
    async with aiohttp.ClientSession() as session:
        yield session
@unknown_decorator
def odd() -> aiohttp.ClientSession: ...
async def f():
    reveal(make())  # aiohttp.ClientSession
    reveal(await build())  # aiohttp.ClientSession
    async with opened() as session:
        reveal(session)  # aiohttp.ClientSession
    async with AsyncExitStack() as stack:
        reveal(await stack.enter_async_context(aiohttp.ClientSession()))  # aiohttp.ClientSession
    reveal(odd())  # ?
""",
    "applications and keys": """
import aiohttp
from aiohttp import web
KEY = web.AppKey("http", aiohttp.ClientSession)
TYPED: web.AppKey[aiohttp.ClientSession] = web.AppKey("typed")
PLAIN = "plain"
async def handler(request):
    reveal(request)  # aiohttp.web.Request
    reveal(request.app[KEY])  # aiohttp.ClientSession
    reveal(request.app[TYPED])  # aiohttp.ClientSession
    reveal(request.config_dict[KEY])  # aiohttp.ClientSession
    reveal(request.app["text"])  # aiohttp.ClientSession
    reveal(request.app["other"])  # ?
    reveal(request.app[PLAIN])  # ?
async def not_registered(request):
    reveal(request)  # ?
async def start(app):
    reveal(app)  # aiohttp.web.Application
    app["text"] = aiohttp.ClientSession()
def make():
    app = web.Application()
    app.router.add_get("/", handler)
    app.on_startup.append(start)
    return app
""",
    "subclasses": """
import aiohttp
class Session(aiohttp.ClientSession):
    def mine(self): ...
class Both(Session): ...
async def f():
    reveal(Both().get)  # aiohttp.ClientSession.get
    async with Both() as session:
        reveal(session)  # Both
    reveal(await Session().get("/"))  # aiohttp.ClientResponse
""",
    "names along the paths": """
import aiohttp
async def f(flag, url):
    value = None
    if flag:
        value = aiohttp.ClientSession()
    reveal(value)  # None aiohttp.ClientSession
    value = aiohttp.TCPConnector()
    reveal(value)  # aiohttp.TCPConnector
    value = unknown()
    reveal(value)  # ?
    for _ in range(2):
        reveal(value)  # ? aiohttp.ClientSession
        value = aiohttp.ClientSession()
""",
    "narrowing": """
import aiohttp
def f(value, other):
    if isinstance(value, aiohttp.ClientSession):
        reveal(value)  # aiohttp.ClientSession
    if other and isinstance(other, (aiohttp.ClientSession, aiohttp.TCPConnector)):
        reveal(other)  # aiohttp.ClientSession aiohttp.TCPConnector
    reveal(value)  # ?
    (session := aiohttp.ClientSession())
    reveal(session)  # aiohttp.ClientSession
    reveal(value or session)  # ? aiohttp.ClientSession
    reveal(aiohttp.ClientSession() if value else None)  # None aiohttp.ClientSession
""",
    "recursion has an end": """
import aiohttp
def f(n):
    return f(n - 1) if n else aiohttp.ClientSession()
x = x + x if x else x
class A(A): ...
reveal(f(3))  # aiohttp.ClientSession
reveal(x)  # ?
reveal(A().anything)  # ?
""",
    "operators and displays": """
import aiohttp
import copy
from pathlib import Path
def f(flag):
    reveal(flag and aiohttp.ClientSession())  # ? aiohttp.ClientSession
    reveal((kept := aiohttp.ClientSession()))  # aiohttp.ClientSession
    reveal("folder" / Path("name"))  # pathlib.Path
    reveal(Path.cwd())  # pathlib.Path
    reveal(flag < 2)  # builtins.bool
    reveal((lambda: aiohttp.ClientSession())())  # aiohttp.ClientSession
    reveal((aiohttp.ClientSession(), 1)[0])  # aiohttp.ClientSession
    reveal((aiohttp.ClientSession(), 1)[1])  # builtins.int
    reveal((aiohttp.ClientSession(), 1)[2])  # ?
    for item in (aiohttp.ClientSession() for _ in range(2)):
        reveal(item)  # aiohttp.ClientSession
    first, second = copy.copy([aiohttp.ClientSession()])
    reveal(second)  # aiohttp.ClientSession
    left, right = aiohttp.ClientSession
    reveal(right)  # ?
""",
    "classes as values": """
import aiohttp
import requests
class Api:
    session = aiohttp.ClientSession()
    @staticmethod
    def make(first):
        reveal(first)  # ?
    def without_parameters():
        return aiohttp.ClientSession()
    def shows(self):
        print(self)
    def is_left_out(self): ...
    def cleans(self):
        del self.session
        self.count += 1
def f(kind: type[aiohttp.ClientSession], message: type[aiohttp.WSMsgType], other: type[requests.Session]):
    reveal(kind())  # aiohttp.ClientSession
    reveal(kind.get)  # aiohttp.ClientSession.get
    reveal(kind.whatever)  # ?
    reveal(message.TEXT)  # aiohttp.WSMsgType
    reveal(other.get())  # requests.Session.get
    reveal(Api.session)  # aiohttp.ClientSession
    reveal(Api.whatever)  # ?
    reveal(f.whatever)  # ?
    reveal(Api().shows())  # None
    reveal(Api().is_left_out())  # ?
""",
    "annotations that leave it open": """
import aiohttp
from aiohttp import request
from types import NoneType
Nothing = None
def choose(): ...
def f(a: 1 + 2, b: NoneType, c: "no expression at all", d: tuple[aiohttp.ClientSession, ...], e: Nothing[int],
      g: choose()[int], h: request, i: request[int], j: [aiohttp.ClientSession], k: 3.5):
    reveal(a)  # ?
    reveal(b)  # None
    reveal(c)  # ?
    reveal(d[1])  # aiohttp.ClientSession
    reveal(e)  # ?
    reveal(g)  # ?
    reveal(h)  # ?
    reveal(i)  # ?
    reveal(j)  # ?
    reveal(k)  # ?
""",
    "narrowing inside of a condition": """
import aiohttp
def helper(): ...
def f(value, flag, other):
    return flag and isinstance(value, aiohttp.ClientSession) and reveal(value)  # aiohttp.ClientSession
def g(value, flag):
    if isinstance(value, helper):
        reveal(value)  # ?
    if isinstance(flag, aiohttp.ClientSession, 1):
        reveal(flag)  # ?
""",
    "subclasses under the protocols": """
import aiohttp
from aiohttp import web
class Socket(aiohttp.ClientWebSocketResponse): ...
class Application(web.Application): ...
class Opened:
    async def __aenter__(self) -> aiohttp.ClientSession: ...
class Waited:
    def __await__(self): ...
def plain(): ...
async def f(socket: Socket):
    async for message in socket:
        reveal(message)  # aiohttp.WSMessage
    async with Application() as entered:
        reveal(entered)  # ?
    async with Opened() as session:
        reveal(session)  # aiohttp.ClientSession
    async with plain as odd:
        reveal(odd)  # ?
    reveal(await plain)  # ?
    reveal(await Waited())  # ?
    reveal(await socket)  # ?
""",
    "applications keyed by other means": """
import aiohttp
from aiohttp import web
BARE = web.AppKey("bare")
WITH_TYPE = web.AppKey[aiohttp.ClientSession]("with_type")
settings = {}
settings["text"] = 1
app = web.Application()
app["text"] = aiohttp.ClientSession()
reveal(app["text"])  # aiohttp.ClientSession
reveal(app[BARE])  # ?
reveal(app[WITH_TYPE])  # aiohttp.ClientSession
""",
}


@pytest.mark.parametrize("title", CASES)
def test_types(title: str) -> None:
    check_revealed(CASES[title])


def test_annotation_nested_too_deep_is_unknown() -> None:
    depth = 25
    source = f"from typing import Optional\nx: {'Optional[' * depth}int{']' * depth}\nx\n"
    module = Module(source, "module.py", ast.parse(source))
    statement = module.tree.body[-1]
    assert isinstance(statement, ast.Expr)
    assert described(module.type_of(statement.value)) == "? None"


def test_api_expression_that_names_nothing_is_unknown() -> None:
    assert types_of_api("choose().Session").is_open
    assert types_of_api("no expression at all").is_open
    assert types_of_api("aiohttp.ClientSession").is_only("aiohttp.ClientSession")


def test_constants_that_name_each_other_have_no_value() -> None:
    source = "first = second\nsecond = first\nthird = 3\nfourth = third\n[first, fourth]\n"
    module = Module(source, "module.py", ast.parse(source))
    first, fourth = (node for node in ast.walk(module.tree.body[-1]) if isinstance(node, ast.Name))
    assert module.constant(first) is None
    known = module.constant(fourth)
    assert known is not None
    assert known.value == 3
