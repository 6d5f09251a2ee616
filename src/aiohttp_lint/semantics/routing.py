"""The routes of an application: method, pattern, name, handler, and the router or table that they are added to."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.declared import bindings_named
from aiohttp_lint.semantics.scopes import Binding, BindingKind
from aiohttp_lint.semantics.syntax import blocks, dotted

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.roles import Registration

APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
ROUTER = aiohttp_api.class_named("aiohttp.web.UrlDispatcher").name
TABLE = aiohttp_api.class_named("aiohttp.web.RouteTableDef").name
ADD_SUBAPP = aiohttp_api.callable_named("aiohttp.web.Application.add_subapp").name
ADD_ROUTES = (
    aiohttp_api.callable_named("aiohttp.web.Application.add_routes").name,
    aiohttp_api.callable_named("aiohttp.web.UrlDispatcher.add_routes").name,
)
ADD_RESOURCE = aiohttp_api.callable_named("aiohttp.web.UrlDispatcher.add_resource").name
ADD_STATIC = aiohttp_api.callable_named("aiohttp.web.UrlDispatcher.add_static").name
_RESOURCE_ADD_ROUTE = aiohttp_api.callable_named("aiohttp.web.Resource.add_route").name
GETS = frozenset(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name
    for name in ("get", "UrlDispatcher.add_get", "RouteTableDef.get")
)
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
REGISTRATIONS = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.{name}").name
    for name in (
        *(f"{owner}{verb}" for verb in _VERBS for owner in ("", "UrlDispatcher.add_", "RouteTableDef.")),
        *("route", "UrlDispatcher.add_route", "RouteTableDef.route", "Resource.add_route"),
        *("view", "UrlDispatcher.add_view", "RouteTableDef.view"),
    )
)
"""What registers a route."""
_MAXIMUM_ALIASES = 5
_MAXIMUM_FILES = 60

Owner: TypeAlias = tuple[object, ...]
"""What tells one application or route table of a frame from another."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route as a call or a decorator registers it.

    `methods` are those that it answers (`*` for any), none where that is unknown. `pattern` is the path where it is known as
    text. `place` is the node after which it is registered: the call, or the `add_routes()` that its list goes to.
    `owner` is the application or table, where one surely is meant.
    """

    module: Module
    node: ast.Call
    method: str | None
    methods: frozenset[str]
    path: ast.expr | None
    pattern: str | None
    name: str | None
    handler: ast.expr | None
    functions: tuple[Function, ...]
    owner: Owner | None
    place: ast.AST


def routes(module: Module) -> list[Route]:
    """Give the routes that a file registers, in source order."""
    return [
        _route(module, registration)
        for registration in module.registrations()
        if isinstance(registration.node, ast.Call)
    ]


def _route(module: Module, registration: Registration) -> Route:
    node = registration.node
    assert isinstance(node, ast.Call), "asked before"
    site = module.call_site(node)
    path = registration.path
    name = site.argument("name").value
    if path is None and site.calls_only(_RESOURCE_ADD_ROUTE) and site.receiver is not None:
        made = value_of(module, site.receiver)
        if isinstance(made, ast.Call) and module.call_site(made).calls_only(ADD_RESOURCE):
            path = module.call_site(made).argument("path").value
            name = module.call_site(made).argument("name").value
    owner, place = _registered_with(module, site)
    return Route(
        module,
        node,
        registration.method,
        _methods(registration, site),
        path,
        text_of(module, path),
        text_of(module, name),
        registration.handler,
        registration.functions,
        owner,
        place,
    )


def _methods(registration: Registration, site: CallSite) -> frozenset[str]:
    if registration.method is None:
        return frozenset()
    if site.calls_only(*GETS) and site.argument("allow_head").is_missing:
        return frozenset({"GET", "HEAD"})
    return frozenset({registration.method})


def text_of(module: Module, node: ast.expr | None) -> str | None:
    """Give the text that an expression surely is: a literal, a name for one in any file, or a sum of such."""
    if node is None:
        return None
    literal = module.constant(node)
    if literal is not None:
        return literal.value if isinstance(literal.value, str) else None
    if isinstance(node, ast.Name | ast.Attribute):
        return _text_elsewhere(module, node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(module, node.left), text_of(module, node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        texts = [_formatted(module, value) for value in node.values]
        return None if None in texts else "".join(text for text in texts if text is not None)
    return None


def _text_elsewhere(module: Module, node: ast.expr) -> str | None:
    """Give the text of a constant that another file defines with a literal."""
    name = module.qualified_name(node)
    if name is None or "." not in name or module.project is None:
        return None
    bindings = bindings_named(name, module)
    if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGNMENT or bindings[0].value is None:
        return None
    literal = bindings[0].scope.owner.constant(bindings[0].value)
    return literal.value if literal is not None and isinstance(literal.value, str) else None


def _formatted(module: Module, value: ast.expr) -> str | None:
    if not isinstance(value, ast.FormattedValue):
        return text_of(module, value)
    is_plain = value.conversion == -1 and value.format_spec is None
    return text_of(module, value.value) if is_plain else None


def value_of(module: Module, node: ast.expr) -> ast.expr:
    """Give what a local name was given, where one assignment surely gave it; else the expression itself."""
    for _ in range(_MAXIMUM_ALIASES):
        binding = _only_binding(module, node)
        if binding is None or binding.kind is not BindingKind.ASSIGNMENT or binding.value is None:
            return node
        node = binding.value
    return node


def _only_binding(module: Module, node: ast.expr) -> Binding | None:
    if not isinstance(node, ast.Name):
        return None
    bindings = module.reaching(node)
    if len(bindings) != 1 or bindings[0].scope.owner is not module:
        return None
    # In a loop, what a later line binds is what this line has the next time: not the object of this turn.
    is_earlier = getattr(bindings[0].node, "lineno", 0) <= node.lineno
    return bindings[0] if is_earlier or bindings[0].scope is not module.scope_at(node).function else None


def owner_of(module: Module, node: ast.expr) -> Owner | None:
    """Tell which application, router or table of a frame an expression is; None where that is unknown.

    An application and its router count as one.
    """
    for _ in range(_MAXIMUM_ALIASES):
        if isinstance(node, ast.Attribute) and node.attr == "router" and _is_application(module, node.value):
            node = node.value
            continue
        if isinstance(node, ast.Attribute):
            names = dotted(node)
            function = module.function_at(node)
            if names is None or function is None or _is_set(module, function, node.attr):
                return None
            return ("attribute", function.node, *names)
        binding = _only_binding(module, node)
        if binding is None:
            return None
        if binding.kind is BindingKind.ASSIGNMENT and isinstance(binding.value, ast.Name | ast.Attribute):
            node = binding.value
            continue
        if binding.kind in (BindingKind.ASSIGNMENT, BindingKind.PARAMETER):
            return (binding,)
        return None
    return None


def _is_application(module: Module, node: ast.expr) -> bool:
    return module.is_instance(node, APPLICATION)


def _is_set(module: Module, function: Function, attribute: str) -> bool:
    """Tell whether a function sets an attribute of this name more than once, or in a loop."""
    found = [
        target
        for node in function.scope.all_nodes(ast.Assign, ast.AnnAssign, ast.AugAssign)
        for target in getattr(node, "targets", None) or [getattr(node, "target", None)]
        if isinstance(target, ast.Attribute) and target.attr == attribute
    ]
    return len(found) > 1 or any(
        isinstance(ancestor, ast.For | ast.AsyncFor | ast.While)
        for target in found
        for ancestor in module.ancestors(target)
    )


def _registered_with(module: Module, site: CallSite) -> tuple[Owner | None, ast.AST]:
    """Give what a route is added to, and the node that does it."""
    receiver = site.receiver
    if receiver is not None and module.is_instance(receiver, ROUTER, TABLE):
        return owner_of(module, receiver), site.node
    if receiver is not None and site.calls_only(_RESOURCE_ADD_ROUTE):
        made = value_of(module, receiver)
        if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
            return owner_of(module, made.func.value), made
    added = adding_call(module, site.node)
    if added is not None and isinstance(added.func, ast.Attribute):
        return owner_of(module, added.func.value), added
    return None, site.node


def files_naming(module: Module, *texts: str) -> list[Module] | None:
    """Give a file and those of its project that have one of some texts; None where there are too many to look into."""
    if module.project is None:
        return [module]
    paths = module.project.files_saying(module, *texts)
    if paths is None or len(paths) > _MAXIMUM_FILES:
        return None
    others = (other for path in paths if (other := module.project.module_at(path)) is not None)
    return [module, *others]


def adding_call(module: Module, node: ast.Call) -> ast.Call | None:
    """Give the `add_routes()` whose list holds a route definition (`web.get(…)`), written there or under a local name."""
    holder = module.parent(node)
    if not isinstance(holder, ast.List | ast.Tuple):
        return None
    use = module.use_of(holder)
    if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 and isinstance(use.targets[0], ast.Name):
        name = use.targets[0].id
        scope = module.scope_at(node).binding_scope(name)
        loads = [] if scope is None or len(scope.bindings[name]) != 1 else module.uses(scope, name)
        if len(loads) != 1:
            return None
        use = module.use_of(loads[0])
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        return use.node if module.call_site(use.node).calls_only(*ADD_ROUTES) else None
    return None


def only_feeds_applications(module: Module, table: ast.Name) -> bool:
    """Tell whether a route table of the file is used for decorators and for `add_routes()`, and for nothing else."""
    scope = module.scope_at(table).binding_scope(table.id)
    loads = [] if scope is None or len(scope.bindings[table.id]) != 1 else module.uses(scope, table.id)
    uses = [_adds(module, load) for load in loads]
    return None not in uses and True in uses


def _adds(module: Module, table: ast.Name) -> bool | None:
    """Tell whether a use of a route table adds it to an application, or (False) a route to it; None: anything else."""
    use = module.use_of(table)
    if use.kind is UseKind.ATTRIBUTE:
        return False
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        return True if module.call_site(use.node).calls_only(*ADD_ROUTES) else None
    return None


def comes_before(module: Module, first: ast.AST, second: ast.AST) -> bool:
    """Tell whether whenever `second` runs in a frame, `first` ran before it, by the order of their statements.

    Within one statement that is the order of the source, for elements that always are evaluated.
    """
    if module.scope_at(first).function is not module.scope_at(second).function:
        return False
    one = module.statement(first)
    for around in (second, *module.ancestors(second)):
        if around is one:
            return _position(first) < _position(second) and not is_conditional(module, first, one)
        if isinstance(around, ast.stmt):
            block = block_of(module, around)
            if one in block:
                return block.index(one) < block.index(around) and not is_conditional(module, first, one)
    return False


def _position(node: ast.AST) -> tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def is_conditional(module: Module, node: ast.AST, statement: ast.stmt) -> bool:
    """Tell whether a node of a statement may not be evaluated when the statement runs."""
    for ancestor in module.ancestors(node):
        if ancestor is statement:
            return False
        if isinstance(ancestor, ast.IfExp | ast.BoolOp | ast.comprehension | ast.Lambda | ast.ListComp):
            return True
    return False


def block_of(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """Give the statements among which a statement stands."""
    holder = module.parent(statement)
    if isinstance(holder, ast.Module):
        return holder.body
    if isinstance(holder, ast.ExceptHandler):
        return holder.body
    if isinstance(holder, ast.stmt):
        return next((block for block in blocks(holder) if statement in block), [])
    return getattr(holder, "body", []) if holder is not None else []
