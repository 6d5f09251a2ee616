"""The names of routes: which can't be given, and what `url_for()` is asked with."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.route_order import Entry, are_adjacent, meeting_file, orders, surely_before
from aiohttp_lint.semantics.route_patterns import url_arguments
from aiohttp_lint.semantics.routing import (
    ADD_RESOURCE,
    ADD_STATIC,
    ADD_SUBAPP,
    ROUTER,
    files_naming,
    text_of,
    value_of,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_SEPARATORS = re.compile(r"[.:-]")
_NUMBERS = ("builtins.int", "builtins.float", "builtins.bool", "int", "float", "bool")


@dataclass(frozen=True, slots=True)
class NameProblem:
    """What is wrong with the name of a route, or with a call of `url_for()`.

    `error` is what it raises. `wrapped` is the template that repairs the expression, empty where there is none.
    """

    node: ast.expr
    text: str
    error: str
    wrapped: str = ""
    other: tuple[Module, ast.AST] | None = None


def name_problems(module: Module) -> Iterator[NameProblem]:
    """Give the names that a file can't register."""
    places = [(route.node, route.name) for route in module.routes]
    for site in module.calls_to(ADD_RESOURCE, ADD_STATIC):
        places.append((site.node, text_of(module, site.argument("name").value)))
    for call, name in places:
        given = module.call_site(call).argument("name").value
        if given is not None and name is not None and not _is_valid(name):
            yield NameProblem(
                given,
                f"{name!r} is no name for a route, so this raises ValueError: use words joined by `-`, `.` or `:`",
                "ValueError",
            )
    yield from _duplicates(module)


def _is_valid(name: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in _SEPARATORS.split(name))


def _duplicates(module: Module) -> Iterator[NameProblem]:
    seen: set[ast.AST] = set()
    for entries in orders(module):
        named = [entry for entry in entries if entry.route.name is not None]
        for index, entry in enumerate(named):
            for earlier in named[:index]:
                is_same = earlier.route.name == entry.route.name
                if not is_same or entry.route.node in seen or meeting_file(earlier, entry) is not module:
                    continue
                if _clash(earlier, entry, entries) and surely_before(earlier, entry):
                    seen.add(entry.route.node)
                    place = entry.place_in(module)
                    assert isinstance(place, ast.expr), "a registration is a call"
                    yield NameProblem(
                        place,
                        f"the name {entry.route.name!r} is taken by another route, so this raises ValueError: use another name",
                        "ValueError",
                        other=(earlier.route.module, earlier.route.node),
                    )


def _clash(first: Entry, second: Entry, entries: list[Entry]) -> bool:
    """Tell whether two routes of one name can't be one resource: other paths, or something between them."""
    if first.route.pattern is None or second.route.pattern is None:
        return False
    if first.route.pattern != second.route.pattern:
        return True
    between = entries[entries.index(first) + 1 : entries.index(second)]
    return not are_adjacent(first, second) and any(
        entry.route.pattern is not None
        and (entry.route.pattern, entry.route.name) != (first.route.pattern, first.route.name)
        and surely_before(first, entry)
        and surely_before(entry, second)
        for entry in between
    )


def url_problems(module: Module) -> Iterator[NameProblem]:
    """Give what is wrong with the calls of `url_for()` on a resource that is looked up by name."""
    for node, _ in module.facts.calls.get("url_for", ()):
        if not isinstance(node.func, ast.Attribute):
            continue
        resource = value_of(module, node.func.value)
        site = module.call_site(node)
        if isinstance(resource, ast.Call) and module.call_site(resource).calls_only(ADD_SUBAPP):
            yield NameProblem(
                node,
                "the root of a sub-application has no URL of its own: this raises RuntimeError",
                "RuntimeError",
            )
        elif isinstance(resource, ast.Subscript) and module.is_instance(resource.value, ROUTER):
            name = text_of(module, resource.slice)
            known = None if name is None else _arguments_of(module, name)
            yield from _of_call(module, site, name or "", known)


def _of_call(
    module: Module, site: CallSite, name: str, known: frozenset[str] | None
) -> Iterator[NameProblem]:
    node = site.node
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield NameProblem(node.args[0], "`url_for()` takes keywords only: this raises TypeError", "TypeError")
        return
    if site.has_unknown_arguments:
        return
    given = {argument.arg: argument.value for argument in node.keywords if argument.arg is not None}
    if known is not None and not known and given:
        yield NameProblem(
            node,
            f"the path of {name!r} has no variables, so this raises TypeError: put a query into `.with_query()`",
            "TypeError",
        )
        return
    missing = sorted((known or frozenset()) - given.keys())
    if missing:
        shown = ", ".join(f"`{variable}`" for variable in missing)
        yield NameProblem(
            node,
            f"the path of {name!r} needs {shown}, so this raises KeyError: give every variable",
            "KeyError",
        )
        return
    for value in given.values():
        yield from _of_value(module, value)


def _of_value(module: Module, value: ast.expr) -> Iterator[NameProblem]:
    types = module.type_of(value)
    if isinstance(value, ast.Constant) and value.value is None:
        yield NameProblem(value, "`url_for()` takes text: None raises TypeError", "TypeError")
    elif types.is_only(*_NUMBERS) and not types.may_be_none:
        wrapped = "str({})"
        if isinstance(value, ast.Constant):
            is_number = isinstance(value.value, int) and not isinstance(value.value, bool)
            wrapped = f'"{value.value!r}"' if is_number else ""
        yield NameProblem(
            value, "`url_for()` takes text: a number raises TypeError; pass a `str`", "TypeError", wrapped
        )


def _arguments_of(module: Module, name: str) -> frozenset[str] | None:
    """Give the variables of the routes that have a name anywhere in the project; None where they are not all known alike."""
    files = files_naming(module, f'"{name}"', f"'{name}'") if name else None
    if files is None:
        return None
    found: set[frozenset[str] | None] = set()
    for owner in files:
        for route in owner.routes:
            if route.name == name:
                found.add(None if route.pattern is None else url_arguments(route.pattern))
        for site in owner.calls_to(ADD_STATIC, ADD_RESOURCE):
            if text_of(owner, site.argument("name").value) == name:
                path = text_of(owner, site.argument("path").value)
                found.add(url_arguments(path) if path is not None and site.calls_only(ADD_RESOURCE) else None)
    return found.pop() if len(found) == 1 else None
