"""Questions about sessions that something keeps, an object, an application or a module, and whether they are closed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import resources
from aiohttp_lint.semantics.client import SESSION, is_connector_of_others
from aiohttp_lint.semantics.project_uses import (
    family_files,
    is_global_closed_elsewhere,
    is_key_closed,
    is_of_other_class,
)
from aiohttp_lint.semantics.resources import EventKind
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.syntax import same_place

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Class
    from aiohttp_lint.semantics.module import Module

_APPLICATION = "aiohttp.web.Application"
_REFLECTING = frozenset({"builtins.vars", "builtins.getattr", "operator.attrgetter"})
_RUNNERS = frozenset({"aiohttp.web.run_app", "aiohttp.web.AppRunner"})


class Owner(Enum):
    """What keeps a session."""

    OBJECT = auto()
    APPLICATION = auto()
    MODULE = auto()


@dataclass(frozen=True, slots=True)
class OwnedSession:
    """A session that is opened into a place that outlives the function, and that nothing in sight closes.

    `in_project` tells that this rests on all files of the project, which the run was given.
    """

    call: CallSite
    owner: Owner
    place: str
    in_project: bool = False


def unclosed_sessions(module: Module) -> Iterator[OwnedSession]:
    """Give the sessions that are kept and that nothing in sight closes, hands on or lets others reach."""
    is_whole = module.project is not None and module.project.is_whole(module)
    for call in module.calls_to(SESSION):
        function = call.function
        if function is None or is_connector_of_others(call) or _has_connector_of_others(call):
            continue
        target = _target_of(module, call.node)
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            definition = _class_of_self(module, target.value)
            if definition is not None and _is_left_open(module, definition, target.attr):
                yield OwnedSession(call, Owner.OBJECT, ast.unparse(target))
        elif isinstance(target, ast.Subscript) and module.is_instance(target.value, _APPLICATION):
            if not _is_application_closed(module, target):
                yield OwnedSession(call, Owner.APPLICATION, ast.unparse(target))
            elif is_whole and not is_key_closed(module, target):
                yield OwnedSession(call, Owner.APPLICATION, ast.unparse(target), in_project=True)
        elif isinstance(target, ast.Name) and target.id in function.scope.global_names:
            is_private = target.id.startswith("_")
            if (is_private or is_whole) and not _is_global_closed(module, target.id):
                if not is_global_closed_elsewhere(module, target.id):
                    yield OwnedSession(call, Owner.MODULE, target.id, in_project=not is_private)


def _has_connector_of_others(call: CallSite) -> bool:
    """Tell whether the session is given a connector that others may close, and the session with it."""
    connector = call.argument("connector").value
    return connector is not None and not isinstance(connector, ast.Call)


def _target_of(module: Module, node: ast.expr) -> ast.expr | None:
    """Give the one place that the session is assigned to: `self.x = E`, `self.x = given or E`."""
    use = module.use_of(node)
    if len(use.targets) != 1 or isinstance(use.node, ast.AugAssign | ast.NamedExpr):
        return None
    return use.targets[0]


# Objects.


def _class_of_self(module: Module, name: ast.Name) -> Class | None:
    """Give the class whose method's first parameter the name is, where all about the class is in sight."""
    function = module.function_at(name)
    if function is None or function.class_scope is None or not function.positional:
        return None
    if function.positional[0].arg != name.id or len(function.scope.bindings[name.id]) != 1:
        return None
    definition = module.class_of(function.class_scope)
    is_known = definition.is_complete and not definition.node.keywords and not definition.node.decorator_list
    return definition if is_known and not _has_unknown_hooks(definition) else None


def _has_unknown_hooks(definition: Class) -> bool:
    """Tell whether the class is made to be completed by others: abstract, or a mixin of outside classes."""
    abstract = {"abc.ABC", "typing.Protocol", "typing_extensions.Protocol"}
    return not abstract.isdisjoint(definition.outside_bases) or any(
        isinstance(decorator, ast.Name | ast.Attribute)
        and (decorator.id if isinstance(decorator, ast.Name) else decorator.attr) == "abstractmethod"
        for ancestor in definition.lineage()
        for method in ancestor.methods()
        for decorator in method.decorators
    )


def _is_left_open(module: Module, definition: Class, name: str) -> bool:
    """Tell whether no use of the attribute in sight closes it or hands it on, and no reflection may."""
    hidden = f"_{definition.name.lstrip('_')}{name}" if name.startswith("__") else name
    others = family_files(module, definition, name)
    if others is None:
        return False
    for owner in (module, *others):
        if _reflects(owner, name):
            return False
        for node in _attributes(owner, name, hidden):
            if is_of_other_class(owner, node.value, definition):
                continue
            if isinstance(node.ctx, ast.Del):
                return False
            if isinstance(node.ctx, ast.Load):
                if resources.effect_of(owner, node, resources.SESSION) is not EventKind.USED:
                    return False
            elif owner.function_at(node) is None:
                return False
    return True


def _attributes(module: Module, *names: str) -> Iterator[ast.Attribute]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield node


def _reflects(module: Module, name: str) -> bool:
    """Tell whether attributes are reached by their names in a way that may mean this one."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "__dict__":
            return True
        if isinstance(node, ast.Call) and module.qualified_name(node.func) in _REFLECTING:
            named = [argument for argument in node.args if isinstance(argument, ast.Constant)]
            if not named or any(argument.value == name for argument in named):
                return True
    return False


# Applications.


def _is_application_closed(module: Module, target: ast.Subscript) -> bool:
    """Tell whether something may close what is stored under a key of an application."""
    if not _is_whole_application(module):
        return True
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Subscript) or node is target or not _same_key(node, target):
            continue
        if not isinstance(node.ctx, ast.Load):
            return True
        if resources.effect_of(module, node, resources.SESSION) is not EventKind.USED:
            return True
    return False


def _same_key(one: ast.Subscript, other: ast.Subscript) -> bool:
    left, right = one.slice, other.slice
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return bool(left.value == right.value)
    return same_place(left, right)


def _is_whole_application(module: Module) -> bool:
    """Tell whether the file makes its application itself, runs it, and gives it to no code out of sight."""
    is_run = False
    for call in module.all_calls():
        given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
        for argument in given:
            if not module.type_of(argument).may_be(_APPLICATION):
                continue
            if call.is_certain and call.names <= _RUNNERS and call.names:
                is_run = True
            elif not call.is_certain or not (call.functions or call.callables):
                return False
    return is_run


# Modules.


def _is_global_closed(module: Module, name: str) -> bool:
    """Tell whether something may close what is in a private global of the module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and node.value == name:
            return True
        if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
            continue
        scope = module.scope_at(node).binding_scope(name)
        if scope is None or scope.kind is not ScopeKind.MODULE:
            continue
        if resources.effect_of(module, node, resources.SESSION) is not EventKind.USED:
            return True
    return any(
        binding.kind not in (BindingKind.ASSIGNMENT, BindingKind.DECLARATION)
        for binding in module.scope.bindings.get(name, ())
    )
