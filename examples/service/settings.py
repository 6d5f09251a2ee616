"""What the application is told from outside.

Practices: 1.7.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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
    token_key: str
    """The key that signs the tokens of programs; another one than the sessions', 32 characters or more."""
    archive_check_interval: float = 30.0
    """Seconds between two looks at the archive's health."""
    administrators: frozenset[str] = frozenset()
    """The users who may delete what others wrote."""
    allowed_origins: frozenset[str] = frozenset()
    """The origins whose pages may use the public API: `https://app.example`."""
    cache: Path | None = None
    """The file in which the processes share their cache; without it, each keeps its own."""
    certificate: Path | None = None
    """The PEM file of certificate chain and key; without it, something in front of us ends TLS."""
    database: str = ":memory:"
    """The file of the database."""
    grace: float = 10.0
    """Seconds that open requests get when we are told to stop."""
    host: str = "127.0.0.1"
    """The address where we listen: this machine's own unless others, or a container's proxy, are to reach us."""
    patience: float = 25.0
    """Seconds that an open request waits for news; less than what proxies grant."""
    port: int = 8080
    """The port where we listen."""
    requests_per_second: float = 50.0
    """What one address may ask for in the long run; ten seconds' worth at once."""
    sessions_in_database: bool = False
    """Whether sessions are kept in the database instead of the cookie."""
    uploads: Path = Path("uploads")
    """The folder of the files that users send."""


def settings_from_environment() -> Settings:
    """Read the settings of this process; a missing one is a `KeyError` that names it."""
    optional = {
        name: read(os.environ[name.upper()]) for name, read in OPTIONAL.items() if name.upper() in os.environ
    }
    return Settings(
        session_key=os.environ["SESSION_KEY"],
        password_hashes=json.loads(os.environ["PASSWORD_HASHES"]),
        documents=Path(os.environ["DOCUMENTS"]),
        archive=URL(os.environ["ARCHIVE_URL"]),
        token_key=os.environ["TOKEN_KEY"],
        **optional,
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _flag(text: str) -> bool:
    return {"yes": True, "no": False}[text]


OPTIONAL: dict[str, Callable[[str], Any]] = {
    "administrators": _words,
    "allowed_origins": _words,
    "cache": Path,
    "certificate": Path,
    "database": str,
    "grace": float,
    "host": str,
    "patience": float,
    "port": int,
    "requests_per_second": float,
    "sessions_in_database": _flag,
    "uploads": Path,
}
"""How the settings with a default are read, each from the variable of its name in capitals."""
