"""Questions about databases and caches that handlers connect to: which get a pool or a connection for each request."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

POOLS = (
    "asyncpg.create_pool",
    "asyncpg.pool.create_pool",
    "aiomysql.create_pool",
    "aiomysql.sa.create_engine",
    "aiopg.create_pool",
    "aiopg.sa.create_engine",
    "aioodbc.create_pool",
    "asyncmy.create_pool",
    "psycopg_pool.AsyncConnectionPool",
    "psycopg_pool.AsyncNullConnectionPool",
    "sqlalchemy.ext.asyncio.create_async_engine",
    "redis.asyncio.Redis",
    "redis.asyncio.StrictRedis",
    "redis.asyncio.from_url",
    "redis.asyncio.Redis.from_url",
    "redis.asyncio.ConnectionPool",
    "redis.asyncio.ConnectionPool.from_url",
    "aioredis.from_url",
    "aioredis.Redis.from_url",
    "aioredis.create_redis_pool",
    "aioredis.create_pool",
    "motor.motor_asyncio.AsyncIOMotorClient",
    "pymongo.AsyncMongoClient",
)
"""What makes a pool, or a client that holds one."""
_SHARED_POOL = "connection_pool"
"""The parameter of redis clients for a pool made elsewhere: the client is then a view of it."""
CONNECTIONS = (
    "asyncpg.connect",
    "asyncpg.connection.connect",
    "aiomysql.connect",
    "aiopg.connect",
    "aioodbc.connect",
    "asyncmy.connect",
    "psycopg.AsyncConnection.connect",
    "aioredis.create_redis",
    "aioredis.create_connection",
    "aiosqlite.connect",
    "aio_pika.connect",
    "aio_pika.connect_robust",
)
_CLOSES = frozenset({"close", "aclose", "terminate", "dispose", "disconnect", "wait_closed"})
_LONG_LIVED = (
    aiohttp_api.class_named("aiohttp.web.WebSocketResponse").name,
    aiohttp_api.class_named("aiohttp.web.StreamResponse").name,
)
_STAYS = frozenset({UseKind.ATTRIBUTE, UseKind.ENTERED, UseKind.ENTERED_SYNC, UseKind.SUBSCRIPTED})
_APPLICATION_OF_REQUEST = frozenset({"app", "config_dict"})


@dataclass(frozen=True, slots=True)
class PerRequest:
    """A call that connects for each request; `is_pool` tells that it makes a whole pool. `root` handles the requests."""

    call: CallSite
    is_pool: bool
    root: Function


def connections_per_request(module: Module) -> Iterator[PerRequest]:
    """Give the pools and connections that serving a request opens, and that end with it or are never closed."""
    for names, is_pool in ((POOLS, True), (CONNECTIONS, False)):
        for call in module.calls_to(*names):
            function = call.function
            root = None if function is None else _served_by(module, function)
            if function is None or root is None or not _is_brief(module, call, function):
                continue
            if any(keyword.arg == _SHARED_POOL for keyword in call.node.keywords):
                continue
            if _depends_on_caller(module, call, function) or any(map(_lives_long, {function, root})):
                continue
            yield PerRequest(call, is_pool, root)


def _served_by(module: Module, function: Function) -> Function | None:
    """Give the handler or middleware that is the function, or that reaches it."""
    current = function
    seen = {function}
    while not {Role.HANDLER, Role.MIDDLEWARE} & module.roles_of(current):
        step = module.roles.caller(current)
        if step is None or step[0] in seen:
            return None
        current = step[0]
        seen.add(current)
    return current


def _lives_long(function: Function) -> bool:
    """Tell whether a function opens a WebSocket or a stream, which may need a connection of its own."""
    return next((True for call in function.owner.calls_to(*_LONG_LIVED) if call.function == function), False)


def _is_brief(module: Module, call: CallSite, function: Function) -> bool:
    """Tell whether what a call opens stays in the function: nothing keeps it for the next request."""
    use = module.use_of(call.node)
    if use.kind is UseKind.AWAITED:
        use = module.use_of(use.node)
    if use.kind in (UseKind.ENTERED, UseKind.ENTERED_SYNC):
        return True
    if use.kind is not UseKind.ASSIGNED or len(use.targets) != 1 or not isinstance(use.targets[0], ast.Name):
        return False
    name = use.targets[0].id
    scope = module.scope_at(use.targets[0]).binding_scope(name)
    if scope is not function.scope or len(scope.bindings[name]) != 1 or scope.kind is ScopeKind.MODULE:
        return False
    uses = [module.use_of(load) for load in module.uses(scope, name)]
    is_closed = any(isinstance(what.node, ast.Attribute) and what.node.attr in _CLOSES for what in uses)
    # What is handed to other code may be kept there, unless it is closed here.
    return all(what.kind in _STAYS or (what.kind is UseKind.ARGUMENT and is_closed) for what in uses)


def _depends_on_caller(module: Module, call: CallSite, function: Function) -> bool:
    """Tell whether the arguments come from the request, or from whoever calls: then each may name another server."""
    pending: list[ast.expr] = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    seen: set[str] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Attribute) and (
            node.attr in _APPLICATION_OF_REQUEST or _is_setting_of_object(node, function)
        ):
            continue
        if isinstance(node, ast.Name):
            if node.id in seen:
                continue
            seen.add(node.id)
            for binding in module.reaching(node):
                if binding.scope is not function.scope:
                    continue
                if binding.kind is BindingKind.PARAMETER or binding.value is None:
                    return True
                pending.append(binding.value)
            continue
        pending.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        pending.extend(child.value for child in ast.iter_child_nodes(node) if isinstance(child, ast.keyword))
    return False


def _is_setting_of_object(node: ast.Attribute, function: Function) -> bool:
    """Tell whether an attribute is of the object that a method runs on, its request aside."""
    if function.class_scope is None or not function.positional or not isinstance(node.value, ast.Name):
        return False
    return node.value.id == function.positional[0].arg and node.attr != "request"
