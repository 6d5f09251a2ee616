"""Applications and routers that are handed to functions: `setup_routes(app)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import parameter_given
from aiohttp_lint.semantics.decorators import function_named
from aiohttp_lint.semantics.proofs import Proof, parameter_key
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

APPLICATION = "aiohttp.web.Application"
_ROUTER = "aiohttp.web.UrlDispatcher"


def key_of_open(module: Module, node: ast.expr) -> str | None:
    """Name the parameter that an expression is, if nothing in its file says what it is given."""
    if not isinstance(node, ast.Name):
        return None
    bindings = module.scope_at(node).lookup(node.id)
    if len(bindings) != 1 or not _is_open(bindings[0]):
        return None
    function = module.function_of(bindings[0].scope)
    if function is None or (function.class_scope is not None and function.positional[0].arg == node.id):
        return None
    return parameter_key(function.node.lineno, function.node.col_offset, node.id)


def _is_open(binding: Binding) -> bool:
    return binding.kind is BindingKind.PARAMETER and binding.annotation is None


def given_arguments(module: Module) -> Iterator[tuple[Function, Proof]]:
    """Give the parameters of functions of the project that get an application or a router from this file.

    What is passed on by a parameter of which nothing is known proves something only if that is one itself.
    """
    names = _names_of_applications(module)
    for entries in module.facts.calls.values():
        for call, _ in entries:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            held = [argument for argument in given if _last_name(argument) in names]
            function = function_named(module, call.func) if held else None
            for argument in held:
                parameter = None if function is None else _open_parameter(module, call, argument, function)
                if function is None or parameter is None:
                    continue
                condition = key_of_open(module, argument)
                if condition is not None:
                    yield function, Proof(APPLICATION, parameter=parameter, condition=condition)
                else:
                    for kind in (APPLICATION, _ROUTER):
                        if module.is_instance(argument, kind):
                            yield function, Proof(kind, parameter=parameter)


def _names_of_applications(module: Module) -> set[str]:
    """Give the names under which the file may hold an application or a router, `router` of anything included."""
    # What is passed on under a usual name counts too: this saves looking at every argument, and proves nothing.
    found = {"app", "application", "router"}
    for call, _ in module.facts.calls.get("Application", ()):
        found.update(name for target in module.use_of(call).targets if (name := _last_name(target)))
    if "Application" not in module.text.words:
        return found
    for scope in module.scope.descend():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                annotation = binding.annotation
                if annotation is not None and "Application" in ast.dump(annotation):
                    found.add(name)
    return found


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _open_parameter(module: Module, call: ast.Call, argument: ast.expr, function: Function) -> str | None:
    """Give the parameter that an argument goes to, if its own file doesn't say what it is."""
    name = parameter_given(module, call, argument, function)
    bindings = [] if name is None else function.scope.bindings.get(name, [])
    return name if len(bindings) == 1 and _is_open(bindings[0]) else None
