"""What the application is told from outside.

Practices: 1.7.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two deployments."""

    session_key: str
    """The key that encrypts session cookies: 32 bytes, URL-safe base64 (`Fernet.generate_key().decode()`)."""
    password_hashes: Mapping[str, str]
    """A password hash by user name, as `passwords.hash_password` makes them."""
    documents: Path
    """The folder of the text documents."""
    archive: URL
    """The service that keeps the large files."""
    archive_check_interval: float = 30.0
    """Seconds between two looks at the archive's health."""


def settings_from_environment() -> Settings:
    """Read the settings of this process; a missing one is a `KeyError` that names it."""
    return Settings(
        session_key=os.environ["SESSION_KEY"],
        password_hashes=json.loads(os.environ["PASSWORD_HASHES"]),
        documents=Path(os.environ["DOCUMENTS"]),
        archive=URL(os.environ["ARCHIVE_URL"]),
    )
