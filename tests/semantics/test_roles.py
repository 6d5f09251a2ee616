"""Roles are proven by registration."""

from __future__ import annotations

import pytest

from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.types import Instance
from tests.semantics.modules import function_named, module_of

SOURCE = """
import asyncio
import functools
import pytest
from aiohttp import web, hdrs

routes = web.RouteTableDef()

async def by_add_get(request): ...
async def by_add_route(request): ...
async def by_list(request): ...
async def by_partial(settings, request): ...
async def by_hdrs(request): ...
async def only_annotated(request: web.Request): ...
async def foreign(request): ...

@routes.post("/decorated")
async def by_decorator(request): ...

@foreign_routes.post("/decorated")
async def by_foreign_decorator(request): ...

@routes.view("/view")
class View(web.View):
    async def get(self):
        return self.load()
    async def load(self): ...

class Controller:
    async def bound(self, request): ...
    def setup(self, app: web.Application):
        app.router.add_put("/bound", self.bound)

@web.middleware
async def by_middleware_decorator(request, handler): ...
async def by_middleware_list(request, handler): ...
async def on_start(app):
    app.on_cleanup.append(on_end)
async def on_end(app): ...
async def on_stop(app): ...
async def context(app):
    yield
async def prepare(request, response): ...
async def job(): ...
async def main():
    asyncio.create_task(job())

def make():
    app = web.Application(middlewares=[by_middleware_list])
    app.router.add_get("/", by_add_get)
    app.router.add_route("DELETE", "/x", by_add_route)
    app.router.add_route(hdrs.METH_ANY, "/y", by_hdrs)
    app.add_routes([web.get("/", by_list), web.post("/p", functools.partial(by_partial, 1))])
    app.add_routes(routes)
    app.on_startup.append(on_start)
    app.on_shutdown.extend([on_stop])
    app.cleanup_ctx.append(context)
    app.on_response_prepare.append(prepare)
    other.router.add_get("/", foreign)
    return app

if __name__ == "__main__":
    asyncio.run(main())
"""

EXPECTED = {
    "by_add_get": {Role.HANDLER},
    "by_add_route": {Role.HANDLER},
    "by_hdrs": {Role.HANDLER},
    "by_list": {Role.HANDLER},
    "by_partial": {Role.HANDLER},
    "by_decorator": {Role.HANDLER},
    "bound": {Role.HANDLER},
    "get": {Role.HANDLER},
    "load": set(),
    "only_annotated": set(),
    "foreign": set(),
    "by_foreign_decorator": set(),
    "by_middleware_decorator": {Role.MIDDLEWARE},
    "by_middleware_list": {Role.MIDDLEWARE},
    "on_start": {Role.STARTUP},
    "on_end": {Role.CLEANUP},
    "on_stop": {Role.SHUTDOWN},
    "context": {Role.CLEANUP_CONTEXT},
    "prepare": {Role.RESPONSE_PREPARE},
    "job": {Role.TASK},
    "main": {Role.ENTRY_POINT},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_roles(name: str) -> None:
    module = module_of(SOURCE)
    assert module.roles_of(function_named(module, name)) == EXPECTED[name]


def test_registrations() -> None:
    module = module_of(SOURCE)
    found = {
        (registration.functions[0].name, registration.method)
        for registration in module.registrations()
        if registration.functions
    }
    assert {
        ("by_add_get", "GET"), ("by_add_route", "DELETE"), ("by_hdrs", "*"), ("by_list", "GET"),
        ("by_partial", "POST"), ("by_decorator", "POST"), ("bound", "PUT"),
    } <= found  # fmt: skip


def test_callers_lead_back_to_a_handler() -> None:
    module = module_of("""
        from aiohttp import web

        async def handler(request):
            return step()
        def step():
            return deep()
        def deep(): ...
        def unrelated(): ...

        app = web.Application()
        app.router.add_get("/", handler)
        """)
    found = module.roles.caller(function_named(module, "deep"))
    assert found is not None
    assert found[0] == function_named(module, "step")
    assert module.roles.caller(function_named(module, "unrelated")) is None
    assert module.roles.caller(function_named(module, "handler")) is None


@pytest.mark.parametrize("path", ["tests/test_app.py", "app/tests/cases.py", "conftest.py", "app_test.py"])
def test_files_that_are_tests_by_path(path: str) -> None:
    assert module_of("import aiohttp", path).is_test


def test_files_that_are_tests_by_import() -> None:
    assert module_of("import pytest").is_test
    assert module_of("from aiohttp.test_utils import TestClient").is_test
    assert not module_of("import aiohttp", "service/contest.py").is_test
    assert module_of("import aiohttp", "examples/server.py").is_example
    assert module_of("import aiohttp", "code/09-sessions/app.py").is_example
    assert not module_of("import aiohttp", "v2/2fa/app.py").is_example


def types_of_parameters(source: str, function: str) -> list[str]:
    module = module_of(f"import other\nfrom aiohttp import web\n{source}")
    found = function_named(module, function)
    parts = []
    for parameter in found.positional:
        (binding,) = found.scope.bindings[parameter.arg]
        types = module.inference.type_of_binding(binding)
        members = [member.name for member in types.values if isinstance(member, Instance)]
        parts.append("?" if types.is_open else " ".join(members))
    return parts


@pytest.mark.parametrize(
    ("source", "types"),
    [
        (
            "class Views:\n    async def one(self, request): ...\n    def add(self, app: web.Application):\n"
            "        app.router.add_get('/', self.one)\n",
            ["Views", "aiohttp.web.Request"],
        ),
        (
            "class Views:\n    @staticmethod\n    async def one(request): ...\n    def add(self, app: web.Application):\n"
            "        app.router.add_get('/', self.one)\n",
            ["aiohttp.web.Request"],
        ),
        (
            "async def one(request, response): ...\napp = web.Application()\napp.on_response_prepare.append(one)\n",
            ["aiohttp.web.Request", "aiohttp.web.StreamResponse"],
        ),
        (
            "async def one(request, handler): ...\napp = web.Application(middlewares=[web.middleware(one)])\n"
            "app.router.add_get('/', one)\n",
            ["aiohttp.web.Request", "?"],
        ),
        (
            "async def one(app): ...\napp = web.Application()\napp.on_startup.append(one)\n",
            ["aiohttp.web.Application"],
        ),
        ("async def one(app): ...\nthing = other.thing()\nthing.on_startup.append(one)\n", ["?"]),
        ("async def one(app): ...\nif __name__ == '__main__':\n    one(1)\n", ["?"]),
    ],
)
def test_what_roles_prove_of_parameters(source: str, types: list[str]) -> None:
    assert types_of_parameters(source, "one") == types


@pytest.mark.parametrize(
    ("source", "method"),
    [
        ("@routes.route('post', '/')\nasync def one(request): ...\n", "POST"),
        ("@routes.route(other.method, '/')\nasync def one(request): ...\n", None),
        (
            "async def one(request): ...\ndef add(app: web.Application):\n    resource = app.router.add_resource('/')\n"
            "    resource.add_route('put', one)\n",
            "PUT",
        ),
    ],
)
def test_methods_of_registrations(source: str, method: str | None) -> None:
    module = module_of(f"import other\nfrom aiohttp import web\nroutes = web.RouteTableDef()\n{source}")
    (registration,) = module.registrations()
    assert (registration.method, [function.name for function in registration.functions]) == (method, ["one"])
    assert module.roles_of(function_named(module, "one")) == {Role.HANDLER}


@pytest.mark.parametrize(
    ("middlewares", "roles"),
    [
        ("[one]", {Role.MIDDLEWARE}),
        ("LISTED", {Role.MIDDLEWARE}),
        ("[*LISTED]", set()),
        ("other.listed()", set()),
        ("[Callable]", set()),
    ],
)
def test_middlewares_by_their_list(middlewares: str, roles: set[Role]) -> None:
    module = module_of(
        "import other\nfrom aiohttp import web\nasync def one(request, handler): ...\nLISTED = (one, 1)\n"
        f"class Callable:\n    async def get(self): ...\napp = web.Application(middlewares={middlewares})\n"
    )
    assert module.roles_of(function_named(module, "one")) == roles
    assert module.roles_of(function_named(module, "get")) == set()


def test_decorator_of_aiohttp_that_registers_nothing() -> None:
    module = module_of(
        "import aiohttp\nsession = aiohttp.ClientSession()\n@session.get('/')\nasync def one(request): ...\n"
    )
    assert module.registrations() == []
    assert module.roles_of(function_named(module, "one")) == set()
