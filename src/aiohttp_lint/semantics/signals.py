"""Questions about what is registered with the signals of an application, and with its cleanup contexts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.edits import MakeAsync, ReplaceExpression, verbatim
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import same_place
from aiohttp_lint.semantics.types import NONE_VALUE, FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
CLEANUP_CONTEXTS = "cleanup_ctx"
_RESPONSE_PREPARE = "on_response_prepare"
SIGNALS = ("on_startup", "on_shutdown", "on_cleanup", _RESPONSE_PREPARE)
ADD_SUBAPP = aiohttp_api.callable_named("aiohttp.web.Application.add_subapp").name
# What `await` surely refuses.
_NOT_AWAITABLE = frozenset(
    {
        "None", "builtins.str", "builtins.bytes", "builtins.int", "builtins.float", "builtins.bool", "list", "dict", "set",
        "tuple",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Registered:
    """One `app.<signal>.append(<value>)`; `function` is what runs then, `bound` how many of its parameters are taken."""

    call: CallSite
    signal: str
    application: ast.expr
    value: ast.expr
    function: Function | None
    bound: int = 0


def registered(module: Module, *signals: str) -> Iterator[Registered]:
    """Give what the file appends to these signals of an application, in source order."""
    for call in module.calls_to("frozenlist.FrozenList.append"):
        receiver = call.receiver
        if not isinstance(receiver, ast.Attribute) or receiver.attr not in signals:
            continue
        if len(call.node.args) != 1 or not module.is_instance(receiver.value, APPLICATION):
            continue
        (value,) = call.node.args
        function, bound = _function_of(module, value)
        yield Registered(call, receiver.attr, receiver.value, value, function, bound)


def _function_of(module: Module, value: ast.expr) -> tuple[Function | None, int]:
    types = module.type_of(value)
    member = next(iter(types.members)) if types.is_known and len(types.members) == 1 else None
    if not isinstance(member, FunctionObject):
        return None, 0
    return member.function, 1 if member.is_bound else 0


def assignments(module: Module, *names: str) -> Iterator[ast.Assign | ast.AugAssign | ast.AnnAssign]:
    """Give the statements that assign to these attributes of an application, which have no setter."""
    for attribute in module.attributes_named(*names):
        statement = module.parent(attribute)
        if not isinstance(attribute.ctx, ast.Store) or not module.is_instance(attribute.value, APPLICATION):
            continue
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
            # A subclass of the file may define the attribute anew.
            members = module.type_of(attribute.value).values
            if all(isinstance(member, Instance) and member.definition is None for member in members):
                yield statement


def called_coroutine(module: Module, value: ast.expr) -> Function | None:
    """Give the `async def` that an expression calls where it was meant to name it: `append(connect(app))`."""
    if not isinstance(value, ast.Call):
        return None
    site = module.call_site(value)
    if not site.is_certain or len(site.functions) != 1 or len(site.names) != 1:
        return None
    (function,) = site.functions
    return function if function.is_async and not function.decorators else None


def takes(function: Function, bound: int, signal: str) -> bool:
    """Tell whether a function can be called with what a signal sends."""
    given = 2 if signal == _RESPONSE_PREPARE else 1
    arguments = function.node.args
    names = len(function.positional) - bound
    if any(default is None for default in arguments.kw_defaults):
        return False
    return names - len(arguments.defaults) <= given and (names >= given or arguments.vararg is not None)


class Result(Enum):
    """What the call of a registered function gives, where it is surely not what aiohttp waits for."""

    NOTHING = auto()
    """No awaitable, and no asynchronous generator: None, or a plain value."""
    GENERATOR = auto()
    ASYNC_GENERATOR = auto()
    COROUTINE = auto()


def result_of(function: Function) -> Result | None:
    """Tell what the call of an undecorated function gives; None where that isn't sure."""
    if function.decorators or function.is_stub:
        return None
    if function.is_async:
        return Result.ASYNC_GENERATOR if function.is_generator else Result.COROUTINE
    if function.is_generator:
        return Result.GENERATOR
    module = function.owner
    if isinstance(function.node, ast.Lambda):
        values: list[ast.expr | None] = [function.node.body]
    else:
        values = [node.value for node in function.scope.all_nodes(ast.Return) if isinstance(node, ast.Return)]
    return Result.NOTHING if all(_is_plain(module, value) for value in values) else None


def _is_plain(module: Module, value: ast.expr | None) -> bool:
    if value is None:
        return True
    types = module.type_of(value)
    return types.is_known and all(
        member == NONE_VALUE or (isinstance(member, Instance) and member.name in _NOT_AWAITABLE)
        for member in types.members
    )


def is_named_elsewhere(module: Module, function: Function, name: ast.expr) -> bool:
    """Tell whether anything but one expression may use a function, so that other callers may exist."""
    if function.owner is not module:
        return True
    if isinstance(function.node, ast.Lambda):
        return False
    if function.class_scope is not None:
        return len(module.attributes_named(function.name)) > 1 or module.project is not None
    scope = function.scope.parent
    if scope is None or len(scope.bindings.get(function.name, ())) != 1:
        return True
    if any(use is not name for use in module.uses(scope, function.name)):
        return True
    if function.scope.parent is not module.scope or module.project is None:
        return False
    return (
        module.project.files_saying(
            module, f"import {function.name}", f".{function.name}", f", {function.name}"
        )
        != []
    )


def changes_when_frozen(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Give what startup callbacks do to their application that is too late: the call, and the list that it changes."""
    for item in registered(module, "on_startup", CLEANUP_CONTEXTS):
        if _is_own_application(module, item.call.node, item.application, Role.STARTUP):
            yield item.call.node, item.signal
        elif item.signal != CLEANUP_CONTEXTS:
            if _is_own_application(module, item.call.node, item.application, Role.CLEANUP_CONTEXT):
                yield item.call.node, item.signal
    for call in module.calls_to(ADD_SUBAPP):
        if call.receiver is not None and any(
            _is_own_application(module, call.node, call.receiver, role)
            for role in (Role.STARTUP, Role.CLEANUP_CONTEXT)
        ):
            yield call.node, "add_subapp"


def _is_own_application(module: Module, call: ast.Call, application: ast.expr, role: Role) -> bool:
    """Tell whether an expression is the application that a callback of this role is given."""
    function = module.function_at(call)
    if function is None or role not in module.roles_of(function) or not isinstance(application, ast.Name):
        return False
    binding = module.only_binding(application, BindingKind.PARAMETER)
    if binding is None:
        return False
    positional = [parameter.arg for parameter in function.positional]
    given = positional[1:] if function.class_scope is not None else positional
    return binding.scope is function.scope and given[:1] == [application.id]


# What was meant.


def uncalled(module: Module, item: Registered) -> list[Edit]:
    """Give what appends the function where its one argument is the application: any other argument would be lost."""
    call = item.value
    if not isinstance(call, ast.Call) or call.keywords or len(call.args) != 1:
        return []
    if not same_place(call.args[0], item.application):
        return []
    return [ReplaceExpression(module.span(call), verbatim(module.segment(call.func)))]


def made_async(module: Module, function: Function) -> list[Edit]:
    """Give what makes a coroutine function of a plain one of this file that gives nothing to await."""
    is_plain = result_of(function) is Result.NOTHING and isinstance(function.node, ast.FunctionDef)
    return [MakeAsync(module.span(function.node))] if is_plain and function.owner is module else []
