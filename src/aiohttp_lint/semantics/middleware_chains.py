"""Whether the middlewares of a project hand on what handlers give, as it is and to a call with the request alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.broad_excepts import classes_caught, covers
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.decorators import function_named
from aiohttp_lint.semantics.handlers import delegations
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.syntax import walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
_ATTRIBUTE = aiohttp_api.callable_named(f"{_APPLICATION}.middlewares").name.rpartition(".")[2]
_WORD = "middleware"


def pass_answers_on(module: Module) -> bool:
    """Tell whether each middleware that a handler of this file may stand behind gives its result to aiohttp as it is.

    So it is where no file of the project speaks of middlewares, or where all of them are functions of the project
    that do nothing else with the result than to return it.
    """
    modules = _speaking_of_middlewares(module)
    return modules is not None and all(map(_all_pass_on, modules))


def may_answer_instead(module: Module, raised: str) -> bool:
    """Tell whether a middleware of the project may catch an HTTP exception, and give an answer in its place."""
    modules = _speaking_of_middlewares(module)
    return modules is None or any(
        _answers_instead(owner, statement, raised)
        for owner in modules
        for function in owner.functions()
        if Role.MIDDLEWARE in owner.roles_of(function)
        for statement in function.scope.all_nodes(ast.Try)
        if isinstance(statement, ast.Try)
    )


def _speaking_of_middlewares(module: Module) -> list[Module] | None:
    """Give the files of a project that may hold middlewares; None where they can't all be read."""
    modules = [module] if _WORD in module.text.text else []
    project = module.project
    if project is None:
        return modules
    paths = project.files_saying(module, _WORD)
    if paths is None:
        return None
    others = [project.module_at(path) for path in paths]
    if None in others:
        return None
    # The applications that tests put together are not the ones that serve.
    return modules + [
        other for other in others if other is not None and (module.is_test or not other.is_test)
    ]


def _answers_instead(module: Module, statement: ast.Try, raised: str) -> bool:
    for clause in statement.handlers:
        caught = classes_caught(module, clause.type)
        if caught is None or covers(caught, raised):
            return any(isinstance(node, ast.Return) for node in walk_scope(*clause.body))
    return False


def _all_pass_on(module: Module) -> bool:
    """Tell whether the middlewares that a file defines, and those that it gives to applications, pass answers on."""
    for call in module.calls_to(_APPLICATION):
        given = call.argument(_ATTRIBUTE)
        if given.is_unknown or (given.value is not None and not _are_known(module, given.value)):
            return False
    for attribute in module.attributes_named(_ATTRIBUTE):
        method = module.parent(attribute)
        added = module.parent(method) if isinstance(method, ast.Attribute) else None
        if not isinstance(added, ast.Call) or not added.args or not _are_known(module, added.args[-1]):
            return False
    own = [function for function in module.functions() if Role.MIDDLEWARE in module.roles_of(function)]
    return all(_passes_on(function) for function in own)


def _are_known(module: Module, node: ast.expr) -> bool:
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    found = [function_named(module, item) for item in items]
    return all(function is not None and _passes_on(function) for function in found)


def _passes_on(middleware: Function) -> bool:
    """Tell whether a middleware calls its handler with the request alone, and returns nothing of its own making."""
    module = middleware.owner
    calls = list(delegations(module, middleware))
    return bool(calls) and all(
        len(call.args) == 1 and not call.keywords and _is_returned(module, call, middleware) for call in calls
    )


def _is_returned(module: Module, call: ast.Call, middleware: Function) -> bool:
    awaited = module.parent(call)
    use = module.use_of(awaited) if isinstance(awaited, ast.Await) else None
    if use is None or use.kind is not UseKind.ASSIGNED:
        return use is not None and use.kind is UseKind.RETURNED
    name = use.targets[0]
    if not isinstance(name, ast.Name) or len(middleware.scope.bindings.get(name.id, ())) != 1:
        return False
    uses = [module.use_of(load).kind for load in module.uses(middleware.scope, name.id)]
    return UseKind.RETURNED in uses and not {UseKind.ARGUMENT, UseKind.TESTED, UseKind.COMPARED} & set(uses)
