"""The typed client: what the service can do, as methods; what it says, as values.

Practices: K2, K3, 6.2, 6.8, 7.1, 7.2, 7.4, 7.6, 7.7, 7.8, 8.5, 15.5, 16.5.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from .connection import open_session, trust
from .errors import ServiceRefusedError, ServiceUnavailableError
from .metrics import Metrics
from .transfers import download, upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .settings import ClientSettings

CLIENT_ERROR = 400
SERVER_ERROR = 500


@dataclass(frozen=True)
class Document:
    """A document of the service."""

    name: str
    size: int


class ServiceClient:
    """Asks the service. It borrows the session: `service_client` opens and closes both."""

    def __init__(self, session: aiohttp.ClientSession, settings: ClientSettings) -> None:
        """Use a session that somebody else closes."""
        self._session = session
        self._settings = settings

    async def documents(self, *, prefix: str = "") -> list[Document]:
        """Give the documents whose names begin with a prefix.

        Raises:
            ServiceUnavailableError: The service could not be asked.
            ServiceRefusedError: It did not like the question.
        """
        found = await self._ask("GET", URL("documents"), params={"prefix": prefix} if prefix else None)
        if not isinstance(found, list):
            raise ServiceUnavailableError("the answer is no list of documents")
        return [_document(entry) for entry in found]

    async def rename(self, document: Document, name: str) -> Document:
        """Give a document another name.

        Raises:
            ServiceUnavailableError: The service could not be asked.
            ServiceRefusedError: There is no such document, or the name is taken.
        """
        return _document(await self._ask("PUT", _place(document.name), json={"name": name}))

    async def fetch(self, document: Document, target: Path) -> int:
        """Save a document in a file, and give its size in bytes.

        Raises:
            ServiceUnavailableError: It did not arrive whole.
        """
        try:
            return await download(
                self._session,
                _place(document.name) / "content",
                target,
                stall=self._settings.stall_timeout,
            )
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise ServiceUnavailableError(str(error)) from error

    async def store(self, name: str, source: Path) -> None:
        """Send a file as the content of a document.

        Raises:
            ServiceUnavailableError: It could not be sent whole.
        """
        try:
            await upload(self._session, _place(name) / "content", source, stall=self._settings.stall_timeout)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise ServiceUnavailableError(str(error)) from error

    async def _ask(
        self, method: str, url: URL, *, params: dict[str, str] | None = None, json: object = None
    ) -> Any:
        try:
            async with self._session.request(method, url, params=params, json=json) as response:
                if response.status >= SERVER_ERROR:
                    raise ServiceUnavailableError(f"{response.status} from {url}")
                if response.status >= CLIENT_ERROR:
                    raise ServiceRefusedError(response.status, await response.text())
                return await response.json()
        # A timeout of the whole request is no ClientError, nor is JSON that is none.
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise ServiceUnavailableError(f"{type(error).__name__}: {error}") from error


def _place(name: str) -> URL:
    """Give where a document is, below the service; its name may be any text."""
    return URL("documents/" + quote(name, safe=""), encoded=True)


def _document(entry: Any) -> Document:
    try:
        return Document(str(entry["name"]), int(entry["size"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ServiceUnavailableError("the answer is not about a document") from error


@asynccontextmanager
async def service_client(
    settings: ClientSettings, metrics: Metrics | None = None
) -> AsyncIterator[ServiceClient]:
    """Open a client for a program's life, and close its connections at the end."""
    trusted = await asyncio.to_thread(trust, settings)
    async with await open_session(settings, trusted, metrics or Metrics()) as session:
        yield ServiceClient(session, settings)
