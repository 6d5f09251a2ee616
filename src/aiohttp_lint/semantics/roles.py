"""What the program uses a function for: handlers, middlewares, signal callbacks… by registration, never by name."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.callbacks import function_of, functions_in, view_methods
from aiohttp_lint.semantics.decorators import returned_definition, wrappers
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.fixtures import is_fixture
from aiohttp_lint.semantics.given_arguments import APPLICATION, given_arguments, key_of_open
from aiohttp_lint.semantics.proofs import Proof
from aiohttp_lint.semantics.reached import Step, steps_to
from aiohttp_lint.semantics.types import (
    ApiFunction,
    Instance,
    Types,
    in_order,
    instance,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module


class Role(Enum):
    """A use that the program makes of a function."""

    HANDLER = auto()
    """Answers requests: registered with a router or route table, or a method of a `web.View`."""
    MIDDLEWARE = auto()
    STARTUP = auto()
    SHUTDOWN = auto()
    CLEANUP = auto()
    RESPONSE_PREPARE = auto()
    CLEANUP_CONTEXT = auto()
    TASK = auto()
    """Started as a task of its own."""
    ENTRY_POINT = auto()
    """Run by `asyncio.run` or the like, or from `if __name__ == "__main__"`."""
    TEST = auto()
    FIXTURE = auto()


@dataclass(frozen=True, slots=True)
class Registration:
    """A route: what answers which method and path, and the call or decorator that says so.

    `method` is upper case, `*` for any, None where it is unknown. `functions` are the handlers that are
    defined in the file.
    """

    node: ast.AST
    method: str | None
    path: ast.expr | None
    handler: ast.expr | None
    functions: tuple[Function, ...]


_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_ADD_VERB = {f"aiohttp.web.UrlDispatcher.add_{verb}": verb.upper() for verb in _VERBS}
_WEB_VERB = {f"aiohttp.web.{verb}": verb.upper() for verb in _VERBS}
_TABLE_VERB = {
    **{f"aiohttp.web.RouteTableDef.{verb}": verb.upper() for verb in _VERBS},
    "aiohttp.web.RouteTableDef.view": "*",
}
_ADD_ROUTE = "aiohttp.web.UrlDispatcher.add_route"
_RESOURCE_ADD_ROUTE = "aiohttp.web.Resource.add_route"
_ADD_VIEW = "aiohttp.web.UrlDispatcher.add_view"
_HANDLER_POSITIONS = {**{f"add_{verb}": 1 for verb in _VERBS}, "add_view": 1, "add_route": 2}
_SIGNALS = {
    "on_startup": Role.STARTUP,
    "on_shutdown": Role.SHUTDOWN,
    "on_cleanup": Role.CLEANUP,
    "on_response_prepare": Role.RESPONSE_PREPARE,
    "cleanup_ctx": Role.CLEANUP_CONTEXT,
    "middlewares": Role.MIDDLEWARE,
}
_LIST_METHODS = ("append", "extend", "insert")
_ROUTE_CALLS = frozenset(
    {*(f"add_{verb}" for verb in _VERBS), *_VERBS, "add_route", "add_view", "route", "view", *_LIST_METHODS,
     "Application", "add_routes"}
)  # fmt: skip
_RUN_CALLS = frozenset({"run", "run_until_complete", "create_task", "ensure_future", "run_app"})
# Without one of these words in its text, a file registers nothing: a cheap test before calls are resolved.
_SERVER = frozenset(
    {*_HANDLER_POSITIONS, *_SIGNALS, "add_routes", "web", "router", "routes", "Application", "RouteTableDef"}
)
_SERVING = (
    APPLICATION, "aiohttp.web.UrlDispatcher", "aiohttp.web.Resource", "aiohttp.web.RouteTableDef", "aiohttp.web.View",
    "aiohttp.web.middleware",
)  # fmt: skip
"""What functions are given to, or decorated with."""
_HOLDERS = frozenset({"app", "application", "router", "Application"})
"""Words of files that may hand an application or its router on."""
_ROUTE_DECORATORS = frozenset({*_VERBS, "route", "view"})
_PROVES_PARAMETERS = frozenset(
    {Role.HANDLER, Role.MIDDLEWARE, Role.STARTUP, Role.SHUTDOWN, Role.CLEANUP, Role.CLEANUP_CONTEXT,
     Role.RESPONSE_PREPARE}
)  # fmt: skip
_RUNNERS = frozenset(
    {
        "asyncio.run", "asyncio.AbstractEventLoop.run_until_complete", "anyio.run", "uvloop.run", "asyncio.Runner.run",
        "aiohttp.web.run_app",
    }
)  # fmt: skip
_STARTERS = frozenset(
    {"asyncio.create_task", "asyncio.ensure_future", "asyncio.AbstractEventLoop.create_task"}
)
_TYPES = {
    **{(role, 0): APPLICATION for role in (Role.STARTUP, Role.SHUTDOWN, Role.CLEANUP, Role.CLEANUP_CONTEXT)},
    **{(role, 0): "aiohttp.web.Request" for role in (Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE)},
    (Role.RESPONSE_PREPARE, 1): "aiohttp.web.StreamResponse",
}  # fmt: skip
"""What the positional parameters of the functions in a role are."""
_MAXIMUM_ROUNDS = 4


class Roles:
    """The roles of a file's functions, found when they are first asked for."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._proofs: dict[Function, set[Proof]] = {}
        self._registrations: list[Registration] = []
        self._is_ready = False
        self._is_under_way = False
        self._settled: dict[Function, frozenset[Role]] = {}
        self._callers: dict[Function, Step] | None = None
        self._called_by_coroutines: dict[Function, Step] | None = None

    def of(self, function: Function) -> frozenset[Role]:
        """Give the proven roles of a function."""
        known = self._settled.get(function)
        if known is None:
            known = frozenset(Role[proof.what] for proof in self._proofs_of(function))
            if self._is_ready and (self._module.project is None or not self._module.project.is_beside):
                self._settled[function] = known
        return known

    def _proofs_of(self, function: Function) -> set[Proof]:
        self._prepare()
        own = {
            proof for proof in self._proofs.get(function, ()) if not proof.condition and not proof.parameter
        }
        project = self._module.project
        if project is None or self._is_under_way:
            return own
        return set() if self._is_silenced else own | project.registrations.roles_of(function)

    @property
    def _is_silenced(self) -> bool:
        project = self._module.project
        return project is not None and not project.lets_prove(self._module)

    def given_to_project(self) -> list[tuple[Function, Proof]]:
        """Give what this file proves for functions of other files, or under a condition that others fulfil."""
        self._prepare()
        return [
            (function, proof)
            for function, proofs in self._proofs.items()
            for proof in proofs
            if function.owner is not self._module or proof.condition or proof.parameter
        ]

    @property
    def registrations(self) -> list[Registration]:
        """The routes that the file registers, in source order."""
        self._prepare()
        return self._registrations

    def paths_of(self, function: Function) -> list[str | None]:
        """Give the paths that this file registers a function for; None among them for one that can't be read."""
        found: list[str | None] = []
        for registration in self.registrations:
            if function in registration.functions:
                found.append(self._text(registration.path) or None)
        return found

    def parameter_type(self, function: Function, name: str) -> Types | None:
        """Give what a role, or the calls of the function in other files, prove about a parameter, if they do."""
        proofs = self._proofs_of(function)
        positional = [parameter.arg for parameter in function.positional]
        if function.class_scope is not None and not self._is_static(function):
            positional = positional[1:]
        found = {
            _TYPES.get((Role[proof.what], positional.index(name) - proof.skipped))
            for proof in proofs
            if name in positional and Role[proof.what] in _PROVES_PARAMETERS
        }
        types = found.pop() if len(found) == 1 else None
        if types is not None:
            return instance(types)
        project = self._module.project
        given = None if project is None else project.registrations.given_argument(function, name)
        return None if given is None else instance(given)

    def _is_static(self, function: Function) -> bool:
        return any(
            self._module.qualified_name(decorator) == "builtins.staticmethod"
            for decorator in function.decorators
        )

    # Finding them.

    def _prepare(self) -> None:
        if self._is_ready or self._is_under_way or self._is_silenced:
            return
        self._is_under_way = True
        # What is proven of one function's parameters can resolve more registrations, so go again.
        for _ in range(_MAXIMUM_ROUNDS):
            before = {function: set(proofs) for function, proofs in self._proofs.items()}
            self._registrations = []
            self._collect()
            proven = any(
                proofs != before.get(function)
                and any(not proof.parameter and Role[proof.what] in _PROVES_PARAMETERS for proof in proofs)
                for function, proofs in self._proofs.items()
            )
            if not proven:
                break
            self._module.forget_types()
        self._registrations.sort(key=lambda registration: getattr(registration.node, "lineno", 0))
        self._is_under_way = False
        self._is_ready = True
        if self._module.project is not None:
            # What was inferred on the way knew nothing of the roles that other files prove.
            self._module.forget_types()

    def _add(
        self, function: Function, role: Role, skipped: int = 0, condition: str = "", route: str = ""
    ) -> None:
        proof = Proof(role.name, skipped, condition=condition, route=route)
        self._proofs.setdefault(function, set()).add(proof)

    def _collect(self) -> None:
        module = self._module
        serves = module.can_hold(*_SERVING)
        registers = serves and not _SERVER.isdisjoint(module.text.words)
        for node in module.calls_of(_ROUTE_CALLS | _RUN_CALLS if registers else _RUN_CALLS):
            if self._may_register(node.func):
                self._collect_call(module.call_site(node))
        for function in module.functions() if serves else ():
            if function.decorators:
                self._collect_decorators(function)
        for definition in module.classes() if serves else ():
            if definition.node.bases and "aiohttp.web.View" in definition.outside_bases:
                methods = tuple(view_methods(definition))
                for view_method in methods:
                    self._add(view_method, Role.HANDLER)
                for decorator in definition.node.decorator_list:
                    self._collect_route_decorator(methods, decorator)
        if registers and not _HOLDERS.isdisjoint(module.text.words):
            for function, proof in given_arguments(module):
                self._proofs.setdefault(function, set()).add(proof)
        self._collect_main()
        self._collect_tests()

    def _may_register(self, callee: ast.expr) -> bool:
        """Tell whether a callee can be one of ours: most `get` and `append` are other objects' methods."""
        if isinstance(callee, ast.Attribute):
            if callee.attr in _LIST_METHODS:
                return isinstance(callee.value, ast.Attribute) and callee.value.attr in _SIGNALS
            if callee.attr in _VERBS:
                return self._module.qualified_name(callee) in _WEB_VERB
        return True

    def _collect_call(self, site: CallSite) -> None:
        if self._collect_signal(site):
            return
        self._collect_conditional(site)
        if not site.is_certain or len(site.names) != 1:
            return
        (name,) = site.names
        arguments = site.node.args
        if name in _ADD_VERB or name in _WEB_VERB:
            handler = site.argument("handler", 1).value
            method = _ADD_VERB.get(name) or _WEB_VERB[name]
            self._register(site.node, method, site.argument("path", 0).value, handler)
        elif name in (_ADD_ROUTE, "aiohttp.web.route"):
            if len(arguments) == 1 and isinstance(arguments[0], ast.Starred):
                self._register_unpacked(site.node, arguments[0].value)
                return
            method_node = site.argument("method", 0).value
            self._register(
                site.node,
                self._method(method_node),
                site.argument("path", 1).value,
                site.argument("handler", 2).value,
            )
        elif name == _RESOURCE_ADD_ROUTE:
            self._register(
                site.node,
                self._method(site.argument("method", 0).value),
                None,
                site.argument("handler", 1).value,
            )
        elif name in (_ADD_VIEW, "aiohttp.web.view"):
            self._register(site.node, "*", site.argument("path", 0).value, site.argument("handler", 1).value)
        elif name == "aiohttp.web.Application":
            middlewares = site.argument("middlewares").value
            if middlewares is not None:
                for function, skipped in functions_in(self._module, middlewares):
                    self._add_middleware(function, skipped)
        elif name in _RUNNERS and arguments:
            self._collect_run(arguments[0], Role.ENTRY_POINT)
        elif name in _STARTERS and arguments:
            self._collect_run(arguments[0], Role.TASK)

    def _collect_run(self, argument: ast.expr, role: Role) -> None:
        if isinstance(argument, ast.Call):
            for function in self._module.call_site(argument).functions:
                self._add(function, role)

    def _collect_signal(self, site: CallSite) -> bool:
        receiver = site.receiver
        if site.method_name not in _LIST_METHODS or not isinstance(receiver, ast.Attribute):
            return False
        role = _SIGNALS.get(receiver.attr)
        if role is None or not site.node.args:
            return False
        condition: str | None = ""
        if not self._module.is_instance(receiver.value, APPLICATION):
            condition = key_of_open(self._module, receiver.value)
        if condition is None:
            return False
        for function, skipped in functions_in(self._module, site.node.args[-1]):
            if role is Role.MIDDLEWARE:
                self._add_middleware(function, skipped, condition)
            else:
                self._add(function, role, skipped, condition)
        return True

    def _add_middleware(self, function: Function, skipped: int, condition: str = "") -> None:
        """Add a middleware, or what an old-style factory (`async def m(app, handler)`) makes."""
        made = returned_definition(function) if function.is_async else None
        self._add(made or function, Role.MIDDLEWARE, 0 if made else skipped, condition)

    def _collect_conditional(self, site: CallSite) -> None:
        """Note what a call registers if the parameter that it goes through is an application or its router."""
        receiver = site.receiver
        position = _HANDLER_POSITIONS.get(site.method_name)
        if site.is_certain or receiver is None or position is None:
            return
        root = (
            receiver.value if isinstance(receiver, ast.Attribute) and receiver.attr == "router" else receiver
        )
        condition = key_of_open(self._module, root)
        handler = site.argument("handler", position).value
        if condition is not None and handler is not None:
            route = self._text(site.argument("path", position - 1).value)
            for function, skipped in functions_in(self._module, handler):
                for runs in (function, *self._wrappers(function)):
                    self._add(runs, Role.HANDLER, skipped if runs is function else 0, condition, route)

    def _collect_decorators(self, function: Function) -> None:
        for decorator in function.decorators:
            self._collect_route_decorator((function,), decorator)
            if self._module.qualified_name(decorator) == "aiohttp.web.middleware":
                self._add(function, Role.MIDDLEWARE)

    def _collect_route_decorator(self, functions: tuple[Function, ...], decorator: ast.expr) -> None:
        if not isinstance(decorator, ast.Call):
            return
        if isinstance(decorator.func, ast.Attribute) and decorator.func.attr not in _ROUTE_DECORATORS:
            return
        for member in self._module.type_of(decorator.func).values:
            if isinstance(member, ApiFunction):
                self._register_decorated(functions, decorator, member.callable.name)

    def _register_decorated(self, functions: tuple[Function, ...], decorator: ast.Call, name: str) -> None:
        path: ast.expr | None = decorator.args[0] if decorator.args else None
        if name in _TABLE_VERB:
            method: str | None = _TABLE_VERB[name]
        elif name == "aiohttp.web.RouteTableDef.route":
            method = self._method(path)
            path = decorator.args[1] if len(decorator.args) > 1 else None
        else:
            return
        for function in functions:
            for runs in (function, *self._wrappers(function)):
                self._add(runs, Role.HANDLER)
        self._registrations.append(Registration(decorator, method, path, None, functions))

    def _register(
        self, node: ast.Call, method: str | None, path: ast.expr | None, handler: ast.expr | None
    ) -> None:
        found = list(functions_in(self._module, handler)) if handler is not None else []
        for function, skipped in found:
            self._add(function, Role.HANDLER, skipped, route=self._text(path))
            for wrapper in self._wrappers(function):
                self._add(wrapper, Role.HANDLER)
        functions = tuple(function for function, _ in found)
        self._registrations.append(Registration(node, method, path, handler, functions))

    def _register_unpacked(self, node: ast.Call, route: ast.expr) -> None:
        """Register `add_route(*route)`, where the route is known as a tuple of method, path and handler."""
        functions = tuple(
            function
            for member in self._module.type_of(route).values
            if isinstance(member, Instance) and member.name == "tuple" and len(member.arguments) > 2
            for function in map(function_of, in_order(member.arguments[2].values))
            if function is not None
        )
        for function in functions:
            self._add(function, Role.HANDLER)
        self._registrations.append(Registration(node, None, None, None, functions))

    def _wrappers(self, function: Function) -> list[Function]:
        """Give what runs in place of a decorated handler; of a method it has another first parameter."""
        return [] if function.class_scope is not None else wrappers(function) or []

    def _text(self, path: ast.expr | None) -> str:
        literal = self._module.constant(path) if path is not None else None
        return literal.value if literal is not None and isinstance(literal.value, str) else ""

    def _method(self, node: ast.expr | None) -> str | None:
        literal = self._module.constant(node) if node is not None else None
        if literal is not None and isinstance(literal.value, str):
            return literal.value.upper()
        if node is not None and (self._module.qualified_name(node) or "").startswith("aiohttp.hdrs.METH_"):
            name = (self._module.qualified_name(node) or "").rpartition("_")[2]
            return "*" if name == "ANY" else name
        return None

    def _collect_main(self) -> None:
        for statement in self._module.tree.body:
            if isinstance(statement, ast.If) and _tests_main(statement.test):
                for inner in ast.walk(statement):
                    if isinstance(inner, ast.Call):
                        for function in self._module.call_site(inner).functions:
                            self._add(function, Role.ENTRY_POINT)

    def _collect_tests(self) -> None:
        module = self._module
        for function in module.functions():
            if is_fixture(module, function):
                self._add(function, Role.FIXTURE)
            if module.is_test and function.name.startswith("test"):
                self._add(function, Role.TEST)

    # Who calls whom.

    def caller(self, function: Function) -> Step | None:
        """Give what runs the function on a way from a proven handler, middleware or signal callback.

        The nearest one to a handler; None for a function that none of them reaches through calls that this
        file resolves. Follow `caller` of the caller for the whole chain.
        """
        return self._calls_of_served().get(function)

    def served_elsewhere(self) -> list[Function]:
        """Give the functions of other files that this file's handlers, middlewares and callbacks reach."""
        if self._module.project is None:
            return []
        return [function for function in self._calls_of_served() if function.owner is not self._module]

    def called_by_coroutines(self) -> dict[Function, Step]:
        """Give the plain functions that the coroutines of this file run, each with a step that runs it."""
        if self._called_by_coroutines is None:
            coroutines = (function for function in self._module.functions() if function.is_async)
            # What is a coroutine itself has a file where it counts.
            self._called_by_coroutines = steps_to(coroutines, leads_on=lambda callee: not callee.is_async)
        return self._called_by_coroutines

    def _calls_of_served(self) -> dict[Function, Step]:
        if self._callers is None:
            self._callers = self._find_callers()
        return self._callers

    def _find_callers(self) -> dict[Function, Step]:
        served = {Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE}
        return steps_to(function for function in self._module.functions() if served & self.of(function))


def _tests_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.comparators) == 1
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )
