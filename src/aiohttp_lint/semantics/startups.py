"""What startup callbacks open and keep in their application, and whether anything ends it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.signals import APPLICATION
from aiohttp_lint.semantics.syntax import same_place, walk

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_TASKS = frozenset({"asyncio.create_task", "asyncio.ensure_future", "asyncio.AbstractEventLoop.create_task"})
_OPENERS = frozenset(
    {
        SESSION, "asyncpg.create_pool", "aiopg.create_pool", "aiopg.sa.create_engine", "aiomysql.create_pool",
        "aiomysql.sa.create_engine", "sqlalchemy.ext.asyncio.create_async_engine", "redis.asyncio.from_url",
        "redis.asyncio.Redis", "redis.asyncio.Redis.from_url", "aioredis.from_url", "aioredis.create_redis_pool",
        "aio_pika.connect", "aio_pika.connect_robust", "asyncpg.connect", "aiosqlite.connect",
    }
)  # fmt: skip
_ENDING = frozenset(
    {
        "close", "aclose", "dispose", "cancel", "terminate", "disconnect", "wait_closed", "detach", "__aexit__", "stop",
        "shutdown",
    }
)  # fmt: skip
_END_ROLES = frozenset({Role.SHUTDOWN, Role.CLEANUP, Role.CLEANUP_CONTEXT})


@dataclass(frozen=True, slots=True)
class Opened:
    """What a startup callback opens: the statement that stores it, the opening call, and whether it is a task."""

    statement: ast.Assign
    call: ast.Call
    is_task: bool


def never_ended(module: Module) -> Iterator[Opened]:
    """Give what startup callbacks store in their application, and the file never ends.

    Nothing where another file may do that: where the application, or a callback that ends things, is not in sight.
    """
    if not any(module.calls_to(APPLICATION)):
        return
    for function in module.functions():
        if Role.STARTUP not in module.roles_of(function):
            continue
        for statement in function.scope.all_nodes(ast.Assign):
            assert isinstance(statement, ast.Assign)
            target = statement.targets[0]
            if len(statement.targets) != 1 or not isinstance(target, ast.Subscript):
                continue
            if not module.is_instance(target.value, APPLICATION):
                continue
            call = _opening(module, statement.value)
            if (
                call is not None
                and not _may_end(module, target)
                and not _is_kept_elsewhere(module, statement.value)
            ):
                yield Opened(statement, call, bool(module.call_site(call).names & _TASKS))


def _opening(module: Module, value: ast.expr) -> ast.Call | None:
    made = module.only_value(value) if isinstance(value, ast.Name) else value
    if isinstance(made, ast.Await):
        made = made.value
    if not isinstance(made, ast.Call):
        return None
    return made if module.call_site(made).calls_only(*_OPENERS, *_TASKS) else None


def _is_kept_elsewhere(module: Module, value: ast.expr) -> bool:
    """Tell whether a local name of the resource is used for more than to store it."""
    if not isinstance(value, ast.Name):
        return False
    scope = module.scope_at(value).binding_scope(value.id)
    return scope is None or any(use is not value for use in module.uses(scope, value.id))


def _may_end(module: Module, target: ast.Subscript) -> bool:
    """Tell whether some code of the project may end what is stored under a key, or hand it to code that does."""
    for function in module.functions():
        if _END_ROLES & module.roles_of(function) and _mentions(function, target.slice):
            return True
    for node in walk(module.tree):
        if isinstance(node, ast.Subscript) and node is not target and _is_same_key(node.slice, target.slice):
            if not isinstance(node.ctx, ast.Load) or _is_ended(module, node):
                return True
    return _is_known_elsewhere(module, target.slice)


def _is_same_key(left: ast.expr, right: ast.expr) -> bool:
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return left.value == right.value
    return same_place(left, right)


def _mentions(function: Function, key: ast.expr) -> bool:
    return any(_is_same_key(node, key) for node in walk(function.node) if isinstance(node, ast.expr))


def _is_ended(module: Module, node: ast.Subscript) -> bool:
    use = module.use_of(node)
    if use.kind is UseKind.ATTRIBUTE:
        return isinstance(use.node, ast.Attribute) and use.node.attr in _ENDING
    if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
        name = use.targets[0].id
        scope = module.scope_at(use.targets[0]).binding_scope(name)
        uses = [] if scope is None else [module.use_of(load) for load in module.uses(scope, name)]
        return any(
            inner.kind is not UseKind.ATTRIBUTE
            or not isinstance(inner.node, ast.Attribute)
            or inner.node.attr in _ENDING
            for inner in uses
        )
    return True


def _is_known_elsewhere(module: Module, key: ast.expr) -> bool:
    """Tell whether another file of the project names the key."""
    if module.project is None:
        return False
    text = key.value if isinstance(key, ast.Constant) else module.segment(key).rpartition(".")[2]
    return not isinstance(text, str) or module.project.files_saying(module, text) != []
