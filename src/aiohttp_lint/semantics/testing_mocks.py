"""Questions about mocks in the place of a session's methods, and what the code does with the results."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_SESSION = aiohttp_api.class_named("aiohttp.ClientSession").name
_REQUESTS = {
    verb: aiohttp_api.callable_named(f"{_SESSION}.{verb}").name
    for verb in ("get", "post", "put", "patch", "delete", "head", "options", "request", "ws_connect")
}
_PATCH = frozenset({"unittest.mock.patch", "mock.patch"})
_PATCH_OBJECT = frozenset({"unittest.mock.patch.object", "mock.patch.object"})
_ASYNC_MOCKS = frozenset({"unittest.mock.AsyncMock", "mock.AsyncMock"})
PATCHING = frozenset({"patch", "object", "setattr"})
# Fixtures of pytest-mock and pytest, which go by their names.
_MOCKER, _MONKEYPATCH = "mocker", "monkeypatch"
_TARGET_END = "ClientSession"


@dataclass(frozen=True, slots=True)
class UnfitMock:
    """An `AsyncMock` in the place of a method whose result the code enters with `async with`, there."""

    call: ast.Call
    method: str
    entered: CallSite


def unfit_mocks(module: Module) -> Iterator[UnfitMock]:
    """Give the patches of a session's methods by a mock that the code under test can't use."""
    for call in module.calls_of(PATCHING):
        found = _patched(module, call)
        if found is None:
            continue
        method, prefix = found
        entered = _only_entered(module, _REQUESTS[method], prefix)
        if entered is not None:
            yield UnfitMock(call, method, entered)


def _patched(module: Module, call: ast.Call) -> tuple[str, str] | None:
    """Give the method that a call patches by an `AsyncMock`, and the dotted name before `ClientSession.get`."""
    name = module.qualified_name(call.func) or _of_fixture(call.func)
    target = call.args[0] if call.args else None
    if target is None or name is None:
        return None
    literal = module.constant(target)
    if literal is not None and isinstance(literal.value, str):
        if name not in _PATCH and name != f"{_MONKEYPATCH}.setattr":
            return None
        path, _, method = literal.value.rpartition(".")
        prefix, _, owner = path.rpartition(".")
        new = call.args[1] if len(call.args) > 1 else None
        if owner != _TARGET_END:
            return None
    elif name in _PATCH_OBJECT or name == f"{_MONKEYPATCH}.setattr":
        named = module.constant(call.args[1]) if len(call.args) > 1 else None
        if module.qualified_name(target) != _SESSION or named is None or not isinstance(named.value, str):
            return None
        method, prefix = named.value, ""
        new = call.args[2] if len(call.args) > 2 else None
    else:
        return None
    return (method, prefix) if method in _REQUESTS and _is_async_mock(module, call, new) else None


def _of_fixture(callee: ast.expr) -> str | None:
    """Give what the patching of a fixture is the same as."""
    if not isinstance(callee, ast.Attribute):
        return None
    owner = callee.value
    if isinstance(owner, ast.Name):
        if owner.id == _MOCKER and callee.attr == "patch":
            return "unittest.mock.patch"
        if owner.id == _MONKEYPATCH and callee.attr == "setattr":
            return f"{_MONKEYPATCH}.setattr"
    elif isinstance(owner, ast.Attribute) and callee.attr == "object" and _of_fixture(owner) is not None:
        return "unittest.mock.patch.object"
    return None


def _is_async_mock(module: Module, call: ast.Call, new: ast.expr | None) -> bool:
    for keyword in call.keywords:
        if keyword.arg == "new_callable":
            return module.qualified_name(keyword.value) in _ASYNC_MOCKS
        if keyword.arg in ("new", "value"):
            new = keyword.value
    if isinstance(new, ast.Name):
        new = module.only_value(new)
    # The class itself as `new` is called, and gives a mock that can be entered.
    return isinstance(new, ast.Call) and module.qualified_name(new.func) in _ASYNC_MOCKS


def _only_entered(module: Module, request: str, prefix: str) -> CallSite | None:
    """Give a request of the code under test that is entered, where none is used otherwise.

    That code is the test's own file, and the modules of the project that it imports or that the patch names.
    """
    found: CallSite | None = None
    for owner in _under_test(module, prefix):
        for site in owner.calls_to(request):
            if owner.use_of(site.node).kind is not UseKind.ENTERED:
                return None
            found = found or site
    return found


def _under_test(module: Module, prefix: str) -> list[Module]:
    project = module.project
    found = [module]
    if project is None:
        return found
    named = {binding.imported for bindings in module.scope.bindings.values() for binding in bindings}
    names = {prefix.removesuffix(".aiohttp"), *(name for name in named if name is not None)}
    for name in sorted(names):
        for candidate in (name, name.rpartition(".")[0]):
            other = project.module_named(candidate, module) if candidate else None
            if other is not None and other not in found:
                found.append(other)
    return found
