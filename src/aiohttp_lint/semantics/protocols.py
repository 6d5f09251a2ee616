"""What values give: under `await`, in `async with`, when iterated, when subscripted, when called specially."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.annotations import types_of_api
from aiohttp_lint.semantics.types import (
    NONE,
    UNKNOWN,
    ClassObject,
    External,
    Instance,
    Member,
    Types,
    instance,
    union,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp_lint.semantics.inference import Inference

_APP_KEYS = (
    "aiohttp.web.AppKey",
    "aiohttp.web.RequestKey",
    "aiohttp.web.ResponseKey",
    "aiohttp.helpers.AppKey",
)
_KEYED = (
    "aiohttp.web.Application",
    "aiohttp.web.Request",
    "aiohttp.web.StreamResponse",
    "aiohttp.ChainMapProxy",
)
_AWAIT_THROUGH = frozenset({"asyncio.wait_for", "asyncio.shield", "async_timeout.timeout"})
_TASKS = frozenset({"asyncio.create_task", "asyncio.ensure_future"})
_TASK_METHODS = frozenset({"create_task"})
_ENTER_STACK = frozenset({"contextlib.AsyncExitStack.enter_async_context"})
_CLOSING = frozenset({"contextlib.aclosing", "contextlib.closing"})
_COPIES = {
    "builtins.list": "list", "builtins.set": "set", "builtins.tuple": "list", "builtins.sorted": "list",
    "builtins.frozenset": "set", "builtins.reversed": "iterable", "builtins.iter": "iterable", "copy.copy": None,
    "weakref.WeakSet": "set", "collections.deque": "list",
}  # fmt: skip

_CONTAINER_METHODS = frozenset(
    {
        "dict.keys", "dict.values", "dict.items", "dict.get", "dict.pop", "dict.setdefault", "dict.copy", "list.copy",
        "list.pop", "set.copy", "set.pop",
    }
)  # fmt: skip

# Classes of the standard library by the call that makes their instances.
_RESULTS = {
    "ssl.create_default_context": "ssl.SSLContext",
    "ssl._create_unverified_context": "ssl.SSLContext",
    "sqlite3.connect": "sqlite3.Connection",
    "sqlite3.Connection.cursor": "sqlite3.Cursor",
    "sqlite3.Connection.execute": "sqlite3.Cursor",
    "asyncio.get_event_loop": "asyncio.AbstractEventLoop",
    "asyncio.get_running_loop": "asyncio.AbstractEventLoop",
    "asyncio.new_event_loop": "asyncio.AbstractEventLoop",
    "builtins.open": "io.TextIOWrapper",
    "io.open": "io.TextIOWrapper",
    "pathlib.Path.open": "io.TextIOWrapper",
    "redis.from_url": "redis.Redis",
    "redis.Redis.from_url": "redis.Redis",
    "redis.StrictRedis": "redis.Redis",
    "redis.asyncio.from_url": "redis.asyncio.Redis",
    "subprocess.Popen": "subprocess.Popen",
    "requests.session": "requests.Session",
    "requests.sessions.Session": "requests.Session",
    "urllib.request.build_opener": "urllib.request.OpenerDirector",
    "sqlalchemy.create_engine": "sqlalchemy.engine.Engine",
    "sqlalchemy.engine.Engine.connect": "sqlalchemy.engine.Connection",
    "sqlalchemy.engine.Engine.begin": "sqlalchemy.engine.Connection",
}
# Classes outside aiohttp whose `with` gives the object itself.
_ENTER_THEMSELVES = frozenset(
    {
        "io.TextIOWrapper", "sqlite3.Connection", "subprocess.Popen", "contextlib.AsyncExitStack", "requests.Session",
        "httpx.Client", "sqlalchemy.engine.Connection", "sqlalchemy.orm.Session", "psycopg2.connect",
        "psycopg2.connect.cursor", "psycopg.connect", "psycopg.connect.cursor", "pymysql.connect",
        "pymysql.connect.cursor", "asyncio.Runner", "smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "redis.Redis",
    }
)  # fmt: skip
_PATHS = frozenset(
    f"pathlib.{name}"
    for name in ("Path.cwd", "Path.home", "Path.resolve", "Path.absolute", "Path.expanduser", "Path.joinpath",
                 "Path.with_suffix", "Path.with_name", "Path.relative_to", "Path.rename", "Path.replace",
                 "PosixPath", "WindowsPath")
)  # fmt: skip


def called(inference: Inference, node: ast.Call, callee: Types) -> Types | None:
    """Give the result of calls whose result depends on their arguments; None for all others."""
    if callee.is_open or len(callee.values) != 1:
        return None
    (member,) = callee.values
    if isinstance(member, ClassObject) and member.definition is None:
        return _constructed(inference, node, member)
    if not isinstance(member, External):
        return None
    name = member.name
    first = node.args[0] if node.args else None
    if name in _AWAIT_THROUGH and first is not None:
        return instance("awaitable", awaited(inference, inference.type_of(first)))
    if (name in _TASKS or name.rpartition(".")[2] in _TASK_METHODS) and first is not None:
        if name in _TASKS or name.startswith(("asyncio.", "aiojobs.")):
            return instance("asyncio.Task", awaited(inference, inference.type_of(first)))
    if name in _ENTER_STACK and first is not None:
        return instance("awaitable", entered(inference, inference.type_of(first), is_async=True))
    if name in _CLOSING and first is not None:
        kind = "async context" if name.endswith("aclosing") else "context"
        return instance(kind, inference.type_of(first))
    if name in ("typing.cast", "typing_extensions.cast") and len(node.args) == 2:
        return inference.annotated(node.args[0])
    if name in _CONTAINER_METHODS and isinstance(node.func, ast.Attribute):
        container = inference.type_of(node.func.value)
        return _each(container, lambda value: _from_container(value, name.partition(".")[2]))
    if name in _COPIES:
        return _copied(inference, _COPIES[name], first)
    if name == "sqlite3.connect" and isinstance(first, ast.Constant) and first.value == ":memory:":
        # Nothing that such a connection does waits for a disk, so it counts as none.
        return UNKNOWN
    if name in _RESULTS:
        return instance(_RESULTS[name])
    if name in _PATHS:
        return instance("pathlib.Path")
    if name.startswith("builtins.") and name in (
        "builtins.str",
        "builtins.bytes",
        "builtins.int",
        "builtins.float",
    ):
        return instance(name)
    return None


def _constructed(inference: Inference, node: ast.Call, member: ClassObject) -> Types | None:
    if member.name in _APP_KEYS:
        declared = member.arguments
        if not declared and len(node.args) > 1:
            declared = (inference.annotated(node.args[1]),)
        return instance(member.name, *declared)
    return None


def _copied(inference: Inference, shape: str | None, first: ast.expr | None) -> Types:
    if first is None:
        return instance(shape or "list")
    source = inference.type_of(first)
    if shape is None:
        return source
    return instance(shape, element(inference, source, is_async=False))


def _from_container(container: Member, method: str) -> Types:
    if not isinstance(container, Instance) or not container.arguments:
        return UNKNOWN
    if method == "copy":
        return Types(frozenset({container}))
    if container.name != "dict":
        return container.arguments[0]
    key, value = container.arguments
    if method == "keys":
        return instance("iterable", key)
    if method == "values":
        return instance("iterable", value)
    if method == "items":
        return instance("iterable", instance("tuple", key, value))
    return value | NONE if method == "get" else value


def awaited(inference: Inference, types: Types) -> Types:
    """Give what `await` gives."""
    return _each(types, lambda member: _awaited(inference, member))


def _awaited(inference: Inference, member: Member) -> Types:
    if not isinstance(member, Instance):
        return UNKNOWN
    if member.name in ("coroutine", "awaitable", "asyncio.Task"):
        return member.arguments[0] if member.arguments else UNKNOWN
    if member.definition is not None:
        method = member.definition.find_method("__await__")
        if method is None:
            for base in member.definition.outside_bases:
                known = aiohttp_api.find_class(base)
                if known is not None and known.awaits is not None:
                    return types_of_api(known.awaits)
        return UNKNOWN
    known = aiohttp_api.find_class(member.name)
    return types_of_api(known.awaits) if known is not None else UNKNOWN


def entered(inference: Inference, types: Types, is_async: bool) -> Types:
    """Give what `with … as` binds."""
    return _each(types, lambda member: _entered(inference, member, is_async))


def _entered(inference: Inference, member: Member, is_async: bool) -> Types:
    if not isinstance(member, Instance):
        return UNKNOWN
    if member.name in (("async context",) if is_async else ("context",)):
        return member.arguments[0] if member.arguments else UNKNOWN
    if member.definition is not None:
        method = member.definition.find_method("__aenter__" if is_async else "__enter__")
        if method is not None:
            result = inference.result_of(method)
            return awaited(inference, result) if is_async else result
        if is_async and member.definition.is_complete:
            for base in member.definition.outside_bases:
                known = aiohttp_api.find_class(base)
                if known is not None and known.enters is not None:
                    return types_of_api(known.enters) if known.enters != base else Types(frozenset({member}))
        return UNKNOWN
    known = aiohttp_api.find_class(member.name)
    if known is None:
        if member.name in _ENTER_THEMSELVES:
            return Types(frozenset({member}))
        return UNKNOWN
    # A plain `with` on what has no working one (AIO105) binds what was meant, so that its inside is understood.
    return types_of_api(known.enters if is_async or known.sync_enters is None else known.sync_enters)


def element(inference: Inference, types: Types, is_async: bool) -> Types:
    """Give what a loop over the value gives."""
    return _each(types, lambda member: _element(member, is_async))


def _element(member: Member, is_async: bool) -> Types:
    if not isinstance(member, Instance):
        return UNKNOWN
    if is_async:
        if member.name == "async iterable":
            return member.arguments[0] if member.arguments else UNKNOWN
        name = member.name
        if member.definition is not None:
            name = next(
                (base for base in member.definition.outside_bases if aiohttp_api.find_class(base)), ""
            )
        known = aiohttp_api.find_class(name)
        return types_of_api(known.iterates) if known is not None else UNKNOWN
    if member.name in ("list", "set", "iterable", "dict") and member.arguments:
        return member.arguments[0]
    if member.name == "tuple" and member.arguments:
        return union(member.arguments)
    return UNKNOWN


def subscripted(inference: Inference, node: ast.Subscript) -> Types:
    """Give what `value[key]` gives: an application's typed keys, and plain containers."""
    container = inference.type_of(node.value)
    if container.is_only(*_KEYED) or (
        container.members and container.is_only("aiohttp.helpers.ChainMapProxy")
    ):
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            values = inference.application_values(key.value)
            return union(inference.type_of(value) for value in values)
        keys = inference.type_of(key)
        return _each(
            keys,
            lambda member: (
                member.arguments[0]
                if isinstance(member, Instance) and member.name in _APP_KEYS and member.arguments
                else UNKNOWN
            ),
        )
    return _each(container, lambda member: _item(inference, member, node.slice))


def _item(inference: Inference, member: Member, key: ast.expr) -> Types:
    if isinstance(member, ClassObject):
        # `AppKey[ClientSession]` as an expression: the class with its argument.
        return Types(frozenset({ClassObject(member.name, member.definition, (inference.annotated(key),))}))
    if not isinstance(member, Instance):
        return UNKNOWN
    if member.name == "dict" and len(member.arguments) == 2:
        return member.arguments[1]
    if member.name == "list" and member.arguments:
        return Types(frozenset({member})) if isinstance(key, ast.Slice) else member.arguments[0]
    if member.name == "tuple" and isinstance(key, ast.Constant) and isinstance(key.value, int):
        if -len(member.arguments) <= key.value < len(member.arguments):
            return member.arguments[key.value]
    return UNKNOWN


def _each(types: Types, give: Callable[[Member], Types]) -> Types:
    result = union(give(member) for member in types.values)
    return result | UNKNOWN if types.is_open else result
