"""What values give: under `await`, in `async with`, when iterated, when subscripted."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.annotations import types_of_api
from aiohttp_lint.semantics.types import (
    UNKNOWN,
    ClassObject,
    Instance,
    Member,
    Types,
    union,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp_lint.semantics.definitions import Class, Function
    from aiohttp_lint.semantics.inference import Inference

APP_KEYS = (
    "aiohttp.web.AppKey",
    "aiohttp.web.RequestKey",
    "aiohttp.web.ResponseKey",
    "aiohttp.helpers.AppKey",
)
_NAMED_TUPLE = "typing.NamedTuple"
_RECORDS = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
_KEYED = (
    "aiohttp.web.Application",
    "aiohttp.web.Request",
    "aiohttp.web.StreamResponse",
    "aiohttp.ChainMapProxy",
)
# Classes outside aiohttp whose `with` gives the object itself.
_ENTER_THEMSELVES = frozenset(
    {
        "io.TextIOWrapper", "sqlite3.Connection", "subprocess.Popen", "contextlib.AsyncExitStack", "contextlib.ExitStack",
        "asyncio.TaskGroup", "requests.Session",
        "httpx.Client", "sqlalchemy.engine.Connection", "sqlalchemy.orm.Session", "psycopg2.connect",
        "psycopg2.connect.cursor", "psycopg.connect", "psycopg.connect.cursor", "pymysql.connect",
        "pymysql.connect.cursor", "asyncio.Runner", "smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "redis.Redis",
    }
)  # fmt: skip


def awaited(inference: Inference, types: Types) -> Types:
    """Give what `await` gives."""
    return each(types, lambda member: _awaited(inference, member))


def _awaited(inference: Inference, member: Member) -> Types:
    if not isinstance(member, Instance):
        return UNKNOWN
    if member.name in ("coroutine", "awaitable", "asyncio.Task"):
        return member.arguments[0] if member.arguments else UNKNOWN
    if member.definition is not None:
        method = member.definition.find_method("__await__")
        if method is not None:
            return _result_of_await_method(method)
        for base in member.definition.outside_bases:
            known = aiohttp_api.find_class(base)
            if known is not None and known.awaits is not None:
                return types_of_api(known.awaits)
        return UNKNOWN
    known = aiohttp_api.find_class(member.name)
    return types_of_api(known.awaits) if known is not None else UNKNOWN


def _result_of_await_method(method: Function) -> Types:
    """Give what `__await__` ends with, where it is `return <coroutine>.__await__()`."""
    returns = [node for node in method.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
    value = returns[0].value if len(returns) == 1 and not method.is_generator else None
    if not (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "__await__"
    ):
        return UNKNOWN
    owner = method.owner.inference
    return awaited(owner, owner.type_of(value.func.value))


def entered(inference: Inference, types: Types, is_async: bool) -> Types:
    """Give what `with … as` binds."""
    return each(types, lambda member: _entered(inference, member, is_async))


def _entered(inference: Inference, member: Member, is_async: bool) -> Types:
    if not isinstance(member, Instance):
        return UNKNOWN
    if member.name in ("any context", "async context" if is_async else "context"):
        return member.arguments[0] if member.arguments else UNKNOWN
    if member.definition is not None:
        method = member.definition.find_method("__aenter__" if is_async else "__enter__")
        if method is not None:
            result = inference.result_on(member, method)
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
        method_name = "__aenter__" if is_async else "__enter__"
        declared = inference.declared_result(f"{member.name}.{method_name}") or UNKNOWN
        return awaited(inference, declared) if is_async else declared
    # A plain `with` on what has no working one (AIO105) binds what was meant, so that its inside is understood.
    return types_of_api(known.enters if is_async or known.sync_enters is None else known.sync_enters)


def element(inference: Inference, types: Types, is_async: bool) -> Types:
    """Give what a loop over the value gives."""
    return each(types, lambda member: _element(inference, member, is_async))


def _element(inference: Inference, member: Member, is_async: bool) -> Types:
    if not isinstance(member, Instance):
        return UNKNOWN
    if is_async:
        if member.name == "async iterable":
            return member.arguments[0] if member.arguments else UNKNOWN
        name = member.name
        if member.definition is not None:
            method = member.definition.find_method("__aiter__")
            if method is not None:
                return _iterated(inference, inference.result_on(member, method))
            name = next(
                (base for base in member.definition.outside_bases if aiohttp_api.find_class(base)), ""
            )
        known = aiohttp_api.find_class(name)
        return types_of_api(known.iterates) if known is not None else UNKNOWN
    if member.definition is not None:
        method = member.definition.find_method("__iter__")
        result = UNKNOWN if method is None else inference.result_on(member, method)
        if all(isinstance(part, Instance) and part.name == "iterable" for part in result.members):
            return element(inference, result, is_async=False)
        return UNKNOWN
    if member.name in ("list", "set", "iterable", "dict") and member.arguments:
        return member.arguments[0]
    if member.name == "tuple" and member.arguments:
        return union(member.arguments)
    return UNKNOWN


def _iterated(inference: Inference, iterator: Types) -> Types:
    """Give what the iterator that an `__aiter__` gives steps through."""

    def step(member: Member) -> Types:
        if isinstance(member, Instance) and member.definition is not None:
            method = member.definition.find_method("__anext__")
            return UNKNOWN if method is None else awaited(inference, inference.result_on(member, method))
        return _element(inference, member, is_async=True)

    return each(iterator, step)


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
        return each(
            keys,
            lambda member: (
                member.arguments[0]
                if isinstance(member, Instance) and member.name in APP_KEYS and member.arguments
                else UNKNOWN
            ),
        )
    return each(container, lambda member: _item(inference, member, node.slice))


def _item(inference: Inference, member: Member, key: ast.expr) -> Types:
    if isinstance(member, ClassObject):
        # `AppKey[ClientSession]` as an expression: the class with its argument.
        return Types(frozenset({ClassObject(member.name, member.definition, (inference.annotated(key),))}))
    if not isinstance(member, Instance):
        return UNKNOWN
    if member.definition is not None:
        return _item_of_object(inference, member, key)
    if member.name == "dict" and len(member.arguments) == 2:
        return member.arguments[1]
    if member.name == "list" and member.arguments:
        return Types(frozenset({member})) if isinstance(key, ast.Slice) else member.arguments[0]
    if member.name == "tuple" and isinstance(key, ast.Constant) and isinstance(key.value, int):
        if -len(member.arguments) <= key.value < len(member.arguments):
            return member.arguments[key.value]
    return UNKNOWN


def _item_of_object(inference: Inference, member: Instance, key: ast.expr) -> Types:
    assert member.definition is not None, "asked for objects of the project"
    field = record_field(member.definition, key)
    if field is not None:
        return field
    method = member.definition.find_method("__getitem__")
    return UNKNOWN if method is None else inference.result_on(member, method)


def record_field(definition: Class, key: ast.expr) -> Types | None:
    """Give the field of a `TypedDict` or a `NamedTuple` that a literal key or index names; None for all else."""
    if not isinstance(key, ast.Constant):
        return None
    fields = definition.fields()
    annotation: ast.expr | None = None
    if isinstance(key.value, str) and not _RECORDS.isdisjoint(definition.outside_bases):
        annotation = fields.get(key.value)
    elif isinstance(key.value, int) and _NAMED_TUPLE in definition.outside_bases:
        if -len(fields) <= key.value < len(fields):
            annotation = list(fields.values())[key.value]
    return None if annotation is None else definition.owner.inference.annotated(annotation)


def each(types: Types, give: Callable[[Member], Types]) -> Types:
    """Give what one of several values other than None gives, by what each of them gives."""
    result = union(give(member) for member in types.values)
    return result | UNKNOWN if types.is_open else result
