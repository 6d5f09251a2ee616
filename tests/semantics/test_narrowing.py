"""What tests on the way to a use rule out; `reveal` lines as in `test_types`."""

from __future__ import annotations

import pytest

from tests.semantics.modules import check_revealed

CASES = {
    "narrowed None": """
import aiohttp
from typing import Optional
def f(x: Optional[aiohttp.ClientSession], y: Optional[aiohttp.ClientSession] = None, z: aiohttp.ClientSession | str | None = None):
    if x is not None:
        reveal(x)  # aiohttp.ClientSession
    else:
        reveal(x)  # None
    if x is None:
        reveal(x)  # None
    elif y:
        reveal(x)  # aiohttp.ClientSession
        reveal(y)  # aiohttp.ClientSession
    if not x:
        return
    reveal(x)  # aiohttp.ClientSession
    assert y is not None
    reveal(y)  # aiohttp.ClientSession
    if isinstance(z, str):
        z = aiohttp.ClientSession(z)
    reveal(z)  # None aiohttp.ClientSession
    if z is None:
        z = aiohttp.ClientSession()
    reveal(z)  # aiohttp.ClientSession
def g(values: list[aiohttp.ClientSession | None], x: Optional[aiohttp.ClientSession]):
    for value in values:
        if value is None:
            continue
        reveal(value)  # aiohttp.ClientSession
    while x is None:
        x = look()
        reveal(x)  # ?
    if x is None:
        raise ValueError
    reveal(x)  # ? aiohttp.ClientSession
    reveal([value for value in values if value])  # list
    for one in [value for value in values if value is not None]:
        reveal(one)  # aiohttp.ClientSession
def h(x: Optional[aiohttp.ClientSession], flag):
    if x and flag:
        reveal(x)  # aiohttp.ClientSession
    if x is None or flag:
        reveal(x)  # None aiohttp.ClientSession
        return
    reveal(x)  # aiohttp.ClientSession
def i(x: Optional[aiohttp.ClientSession], flag):
    if flag or not x:
        return None
    def nested():
        reveal(x)  # None aiohttp.ClientSession
    reveal(x)  # aiohttp.ClientSession
    reveal(x.get("u") if x is not None else x)  # None aiohttp.client._RequestContextManager
def walrus(d: dict[str, aiohttp.ClientSession]):
    if (session := d.get("x")) is not None:
        reveal(session)  # aiohttp.ClientSession
    if session := d.get("x"):
        reveal(session)  # aiohttp.ClientSession
    if not (session := d.get("y")):
        return
    reveal(session)  # aiohttp.ClientSession
def raises(x: Optional[aiohttp.ClientSession]):
    try:
        if x is None:
            raise ValueError
    except ValueError:
        reveal(x)  # None
    reveal(x)  # None aiohttp.ClientSession
""",
    "narrowed classes": """
import aiohttp
from aiohttp import web
from typing import TypeGuard, Any
from typing_extensions import TypeIs
def is_session(x: object) -> TypeGuard[aiohttp.ClientSession]: ...
def is_connector(x: object) -> TypeIs[aiohttp.TCPConnector]: ...
def f(x, y: aiohttp.ClientSession | str, z: Any):
    if is_session(x):
        reveal(x)  # aiohttp.ClientSession
    if is_connector(x):
        reveal(x)  # aiohttp.TCPConnector
    if not isinstance(x, aiohttp.ClientSession):
        return
    reveal(x)  # aiohttp.ClientSession
    if isinstance(y, str):
        reveal(y)  # builtins.str
    else:
        reveal(y)  # aiohttp.ClientSession
    assert isinstance(z, aiohttp.ClientSession)
    reveal(z)  # aiohttp.ClientSession
def g(x, y: aiohttp.ClientSession | str | None, w):
    match x:
        case aiohttp.ClientSession():
            reveal(x)  # aiohttp.ClientSession
        case aiohttp.TCPConnector() as connector:
            reveal(connector)  # aiohttp.TCPConnector
        case None:
            reveal(x)  # None
        case other:
            reveal(other)  # ?
    match y:
        case None:
            return
        case str():
            reveal(y)  # builtins.str
        case session:
            reveal(session)  # aiohttp.ClientSession
            reveal(y)  # aiohttp.ClientSession
    match w:
        case aiohttp.ClientSession() | aiohttp.TCPConnector():
            reveal(w)  # aiohttp.ClientSession aiohttp.TCPConnector
        case {"a": b, **rest}:
            reveal(b)  # ?
        case [first, *others]:
            reveal(first)  # ?
def h(x):
    if isinstance(x, aiohttp.ClientSession):
        x = unknown()
        reveal(x)  # ?
    isinstance = unknown
def i(x, isinstance):
    if isinstance(x, aiohttp.ClientSession):
        reveal(x)  # ?
def j(session: aiohttp.ClientSession):
    if isinstance(session, unknown):
        reveal(session)  # aiohttp.ClientSession
class Special(aiohttp.ClientSession): ...
def both(response):
    if not isinstance(response, (web.StreamResponse, web.HTTPException)):
        raise RuntimeError
    if isinstance(response, (web.Response, web.HTTPException)):
        reveal(response)  # aiohttp.web.HTTPException aiohttp.web.Response
def k(session: aiohttp.ClientSession):
    if isinstance(session, Special):
        reveal(session)  # Special
    reveal(session)  # aiohttp.ClientSession
""",
    "what is bound again is not what was tested": """
import aiohttp
from typing import Optional
def f(x: Optional[aiohttp.ClientSession], items, flag):
    for item in items:
        if x is None:
            continue
        reveal(x)  # aiohttp.ClientSession
        if flag:
            x = None
        reveal(x)  # None aiohttp.ClientSession
    reveal(x)  # None aiohttp.ClientSession
def g(values, flag):
    if flag and (x := values.get("a")) and isinstance(x, aiohttp.ClientSession):
        reveal(x)  # aiohttp.ClientSession
    else:
        reveal(x)  # ?
def h(value):
    if isinstance(value, aiohttp.ClientSession) or unknown(value):
        reveal(value)  # ?
    try:
        if not isinstance(value, aiohttp.TCPConnector):
            raise TypeError
    finally:
        reveal(value)  # ? aiohttp.TCPConnector
    reveal(value)  # aiohttp.TCPConnector
    lambda: reveal(value)  # ?
    del value
    reveal(value)  # ?
def i(value: Optional[aiohttp.ClientSession]):
    if value:
        return
    reveal(value)  # None aiohttp.ClientSession
    while value is None:
        value = aiohttp.ClientSession()
    else:
        reveal(value)  # aiohttp.ClientSession
def many(value, a, b, c):
    if a and isinstance(value, int):
        return
    if b and isinstance(value, str):
        return
    if c and isinstance(value, bytes):
        return
    reveal(value)  # ?
    if isinstance(value, int | str):
        reveal(value)  # builtins.int builtins.str
""",
}


@pytest.mark.parametrize("title", CASES)
def test_narrowing(title: str) -> None:
    check_revealed(CASES[title])
