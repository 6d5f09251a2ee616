"""AIO504."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import ReplaceExpression
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.cookies import STORAGES, KeyFault, is_for_trial, is_refused, key_of
from aiohttp_lint.semantics.module import Module

_ENCRYPTED, _NACL = STORAGES[:2]


class SessionKey(Rule):
    """A session key that is refused, stands in the source, or is new at every start protects nothing.

    `EncryptedCookieStorage` takes a `Fernet`, the text of a Fernet key, or the 32 bytes that it stands for. The
    bytes that `Fernet.generate_key()` gives are the *text* form: they are encoded once more, and the storage
    raises `ValueError: Fernet key must be 32 url-safe base64-encoded bytes`, as it does for a passphrase. A key in
    the source is known to whoever reads the repository, and they can write any session. A key that is made at
    start logs every user out at each restart, and with two workers every other request.

    Bad:

    ```python
    key = fernet.Fernet.generate_key()
    aiohttp_session.setup(app, EncryptedCookieStorage(key, secure=True))
    ```

    Good:

    ```python
    key = fernet.Fernet(os.environ["SESSION_KEY"])
    aiohttp_session.setup(app, EncryptedCookieStorage(key, secure=True))
    ```

    Fix: safe, and only for the bytes of `generate_key()`: `.decode()` turns the sure error into a storage that works.
    That the key is new at every start is still reported, at the place where it is made.

    Silent for keys from anywhere else, for `os.environ.get(…) or generate_key()`, for a key that is also written,
    shown or stored, in tests and examples, and under a condition that speaks of debugging.
    """

    code = "AIO504"
    name = "session-key"
    message = "session key is refused, in the source, or new at every start: load it from a secret"
    fix = FixAvailability.SAFE
    relaxed_in_tests = True
    practices = ("10.1", "10.2", "10.7", "13.3", "13.8", "15.7")
    equivalents = ("S105", "S106")
    mentions = (any_of(_ENCRYPTED, _NACL),)
    source = "https://aiohttp-session.readthedocs.io/en/stable/reference.html#cookie-storage"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in module.calls_to(_ENCRYPTED, _NACL):
            argument = call.argument("secret_key", 0).value
            key = key_of(module, argument) if argument is not None else None
            if key is None or argument is None:
                continue
            (storage,) = call.names
            is_trial = is_for_trial(module, call.node)
            if is_refused(key, storage):
                is_generated = key.kind == "bytes" and key.size == 44 and storage == _ENCRYPTED
                edits = [ReplaceExpression(module.span(argument), "{}.decode()")] if is_generated else []
                message = (
                    "storage refuses this key with an error: pass the text of a Fernet key, or its 32 bytes"
                )
                if storage == _NACL:
                    message = "storage refuses this key with an error: pass 32 bytes"
                yield self.finding(module, call, message, edits=edits, fix="Decode the key")
                if key.source is argument or key.fault is KeyFault.LITERAL:
                    continue
            if is_trial:
                continue
            if key.fault is KeyFault.LITERAL:
                message = "session key stands in the source: whoever reads it can forge sessions; load it from a secret"
                yield self.finding(module, argument, message)
            else:
                message = (
                    "session key is new at every start: all users are logged out then; load it from a secret"
                )
                yield self.finding(module, key.source, message)
