"""Who releases a resource, and on which paths nobody does."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics import resources
from tests.semantics.modules import call, module_of

HEAD = "import asyncio, contextlib\nimport aiohttp\nasync def f(url, flag, other):\n    session = aiohttp.ClientSession()\n"


def held(body: str, after: str = "") -> resources.Holding:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    module = module_of(HEAD + lines + after)
    found = resources.holding(module, call(module, "aiohttp.ClientSession()"), resources.SESSION)
    assert found is not None
    return found


CLOSED = {
    "plain": "await session.close()",
    "finally": "try:\n    await session.get(url)\nfinally:\n    await session.close()",
    "entered": "async with session:\n    await other()",
    "guarded by its own state": "try:\n    await other()\nfinally:\n    if not session.closed:\n        await session.close()",
    "guarded by none": "try:\n    await other()\nfinally:\n    if session is not None and not session.closed:\n        await session.close()",
    "owner flag": "own = True\ntry:\n    await other()\nfinally:\n    if own:\n        await session.close()",
    "both branches": "if flag:\n    await session.close()\nelse:\n    await session.close()",
    "re-raised": "try:\n    await other()\nexcept Exception:\n    await session.close()\n    raise\nawait session.close()",
}


@pytest.mark.parametrize("title", CLOSED)
def test_closed_on_every_path(title: str) -> None:
    found = held(CLOSED[title])
    assert not found.escapes
    assert not found.leak()


LEAKS = {
    "never": ("await session.get(url)", "at_exit"),
    "one branch": ("if flag():\n    await session.close()", "at_exit"),
    "early return": ("if flag:\n    return\nawait session.close()", "at_exit"),
    "exception": ("await other()\nawait session.close()", "by_exception"),
    "rebound": ("session = other()", "rebound"),
    "loop": ("for _ in url:\n    session = aiohttp.ClientSession()\nawait session.close()", "rebound"),
    "swallowed": ("try:\n    await other()\n    await session.close()\nexcept OSError:\n    pass", "at_exit"),
    "suppressed": (
        "with contextlib.suppress(OSError):\n    await other()\n    await session.close()",
        "at_exit",
    ),
}


@pytest.mark.parametrize("title", LEAKS)
def test_leaks(title: str) -> None:
    body, kind = LEAKS[title]
    found = held(body)
    assert not found.escapes
    assert getattr(found.leak(), kind)


ESCAPES = {
    "returned": "return session",
    "returned in a tuple": "return session, 1",
    "yielded": "yield session",
    "attribute": "other.session = session",
    "item": "other['s'] = session",
    "alias": "alias = session",
    "unknown call": "other(session)",
    "keyword": "other(session=session)",
    "list": "x = [session]",
    "captured": "def later():\n    return session",
    "lambda": "other(lambda: session)",
    "bound method": "fetch = session.get",
    "unknown attribute": "session.whatever()",
    "task": "asyncio.create_task(borrow(session))",
}


@pytest.mark.parametrize("title", ESCAPES)
def test_escapes(title: str) -> None:
    assert held(ESCAPES[title], "async def borrow(s):\n    await s.get('/')\n").escapes


def test_functions_of_the_file_are_looked_into() -> None:
    after = (
        "async def borrow(s):\n    print(s.closed)\n    await s.get('/')\n"
        "async def release(s):\n    await s.close()\n"
        "async def keep(s):\n    KEPT.append(s)\n"
    )
    borrowed = held("await borrow(session)", after)
    assert not borrowed.escapes
    assert borrowed.leak().at_exit
    assert not held("await release(session)", after).leak()
    assert held("await keep(session)", after).escapes


def test_uses_after_release() -> None:
    module = module_of("""
        import aiohttp
        async def f(url, flag):
            async with aiohttp.ClientSession() as session:
                await session.get(url)
            await session.post(url)
        async def g(url, flag):
            session = aiohttp.ClientSession()
            if flag:
                await session.close()
            await session.get(url)
        async def h(url):
            session = aiohttp.ClientSession()
            while True:
                await session.get(url)
                await session.close()
                session = aiohttp.ClientSession()
        async def i(url):
            session = aiohttp.ClientSession()
            await session.close()
            await session.get(url)
        """)
    found = []
    for site in module.calls_to("aiohttp.ClientSession"):
        holding = resources.holding(module, site.node, resources.SESSION)
        if holding is not None:
            released = [event.name for event in holding.releases]
            found += [event.name.lineno for event in holding.uses_after_release(released)]
    assert found == [21]


BORROWERS = """
async def borrow(first, s=None, *, named=None):
    await s.get("/")
async def by_name(*, named):
    await named.get("/")
async def deeper(s):
    await deep(s)
async def deep(s):
    await s.close()
async def endless(s):
    await endless(s)
def generates(s):
    yield s.closed
async def rebinds(s):
    s = None
class Helper:
    async def borrow(self, s):
        await s.get("/")
    @staticmethod
    async def release(s):
        await s.close()
"""
GIVEN = {
    "by position": ("await borrow(1, session)", False, True),
    "by keyword": ("await borrow(1, s=session)", False, True),
    "to a keyword-only parameter": ("await by_name(named=session)", False, True),
    "to no parameter": ("await borrow(1, whatever=session)", True, False),
    "past the parameters": ("await deep(1, session)", True, False),
    "after a star": ("await borrow(*other, session)", True, False),
    "in double stars": ("await borrow(1, **{'s': session})", True, False),
    "closed by what it calls": ("await deeper(session)", False, False),
    "recursion is too deep to tell": ("await endless(session)", True, False),
    "a generator": ("generates(session)", True, False),
    "a parameter that is bound again": ("await rebinds(session)", True, False),
    "a method": ("await Helper().borrow(session)", False, True),
    "a static method": ("await Helper.release(session)", False, False),
    "awaited with a limit": ("await asyncio.wait_for(borrow(1, session), 5)", False, True),
    "a coroutine that is kept": ("kept = borrow(1, session)", True, False),
    "an attribute that is its own is set": ("session.headers = other", False, True),
    "an attribute that nobody knows is set": ("session.mark = 1", True, False),
    "starred": ("other(*session)", True, False),
}


@pytest.mark.parametrize("title", GIVEN)
def test_what_functions_do_with_what_they_are_given(title: str) -> None:
    body, escapes, leaks = GIVEN[title]
    found = held(body, BORROWERS)
    assert bool(found.escapes) is escapes
    if not escapes:
        assert found.leak().at_exit is leaks


@pytest.mark.parametrize(
    "body",
    [
        "session = other\nsession += aiohttp.TCPConnector()",
        "global session\nsession = aiohttp.TCPConnector()",
    ],
)
def test_what_is_not_held_by_one_local_name(body: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(f"import aiohttp\ndef f(other):\n{lines}")
    assert resources.holding(module, call(module, "aiohttp.TCPConnector()"), resources.SESSION) is None


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("session", True),
        ("not session", False),
        ("session.closed", False),
        ("session.other", None),
        ("session is None", False),
        ("session is not None", True),
        ("other is None", None),
        ("session and not session.closed", True),
        ("session and other", None),
        ("not session and other", False),
        ("session or other", True),
        ("session.closed or session is None", False),
        ("session.closed or other", None),
        ("not other", None),
        ("own", True),
        ("given", False),
        ("session == 1", None),
    ],
)
def test_outcome_of_conditions_while_it_is_held(test: str, outcome: bool | None) -> None:
    module = module_of(f"if {test}: pass")
    statement = module.tree.body[0]
    assert isinstance(statement, ast.If)
    assert resources.held_outcome(statement.test, "session", frozenset({"own", "not given"})) is outcome
