"""Each test gets a service of its own: new keys, an empty database in memory, a folder that goes with the test.

Practices: 12.1, 12.2, 12.7.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from ..service.application import create_application
from ..service.passwords import hash_password
from ..service.settings import Settings
from .archive import Archive, playing_archive
from .visitors import PASSWORD, Client, visiting


@pytest_asyncio.fixture
async def archive() -> AsyncIterator[Archive]:
    """Run the archive that the service asks."""
    async with playing_archive() as played:
        yield played


@pytest.fixture
def settings(archive: Archive, tmp_path: Path) -> Settings:
    """Give settings; a test may replace a part of them before it makes the application."""
    return Settings(
        session_key=Fernet.generate_key().decode(),
        password_hashes={"ada": hash_password(PASSWORD)},
        documents=tmp_path,
        archive=archive.url,
        token_key="only of this test, and of a fitting length",
        uploads=tmp_path,
    )


@pytest_asyncio.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    """Give a visitor who has not signed in; the application starts and stops around the test."""
    async with visiting(create_application(settings)) as visitor:
        yield visitor
