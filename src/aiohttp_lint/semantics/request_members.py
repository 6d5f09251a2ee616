"""Questions about the members of server requests: what exists, what it is, and what can be written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.edits import ReplaceExpression, verbatim
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client_coroutines import can_await
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.response_members import (
    Outcome,
    accesses,
    awaiting,
    called,
    is_called_or_awaited,
    is_guarded,
    is_plain,
    outcome_of_method,
    settings,
)

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.module import Module

REQUEST = aiohttp_api.class_named("aiohttp.web.Request").name
POST = aiohttp_api.callable_named(f"{REQUEST}.post").name
READS = tuple(
    aiohttp_api.callable_named(f"{REQUEST}.{name}").name
    for name in ("read", "text", "json", "post", "multipart")
)
_METHODS = tuple(name.rpartition(".")[2] for name in READS)
PROPERTIES = tuple(
    aiohttp_api.callable_named(f"{REQUEST}.{name}").name.rpartition(".")[2]
    for name in (
        "query", "headers", "url", "rel_url", "cookies", "path", "method", "remote", "host", "scheme", "query_string",
        "path_qs", "match_info", "content", "body_exists", "can_read_body", "content_type", "charset", "content_length",
    )
)  # fmt: skip
"""What a request has that is neither a function nor awaitable."""
_MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})

_FOREIGN = (
    "args", "form", "get_json", "body", "query_params", "path_params", "GET", "POST", "FILES", "COOKIES", "META", "data",
    "files", "params", "remote_addr", "get_argument", "get_arguments", "get_data", "is_json", "host_url", "base_url",
    "environ", "view_args", "json_body", "is_ajax", "is_xhr", "matchdict", "query_arguments", "get_param", "form_data",
)  # fmt: skip
"""What requests of Flask, Django, Starlette, Tornado, Sanic and Pyramid have, and aiohttp's don't."""
FOREIGN = tuple(name for name in _FOREIGN if aiohttp_api.find_callable(f"{REQUEST}.{name}") is None)
_RENAMED = {
    "args": "query", "query_params": "query", "GET": "query", "query_arguments": "query", "path_params": "match_info",
    "view_args": "match_info", "matchdict": "match_info", "remote_addr": "remote", "COOKIES": "cookies",
}  # fmt: skip
"""What aiohttp has under another name, and to the same effect."""
FOREIGN_OF_MAPPINGS = ("getlist", "get_list", "get_all", "multi_items", "iteritems")
"""What the multi-dicts of other frameworks have."""
_MAPPINGS = ("query", "headers", "cookies")
_CHANGING = frozenset(
    {"update", "add", "pop", "popitem", "setdefault", "extend", "clear", "popone", "popall"}
)
READ_ONLY = (
    "method", "path", "headers", "remote", "app", "query", "cookies", "url", "rel_url", "host", "scheme", "match_info",
)  # fmt: skip


class Misreading(Enum):
    """What is done to a member as if it were of another kind."""

    CALLED = auto()
    """A property is called."""
    AWAITED = auto()
    """A property is awaited."""
    NOT_CALLED = auto()
    """A coroutine function is used without calling it."""


@dataclass(frozen=True, slots=True)
class Misread:
    """A member of a request that is used as what it is not; `place` is the expression that fails."""

    how: Misreading
    member: ast.Attribute
    place: ast.expr


def misread(module: Module) -> Iterator[Misread]:
    """Give the members of requests that are surely used as what they are not."""
    for node in accesses(module, REQUEST, *PROPERTIES, fits=is_called_or_awaited):
        call = called(module, node)
        awaited = awaiting(module, node)
        if call is not None and not _is_expected(module, call):
            yield Misread(Misreading.CALLED, node, call)
        elif awaited is not None and not _is_expected(module, awaited):
            yield Misread(Misreading.AWAITED, node, awaited)
    for node in accesses(module, REQUEST, *_METHODS, fits=_is_not_called):
        parent = module.parent(node)
        if _is_expected(module, node):
            continue
        is_looked_into = isinstance(parent, ast.Attribute) and parent.attr in _MAPPING_METHODS
        if is_looked_into or outcome_of_method(module, node) is Outcome.FAILS:
            yield Misread(Misreading.NOT_CALLED, node, awaiting(module, node) or node)


def misread_repair(module: Module, wrong: Misread) -> list[Edit]:
    """Give what uses the member as what it is; nothing where that takes arguments, or an `await` that can't stand."""
    source = module.segment(wrong.member)
    if wrong.how is Misreading.NOT_CALLED:
        if not can_await(module, wrong.member):
            return []
        is_operand = isinstance(
            module.parent(wrong.place), ast.Attribute | ast.Subscript | ast.BinOp | ast.Compare
        )
        source = f"(await {source}())" if is_operand else f"await {source}()"
    elif isinstance(wrong.place, ast.Call) and (wrong.place.args or wrong.place.keywords):
        return []
    return [ReplaceExpression(module.span(wrong.place), verbatim(source))]


def _is_not_called(module: Module, node: ast.Attribute) -> bool:
    return called(module, node) is None


def _is_expected(module: Module, node: ast.AST) -> bool:
    return any(fails_on_purpose(module, node, error) for error in ("TypeError", "AttributeError"))


def foreign_members(module: Module) -> Iterator[ast.Attribute]:
    """Give the accesses to what other frameworks' requests have, and nothing in the project gives to aiohttp's."""
    for node in accesses(module, REQUEST, *FOREIGN):
        if not is_guarded(module, node) and not _is_set(module, node.attr):
            yield node
    for node in module.attributes_named(*FOREIGN_OF_MAPPINGS):
        if _is_mapping_of_request(module, node.value) and not _is_expected(module, node):
            yield node


def _is_set(module: Module, name: str) -> bool:
    """Tell whether this file, or another one of the project, seems to set an attribute of this name on requests."""
    if any(not isinstance(node.ctx, ast.Load) for node in module.attributes_named(name)):
        return True
    if module.project is None:
        return False
    spellings = (f"request.{name} =", f"req.{name} =", f"request.{name}:", f'request, "{name}"')
    return module.project.files_saying(module, *spellings) != []


def _is_mapping_of_request(module: Module, node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute) and node.attr in _MAPPINGS and is_plain(module, node.value, REQUEST)
    )


def foreign_repair(module: Module, node: ast.Attribute) -> list[Edit]:
    """Give what asks aiohttp's request for the same, where it is used in a way that both have."""
    parent = module.parent(node)
    if any(isinstance(ancestor, ast.JoinedStr) for ancestor in module.ancestors(node)):
        return []
    if node.attr == "getlist":
        return _as_getall(module, node, node.value)
    if node.attr not in _RENAMED:
        return []
    source = f"{module.segment(node.value)}.{_RENAMED[node.attr]}"
    if isinstance(parent, ast.Attribute) and parent.attr == "getlist" and _RENAMED[node.attr] == "query":
        return _as_getall(module, parent, node.value, ".query")
    use = module.use_of(node).kind
    is_same = use in (UseKind.SUBSCRIPTED, UseKind.ITERATED) or (
        isinstance(parent, ast.Attribute) and parent.attr in ("get", "keys", "items")
    )
    is_member = isinstance(parent, ast.Compare) and node in parent.comparators
    fits = is_same or is_member or node.attr == "remote_addr"
    return [ReplaceExpression(module.span(node), verbatim(source))] if fits else []


def _as_getall(module: Module, getlist: ast.Attribute, mapping: ast.expr, suffix: str = "") -> list[Edit]:
    """Give `getall(x, [])` for `getlist(x)`, which gives nothing for what is missing."""
    call = called(module, getlist)
    if call is None or len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        return []
    source = f"{module.segment(mapping)}{suffix}.getall({module.segment(call.args[0])}, [])"
    return [ReplaceExpression(module.span(call), verbatim(source))]


class Write(Enum):
    """What of a request is written to, though it is read-only."""

    ITEM = auto()
    ATTRIBUTE = auto()
    METHOD = auto()
    """A method that changes a mapping is called, and there is none."""


def writes(module: Module) -> Iterator[tuple[Write, ast.expr]]:
    """Give the writes to what is read-only in a request."""
    for node in settings(module, REQUEST, *READ_ONLY):
        yield Write.ATTRIBUTE, node
    mappings: list[ast.expr] = list(accesses(module, REQUEST, *_MAPPINGS, fits=_is_looked_into))
    for call in module.calls_to(POST):
        mappings += _forms(module, call.node)
    for mapping in mappings:
        parent = module.parent(mapping)
        if _is_expected(module, mapping):
            continue
        if (
            isinstance(parent, ast.Subscript)
            and parent.value is mapping
            and not isinstance(parent.ctx, ast.Load)
        ):
            yield Write.ITEM, parent
        elif (
            isinstance(parent, ast.Attribute)
            and parent.attr in _CHANGING
            and called(module, parent) is not None
        ):
            yield Write.METHOD, parent


def _is_looked_into(module: Module, mapping: ast.Attribute) -> bool:
    return isinstance(module.parent(mapping), ast.Subscript | ast.Attribute)


def _forms(module: Module, call: ast.Call) -> Iterator[ast.expr]:
    """Give the expressions that surely are the form which a call of `post()` reads."""
    awaited = module.parent(call)
    if not isinstance(awaited, ast.Await):
        return
    yield awaited
    statement = module.parent(awaited)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return
    name = statement.targets[0]
    scope = module.scope_at(name).binding_scope(name.id)
    for load in module.uses(scope, name.id) if scope is not None else ():
        if module.only_value(load) is awaited:
            yield load
