"""Parameters without annotation that are client sessions, by how the file uses them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import RESPONSE, SESSION, VERBS
from aiohttp_lint.semantics.scopes import Binding, BindingKind
from aiohttp_lint.semantics.syntax import SCOPES, TRIES, walk_scope

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Class
    from aiohttp_lint.semantics.module import Module

_ERROR = aiohttp_api.class_named("aiohttp.ClientError").name
_ERRORS = frozenset({_ERROR, *aiohttp_api.subclasses_of(_ERROR)})
_SESSION_CLASS = aiohttp_api.class_named(SESSION)
_RESPONSE_CLASS = aiohttp_api.class_named(RESPONSE)
_BODY = frozenset({"read", "text", "json"})


def sessions_by_use(module: Module) -> frozenset[Binding]:
    """Give the parameters that must be sessions: what is asked of them fits nothing else.

    The evidence is all of this: `async with x.get(…) as response` (or `response = await x.get(…)`) stands in a
    `try` that catches one of aiohttp's client errors; there a body is awaited from the response (`await
    response.json()`), and nothing is asked of it that `ClientResponse` lacks; nothing is asked of `x`, in the whole file, that `ClientSession` lacks.
    """
    if module.is_test or {error.rpartition(".")[2] for error in _ERRORS}.isdisjoint(module.text.words):
        return frozenset()
    found: set[Binding] = set()
    for scope in module.scope.descend():
        for block in (node for kind in TRIES for node in scope.nodes.get(kind, ())):
            if any(_catches_client_error(module, handler) for handler in getattr(block, "handlers", ())):
                found.update(_senders(module, block))
    return frozenset(found)


def _catches_client_error(module: Module, handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(module.qualified_name(kind) in _ERRORS for kind in kinds)


def _senders(module: Module, block: ast.AST) -> Iterator[Binding]:
    """Give the parameters through which a `try` sends requests and reads the answers."""
    body: list[ast.stmt] = getattr(block, "body", [])
    nodes = list(walk_scope(*(statement for statement in body if not isinstance(statement, SCOPES))))
    awaited = {node.value for node in nodes if isinstance(node, ast.Await)}
    for node in nodes:
        for call, response in _requests_kept(node):
            if isinstance(call.func, ast.Attribute) and call.func.attr in VERBS:
                binding = (
                    _parameter_behind(module, call.func.value) if _is_read(nodes, awaited, response) else None
                )
                if binding is not None:
                    yield binding


def _requests_kept(node: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Give the calls of `async with x.get(…) as name` and `name = await x.get(…)`, each with the name."""
    pairs: list[tuple[ast.expr, ast.expr | None]] = []
    if isinstance(node, ast.AsyncWith):
        pairs = [(item.context_expr, item.optional_vars) for item in node.items]
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.value, ast.Await):
        pairs = [(node.value.value, node.targets[0])]
    for call, target in pairs:
        if isinstance(call, ast.Call) and isinstance(target, ast.Name):
            yield call, target.id


def _is_read(nodes: list[ast.AST], awaited: set[ast.expr], response: str) -> bool:
    """Tell whether a body is awaited from what has the name, and all else that is asked of it is a response's too."""
    asked = {
        node
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == response
    }
    bodies = {
        node.func.attr
        for node in awaited
        if isinstance(node, ast.Call) and node.func in asked and isinstance(node.func, ast.Attribute)
    }
    return all(_has(_RESPONSE_CLASS, node.attr) for node in asked) and not bodies.isdisjoint(_BODY)


def _has(known: aiohttp_api.ApiClass, name: str) -> bool:
    # The data knows nothing of private names.
    return name.startswith("_") or known.method(name) is not None or known.attribute_type(name) is not None


def _parameter_behind(module: Module, sender: ast.expr) -> Binding | None:
    """Give the parameter without annotation that an expression is: itself, or `self.x` that is assigned nothing else."""
    if isinstance(sender, ast.Name):
        binding = _open_parameter(module, sender)
        asked: list[ast.expr] = [] if binding is None else [*module.uses(binding.scope, sender.id)]
    elif isinstance(sender, ast.Attribute) and isinstance(sender.value, ast.Name):
        definition = _class_of_self(module, sender.value)
        kept = [] if definition is None else module.inference.attribute_bindings(definition, sender.attr)
        given = kept[0].value if len(kept) == 1 and kept[0].kind is BindingKind.ASSIGNMENT else None
        binding = _open_parameter(module, given) if isinstance(given, ast.Name) else None
        asked = [*module.attributes_named(sender.attr)]
    else:
        return None
    if binding is None:
        return None
    holders = (module.parent(place) for place in asked)
    members = {holder.attr for holder in holders if isinstance(holder, ast.Attribute)}
    return binding if all(_has(_SESSION_CLASS, member) for member in members) else None


def _open_parameter(module: Module, name: ast.Name) -> Binding | None:
    bindings = module.scope_at(name).lookup(name.id)
    binding = bindings[0] if len(bindings) == 1 else None
    is_open = binding is not None and binding.kind is BindingKind.PARAMETER and binding.annotation is None
    return binding if is_open else None


def _class_of_self(module: Module, name: ast.Name) -> Class | None:
    function = module.function_at(name)
    if function is None or function.class_scope is None or not function.positional:
        return None
    return module.class_of(function.class_scope) if function.positional[0].arg == name.id else None
