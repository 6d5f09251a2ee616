"""Questions about cookies and sessions: what a call writes, what a name says, what a key is worth."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from pathlib import PurePath
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import is_none

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

RESPONSE = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
SET_COOKIE = aiohttp_api.callable_named(f"{RESPONSE}.set_cookie").name
DEL_COOKIE = aiohttp_api.callable_named(f"{RESPONSE}.del_cookie").name
STORAGES = tuple(
    aiohttp_api.class_named(f"aiohttp_session.{name}").name
    for name in (
        "cookie_storage.EncryptedCookieStorage",
        "nacl_storage.NaClCookieStorage",
        "redis_storage.RedisStorage",
        "memcached_storage.MemcachedStorage",
    )
)
"""The session storages that are fit for production."""

_SEPARATORS = re.compile(r"[_\-.]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRETS = frozenset(
    {
        "sess", "session", "sessid", "sessionid", "phpsessid", "jsessionid", "sid", "auth", "authentication",
        "authorization", "authtoken", "token", "jwt", "csrf", "xsrf", "csrftoken", "xsrftoken", "remember", "rememberme",
    }
)  # fmt: skip
_REQUEST_FORGERY = frozenset({"csrf", "xsrf", "csrftoken", "xsrftoken"})
_LOGIN_PARTS = frozenset({"login", "id", "key", "cookie"})
# Words that say that the cookie is about a session or a login, and does not carry it.
_ABOUT = frozenset(
    {"type", "expires", "expiry", "expiration", "lang", "language", "theme", "count", "timeout", "last", "provider", "method"}
)  # fmt: skip


def cookie_calls(module: Module, name: str) -> Iterator[CallSite]:
    """Give the calls of a response's cookie method, in source order.

    The receiver is a response by its type, or because its function returns it: a registered handler, and a
    function annotated so, return responses.
    """
    method = name.rpartition(".")[2]
    nodes = [node for node, _ in module.facts.calls.get(method, ())]
    for node in sorted(nodes, key=lambda call: (call.lineno, call.col_offset)):
        site = module.call_site(node)
        is_foreign = not site.callables and not site.functions
        if site.calls_only(name) or (is_foreign and _is_returned_response(module, site.receiver)):
            yield site


def _is_returned_response(module: Module, receiver: ast.expr | None) -> bool:
    if not isinstance(receiver, ast.Name):
        return False
    function = module.function_at(receiver)
    if function is None or isinstance(function.node, ast.Lambda):
        return False
    returns = function.node.returns
    is_declared = returns is not None and module.inference.annotated(returns).is_only(RESPONSE)
    is_handler = Role.HANDLER in module.roles_of(function) and returns is None
    if not is_declared and not is_handler:
        return False
    held = set(module.reaching(receiver))
    return any(
        isinstance(statement, ast.Return)
        and isinstance(statement.value, ast.Name)
        and statement.value.id == receiver.id
        and set(module.reaching(statement.value)) == held
        for statement in function.scope.all_nodes(ast.Return)
    )


def cookie_name(call: CallSite) -> str | None:
    """Give the name of the cookie that a call sets or deletes; None where it is no literal."""
    return _text(call, "name", 0)


def _text(call: CallSite, name: str, position: int | None = None) -> str | None:
    value = call.argument(name, position).value
    literal = call.module.constant(value) if value is not None else None
    return literal.value if literal is not None and isinstance(literal.value, str) else None


def words_of(name: str) -> list[str]:
    """Split a name into its words: at `_`, `-`, `.` and where camelCase changes; lower case."""
    parts = [part for part in _SEPARATORS.split(name) if part]
    return [word.lower() for part in parts for word in ([part] if part.isupper() else _WORDS.findall(part))]


def is_credential(name: str) -> bool:
    """Tell whether a cookie's name says that it stands for a session, a login or a token."""
    words = words_of(name)
    if not _ABOUT.isdisjoint(words):
        return False
    return not _SECRETS.isdisjoint(words) or ("login" in words and _LOGIN_PARTS.issuperset(words))


def is_for_scripts(name: str) -> bool:
    """Tell whether the page's scripts have to read a cookie: a token against request forgery."""
    return not _REQUEST_FORGERY.isdisjoint(words_of(name))


def is_deletion(call: CallSite) -> bool:
    """Tell whether a `set_cookie` deletes the cookie: no value, no age, or an end in the past."""
    if _text(call, "value", 1) == "":
        return True
    age = call.argument("max_age").value
    literal = call.module.constant(age) if age is not None else None
    if literal is not None and isinstance(literal.value, int) and literal.value <= 0:
        return True
    expires = _text(call, "expires")
    if expires is None:
        return False
    try:
        return parsedate_to_datetime(expires).year < 2020
    except ValueError:
        return False


def is_left_out(call: CallSite, name: str) -> bool:
    """Tell whether a flag of a cookie surely keeps its default: not given, or given as None."""
    argument = call.argument(name)
    return argument.is_missing or is_none(argument.value)


def is_switched_off(call: CallSite, name: str) -> bool:
    """Tell whether a flag surely is not set: left out, or literally False."""
    value = call.argument(name).value
    return is_left_out(call, name) or (isinstance(value, ast.Constant) and value.value is False)


class Malformed(Enum):
    """What is wrong with the value of a cookie's attribute: it goes out as it is."""

    EXPIRES = auto()
    MAX_AGE = auto()
    SAMESITE = auto()
    FLAG = auto()


def malformed_values(call: CallSite) -> Iterator[tuple[ast.expr, Malformed]]:
    """Give the arguments of a `set_cookie` that become attributes no browser understands."""
    expires, age = call.argument("expires").value, call.argument("max_age").value
    if expires is not None and _written(call.module, expires) in (_Value.DATE, _Value.FLOAT, _Value.DIGITS):
        yield expires, Malformed.EXPIRES
    if age is not None and _written(call.module, age) is _Value.SPAN:
        yield age, Malformed.MAX_AGE
    site = call.argument("samesite").value
    literal = call.module.constant(site) if site is not None else None
    if site is not None and literal is not None:
        known = isinstance(literal.value, str) and literal.value.lower() in ("", "lax", "strict", "none")
        if not known and literal.value is not None:
            yield site, Malformed.SAMESITE
    for name in ("secure", "httponly"):
        value, text = call.argument(name).value, _text(call, name)
        if value is not None and text is not None and text.lower() in ("false", "no", "off", "none", "0"):
            yield value, Malformed.FLAG


class _Value(Enum):
    DATE = auto()
    SPAN = auto()
    FLOAT = auto()
    WHOLE = auto()
    DIGITS = auto()


_FLOATS = ("builtins.float", "time.time")
_DATES = tuple(
    f"datetime.{name}"
    for name in (
        "datetime", "datetime.now", "datetime.utcnow", "datetime.today", "datetime.fromtimestamp",
        "datetime.utcfromtimestamp", "datetime.strptime", "datetime.fromisoformat",
    )
)  # fmt: skip
_MAXIMUM_DEPTH = 8


def _written(module: Module, node: ast.expr, depth: int = 0) -> _Value | None:
    """Give the kind of value that an expression surely has, as far as it matters in a cookie."""
    types = module.type_of(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _Value.DIGITS if node.value.isdigit() else None
    for kind, names in (
        (_Value.FLOAT, _FLOATS), (_Value.DATE, _DATES), (_Value.SPAN, ("datetime.timedelta",)), (_Value.WHOLE, ("builtins.int",)),
    ):  # fmt: skip
        if types.is_only(*names):
            return kind
    if depth > _MAXIMUM_DEPTH:
        return None
    if isinstance(node, ast.BinOp):
        sides = (_written(module, node.left, depth + 1), _written(module, node.right, depth + 1))
        if _Value.DATE in sides:
            return _Value.DATE if sides.count(_Value.DATE) == 1 else _Value.SPAN
        return _Value.FLOAT if _Value.FLOAT in sides else None
    if isinstance(node, ast.Call) and module.qualified_name(node.func) == "builtins.str" and node.args:
        number = _written(module, node.args[0], depth + 1)
        return _Value.DIGITS if number in (_Value.WHOLE, _Value.FLOAT) else None
    value = module.only_value(node)
    return None if value is None else _written(module, value, depth + 1)


def broken_prefix(call: CallSite) -> bool:
    """Tell whether a cookie's name demands what the call doesn't give (`__Secure-…`, `__Host-…`)."""
    name = cookie_name(call)
    if name is None or not name.startswith(("__Secure-", "__Host-")):
        return False
    if is_switched_off(call, "secure"):
        return True
    if name.startswith("__Secure-"):
        return False
    path = call.argument("path").value
    literal = call.module.constant(path) if path is not None else None
    domain = call.argument("domain").value
    return (isinstance(domain, ast.Constant) and domain.value is not None) or (
        literal is not None and literal.value != "/"
    )


# Session storages.


def storages_created(module: Module) -> Iterator[CallSite]:
    """Give the calls that create a production storage of aiohttp-session, or of a project's copy of it.

    A copy is a package P with `P.redis_storage.RedisStorage` (and so on) whose `P.setup` is given an aiohttp
    application in the file.
    """
    yield from module.calls_to(*STORAGES)
    copies = _copied_packages(module)
    if copies:
        paths = (storage.partition(".")[2] for storage in STORAGES)
        yield from module.calls_to(*(f"{package}.{path}" for path in paths for package in copies))


def _copied_packages(module: Module) -> list[str]:
    found: list[str] = []
    for spelling in sorted(module.local_aliases("setup")):
        for node, _ in module.facts.calls.get(spelling, ()):
            name = module.qualified_name(node.func)
            if name is None or not node.args or name.startswith("aiohttp_session."):
                continue
            if module.is_instance(node.args[0], APPLICATION):
                found.append(name.rpartition(".")[0])
    return sorted(set(found))


_TRIAL_WORDS = frozenset({"debug", "dev", "development", "test", "testing", "tests", "local", "demo"})


def is_for_trial(module: Module, node: ast.AST) -> bool:
    """Tell whether a node only runs where a condition speaks of debugging, development or tests."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.If | ast.IfExp):
            for part in ast.walk(ancestor.test):
                name = part.id if isinstance(part, ast.Name) else getattr(part, "attr", None)
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    name = part.value
                if isinstance(name, str) and not _TRIAL_WORDS.isdisjoint(words_of(name)):
                    return True
    return False


_STAND_INS = frozenset({"mock", "mocks", "fake", "fakes", "stub", "stubs"})


def stands_in_for_another(module: Module) -> bool:
    """Tell whether a folder of the file's path says that its server stands in for another: its cookies are made up."""
    return any(not _STAND_INS.isdisjoint(words_of(part)) for part in PurePath(module.place).parts[:-1])


_SERVERS = (
    (aiohttp_api.callable_named("aiohttp.web.run_app").name, "host", None),
    (aiohttp_api.class_named("aiohttp.web.TCPSite").name, "host", 1),
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serves_only_this_machine(module: Module) -> bool:
    """Tell whether the file starts servers, and all of them on loopback and without TLS."""
    sites = [
        (site, name, position) for callee, name, position in _SERVERS for site in module.calls_to(callee)
    ]
    return bool(sites) and all(
        _text(site, name, position) in _LOOPBACK and site.argument("ssl_context").is_missing
        for site, name, position in sites
    )


# Keys of session storages.


class KeyFault(Enum):
    """What is wrong with a session key."""

    INVALID = auto()
    """The storage refuses it."""
    LITERAL = auto()
    """It stands in the source."""
    EPHEMERAL = auto()
    """Every start of the process makes a new one."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a session key is: where it comes from, and its form.

    `kind` is `bytes`, `text` or `fernet`; `size` the number of bytes where it is known; `text` the literal.
    """

    source: ast.expr
    fault: KeyFault
    kind: str
    size: int | None = None
    value: str | None = None


_RANDOM = frozenset({"os.urandom", "secrets.token_bytes", "nacl.utils.random"})
_GENERATE = "cryptography.fernet.Fernet.generate_key"
_FERNET = "cryptography.fernet.Fernet"
_DECODERS = frozenset({"base64.urlsafe_b64decode", "base64.b64decode"})
_FERNET_TEXT = re.compile(r"[A-Za-z0-9_\-+/]{43}=")


def key_of(module: Module, node: ast.expr, depth: int = 0) -> Key | None:
    """Tell where a session key surely comes from, when that is the source text or a generator.

    None for everything else: a key from a file or the environment, a key that is written or shown somewhere
    after it was made, and one of several.
    """
    if depth > _MAXIMUM_DEPTH:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return Key(node, KeyFault.LITERAL, "bytes", len(node.value))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Key(node, KeyFault.LITERAL, "text", value=node.value)
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
        scope = module.scope_at(node).binding_scope(node.id)
        if scope is None or len(scope.bindings.get(node.id, ())) != 1 or len(bindings) != 1:
            return None
        value = bindings[0].value
        if bindings[0].kind is not BindingKind.ASSIGNMENT or value is None:
            return None
        key = key_of(module, value, depth + 1)
        if key is not None and key.fault is KeyFault.EPHEMERAL:
            is_kept = any(not _stays_key(module, use) for use in module.uses(scope, node.id))
            return None if is_kept else key
        return key
    if isinstance(node, ast.Call):
        return _key_of_call(module, node, depth)
    return None


def _key_of_call(module: Module, node: ast.Call, depth: int) -> Key | None:
    name = module.qualified_name(node.func)
    first = node.args[0] if node.args else None
    if name == _GENERATE:
        return Key(node, KeyFault.EPHEMERAL, "bytes", 44)
    if name in _RANDOM:
        literal = module.constant(first) if first is not None else None
        size = literal.value if literal is not None and isinstance(literal.value, int) else None
        return Key(node, KeyFault.EPHEMERAL, "bytes", size)
    if name == _FERNET and first is not None:
        inner = key_of(module, first, depth + 1)
        return None if inner is None else Key(inner.source, inner.fault, "fernet")
    if name in _DECODERS and first is not None:
        inner = key_of(module, first, depth + 1)
        return None if inner is None else Key(inner.source, inner.fault, "bytes", _decoded_size(inner))
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("decode", "encode") and name is None:
        inner = key_of(module, node.func.value, depth + 1)
        return None if inner is None else _recoded(inner, node.func.attr)
    return None


def _decoded_size(key: Key) -> int | None:
    is_fernet_key = key.size == 44 or (
        key.value is not None and _FERNET_TEXT.fullmatch(key.value) is not None
    )
    return 32 if is_fernet_key else None


def _recoded(key: Key, method: str) -> Key | None:
    if method == "decode" and key.kind == "bytes":
        return Key(key.source, key.fault, "text", key.size)
    if method == "encode" and key.kind == "text" and key.value is not None:
        return Key(key.source, key.fault, "bytes", len(key.value.encode()))
    return None


def _stays_key(module: Module, use: ast.Name) -> bool:
    """Tell whether a use of a key's name only makes a key, a cipher or a storage of it."""
    parent = module.parent(use)
    if isinstance(parent, ast.Attribute):
        parent = module.parent(parent)
    if isinstance(parent, ast.keyword):
        parent = module.parent(parent)
    if not isinstance(parent, ast.Call):
        return False
    name = module.qualified_name(parent.func)
    if name is None:
        return isinstance(parent.func, ast.Attribute) and parent.func.attr in ("decode", "encode")
    return name in (_FERNET, *_DECODERS, *STORAGES[:2])


def is_refused(key: Key, storage: str) -> bool:
    """Tell whether a storage (its canonical name) surely refuses the key."""
    if storage == STORAGES[1]:
        return key.kind in ("text", "fernet") or (key.size is not None and key.size != 32)
    if key.kind == "bytes":
        return key.size is not None and key.size != 32
    if key.kind == "text" and key.value is not None:
        return _FERNET_TEXT.fullmatch(key.value) is None
    return False
