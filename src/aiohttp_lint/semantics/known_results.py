"""Calls of known functions outside aiohttp whose result is known, or depends on their arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.protocols import APP_KEYS, awaited, each, element, entered, record_field
from aiohttp_lint.semantics.types import (
    NONE,
    NOTHING,
    UNKNOWN,
    ClassObject,
    External,
    Instance,
    Member,
    Types,
    Variable,
    instance,
    is_instance_of,
    union,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.inference import Inference

_Give: TypeAlias = Callable[["Inference", ast.Call], Types]

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
_STAND_INS = (
    *(
        f"unittest.mock.{name}"
        for name in ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock")
    ),
    "types.SimpleNamespace",
)
"""Objects that tests pass for others: a cast to what they stand for changes nothing about them."""
_PATHS = frozenset(
    f"pathlib.{name}"
    for name in ("Path.cwd", "Path.home", "Path.resolve", "Path.absolute", "Path.expanduser", "Path.joinpath",
                 "Path.with_suffix", "Path.with_name", "Path.relative_to", "Path.rename", "Path.replace",
                 "PosixPath", "WindowsPath")
)  # fmt: skip


def called(inference: Inference, node: ast.Call, callee: Types) -> Types | None:
    """Give the result of a call of a known function; None for all others."""
    if callee.is_open or len(callee.values) != 1:
        return None
    (member,) = callee.values
    if isinstance(member, ClassObject) and member.definition is None:
        return _keyed(inference, node, member)
    if not isinstance(member, External):
        return None
    name = member.name
    give = _BY_ARGUMENTS.get(name)
    if give is not None:
        return give(inference, node)
    if name.rpartition(".")[2] == "create_task" and name.startswith(("asyncio.", "aiojobs.")):
        return _task(inference, node)
    if name in _CONTAINER_METHODS and isinstance(node.func, ast.Attribute):
        return _from_container(inference, node, inference.type_of(node.func.value), name.partition(".")[2])
    if name in _METHODS_OF_HOLDERS and isinstance(node.func, ast.Attribute):
        held = _held(inference.type_of(node.func.value))
        return instance("coroutine", held) if name in _ASYNC_METHODS_OF_HOLDERS else held
    if name == "sqlite3.connect" and _is_in_memory(node):
        # Nothing that such a connection does waits for a disk, so it counts as none.
        return UNKNOWN
    if name in _RESULTS:
        return instance(_RESULTS[name])
    if name in _PATHS:
        return instance("pathlib.Path")
    return instance(name) if name in _PLAIN_CLASSES else None


def _is_in_memory(node: ast.Call) -> bool:
    first = _argument(node, 0)
    return isinstance(first, ast.Constant) and first.value == ":memory:"


def _keyed(inference: Inference, node: ast.Call, member: ClassObject) -> Types | None:
    if member.name not in APP_KEYS:
        return None
    declared = member.arguments
    if not declared and len(node.args) > 1:
        declared = (inference.annotated(node.args[1]),)
    return instance(member.name, *declared)


def _argument(node: ast.Call, position: int, *names: str) -> ast.expr | None:
    """Give the argument at a position or under a name, if it is surely given."""
    for index, value in enumerate(node.args[: position + 1]):
        if isinstance(value, ast.Starred):
            return None
        if index == position:
            return value
    return next((keyword.value for keyword in node.keywords if keyword.arg in names), None)


def _type_of(inference: Inference, node: ast.expr | None) -> Types:
    return UNKNOWN if node is None else inference.type_of(node)


def _held(types: Types) -> Types:
    """Give the first type argument of a task, a queue or the like."""
    return each(
        types,
        lambda member: member.arguments[0] if isinstance(member, Instance) and member.arguments else UNKNOWN,
    )


# asyncio.


def _waited_for(inference: Inference, node: ast.Call) -> Types:
    return awaited(inference, _type_of(inference, _argument(node, 0, "fut", "arg", "main", "future", "coro")))


def _awaitable(inference: Inference, node: ast.Call) -> Types:
    return instance("awaitable", _waited_for(inference, node))


def _task(inference: Inference, node: ast.Call) -> Types:
    return instance("asyncio.Task", _waited_for(inference, node))


def _gathered(inference: Inference, node: ast.Call) -> Types:
    errors = next((keyword.value for keyword in node.keywords if keyword.arg == "return_exceptions"), None)
    may_be_error = errors is not None and not (isinstance(errors, ast.Constant) and errors.value is False)

    def one(types: Types) -> Types:
        result = awaited(inference, types)
        return result | instance("builtins.BaseException") if may_be_error else result

    parts = [
        one(
            _each_element(inference, argument.value)
            if isinstance(argument, ast.Starred)
            else inference.type_of(argument)
        )
        for argument in node.args
    ]
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return instance("awaitable", instance("list", union(parts)))
    return instance("awaitable", instance("tuple", *parts))


def _in_thread(position: int) -> _Give:
    def give(inference: Inference, node: ast.Call) -> Types:
        return instance("awaitable", _called_with(inference, _argument(node, position, "func")))

    return give


def _called_with(inference: Inference, node: ast.expr | None) -> Types:
    return each(_type_of(inference, node), inference.result)


def _tasks_done(inference: Inference, node: ast.Call) -> Types:
    task = _each_element(inference, _argument(node, 0, "fs"))
    held = instance("set", instance("asyncio.Task", awaited(inference, task)))
    return instance("coroutine", instance("tuple", held, held))


def _as_completed(inference: Inference, node: ast.Call) -> Types:
    task = _each_element(inference, _argument(node, 0, "fs"))
    return instance("iterable", instance("awaitable", awaited(inference, task)))


def _each_element(inference: Inference, node: ast.expr | None) -> Types:
    return element(inference, _type_of(inference, node), is_async=False)


# contextlib.


def _entered_by_stack(inference: Inference, node: ast.Call) -> Types:
    context = _type_of(inference, _argument(node, 0, "cm"))
    return instance("awaitable", entered(inference, context, is_async=True))


def _entered_by_stack_now(inference: Inference, node: ast.Call) -> Types:
    return entered(inference, _type_of(inference, _argument(node, 0, "cm")), is_async=False)


def _first(inference: Inference, node: ast.Call) -> Types:
    return _type_of(inference, _argument(node, 0))


def _closing(inference: Inference, node: ast.Call) -> Types:
    return instance("context", _type_of(inference, _argument(node, 0, "thing")))


def _aclosing(inference: Inference, node: ast.Call) -> Types:
    return instance("async context", _type_of(inference, _argument(node, 0, "thing")))


def _null_context(inference: Inference, node: ast.Call) -> Types:
    if not node.args and not node.keywords:
        return instance("any context", NONE)
    return instance("any context", _type_of(inference, _argument(node, 0, "enter_result")))


# Functions and classes that are made by calls.


def _partial(inference: Inference, node: ast.Call) -> Types:
    return instance("callable", _called_with(inference, _argument(node, 0)))


def _type_variable(inference: Inference, node: ast.Call) -> Types:
    name = _argument(node, 0, "name")
    bound = next((keyword.value for keyword in node.keywords if keyword.arg == "bound"), None)
    choices = node.args[1:]
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return UNKNOWN
    limit = UNKNOWN
    if bound is not None:
        limit = inference.annotated(bound)
    elif choices:
        limit = union(map(inference.annotated, choices))
    return Types(frozenset({Variable(name.value, limit)}))


def _new_type(inference: Inference, node: ast.Call) -> Types:
    declared = inference.annotated(node.args[1]) if len(node.args) == 2 else UNKNOWN
    classes = frozenset(
        ClassObject(member.name, member.definition, member.arguments)
        for member in declared.members
        if isinstance(member, Instance)
    )
    return Types(classes, declared.is_open or not classes)


def _cast(inference: Inference, node: ast.Call) -> Types:
    if len(node.args) != 2:
        return UNKNOWN
    declared, given = inference.annotated(node.args[0]), node.args[1]
    made = inference.type_of(given)
    return made if made.is_only(*_STAND_INS) or _is_own_object(inference, given, made, declared) else declared


def _is_own_object(inference: Inference, given: ast.expr, made: Types, declared: Types) -> bool:
    """Tell whether a class of the project is called for what is then cast to a class that it does not derive from."""
    if not isinstance(given, ast.Call) or made.is_open or not made.members:
        return False
    called = inference.type_of(given.func).members
    casts = {
        member.name for member in declared.members if isinstance(member, Instance) and not member.definition
    }
    return bool(casts) and all(
        isinstance(member, Instance)
        and member.definition is not None
        and member.definition.is_complete
        and ClassObject(member.name, member.definition) in called
        and not is_instance_of(member, tuple(casts))
        for member in made.members
    )


def _class_of(inference: Inference, node: ast.Call) -> Types:
    if len(node.args) != 1:
        return UNKNOWN
    return each(
        inference.type_of(node.args[0]),
        lambda member: (
            Types(frozenset({ClassObject(member.name, member.definition, member.arguments)}))
            if isinstance(member, Instance)
            else UNKNOWN
        ),
    )


def _field(inference: Inference, node: ast.Call) -> Types:
    """Give what a field of a dataclass or an attrs class has, by its declared type, factory or default."""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if "type" in given:
        return inference.annotated(given["type"])
    for name in ("factory", "default_factory"):
        if name in given:
            return _called_with(inference, given[name])
    return _type_of(inference, given.get("default")) | UNKNOWN


# Containers.


def _copied(shape: str | None) -> _Give:
    def give(inference: Inference, node: ast.Call) -> Types:
        if not node.args:
            return instance(shape or "list")
        source = inference.type_of(node.args[0])
        return source if shape is None else instance(shape, element(inference, source, is_async=False))

    return give


def _enumerated(inference: Inference, node: ast.Call) -> Types:
    item = _each_element(inference, _argument(node, 0, "iterable"))
    return instance("iterable", instance("tuple", instance("builtins.int"), item))


def _zipped(inference: Inference, node: ast.Call) -> Types:
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return instance("iterable")
    items = [_each_element(inference, argument) for argument in node.args]
    return instance("iterable", instance("tuple", *items))


def _next(inference: Inference, node: ast.Call) -> Types:
    item = _each_element(inference, _argument(node, 0))
    return item | inference.type_of(node.args[1]) if len(node.args) > 1 else item


def _next_async(inference: Inference, node: ast.Call) -> Types:
    item = element(inference, _type_of(inference, _argument(node, 0)), is_async=True)
    return instance("awaitable", item | inference.type_of(node.args[1]) if len(node.args) > 1 else item)


def _one_of(inference: Inference, node: ast.Call) -> Types:
    if len(node.args) == 1:
        return _each_element(inference, _argument(node, 0))
    return union(map(inference.type_of, node.args))


def _filtered(inference: Inference, node: ast.Call) -> Types:
    item = _each_element(inference, _argument(node, 1))
    test = _argument(node, 0)
    drops_none = isinstance(test, ast.Constant) and test.value is None
    return instance("iterable", item.without_none() if drops_none else item)


def _mapped(inference: Inference, node: ast.Call) -> Types:
    return instance("iterable", _called_with(inference, _argument(node, 0)))


def _default_dict(inference: Inference, node: ast.Call) -> Types:
    return instance("dict", UNKNOWN, _called_with(inference, _argument(node, 0)))


def _from_container(inference: Inference, node: ast.Call, container: Types, method: str) -> Types:
    default = inference.type_of(node.args[1]) if len(node.args) > 1 else NOTHING

    def give(member: Member) -> Types:
        if not isinstance(member, Instance):
            return UNKNOWN
        if member.definition is not None and node.args:
            field = record_field(member.definition, node.args[0])
            return UNKNOWN if field is None else field
        if not member.arguments:
            return UNKNOWN
        if method == "copy":
            return Types(frozenset({member}))
        if member.name != "dict":
            return member.arguments[0]
        key, value = member.arguments
        if method == "keys":
            return instance("iterable", key)
        if method == "values":
            return instance("iterable", value)
        if method == "items":
            return instance("iterable", instance("tuple", key, value))
        if method == "popitem":
            return instance("tuple", key, value)
        if method == "get" and len(node.args) == 1:
            return value | NONE
        return value | default

    return each(container, give)


_CONTAINER_METHODS = frozenset(
    {
        "dict.keys", "dict.values", "dict.items", "dict.get", "dict.pop", "dict.popitem", "dict.setdefault",
        "dict.copy", "list.copy", "list.pop", "set.copy", "set.pop",
    }
)  # fmt: skip
_ASYNC_METHODS_OF_HOLDERS = frozenset({"asyncio.Queue.get", "async iterable.__anext__"})
_METHODS_OF_HOLDERS = _ASYNC_METHODS_OF_HOLDERS | {
    "asyncio.Task.result",
    "asyncio.Queue.get_nowait",
    "awaitable.result",
}
_PLAIN_CLASSES = frozenset({"builtins.str", "builtins.bytes", "builtins.int", "builtins.float"})
_STACKS = ("contextlib.AsyncExitStack", "contextlib.ExitStack")

_BY_ARGUMENTS: dict[str, _Give] = {
    **dict.fromkeys(("asyncio.wait_for", "asyncio.shield", "async_timeout.timeout"), _awaitable),
    **dict.fromkeys(("asyncio.create_task", "asyncio.ensure_future"), _task),
    **dict.fromkeys(
        ("asyncio.run", "asyncio.AbstractEventLoop.run_until_complete", "asyncio.Runner.run"), _waited_for
    ),
    "asyncio.gather": _gathered,
    "asyncio.wait": _tasks_done,
    "asyncio.as_completed": _as_completed,
    "asyncio.to_thread": _in_thread(0),
    "asyncio.AbstractEventLoop.run_in_executor": _in_thread(1),
    "contextlib.AsyncExitStack.enter_async_context": _entered_by_stack,
    **dict.fromkeys((f"{stack}.enter_context" for stack in _STACKS), _entered_by_stack_now),
    **dict.fromkeys((f"{stack}.{method}" for stack in _STACKS for method in ("callback", "push")), _first),
    "contextlib.AsyncExitStack.push_async_callback": _first,
    "contextlib.AsyncExitStack.push_async_exit": _first,
    "contextlib.closing": _closing,
    "contextlib.aclosing": _aclosing,
    "contextlib.nullcontext": _null_context,
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    **dict.fromkeys(
        (
            f"{module}.{name}"
            for module in ("typing", "typing_extensions")
            for name in ("TypeVar", "ParamSpec")
        ),
        _type_variable,
    ),
    **dict.fromkeys(("typing.NewType", "typing_extensions.NewType"), _new_type),
    **dict.fromkeys(("typing.cast", "typing_extensions.cast"), _cast),
    "builtins.type": _class_of,
    **dict.fromkeys(("dataclasses.field", "attr.ib", "attr.attrib", "attr.field", "attrs.field"), _field),
    **{f"builtins.{name}": _copied("list") for name in ("list", "tuple", "sorted")},
    **{f"builtins.{name}": _copied("set") for name in ("set", "frozenset")},
    **{f"builtins.{name}": _copied("iterable") for name in ("reversed", "iter", "aiter")},
    "copy.copy": _copied(None),
    "weakref.WeakSet": _copied("set"),
    "collections.deque": _copied("list"),
    "collections.defaultdict": _default_dict,
    "builtins.enumerate": _enumerated,
    "builtins.zip": _zipped,
    "builtins.next": _next,
    "builtins.anext": _next_async,
    **dict.fromkeys(("builtins.min", "builtins.max"), _one_of),
    "builtins.filter": _filtered,
    "builtins.map": _mapped,
}
