"""Sessions in the database: the cookie holds a key and nothing else, and a session can be ended from here.

Practices: 10.2, 10.4, 15.7.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time

from aiohttp import web
from aiohttp_session import AbstractStorage, Session

from .keys import DATABASE


class DatabaseStorage(AbstractStorage):
    """A storage of aiohttp-session; those that nobody used for `max_age` seconds are over."""

    async def load_session(self, request: web.Request) -> Session:
        """Give the session of the request's cookie, or a new one."""
        key = self.load_cookie(request)
        if key is not None:
            statement = "SELECT data FROM sessions WHERE key = ? AND expires > ?"
            async with request.config_dict[DATABASE].execute(statement, (_stored(key), time.time())) as rows:
                row = await rows.fetchone()
            if row is not None:
                return Session(key, data=json.loads(row["data"]), new=False, max_age=self.max_age)
        return Session(None, data=None, new=True, max_age=self.max_age)

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        """Keep the session; the key of the one that it replaces opens nothing any more."""
        database = request.config_dict[DATABASE]
        key = session.identity
        former = self.load_cookie(request)
        if former is not None and former != key:
            await database.execute("DELETE FROM sessions WHERE key = ?", (_stored(former),))
        if session.empty:
            if key is not None:
                await database.execute("DELETE FROM sessions WHERE key = ?", (_stored(key),))
            self.save_cookie(response, "")
            return
        if key is None:
            key = secrets.token_urlsafe()
        expires = time.time() + (session.max_age or 0)
        data = json.dumps(self._get_session_data(session))
        await database.execute(
            "REPLACE INTO sessions (key, data, expires) VALUES (?, ?, ?)", (_stored(key), data, expires)
        )
        self.save_cookie(response, key, max_age=session.max_age)


def _stored(key: str) -> str:
    """Hash the key: who reads the database can't take over the sessions."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


async def forget_old_sessions(application: web.Application) -> None:
    """Remove at start-up what has expired."""
    await application[DATABASE].execute("DELETE FROM sessions WHERE expires <= ?", (time.time(),))
