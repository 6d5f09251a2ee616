"""The forms in which programs carry aiohttp's types; `reveal` lines as in `test_types`."""

from __future__ import annotations

import sys

import pytest

from tests.semantics.modules import check_revealed

CASES = {
    "attributes that a base or a mixin sets": """
import aiohttp
from functools import cached_property
class SessionMixin:
    def open(self):
        self.session = aiohttp.ClientSession()
class Calls:
    async def call(self):
        reveal(self.session)  # ?
class Api(SessionMixin, Calls):
    async def use(self):
        reveal(self.session)  # aiohttp.ClientSession
class Lazy:
    @cached_property
    def http(self):
        return aiohttp.ClientSession()
    @property
    def other(self): return self.http
class Child(Lazy):
    def f(self):
        reveal(self.http)  # aiohttp.ClientSession
        reveal(self.other)  # aiohttp.ClientSession
        reveal(super().http)  # aiohttp.ClientSession
class Overridden(Lazy):
    http = None
    def f(self):
        reveal(self.http)  # None aiohttp.ClientSession
class OverriddenProperty(Lazy):
    @property
    def http(self): return aiohttp.TCPConnector()
    def f(self):
        reveal(self.http)  # aiohttp.TCPConnector
        reveal(self.other)  # aiohttp.ClientSession
class Made:
    @classmethod
    def make(cls):
        return cls()
    def again(self):
        return self
class MadeChild(Made):
    session: aiohttp.ClientSession
reveal(MadeChild.make().session)  # aiohttp.ClientSession
reveal(MadeChild().again().session)  # aiohttp.ClientSession
class WithOther:
    @cached
    @property
    def strange(self): return aiohttp.ClientSession()
    @property
    @cached
    def strange_inside(self) -> aiohttp.ClientSession: ...
reveal(WithOther().strange)  # ?
class Settable:
    @property
    def session(self): return self._session
    @session.setter
    def session(self, value): self._session = value
    def __init__(self): self._session = aiohttp.ClientSession()
reveal(Settable().session)  # ? aiohttp.ClientSession
class Typed:
    @property
    def session(self) -> aiohttp.ClientSession: return self._session
    @session.setter
    def session(self, value): self._session = value
reveal(Typed().session)  # aiohttp.ClientSession
""",
    "fields": """
import aiohttp
import attr, attrs
from dataclasses import dataclass, field
from typing import NamedTuple, TypedDict, ClassVar, Final
from pydantic import BaseModel
@dataclass(slots=True)
class Plain:
    session: aiohttp.ClientSession
    made: aiohttp.ClientSession = field(default_factory=aiohttp.ClientSession)
    untyped: "Any" = field(default_factory=aiohttp.ClientSession)
    shared: ClassVar[aiohttp.ClientSession]
    last: Final[aiohttp.ClientSession] = None
@attr.s(auto_attribs=True)
class Old:
    session: aiohttp.ClientSession
@attr.s
class Older:
    session = attr.ib(type=aiohttp.ClientSession)
    made = attr.ib(factory=aiohttp.ClientSession)
@attrs.define
class New:
    session: aiohttp.ClientSession
    made = attrs.field(factory=aiohttp.ClientSession)
class Pair(NamedTuple):
    session: aiohttp.ClientSession
    url: str
class Options(TypedDict, total=False):
    session: aiohttp.ClientSession
class Model(BaseModel):
    session: aiohttp.ClientSession
def f(plain: Plain, old: Old, older: Older, new: New, pair: Pair, options: Options, model: Model):
    reveal(plain.session)  # aiohttp.ClientSession
    reveal(plain.made)  # aiohttp.ClientSession
    reveal(plain.untyped)  # aiohttp.ClientSession
    reveal(plain.shared)  # aiohttp.ClientSession
    reveal(plain.last)  # aiohttp.ClientSession
    reveal(old.session)  # aiohttp.ClientSession
    reveal(older.session)  # aiohttp.ClientSession
    reveal(older.made)  # aiohttp.ClientSession
    reveal(new.session)  # aiohttp.ClientSession
    reveal(new.made)  # aiohttp.ClientSession
    reveal(pair.session)  # aiohttp.ClientSession
    session, url = pair
    reveal(session)  # aiohttp.ClientSession
    reveal(pair[0])  # aiohttp.ClientSession
    reveal(options["session"])  # aiohttp.ClientSession
    reveal(options["other"])  # ?
    reveal(model.session)  # aiohttp.ClientSession
""",
    "protocols and abstract bases": """
import abc
import aiohttp
from typing import Protocol
class HasSession(Protocol):
    session: aiohttp.ClientSession
    @property
    def other(self) -> aiohttp.ClientSession: ...
    def get(self) -> aiohttp.ClientSession: ...
class Base(abc.ABC):
    @abc.abstractmethod
    def make(self) -> aiohttp.ClientSession: ...
    @abc.abstractmethod
    def untyped(self): ...
    @property
    @abc.abstractmethod
    def prop(self) -> aiohttp.ClientSession: ...
class Only(Base):
    def make(self): return aiohttp.ClientSession()
    def untyped(self): return aiohttp.ClientSession()
def f(has: HasSession, base: Base):
    reveal(has.session)  # aiohttp.ClientSession
    reveal(has.other)  # aiohttp.ClientSession
    reveal(has.get())  # aiohttp.ClientSession
    reveal(base.make())  # aiohttp.ClientSession
    reveal(base.prop)  # aiohttp.ClientSession
""",
    "type variables": """
import aiohttp
from typing import Generic, TypeVar, Self, Type, Iterable, Callable, Awaitable
T = TypeVar("T")
S = TypeVar("S", bound=aiohttp.ClientSession)
C = TypeVar("C", aiohttp.ClientSession, aiohttp.TCPConnector)
def first(x: T) -> T: ...
def of_list(xs: list[T]) -> T: ...
def maybe(xs: Iterable[T]) -> T | None: ...
def bound(x: S) -> S: ...
def build(kind: type[T]) -> T: ...
def build_old(kind: Type[T], n: int) -> T: ...
def unused(name: str) -> T: ...
async def run(work: Awaitable[T]) -> T: ...
async def call(work: Callable[[], Awaitable[T]]) -> T: ...
async def make() -> aiohttp.ClientSession: ...
class Holder(Generic[T]):
    value: T
    def __init__(self, value: T) -> None:
        self.value = value
        self.hidden = value
    def get(self) -> T: return self.value
    async def wait(self) -> T: return self.value
    def itself(self) -> Self: return self
class Held(Holder[aiohttp.ClientSession]): ...
class Middle(Holder[T]): ...
class MiddleHeld(Middle[aiohttp.ClientSession]): ...
class Fluent:
    session: aiohttp.ClientSession
    def itself(self) -> Self: ...
    @classmethod
    def make(cls) -> "Self": ...
    async def __aenter__(self) -> Self: ...
class FluentChild(Fluent):
    connector: aiohttp.TCPConnector
async def f(session: aiohttp.ClientSession, holder: Holder[aiohttp.ClientSession], unknown, bare: Holder, s: S, c: C):
    reveal(first(session))  # aiohttp.ClientSession
    reveal(first(x=session))  # aiohttp.ClientSession
    reveal(first(unknown))  # ?
    reveal(of_list([session]))  # aiohttp.ClientSession
    reveal(maybe([session]))  # None aiohttp.ClientSession
    reveal(bound(session))  # aiohttp.ClientSession
    reveal(s)  # aiohttp.ClientSession
    reveal(c)  # aiohttp.ClientSession aiohttp.TCPConnector
    reveal(build(aiohttp.ClientSession))  # aiohttp.ClientSession
    reveal(build_old(aiohttp.ClientSession, 1))  # aiohttp.ClientSession
    reveal(unused("x"))  # ?
    reveal(await run(make()))  # aiohttp.ClientSession
    reveal(await call(make))  # aiohttp.ClientSession
    reveal(holder.value)  # aiohttp.ClientSession
    reveal(holder.get())  # aiohttp.ClientSession
    reveal(await holder.wait())  # aiohttp.ClientSession
    reveal(holder.itself().value)  # aiohttp.ClientSession
    reveal(bare.get())  # ?
    reveal(Holder(session).get())  # aiohttp.ClientSession
    reveal(Holder[aiohttp.ClientSession](unknown).get())  # aiohttp.ClientSession
    reveal(Held(session).get())  # aiohttp.ClientSession
    reveal(MiddleHeld(session).get())  # aiohttp.ClientSession
    reveal(FluentChild().itself().connector)  # aiohttp.TCPConnector
    reveal(FluentChild.make().connector)  # aiohttp.TCPConnector
    async with FluentChild() as entered:
        reveal(entered.connector)  # aiohttp.TCPConnector
        reveal(entered.session)  # aiohttp.ClientSession
""",
    "aliases": """
import aiohttp
import typing
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, AsyncContextManager, Final, NewType, TypeAlias, Union, Optional, ClassVar
Shared = NewType("Shared", aiohttp.ClientSession)
Strange = NewType("Strange", "not a class")
Explicit: TypeAlias = aiohttp.ClientSession
Quoted: TypeAlias = "aiohttp.ClientSession"
Either = Union[aiohttp.ClientSession, None]
Pipe = aiohttp.ClientSession | None
Factory = Callable[[], aiohttp.ClientSession]
AsyncFactory = Callable[..., Awaitable[aiohttp.ClientSession]]
async def f(shared: Shared, explicit: Explicit, quoted: Quoted, either: Either, pipe: Pipe, factory: Factory,
            async_factory: AsyncFactory, strange: Strange, coroutine: Coroutine[Any, Any, aiohttp.ClientSession],
            agen: AsyncGenerator[aiohttp.ClientSession, None], aiter: AsyncIterator[aiohttp.ClientSession],
            manager: AsyncContextManager[aiohttp.ClientSession], abstract: AbstractAsyncContextManager[aiohttp.ClientSession],
            annotated: Annotated["aiohttp.ClientSession", "x"], inline: Callable[[str], AsyncContextManager[aiohttp.ClientResponse]],
            maybe_factory: Optional[Factory], given: "Awaitable[aiohttp.ClientSession]", handler: aiohttp.ClientHandlerType):
    reveal(shared)  # aiohttp.ClientSession
    reveal(Shared(shared))  # aiohttp.ClientSession
    reveal(explicit)  # aiohttp.ClientSession
    reveal(quoted)  # aiohttp.ClientSession
    reveal(either)  # None aiohttp.ClientSession
    reveal(pipe)  # None aiohttp.ClientSession
    reveal(factory())  # aiohttp.ClientSession
    reveal(maybe_factory())  # aiohttp.ClientSession
    reveal(await async_factory(1))  # aiohttp.ClientSession
    reveal(await coroutine)  # aiohttp.ClientSession
    reveal(strange)  # ?
    reveal(annotated)  # aiohttp.ClientSession
    reveal(await given)  # aiohttp.ClientSession
    reveal(await handler(strange))  # aiohttp.ClientResponse
    async for one in agen:
        reveal(one)  # aiohttp.ClientSession
    async for one in aiter:
        reveal(one)  # aiohttp.ClientSession
    async with manager as session:
        reveal(session)  # aiohttp.ClientSession
    async with abstract as session:
        reveal(session)  # aiohttp.ClientSession
    async with inline("x") as response:
        reveal(response)  # aiohttp.ClientResponse
def inside(x: "Local"):
    Local = aiohttp.ClientSession
    reveal(x)  # ?
LIMIT: Final = aiohttp.ClientSession()
reveal(LIMIT)  # aiohttp.ClientSession
""",
    "context managers": """
import aiohttp
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager, closing, contextmanager, nullcontext
@asynccontextmanager
async def plain():
    yield aiohttp.ClientSession()
@asynccontextmanager
async def declared() -> "AsyncIterator[aiohttp.ClientSession]":
    yield make()
@contextlib.asynccontextmanager
async def response(session: aiohttp.ClientSession):
    try:
        async with session.get("/") as answer:
            yield answer
    finally:
        pass
@contextmanager
def sync():
    yield aiohttp.ClientSession()
class Api:
    @asynccontextmanager
    async def open(self):
        async with aiohttp.ClientSession() as session:
            yield session
    @staticmethod
    @asynccontextmanager
    async def static():
        yield aiohttp.ClientSession()
    async def f(self):
        async with self.open() as session:
            reveal(session)  # aiohttp.ClientSession
        async with Api.static() as session:
            reveal(session)  # aiohttp.ClientSession
async def f(session: aiohttp.ClientSession):
    async with plain() as a:
        reveal(a)  # aiohttp.ClientSession
    async with declared() as b:
        reveal(b)  # aiohttp.ClientSession
    async with response(session) as c:
        reveal(c)  # aiohttp.ClientResponse
    with sync() as d:
        reveal(d)  # aiohttp.ClientSession
    async with AsyncExitStack() as stack:
        reveal(await stack.enter_async_context(session.get("/")))  # aiohttp.ClientResponse
        reveal(await stack.enter_async_context(plain()))  # aiohttp.ClientSession
        reveal(stack.enter_context(sync()))  # aiohttp.ClientSession
        reveal(stack.push_async_callback(session.close))  # aiohttp.ClientSession.close
        reveal(stack.callback(session.close))  # aiohttp.ClientSession.close
        reveal(await stack.push_async_exit(session))  # ?
        reveal(stack.push_async_exit(session))  # aiohttp.ClientSession
    with ExitStack() as other:
        reveal(other.enter_context(sync()))  # aiohttp.ClientSession
    async with aclosing(session) as e, nullcontext(session) as g:
        reveal(e)  # aiohttp.ClientSession
        reveal(g)  # aiohttp.ClientSession
    with closing(session) as h, nullcontext() as n, contextlib.nullcontext(enter_result=session) as m:
        reveal(h)  # aiohttp.ClientSession
        reveal(n)  # None
        reveal(m)  # aiohttp.ClientSession
    manager = plain() if session is None else nullcontext(session)
    async with manager as i:
        reveal(i)  # aiohttp.ClientSession
class Stacked:
    def __init__(self):
        self.stack = AsyncExitStack()
    async def start(self):
        self.session = await self.stack.enter_async_context(aiohttp.ClientSession())
    async def use(self):
        reveal(self.session)  # aiohttp.ClientSession
class Sub(AsyncExitStack):
    async def start(self):
        reveal(await self.enter_async_context(aiohttp.ClientSession()))  # aiohttp.ClientSession
class Given:
    async def __aenter__(self):
        self.session = aiohttp.ClientSession()
        return self
    async def __aexit__(self, *args): ...
class GivenChild(Given):
    connector: aiohttp.TCPConnector
async def g():
    async with Given() as given:
        reveal(given.session)  # aiohttp.ClientSession
    async with GivenChild() as child:
        reveal(child.connector)  # aiohttp.TCPConnector
""",
    "partial": """
import aiohttp
import functools
from functools import partial, partialmethod
def make(url, n=1): return aiohttp.ClientSession(url)
async def fetch(session, url) -> aiohttp.ClientResponse: ...
bound = partial(make, "x")
reveal(bound())  # aiohttp.ClientSession
Session = functools.partial(aiohttp.ClientSession, "https://x")
reveal(Session())  # aiohttp.ClientSession
class Api:
    def _make(self, n): return aiohttp.ClientSession()
    make = partialmethod(_make, 1)
    def f(self):
        reveal(self.make())  # aiohttp.ClientSession
        reveal(partial(self._make, 1)())  # aiohttp.ClientSession
async def f(session: aiohttp.ClientSession):
    reveal(await partial(fetch, session)("x"))  # aiohttp.ClientResponse
    reveal(await partial(session.get, "x")())  # aiohttp.ClientResponse
    get = partial(session.get, "x")
    async with get() as response:
        reveal(response)  # aiohttp.ClientResponse
    reveal(partial(unknown, session)())  # ?
    reveal(partial(*unknown)())  # ?
""",
    "decorators": """
import asyncio
import functools
import aiohttp
import backoff
import tenacity
from tenacity import retry, stop_after_attempt
from functools import cache, lru_cache, wraps
from typing import Awaitable, Callable, ParamSpec, TypeVar, Any, Coroutine
P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])
def declared(f: Callable[P, R]) -> Callable[P, R]: ...
def declared_async(f: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]: ...
def declared_coroutine(f: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]: ...
def same(f: F) -> F: ...
def with_options(n: int) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def with_options_typevar(n: int) -> Callable[[F], F]: ...
def wrapper(f):
    @wraps(f)
    async def inner(*args, **kwargs):
        try:
            return await f(*args, **kwargs)
        except ValueError:
            raise
    return inner
def sync_wrapper(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        result = f(*args, **kwargs)
        return result
    return inner
def wrapper_options(n):
    def decorate(f):
        @wraps(f)
        async def inner(*a, **kw):
            return await f(*a, **kw)
        return inner
    return decorate
def changes(f):
    @wraps(f)
    async def inner(*args, **kwargs):
        return [await f(*args, **kwargs)]
    return inner
def becomes_async(f: Callable[P, R]) -> Callable[P, Awaitable[R]]: ...
def as_given(f):
    register(f)
    return f
def replaces(f):
    return 1
@declared
def a(): return aiohttp.ClientSession()
@declared_async
async def b(): return aiohttp.ClientSession()
@declared_coroutine
async def b2(): return aiohttp.ClientSession()
@same
def c(): return aiohttp.ClientSession()
@with_options(3)
def d(): return aiohttp.ClientSession()
@with_options_typevar(3)
def d2(): return aiohttp.ClientSession()
@wrapper
async def e(): return aiohttp.ClientSession()
@sync_wrapper
def e2(): return aiohttp.ClientSession()
@wrapper_options(3)
async def e3(): return aiohttp.ClientSession()
@changes
async def g(): return aiohttp.ClientSession()
@becomes_async
def h(): return aiohttp.ClientSession()
@as_given
def i(): return aiohttp.ClientSession()
@replaces
def j(): return aiohttp.ClientSession()
@retry
async def k(): return aiohttp.ClientSession()
@retry(stop=stop_after_attempt(3))
async def k2(): return aiohttp.ClientSession()
@backoff.on_exception(backoff.expo, Exception)
async def k3(): return aiohttp.ClientSession()
@lru_cache(maxsize=None)
def m(): return aiohttp.ClientSession()
@unknown
def n(): return aiohttp.ClientSession()
class Api:
    @wrapper
    async def get(self): return aiohttp.ClientSession()
    @declared
    def typed(self): return aiohttp.ClientSession()
    @asyncio.coroutine
    def x(self): ...
async def f(api: Api):
    reveal(a())  # aiohttp.ClientSession
    reveal(await b())  # aiohttp.ClientSession
    reveal(await b2())  # aiohttp.ClientSession
    reveal(c())  # aiohttp.ClientSession
    reveal(d())  # aiohttp.ClientSession
    reveal(d2())  # aiohttp.ClientSession
    reveal(await e())  # aiohttp.ClientSession
    reveal(e2())  # aiohttp.ClientSession
    reveal(await e3())  # aiohttp.ClientSession
    reveal(await g())  # ?
    reveal(await h())  # aiohttp.ClientSession
    reveal(i())  # aiohttp.ClientSession
    reveal(j())  # ?
    reveal(await k())  # aiohttp.ClientSession
    reveal(await k2())  # aiohttp.ClientSession
    reveal(await k3())  # aiohttp.ClientSession
    reveal(m())  # aiohttp.ClientSession
    reveal(n())  # ?
    reveal(await api.get())  # aiohttp.ClientSession
    reveal(api.typed())  # aiohttp.ClientSession
""",
    "containers": """
import aiohttp
import collections
def f(s: aiohttp.ClientSession, d: dict[str, aiohttp.ClientSession], flag):
    reveal([s][0])  # aiohttp.ClientSession
    reveal({"a": s}["a"])  # aiohttp.ClientSession
    reveal({"a": s, "b": 1}["a"])  # aiohttp.ClientSession builtins.int
    reveal(d.get("a"))  # None aiohttp.ClientSession
    reveal(d.get("a", s))  # aiohttp.ClientSession
    reveal(d.get("a", None))  # None aiohttp.ClientSession
    reveal(d.pop("a"))  # aiohttp.ClientSession
    reveal(d.pop("a", None))  # None aiohttp.ClientSession
    reveal(d.setdefault("a", s))  # aiohttp.ClientSession
    for key, value in d.items():
        reveal(value)  # aiohttp.ClientSession
    for value in list(d.values()):
        reveal(value)  # aiohttp.ClientSession
    for index, value in enumerate([s]):
        reveal(value)  # aiohttp.ClientSession
        reveal(index)  # builtins.int
    for one, two in zip([s], [1]):
        reveal(one)  # aiohttp.ClientSession
        reveal(two)  # builtins.int
    a, *b = s, 1, 2
    reveal(a)  # aiohttp.ClientSession
    first, *rest = [s, s]
    reveal(first)  # aiohttp.ClientSession
    (x, (y, z)) = (s, (1, s))
    reveal(z)  # aiohttp.ClientSession
    reveal(next(iter(d.values())))  # aiohttp.ClientSession
    reveal(max([s]))  # aiohttp.ClientSession
    pool = []
    pool.append(s)
    reveal(pool[0])  # ?
    table = {}
    table["x"] = s
    reveal(table["x"])  # ?
    reveal((s, 1)[0])  # aiohttp.ClientSession
    reveal((s if flag else None) or s)  # aiohttp.ClientSession
    reveal(s and 1)  # aiohttp.ClientSession builtins.int
    typed: list[aiohttp.ClientSession] = []
    reveal(typed[0])  # aiohttp.ClientSession
    reveal([x for x in typed][0])  # aiohttp.ClientSession
    reveal({k: v for k, v in d.items()}["a"])  # aiohttp.ClientSession
    reveal((typed + [s])[0])  # aiohttp.ClientSession
    reveal(typed[1:][0])  # aiohttp.ClientSession
    reveal(sorted(typed, key=len)[0])  # aiohttp.ClientSession
    reveal(list(filter(None, typed))[0])  # aiohttp.ClientSession
    reveal({**d}["a"])  # aiohttp.ClientSession
    reveal((d | {})["a"])  # ? aiohttp.ClientSession
    reveal([*typed][0])  # aiohttp.ClientSession
    dd: collections.defaultdict[str, aiohttp.ClientSession] = collections.defaultdict(aiohttp.ClientSession)
    reveal(dd["x"])  # aiohttp.ClientSession
    q = collections.defaultdict(aiohttp.ClientSession)
    reveal(q["x"])  # aiohttp.ClientSession
    o: collections.OrderedDict[str, aiohttp.ClientSession]
    reveal(o["x"])  # aiohttp.ClientSession
    reveal(o.popitem())  # tuple
""",
    "tasks and futures": """
import asyncio
import aiohttp
async def make() -> aiohttp.ClientSession: ...
def make_sync() -> aiohttp.ClientSession: ...
async def other() -> int: ...
async def f(urls):
    reveal(await asyncio.gather(make(), other()))  # tuple
    a, b = await asyncio.gather(make(), other())
    reveal(a)  # aiohttp.ClientSession
    reveal(b)  # builtins.int
    for one in await asyncio.gather(*[make() for _ in urls]):
        reveal(one)  # aiohttp.ClientSession
    for one in await asyncio.gather(*(make() for _ in urls), return_exceptions=True):
        reveal(one)  # aiohttp.ClientSession builtins.BaseException
    reveal(await asyncio.wait_for(make(), 3))  # aiohttp.ClientSession
    reveal(await asyncio.wait_for(fut=make(), timeout=3))  # aiohttp.ClientSession
    reveal(await asyncio.shield(make()))  # aiohttp.ClientSession
    task = asyncio.create_task(make())
    reveal(await task)  # aiohttp.ClientSession
    reveal(task.result())  # aiohttp.ClientSession
    async with asyncio.TaskGroup() as group:
        first = group.create_task(make())
    reveal(first.result())  # aiohttp.ClientSession
    reveal(await asyncio.to_thread(make_sync))  # aiohttp.ClientSession
    loop = asyncio.get_running_loop()
    reveal(await loop.run_in_executor(None, make_sync))  # aiohttp.ClientSession
    reveal(await loop.create_task(make()))  # aiohttp.ClientSession
    reveal(asyncio.run(make()))  # aiohttp.ClientSession
    reveal(loop.run_until_complete(make()))  # aiohttp.ClientSession
    done, pending = await asyncio.wait([task])
    for one in done:
        reveal(one.result())  # aiohttp.ClientSession
    for next_done in asyncio.as_completed([make()]):
        reveal(await next_done)  # aiohttp.ClientSession
    future: asyncio.Future[aiohttp.ClientSession] = loop.create_future()
    reveal(await future)  # aiohttp.ClientSession
    reveal(await asyncio.ensure_future(make()))  # aiohttp.ClientSession
    queue: asyncio.Queue[aiohttp.ClientSession] = asyncio.Queue()
    reveal(await queue.get())  # aiohttp.ClientSession
    reveal(queue.get_nowait())  # aiohttp.ClientSession
    coro = make()
    reveal(await coro)  # aiohttp.ClientSession
class Api:
    def __init__(self):
        self.task = asyncio.create_task(make())
    async def f(self):
        reveal(await self.task)  # aiohttp.ClientSession
""",
    "generators and nested functions": """
import aiohttp
async def gen():
    async with aiohttp.ClientSession() as session:
        yield session
def plain():
    yield aiohttp.ClientSession()
def outer():
    session = aiohttp.ClientSession()
    def inner():
        return session
    async def inner_async():
        reveal(session)  # aiohttp.ClientSession
        return session
    reveal(inner())  # aiohttp.ClientSession
    return inner
def delegated():
    yield from plain()
async def f():
    async for one in gen():
        reveal(one)  # aiohttp.ClientSession
    reveal([x async for x in gen()][0])  # aiohttp.ClientSession
    for x in plain():
        reveal(x)  # aiohttp.ClientSession
    for x in delegated():
        reveal(x)  # aiohttp.ClientSession
    reveal(outer()())  # aiohttp.ClientSession
    reveal(await anext(gen()))  # aiohttp.ClientSession
    reveal(next(plain()))  # aiohttp.ClientSession
    reveal(await gen().__anext__())  # aiohttp.ClientSession
    make = lambda: aiohttp.ClientSession()
    reveal(make())  # aiohttp.ClientSession
class Iter:
    def __aiter__(self): return self
    async def __anext__(self) -> aiohttp.ClientSession: ...
class Sync:
    def __iter__(self):
        yield aiohttp.ClientSession()
    def __getitem__(self, key: str) -> aiohttp.ClientSession: ...
    def __call__(self) -> aiohttp.ClientSession: ...
class AIter:
    async def __aiter__(self):
        yield aiohttp.ClientSession()
class Wait:
    def __await__(self):
        return self._open().__await__()
    async def _open(self): return aiohttp.ClientSession()
async def g():
    async for a in Iter():
        reveal(a)  # aiohttp.ClientSession
    async for a in AIter():
        reveal(a)  # aiohttp.ClientSession
    for b in Sync():
        reveal(b)  # aiohttp.ClientSession
    reveal(Sync()["x"])  # aiohttp.ClientSession
    reveal(Sync()())  # aiohttp.ClientSession
    reveal(await Wait())  # aiohttp.ClientSession
""",
    "class constants and enums": """
import enum
import aiohttp
class Kind(enum.Enum):
    A = aiohttp.ClientSession()
class Api:
    SESSION = aiohttp.ClientSession()
    FACTORY = aiohttp.ClientSession
    def f(self):
        reveal(self.SESSION)  # aiohttp.ClientSession
        reveal(Api.SESSION)  # aiohttp.ClientSession
        reveal(self.FACTORY())  # aiohttp.ClientSession
        reveal(type(self).SESSION)  # aiohttp.ClientSession
        reveal(self.__class__.SESSION)  # aiohttp.ClientSession
reveal(Kind.A)  # ?
reveal(Kind.A.value)  # ?
session = None
def start():
    global session
    session = aiohttp.ClientSession()
def use():
    reveal(session)  # None aiohttp.ClientSession
""",
}

TYPE_PARAMETERS = """
import aiohttp
def first[T](x: T) -> T: ...
type Session = aiohttp.ClientSession
class Holder[T]:
    def get(self) -> T: ...
def f[S: aiohttp.ClientSession](session: Session, holder: Holder[aiohttp.ClientSession], s: S):
    reveal(first(session))  # aiohttp.ClientSession
    reveal(holder.get())  # aiohttp.ClientSession
    reveal(s)  # aiohttp.ClientSession
type Table[*Ts] = dict[int, aiohttp.ClientSession]
type Pair[T] = tuple[str, T]
def g[*Ts](table: Table[*Ts], pair: Pair[aiohttp.ClientSession]):
    reveal(table.get(1))  # None aiohttp.ClientSession
    for key, value in table.items():
        reveal(value)  # aiohttp.ClientSession
    reveal(pair[0])  # ?
"""


@pytest.mark.parametrize("title", CASES)
def test_forms(title: str) -> None:
    check_revealed(CASES[title])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is newer")
def test_type_parameters() -> None:
    check_revealed(TYPE_PARAMETERS)
