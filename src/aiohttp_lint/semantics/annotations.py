"""From an annotation, or a type expression of the API data, to types."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.syntax import dotted
from aiohttp_lint.semantics.types import (
    NONE,
    SELF,
    UNKNOWN,
    ClassObject,
    Instance,
    Types,
    Variable,
    has_variables,
    instance,
    union,
)

Resolve = Callable[[ast.expr], Types]
"""Gives the class that a name of an annotation means, as a `ClassObject`; UNKNOWN where it means none."""

_TRANSPARENT = frozenset(
    f"{module}.{name}"
    for module in ("typing", "typing_extensions")
    for name in ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly")
)
_UNIONS = frozenset({"typing.Union", "typing_extensions.Union"})
_OPTIONALS = frozenset({"typing.Optional", "typing_extensions.Optional"})
_SHAPES = {
    "builtins.list": "list", "typing.List": "list", "typing.Sequence": "list", "collections.abc.Sequence": "list",
    "typing.MutableSequence": "list", "collections.abc.MutableSequence": "list", "collections.deque": "list",
    "typing.Deque": "list", "builtins.tuple": "tuple", "typing.Tuple": "tuple",
    "builtins.set": "set", "typing.Set": "set", "typing.AbstractSet": "set", "collections.abc.Set": "set",
    "typing.MutableSet": "set", "collections.abc.MutableSet": "set", "weakref.WeakSet": "set",
    "builtins.frozenset": "set", "typing.FrozenSet": "set",
    "typing.Iterable": "iterable", "collections.abc.Iterable": "iterable", "typing.Collection": "iterable",
    "collections.abc.Collection": "iterable", "typing.Iterator": "iterable", "collections.abc.Iterator": "iterable",
    "typing.Generator": "iterable", "collections.abc.Generator": "iterable",
    "builtins.dict": "dict", "typing.Dict": "dict", "typing.Mapping": "dict", "collections.abc.Mapping": "dict",
    "typing.MutableMapping": "dict", "collections.abc.MutableMapping": "dict", "collections.defaultdict": "dict",
    "typing.DefaultDict": "dict", "weakref.WeakValueDictionary": "dict", "collections.OrderedDict": "dict",
    "typing.OrderedDict": "dict", "asyncio.Queue": "asyncio.Queue", "asyncio.LifoQueue": "asyncio.Queue",
    "asyncio.PriorityQueue": "asyncio.Queue", "asyncio.queues.Queue": "asyncio.Queue",
    "typing.AsyncIterator": "async iterable", "collections.abc.AsyncIterator": "async iterable",
    "typing.AsyncIterable": "async iterable", "collections.abc.AsyncIterable": "async iterable",
    "typing.AsyncGenerator": "async iterable", "collections.abc.AsyncGenerator": "async iterable",
    "typing.Awaitable": "awaitable", "collections.abc.Awaitable": "awaitable",
    "typing.AsyncContextManager": "async context", "contextlib.AbstractAsyncContextManager": "async context",
    "typing.ContextManager": "context", "contextlib.AbstractContextManager": "context",
    "asyncio.Task": "asyncio.Task", "asyncio.Future": "awaitable",
}  # fmt: skip
"""Generic classes by the name that inference gives them; all spellings of one idea share a name."""

_COROUTINES = frozenset({"typing.Coroutine", "collections.abc.Coroutine"})
_TYPES = frozenset({"builtins.type", "typing.Type"})
_CALLABLES = frozenset({"typing.Callable", "collections.abc.Callable"})
_CALLABLE = "callable"
_OPEN = frozenset({
    "typing.Any", "typing_extensions.Any", "builtins.object", "typing.TypeAlias", "typing_extensions.TypeAlias",
})  # fmt: skip
_SELVES = frozenset({"typing.Self", "typing_extensions.Self"})
_NONE_NAMES = frozenset({"types.NoneType"})


def types_of_annotation(node: ast.expr, resolve: Resolve, depth: int = 0) -> Types:
    """Give the types that an annotation declares; UNKNOWN for what it leaves open."""
    if depth > 20:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        if node.value is None:
            return NONE
        if isinstance(node.value, str):
            parsed = parse_expression(node.value)
            return UNKNOWN if parsed is None else types_of_annotation(parsed, resolve, depth + 1)
        return UNKNOWN
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left = types_of_annotation(node.left, resolve, depth + 1)
        return left | types_of_annotation(node.right, resolve, depth + 1)
    if isinstance(node, ast.Subscript):
        return _subscripted(node, resolve, depth)
    if isinstance(node, ast.Name | ast.Attribute):
        return _named(resolve(node))
    return UNKNOWN


def _named(resolved: Types) -> Types:
    parts: list[Types] = []
    for member in resolved.members:
        if isinstance(member, Variable):
            parts.append(Types(frozenset({member})))
            continue
        if not isinstance(member, ClassObject):
            return UNKNOWN
        if member.name in _OPEN or member.name in _TRANSPARENT:
            return UNKNOWN
        if member.name in aiohttp_api.TYPE_ALIASES:
            parts.append(types_of_api(aiohttp_api.TYPE_ALIASES[member.name]))
        elif member.name in _SELVES:
            parts.append(Types(frozenset({SELF})))
        elif member.name in _NONE_NAMES:
            parts.append(NONE)
        elif member.definition is None and member.name in _CALLABLES:
            parts.append(Types(frozenset({Instance(_CALLABLE, member.arguments)})))
        elif member.definition is None and member.name in _SHAPES:
            parts.append(Types(frozenset({Instance(_SHAPES[member.name], member.arguments)})))
        else:
            parts.append(Types(frozenset({Instance(member.name, member.arguments, member.definition)})))
    return UNKNOWN if resolved.is_open or not parts else union(parts)


def _subscripted(node: ast.Subscript, resolve: Resolve, depth: int) -> Types:
    resolved = resolve(node.value)
    if resolved.is_open or len(resolved.members) != 1:
        return UNKNOWN
    (member,) = resolved.members
    if not isinstance(member, ClassObject):
        return UNKNOWN
    if member.arguments:
        # An alias of a subscripted class: what stands in brackets here fills its variables, not its places.
        return UNKNOWN if any(map(has_variables, member.arguments)) else _named(resolved)
    items = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    name = member.name

    def inner(index: int) -> Types:
        return (
            types_of_annotation(items[index], resolve, depth + 1)
            if -len(items) <= index < len(items)
            else UNKNOWN
        )

    if name in _TRANSPARENT:
        return inner(0)
    if name in _OPTIONALS:
        return inner(0) | NONE
    if name in _UNIONS:
        return union(inner(index) for index in range(len(items)))
    if name in _COROUTINES:
        return instance("coroutine", inner(2))
    if name in _CALLABLES:
        return instance(_CALLABLE, inner(-1), *_parameters(items[0], resolve, depth))
    if name in _TYPES:
        declared = inner(0)
        if any(isinstance(value, Variable) for value in declared.members):
            return instance("type", declared)
        classes = frozenset(
            ClassObject(value.name, value.definition)
            for value in declared.members
            if isinstance(value, Instance)
        )
        return Types(classes, declared.is_open or not classes)
    shape = _SHAPES.get(name)
    if shape is None:
        return instance(name, *(inner(index) for index in range(len(items))), definition=member.definition)
    if shape == "dict":
        return instance("dict", inner(0), inner(1))
    if shape == "tuple":
        if len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is Ellipsis:
            return instance("list", inner(0))
        return instance("tuple", *(inner(index) for index in range(len(items))))
    return instance(shape, inner(0))


def _parameters(node: ast.expr, resolve: Resolve, depth: int) -> list[Types]:
    """Give what a `Callable[…, X]` says of its parameters: none for `...` and for what is hidden in `Concatenate`."""
    if isinstance(node, ast.List):
        return [types_of_annotation(item, resolve, depth + 1) for item in node.elts]
    if isinstance(node, ast.Name | ast.Attribute):
        return [types_of_annotation(node, resolve, depth + 1)]
    return []


def parse_expression(source: str) -> ast.expr | None:
    """Parse a quoted annotation; None where it is no expression."""
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=1024)
def types_of_api(expression: str | None) -> Types:
    """Give the types of a type expression in the API data (names there are canonical)."""
    if expression is None:
        return UNKNOWN
    parsed = parse_expression(expression)
    return UNKNOWN if parsed is None else types_of_annotation(parsed, _resolve_canonical)


def _resolve_canonical(node: ast.expr) -> Types:
    names = dotted(node)
    if names is None:
        return UNKNOWN
    name = ".".join(names)
    if len(names) == 1:
        name = (
            f"typing.{name}"
            if name in ("Awaitable", "Any", "AsyncIterator", "Union", "Optional")
            else f"builtins.{name}"
        )
    return Types(frozenset({ClassObject(aiohttp_api.canonical(name) or name)}))
