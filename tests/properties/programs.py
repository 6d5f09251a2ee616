"""Random programs that look like aiohttp code, for property tests."""

from __future__ import annotations

from textwrap import indent

from hypothesis import strategies as st

HEADERS = (
    "import asyncio\nimport aiohttp\nfrom aiohttp import web\n",
    "import asyncio, time\nfrom aiohttp import ClientSession, ClientTimeout, web, WSMsgType\nimport aiohttp\n",
    "from __future__ import annotations\nimport aiohttp as http\nimport aiohttp\nimport asyncio\nimport requests\nfrom aiohttp import web\n",
    '"""Docstring."""\n\nimport asyncio  # first\nimport ssl\n\nimport aiohttp\nfrom aiohttp import (\n    web,\n)\n',
)

SIMPLE = (
    "session = aiohttp.ClientSession()",
    "session = aiohttp.ClientSession(timeout=10)",
    "session = aiohttp.ClientSession(timeout=None)  # comment",
    "await session.get(url)",
    "response = await session.get(url, timeout=5)",
    "response = await session.post(\n    url,\n    json={'ä': 1},  # kept\n)",
    "session.close()",
    "await session.close()",
    "response.release()",
    "data = response.json()",
    "data = await response.json()",
    "print(await response.text())",
    "return response",
    "return await session.get(url)",
    "time.sleep(1)",
    "requests.get(url)",
    "open(url).read()",
    "asyncio.create_task(job())",
    "asyncio.run(job())",
    "asyncio.sleep(1)",
    "job()",
    "answer = web.Response()",
    "answer.set_cookie('session_id', 'x')",
    "answer.set_cookie('auth_token', value, secure=True)",
    "return web.HTTPFound('/')",
    "raise web.HTTPFound('/')",
    "return answer",
    "ws = web.WebSocketResponse()",
    "await ws.prepare(request)",
    "ws.send_str('x')",
    "await ws.send_str(f'{url}')",
    "await ws.close(1000)",
    "await ws.close(code=999)",
    "message = await ws.receive()",
    "return ws",
    "client = await session.ws_connect(url)",
    "await session.get(url, ssl=False)",
    "context = ssl.SSLContext(ssl.PROTOCOL_TLS)",
    "text = '''two\nlines'''",
    "pass; session.close()",
    "x = 1; await session.get(url)",
    "pass",
    "break_me = lambda: session.close()",
    "values = [session.get(u) for u in url]",
    "self.session = aiohttp.ClientSession()",
    "del session",
    "raise ValueError(url)",
    "assert session",
    "yield session",
)

COMPOUND = (
    "if url:",
    "while True:",
    "while not ws.closed:",
    "for one in url:",
    "for ws in sockets:",
    "async for message in ws:",
    "async with aiohttp.ClientSession() as session:",
    "async with aiohttp.ClientSession() as session, session.get(url) as response:",
    "with aiohttp.ClientSession() as session:",
    "with lock:",
    "async with session.get(url) as response:",
    "with session.get(url) as response:",
    "async def inner(request):",
    "def sync_inner():",
    "class Inner:",
)


@st.composite
def blocks(draw: st.DrawFn, depth: int) -> str:
    """Give one or more statements, unindented."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 9))
        if depth and kind < 3:
            parts.append(draw(st.sampled_from(COMPOUND)) + "\n" + indent(draw(blocks(depth - 1)), "    "))
        elif depth and kind == 3:
            caught = draw(
                st.sampled_from(
                    (
                        "except Exception:",
                        "except:",
                        "except aiohttp.ClientError:",
                        "except asyncio.CancelledError:",
                    )
                )
            )
            tried, handled = draw(blocks(depth - 1)), draw(blocks(depth - 1))
            last = draw(st.sampled_from(("", "finally:\n    await session.close()\n")))
            parts.append(f"try:\n{indent(tried, '    ')}{caught}\n{indent(handled, '    ')}{last}")
        elif kind == 4:
            parts.append(
                "if url: " + draw(st.sampled_from([line for line in SIMPLE if "\n" not in line])) + "\n"
            )
        else:
            parts.append(draw(st.sampled_from(SIMPLE)) + "\n")
    return "".join(parts)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Give the text of a file; most parse, some do not."""
    parts = [draw(st.sampled_from(HEADERS)), "routes = web.RouteTableDef()\nsockets = set()\n"]
    for index in range(draw(st.integers(1, 3))):
        decorator = draw(st.sampled_from(("", "@routes.get('/')\n", "@web.middleware\n", "@unknown\n")))
        kind = draw(st.sampled_from(("async def", "async def", "async def", "def")))
        arguments = draw(
            st.sampled_from(
                ("request", "request, handler", "session: aiohttp.ClientSession, url", "self, ws, url")
            )
        )
        parts.append(f"{decorator}{kind} function{index}({arguments}):\n{indent(draw(blocks(3)), '    ')}")
    parts.append(
        draw(
            st.sampled_from(
                (
                    "",
                    "async def job(): ...\n",
                    "app = web.Application()\napp.router.add_get('/x', function0)\n",
                )
            )
        )
    )
    text = "\n".join(parts)
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", draw(st.sampled_from(("\n", "\n", "\r\n"))))
