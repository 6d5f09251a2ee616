"""Who closes a session, in whichever file: bases, heirs, stacks, callbacks, other modules."""

from __future__ import annotations

TREES: dict[str, dict[str, str]] = {
    "closed in main.py": {
        "client.py": """
            import aiohttp
            class Client:
                def __init__(self):
                    self.session = aiohttp.ClientSession()
            """,
        "main.py": """
            from client import Client
            async def main():
                client = Client()
                await client.session.close()
            """,
    },
    "nobody in the project closes a public attribute": {
        "client.py": """
            import aiohttp
            class Client:
                def __init__(self):
                    self.session = aiohttp.ClientSession()  # AIO102
                async def get(self):
                    async with self.session.get("https://a.example/") as response:
                        return await response.text()
            """,
        "main.py": """
            from client import Client
            async def main():
                client = Client()
                await client.get()
            """,
    },
    "base closes": {
        "base.py": """
            # aiohttp
            class Base:
                session = None
                async def close(self):
                    if self.session:
                        await self.session.close()
            """,
        "client.py": """
            import aiohttp
            from base import Base
            class Client(Base):
                def __init__(self):
                    self.session = aiohttp.ClientSession()
            """,
    },
    "base closes private": {
        "base.py": """
            # aiohttp
            class Base:
                _session = None
                async def close(self):
                    if self._session:
                        await self._session.close()
            """,
        "client.py": """
            import aiohttp
            from base import Base
            class Client(Base):
                def __init__(self):
                    self._session = aiohttp.ClientSession()
            """,
    },
    "subclass closes": {
        "base.py": """
            import aiohttp
            class Base:
                def __init__(self):
                    self._session = aiohttp.ClientSession()
            """,
        "client.py": """
            from base import Base
            class Client(Base):
                async def close(self):
                    await self._session.close()
            """,
    },
    "private, nobody closes": {
        "base.py": """
            import aiohttp
            class Base:
                def __init__(self):
                    self._session = aiohttp.ClientSession()  # AIO102
            class Other:
                async def close(self):
                    await self._session.close()
            """,
    },
    "exit stacks and friends": {
        "a.py": """
            import aiohttp, weakref
            from contextlib import AsyncExitStack, asynccontextmanager
            from unittest import IsolatedAsyncioTestCase
            class A:
                async def start(self):
                    self.stack = AsyncExitStack()
                    self._session = aiohttp.ClientSession()
                    self.stack.push_async_callback(self._session.close)
            class B:
                async def start(self):
                    self.stack = AsyncExitStack()
                    self._session2 = await self.stack.enter_async_context(aiohttp.ClientSession())
            class C:
                async def start(self):
                    self._session3 = aiohttp.ClientSession()
                    weakref.finalize(self, self._session3.connector.close)
            class T(IsolatedAsyncioTestCase):
                async def asyncSetUp(self):
                    self._session4 = aiohttp.ClientSession()
                    self.addAsyncCleanup(self._session4.close)
            @asynccontextmanager
            async def make():
                session = aiohttp.ClientSession()
                try:
                    yield session
                finally:
                    await session.close()
            class D:
                def __init__(self, app):
                    self._session5 = aiohttp.ClientSession()
                    app.on_cleanup.append(self.stop)
                async def stop(self, app):
                    await self._session5.close()
            class E:
                def __init__(self, app):
                    self._session6 = aiohttp.ClientSession()
                    app.on_cleanup.append(lambda app: self._session6.close())
            """,
    },
    "application key closed in another file": {
        "keys.py": """
            import aiohttp
            from aiohttp import web
            HTTP = web.AppKey("http", aiohttp.ClientSession)
            """,
        "start.py": """
            import aiohttp
            from aiohttp import web
            from keys import HTTP
            async def start(app: web.Application) -> None:
                app[HTTP] = aiohttp.ClientSession()
            """,
        "stop.py": """
            from aiohttp import web
            from keys import HTTP
            async def stop(app: web.Application) -> None:
                await app[HTTP].close()
            """,
        "main.py": """
            from aiohttp import web
            from start import start
            from stop import stop
            app = web.Application()
            app.on_startup.append(start)
            app.on_cleanup.append(stop)
            web.run_app(app)
            """,
    },
    "module global closed elsewhere": {
        "g.py": """
            import aiohttp
            _session = None
            async def start() -> None:
                global _session
                _session = aiohttp.ClientSession()
            """,
        "stop.py": """
            import g
            # aiohttp
            async def stop(app) -> None:
                await g._session.close()
            """,
    },
    "session handed to object that closes": {
        "client.py": """
            class Client:
                def __init__(self, session):
                    self.session = session
                async def close(self):
                    await self.session.close()
            """,
        "main.py": """
            import aiohttp
            from client import Client
            async def main():
                session = aiohttp.ClientSession()
                client = Client(session)
                await client.close()
            """,
    },
    "session handed to object that only borrows": {
        "client.py": """
            class Client:
                def __init__(self, session):
                    self.session = session
                async def get(self):
                    async with self.session.get("https://a.example/") as response:
                        return await response.text()
            """,
        "main.py": """
            import aiohttp
            from client import Client
            async def main():
                session = aiohttp.ClientSession()
                client = Client(session)
                await client.get()
            """,
    },
    "a session that another file makes": {
        "make.py": """
            import aiohttp

            shared = None


            def make():
                return aiohttp.ClientSession()


            async def make_later(headers):
                return aiohttp.ClientSession(headers=headers)


            def get():
                global shared
                if shared is None:
                    shared = aiohttp.ClientSession()
                return shared
            """,
        "main.py": """
            # Talks to servers by aiohttp.
            from make import get, make, make_later


            async def left(url):
                session = make()  # AIO103
                async with session.get(url) as response:
                    return await response.text()


            async def left_too(url):
                session = await make_later({})  # AIO103
                async with session.get(url) as response:
                    return await response.text()


            async def closed(url):
                session = make()
                async with session.get(url) as response:
                    await response.text()
                await session.close()


            async def entered(url):
                async with make() as session, session.get(url) as response:
                    return await response.text()


            async def borrowed(url):
                session = get()
                async with session.get(url) as response:
                    return await response.text()


            async def given(url):
                session = make()
                return session
            """,
    },
    "response read elsewhere": {
        "read.py": """
            async def read(response):
                return await response.json()
            def status(response):
                return response.status
            class Reader:
                def __init__(self):
                    pass
                async def read(self, response):
                    return await response.json()
                async def look(self, response):
                    return response.status
                @staticmethod
                def see(response):
                    return response.status
            """,
        "main.py": """
            import aiohttp
            from read import read, status, Reader
            async def a(session: aiohttp.ClientSession):
                response = await session.get("https://a.example/")
                return await read(response)
            async def b(session: aiohttp.ClientSession):
                response = await session.get("https://a.example/")  # AIO302
                return status(response)
            async def c(session: aiohttp.ClientSession, reader: Reader):
                response = await session.get("https://a.example/")
                return await reader.read(response)
            async def d(session: aiohttp.ClientSession, reader: Reader):
                response = await session.get("https://a.example/")  # AIO302
                return await reader.look(response)
            async def e(session: aiohttp.ClientSession, reader: Reader):
                response = await session.get("https://a.example/")  # AIO302
                return Reader.see(response)
            """,
    },
}

WHOLE_PROJECTS: dict[str, dict[str, str]] = {
    "application key closed nowhere": {
        "keys.py": """
            import aiohttp
            from aiohttp import web
            HTTP = web.AppKey("http", aiohttp.ClientSession)
            OTHER = web.AppKey("http", aiohttp.ClientSession)
            """,
        "start.py": """
            import aiohttp
            from aiohttp import web
            from keys import HTTP
            async def start(app: web.Application) -> None:
                app[HTTP] = aiohttp.ClientSession()  # AIO102
            """,
        "stop.py": """
            from aiohttp import web
            from keys import OTHER
            async def stop(app: web.Application) -> None:
                await app[OTHER].close()
            """,
        "main.py": """
            from aiohttp import web
            from start import start
            from stop import stop
            app = web.Application()
            app.on_startup.append(start)
            app.on_cleanup.append(stop)
            web.run_app(app)
            """,
    },
    "module public global closed nowhere": {
        "g.py": """
            import aiohttp
            session = None
            async def start() -> None:
                global session
                session = aiohttp.ClientSession()  # AIO102
            """,
        "stop.py": """
            import g
            # aiohttp
            async def stop(app) -> None:
                await g.session.get("https://a.example/")  # AIO301
            """,
    },
}

"""What is only said of a project that the command was given whole."""
