"""What holds on every path: conditions that go together, and functions that never return."""

from __future__ import annotations

TREES: dict[str, dict[str, str]] = {
    "conditions of sessions that go together": {
        "a.py": """
            import aiohttp
            async def a(session=None):
                own = False
                if session is None:
                    session = aiohttp.ClientSession()
                    own = True
                try:
                    async with session.get("https://a.example/") as response:
                        return await response.text()
                finally:
                    if own:
                        await session.close()
            async def b(session=None):
                own = session is None
                if own:
                    session = aiohttp.ClientSession()
                try:
                    async with session.get("https://a.example/") as response:
                        return await response.text()
                finally:
                    if own:
                        await session.close()
            async def c(session=None):
                own = session is None
                if session is None:
                    session = aiohttp.ClientSession()
                try:
                    async with session.get("https://a.example/") as response:
                        await response.text()
                finally:
                    if not own:
                        return
                    await session.close()
            async def d(url, debug):
                session = None
                if debug:
                    session = aiohttp.ClientSession()
                if debug:
                    await session.close()
            async def e(url, debug):
                if debug:
                    session = aiohttp.ClientSession()  # AIO103
                if not debug:
                    await session.close()
            async def f(url, debug):
                session = None
                try:
                    session = aiohttp.ClientSession()
                    await session.get(url)
                finally:
                    if session is not None and not session.closed:
                        await session.close()
            async def g(url, session=None):
                own = session is None
                session = session or aiohttp.ClientSession()
                try:
                    async with session.get("https://a.example/") as response:
                        return await response.text()
                finally:
                    if own: await session.close()
            async def h(url, session=None):
                given = session
                session = session or aiohttp.ClientSession()
                try:
                    async with session.get("https://a.example/") as response:
                        return await response.text()
                finally:
                    if given is None: await session.close()
            async def i(url, session=None):
                close = False
                if not session:
                    session, close = aiohttp.ClientSession(), True
                try:
                    async with session.get("https://a.example/") as response:
                        return await response.text()
                finally:
                    if close: await session.close()
            async def j(url):
                session = aiohttp.ClientSession()  # AIO103
                try:
                    data = load(url)
                except ValueError:
                    await session.close()
                    raise
                else:
                    await session.close()
                    return data
            async def k(url, marks):
                session = aiohttp.ClientSession()
                done = False
                while not done:
                    done = url is marks
                    if done:
                        await session.close()
            async def l(url, debug):
                session = aiohttp.ClientSession()  # AIO103
                own = False
                if own:
                    await session.close()
            async def m(url, mode):
                if mode == "a":
                    session = aiohttp.ClientSession()
                if mode == "a":
                    await session.close()
            """,
    },
    "conditions of responses that go together": {
        "a.py": """
            import aiohttp
            async def a(session: aiohttp.ClientSession, url, wait):
                response = await session.get(url)
                if wait:
                    return await response.json()
                if not wait:
                    response.release()
            async def b(session: aiohttp.ClientSession, url, wait):
                response = await session.get(url)
                ok = response.status == 200
                if ok:
                    data = await response.json()
                else:
                    data = None
                if not ok:
                    response.release()
                return data
            async def c(session: aiohttp.ClientSession, url, wait):
                response = None
                for _ in range(3):
                    response = await session.get(url)
                    if response.ok:
                        break
                    response.release()
                return await response.json()
            async def d(session: aiohttp.ClientSession, url, wait):
                response = await session.get(url)  # AIO302
                if wait:
                    return await response.json()
                wait = True
                if wait:
                    return None
                return await response.json()
            """,
    },
    "functions that never return": {
        "errors.py": """
            from typing import NoReturn
            from aiohttp import web
            def abort(text):
                raise web.HTTPBadRequest(text=text)
            def declared(text) -> NoReturn:
                fail(text)
            def sometimes(text):
                if text:
                    raise web.HTTPBadRequest(text=text)
            """,
        "client.py": """
            import aiohttp
            from errors import abort, declared, sometimes
            async def f(url, bad):
                session = aiohttp.ClientSession()
                if bad:
                    await session.close()
                    abort("x")
                await session.close()
            async def g(url, bad):
                session = aiohttp.ClientSession()
                if not bad:
                    await session.close()
                else:
                    declared("x")
            async def h(url, bad):
                session = aiohttp.ClientSession()  # AIO103
                if bad:
                    sometimes("x")
                else:
                    await session.close()
                    return
                print(url)
            """,
    },
}
