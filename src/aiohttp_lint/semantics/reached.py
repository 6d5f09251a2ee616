"""What serving requests runs: the functions of the project that handlers reach, and the expressions that run them."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.attributes import PROPERTIES
from aiohttp_lint.semantics.inheritance import keeps_methods, overrides
from aiohttp_lint.semantics.routing import block_of
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import SCOPES, is_none, walk_scope
from aiohttp_lint.semantics.types import ClassObject, FunctionObject, Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Class, Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

Step: TypeAlias = "tuple[Function, ast.expr]"
"""A function, and the expression in it that runs another one."""

_MAXIMUM_FUNCTIONS = 5_000
_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)


@dataclass(frozen=True, slots=True)
class Receiver:
    """The class of the object that a method runs on; an heir of it unless `is_exact`."""

    definition: Class
    is_exact: bool = False


def steps_to(
    roots: Iterable[Function], *, leads_on: Callable[[Function], bool] = lambda callee: True
) -> dict[Function, Step]:
    """Find what some functions run, directly or not.

    Args:
        roots: The functions, such as the handlers of a file.
        leads_on: Which of the functions that are called count, and are looked into.

    Returns:
        Each function that they reach with a step that runs it, on a shortest way from one of them.
    """
    found: dict[Function, Step] = {}
    starts = [(root, _own_receiver(root)) for root in roots]
    queue = deque(starts)
    seen = set(starts)
    are_roots = {root for root, _ in starts}
    while queue and len(seen) < _MAXIMUM_FUNCTIONS:
        current, receiver = queue.popleft()
        for expression, callee, its_receiver in _runs(current, receiver):
            if callee.is_generator or (callee, its_receiver) in seen or not leads_on(callee):
                continue
            seen.add((callee, its_receiver))
            if callee not in are_roots:
                found.setdefault(callee, (current, expression))
            queue.append((callee, its_receiver))
    return found


def _own_receiver(function: Function) -> Receiver | None:
    scope = function.class_scope
    return None if scope is None else Receiver(function.owner.class_of(scope))


def _runs(
    function: Function, receiver: Receiver | None
) -> Iterator[tuple[ast.expr, Function, Receiver | None]]:
    """Give the functions of the project that the code of a function surely runs."""
    module = function.owner
    for node in function.scope.all_nodes(ast.Call):
        assert isinstance(node, ast.Call)
        called = _called(module, module.call_site(node), function, receiver)
        if called is not None and not _is_dead(module, node):
            yield node, *called
    for block in function.scope.all_nodes(ast.With, ast.AsyncWith):
        assert isinstance(block, ast.With | ast.AsyncWith)
        prefix = "__a" if isinstance(block, ast.AsyncWith) else "__"
        for item in block.items:
            entered = _object(module, item.context_expr)
            for name in (f"{prefix}enter__", f"{prefix}exit__"):
                method = None if entered is None else _method(entered, name)
                if method is not None:
                    yield item.context_expr, method, entered
    yield from _properties(function, receiver)


def _is_dead(module: Module, node: ast.AST) -> bool:
    """Tell whether code stands behind a statement that leaves its block."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES):
            break
        if isinstance(ancestor, ast.stmt):
            block = block_of(module, ancestor)
            if ancestor in block and any(isinstance(it, _LEAVING) for it in block[: block.index(ancestor)]):
                return True
    return False


def _called(
    module: Module, site: CallSite, function: Function, receiver: Receiver | None
) -> tuple[Function, Receiver | None] | None:
    callee = site.node.func
    if isinstance(callee, ast.Attribute):
        holder = _receiver_of(module, callee.value, function, receiver)
        if holder is not None:
            method = _method(holder, callee.attr)
            return None if method is None or not _is_callable_so(module, site, method) else (method, holder)
    if not site.is_certain or len(site.names) != 1:
        return None
    if len(site.functions) == 1:
        (called,) = site.functions
        return called, _own_receiver(called)
    members = module.type_of(callee).values
    (made,) = members if len(members) == 1 else (None,)
    if isinstance(made, ClassObject) and made.definition is not None:
        constructor = made.definition.find_method("__init__")
        if constructor is not None and _makes_anew(made.definition):
            return constructor, Receiver(made.definition, is_exact=True)
    return None


def _makes_anew(definition: Class) -> bool:
    """Tell whether each call of a class makes an object: no metaclass has a say, and its file leaves its name alone."""
    return all(map(keeps_methods, definition.lineage())) and not any(
        definition.owner.qualified_name(call.func) == "builtins.globals"
        for call in definition.owner.calls_of(frozenset({"globals"}))
    )


def _is_callable_so(module: Module, site: CallSite, method: Function) -> bool:
    """Tell whether calling the attribute runs the method: no decorator stands between, and no attribute hides it."""
    if any(not method.owner.inference.is_transparent(decorator) for decorator in method.decorators):
        return False
    members = module.type_of(site.node.func).values
    return bool(members) and all(isinstance(member, FunctionObject) for member in members)


def _properties(
    function: Function, receiver: Receiver | None
) -> Iterator[tuple[ast.expr, Function, Receiver | None]]:
    module = function.owner
    for node in walk_scope(*function.body):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        holder = _receiver_of(module, node.value, function, receiver)
        method = None if holder is None else _method(holder, node.attr)
        if method is not None and any(
            method.owner.qualified_name(decorator) in PROPERTIES for decorator in method.decorators
        ):
            yield node, method, holder


def _receiver_of(
    module: Module, node: ast.expr, function: Function, receiver: Receiver | None
) -> Receiver | None:
    """Give the class of an object whose attribute is read: of `self`, the one that the method runs on."""
    if receiver is not None and isinstance(node, ast.Name) and function.class_scope is not None:
        if function.positional and function.positional[0].arg == node.id:
            if len(function.scope.bindings.get(node.id, ())) == 1 and not _is_static(function):
                return receiver
    return _object(module, node)


def _is_static(function: Function) -> bool:
    static = ("builtins.staticmethod", "builtins.classmethod")
    return any(function.owner.qualified_name(decorator) in static for decorator in function.decorators)


def _object(module: Module, node: ast.expr) -> Receiver | None:
    types = module.type_of(node)
    if types.is_open or len(types.values) != 1:
        return None
    (member,) = types.values
    if not isinstance(member, Instance) or member.definition is None:
        return None
    return Receiver(member.definition, _is_made_here(module, node))


def _is_made_here(module: Module, node: ast.expr) -> bool:
    """Tell whether an object is surely of the very class that it was made by, not of an heir."""
    if isinstance(node, ast.Call):
        return all(isinstance(member, ClassObject) for member in module.type_of(node.func).values)
    if isinstance(node, ast.Name):
        bindings = module.reaching(node)
    elif isinstance(node, ast.Attribute):
        owner = _object(module, node.value)
        bindings = [] if owner is None else _assigned(module, owner.definition, node.attr)
    else:
        return False
    return bool(bindings) and all(
        binding.kind is BindingKind.ASSIGNMENT
        and binding.annotation is None
        and isinstance(binding.value, ast.Call)
        and _is_made_here(binding.scope.owner, binding.value)
        for binding in bindings
    )


def _assigned(module: Module, definition: Class, name: str) -> list[Binding]:
    return [
        binding
        for ancestor in definition.lineage()
        for binding in module.inference.attribute_bindings(ancestor, name)
        if binding.value is None or not is_none(binding.value)
    ]


def _method(receiver: Receiver, name: str) -> Function | None:
    """Give the method that surely runs; None where an heir in sight may have another one."""
    own = receiver.definition.find_method(name)
    if own is None or receiver.is_exact:
        return own
    others = overrides(receiver.definition, name)
    if others is None:
        return None
    if own.is_stub:
        return others[0] if len(others) == 1 else None
    return None if others else own
