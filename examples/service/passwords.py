"""Password hashes. Hashing takes its time on purpose, so coroutines run these in a thread.

Practices: 10.5, 14.6.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets


def hash_password(password: str) -> str:
    """Give the text to store for a password: salt and hash, in hexadecimal."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(password, salt).hex()}"


def password_matches(password: str, stored: str) -> bool:
    """Tell whether `stored` was made from this password, in constant time."""
    salt, _, expected = stored.partition("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(expected))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogateescape"), salt=salt, n=2**14, r=8, p=1)


NOBODY = f"{bytes(16).hex()}${bytes(64).hex()}"
"""No password's hash: compared for unknown names, so that the answer takes as long as for known ones."""
