"""What the program uses a function for: handlers, middlewares, signal callbacks… by registration, never by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.types import ApiFunction, ClassObject, FunctionObject, Instance, Types, instance

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
_VIEW_METHODS = frozenset((*_VERBS, "connect", "trace"))
_ADD_VERB = {f"aiohttp.web.UrlDispatcher.add_{verb}": verb.upper() for verb in _VERBS}
_WEB_VERB = {f"aiohttp.web.{verb}": verb.upper() for verb in _VERBS}
_TABLE_VERB = {f"aiohttp.web.RouteTableDef.{verb}": verb.upper() for verb in _VERBS}
_ADD_ROUTE = "aiohttp.web.UrlDispatcher.add_route"
_RESOURCE_ADD_ROUTE = "aiohttp.web.Resource.add_route"
_ADD_VIEW = "aiohttp.web.UrlDispatcher.add_view"
_SIGNALS = {
    "on_startup": Role.STARTUP,
    "on_shutdown": Role.SHUTDOWN,
    "on_cleanup": Role.CLEANUP,
    "on_response_prepare": Role.RESPONSE_PREPARE,
    "cleanup_ctx": Role.CLEANUP_CONTEXT,
    "middlewares": Role.MIDDLEWARE,
}
_ROUTE_CALLS = (
    *(f"add_{verb}" for verb in _VERBS), *_VERBS, "add_route", "add_view", "route", "view", "append", "extend",
    "insert", "Application",
)  # fmt: skip
_RUN_CALLS = ("run", "run_until_complete", "create_task", "ensure_future", "run_app")
# Without one of these words in its text, a file registers nothing: a cheap test before calls are resolved.
_SERVER = ("web", "router", "routes", "Application", "cleanup_ctx", "on_startup", "on_shutdown", "on_cleanup")
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
_FIXTURES = frozenset({"pytest.fixture", "pytest_asyncio.fixture", "pytest.yield_fixture"})
_MAXIMUM_ROUNDS = 4


class Roles:
    """The roles of a file's functions, found when they are first asked for."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._roles: dict[Function, set[Role]] = {}
        self._registrations: list[Registration] = []
        self._is_ready = False
        self._is_under_way = False
        self._callers: dict[Function, tuple[Function, ast.Call]] | None = None

    def of(self, function: Function) -> frozenset[Role]:
        """Give the proven roles of a function."""
        self._prepare()
        return frozenset(self._roles_of(function))

    def _roles_of(self, function: Function) -> set[Role]:
        roles = self._roles.get(function, set())
        project = self._module.project
        if project is None or self._is_under_way:
            return roles
        if self._is_silenced:
            return set()
        return roles | project.roles_from_elsewhere(function)

    @property
    def _is_silenced(self) -> bool:
        project = self._module.project
        return project is not None and not project.lets_prove(self._module)

    def given_to_other_files(self) -> list[tuple[Function, set[Role]]]:
        """Give the roles that this file proves for functions that other files define."""
        self._prepare()
        return [
            (function, roles) for function, roles in self._roles.items() if function.owner is not self._module
        ]

    @property
    def registrations(self) -> list[Registration]:
        """The routes that the file registers, in source order."""
        self._prepare()
        return self._registrations

    def parameter_type(self, function: Function, name: str) -> Types | None:
        """Give what a role proves about a parameter, if it proves anything."""
        self._prepare()
        roles = self._roles_of(function)
        if not roles:
            return None
        positional = [parameter.arg for parameter in function.positional]
        if function.class_scope is not None and not self._is_static(function):
            positional = positional[1:]
        if name not in positional:
            return None
        index = positional.index(name)
        if index == 0:
            if roles & {Role.STARTUP, Role.SHUTDOWN, Role.CLEANUP, Role.CLEANUP_CONTEXT}:
                return instance("aiohttp.web.Application")
            if roles & {Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE}:
                return instance("aiohttp.web.Request")
        if index == 1 and Role.RESPONSE_PREPARE in roles:
            return instance("aiohttp.web.StreamResponse")
        return None

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
            before = {function: set(roles) for function, roles in self._roles.items()}
            self._registrations = []
            self._collect()
            proven = {
                function: roles
                for function, roles in self._roles.items()
                if roles & _PROVES_PARAMETERS and roles != before.get(function)
            }
            if not proven:
                break
            self._module.forget_types()
        self._registrations.sort(key=lambda registration: getattr(registration.node, "lineno", 0))
        self._is_under_way = False
        self._is_ready = True

    def _add(self, function: Function, role: Role) -> None:
        self._roles.setdefault(function, set()).add(role)

    def _collect(self) -> None:
        module = self._module
        registers = any(word in module.text.text for word in _SERVER)
        names = (*_ROUTE_CALLS, *_RUN_CALLS) if registers else _RUN_CALLS
        for name in sorted({spelling for call in names for spelling in module.local_aliases(call)}):
            for node, _ in module.facts.calls.get(name, ()):
                self._collect_call(module.call_site(node))
        for function in module.functions():
            self._collect_decorators(function)
        for definition in module.classes():
            if "aiohttp.web.View" in definition.outside_bases:
                for view_method in _view_methods(definition):
                    self._add(view_method, Role.HANDLER)
        self._collect_main()
        self._collect_tests()

    def _collect_call(self, site: CallSite) -> None:
        if self._collect_signal(site):
            return
        if not site.is_certain or len(site.names) != 1:
            return
        (name,) = site.names
        arguments = site.node.args
        if name in _ADD_VERB or name in _WEB_VERB:
            handler = site.argument("handler", 1).value
            method = _ADD_VERB.get(name) or _WEB_VERB[name]
            self._register(site.node, method, site.argument("path", 0).value, handler)
        elif name in (_ADD_ROUTE, "aiohttp.web.route"):
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
                for function in self._functions_in(middlewares):
                    self._add(function, Role.MIDDLEWARE)
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
        if site.method_name not in ("append", "extend", "insert") or not isinstance(receiver, ast.Attribute):
            return False
        role = _SIGNALS.get(receiver.attr)
        if role is None or not site.node.args:
            return False
        if not self._module.is_instance(receiver.value, "aiohttp.web.Application"):
            return False
        for function in self._functions_in(site.node.args[-1]):
            self._add(function, role)
        return True

    def _collect_decorators(self, function: Function) -> None:
        for decorator in function.decorators:
            if isinstance(decorator, ast.Call):
                members = self._module.type_of(decorator.func).values
                for member in members:
                    if isinstance(member, ApiFunction):
                        self._collect_route_decorator(function, decorator, member.callable.name)
            if self._module.qualified_name(decorator) == "aiohttp.web.middleware":
                self._add(function, Role.MIDDLEWARE)

    def _collect_route_decorator(self, function: Function, decorator: ast.Call, name: str) -> None:
        path: ast.expr | None = decorator.args[0] if decorator.args else None
        if name in _TABLE_VERB:
            method: str | None = _TABLE_VERB[name]
        elif name == "aiohttp.web.RouteTableDef.route":
            method = self._method(path)
            path = decorator.args[1] if len(decorator.args) > 1 else None
        else:
            return
        self._add(function, Role.HANDLER)
        self._registrations.append(Registration(decorator, method, path, None, (function,)))

    def _register(
        self, node: ast.Call, method: str | None, path: ast.expr | None, handler: ast.expr | None
    ) -> None:
        functions = tuple(self._functions_in(handler)) if handler is not None else ()
        for function in functions:
            self._add(function, Role.HANDLER)
        self._registrations.append(Registration(node, method, path, handler, functions))

    def _method(self, node: ast.expr | None) -> str | None:
        literal = self._module.constant(node) if node is not None else None
        if literal is not None and isinstance(literal.value, str):
            return literal.value.upper()
        if node is not None and (self._module.qualified_name(node) or "").startswith("aiohttp.hdrs.METH_"):
            name = (self._module.qualified_name(node) or "").rpartition("_")[2]
            return "*" if name == "ANY" else name
        return None

    def _functions_in(self, node: ast.expr) -> Iterator[Function]:
        """Give the functions of this file that an expression means, or holds as a list."""
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            for item in node.elts:
                yield from self._functions_in(item)
            return
        if (
            isinstance(node, ast.Call)
            and self._module.qualified_name(node.func) == "functools.partial"
            and node.args
        ):
            yield from self._functions_in(node.args[0])
            return
        for member in sorted(self._module.type_of(node).values, key=repr):
            if isinstance(member, FunctionObject):
                yield member.function
            elif isinstance(member, ClassObject) and member.definition is not None:
                yield from _view_methods(member.definition)
            elif isinstance(member, Instance) and member.name in ("list", "tuple") and member.arguments:
                for types in member.arguments:
                    for inner in sorted(types.values, key=repr):
                        if isinstance(inner, FunctionObject):
                            yield inner.function

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
            for decorator in function.decorators:
                plain = decorator.func if isinstance(decorator, ast.Call) else decorator
                if module.qualified_name(plain) in _FIXTURES:
                    self._add(function, Role.FIXTURE)
            if module.is_test and function.name.startswith("test"):
                self._add(function, Role.TEST)

    # Who calls whom.

    def caller(self, function: Function) -> tuple[Function, ast.Call] | None:
        """Give a call of the function on a way from a proven handler, middleware or signal callback.

        The nearest one to a handler; None for a function that none of them reaches through calls that this
        file resolves. Follow `caller` of the caller for the whole chain.
        """
        return self._calls_of_served().get(function)

    def served_elsewhere(self) -> list[Function]:
        """Give the functions of other files that this file's handlers, middlewares and callbacks reach."""
        return [function for function in self._calls_of_served() if function.owner is not self._module]

    def _calls_of_served(self) -> dict[Function, tuple[Function, ast.Call]]:
        if self._callers is None:
            self._callers = self._find_callers()
        return self._callers

    def _find_callers(self) -> dict[Function, tuple[Function, ast.Call]]:
        served = {Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE}
        roots = [function for function in self._module.functions() if served & self.of(function)]
        found: dict[Function, tuple[Function, ast.Call]] = {}
        queue = list(roots)
        seen = set(roots)
        while queue:
            current = queue.pop(0)
            for node in current.scope.all_nodes(ast.Call):
                if not isinstance(node, ast.Call):
                    continue
                site = current.owner.call_site(node)
                if not site.is_certain or len(site.functions) != 1:
                    continue
                callee = site.functions[0]
                if callee not in seen and not callee.is_generator:
                    seen.add(callee)
                    found[callee] = (current, node)
                    queue.append(callee)
        return found


def _view_methods(definition: Class) -> Iterator[Function]:
    if "aiohttp.web.View" not in definition.outside_bases:
        return
    for ancestor in definition.lineage():
        for function in ancestor.methods():
            if function.name in _VIEW_METHODS:
                yield function


def _tests_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.comparators) == 1
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )
