"""Questions about what requests send: forms that can't be written, and bodies that can be sent only once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.scopes import Binding, BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.graph import Graph, Node
    from aiohttp_lint.semantics.module import Module

FORM = aiohttp_api.class_named("aiohttp.FormData").name
ADD_FIELD = aiohttp_api.callable_named(f"{FORM}.add_field").name
FORM_SENT_AGAIN_SINCE = (3, 12, 0)
"""The first version that sends a multipart form more than once."""

SENDERS = (*REQUESTS, MODULE_REQUEST)
_FILES = ("io.TextIOWrapper", "io.BytesIO", "io.StringIO", "io.BufferedReader")
_BINARY = ("builtins.bytes", "builtins.bytearray", "builtins.memoryview", *_FILES)
_NUMBERS = ("builtins.int", "builtins.float")
_UNWRITABLE = (*_NUMBERS, "builtins.bool")
_MULTIPART_ARGUMENTS = ("filename", "content_type", "content_transfer_encoding")


@dataclass(frozen=True, slots=True)
class UnwritableField:
    """A value of a multipart form that is neither text, bytes nor a file; whether `str()` says what was meant."""

    value: ast.expr
    is_number: bool


def unwritable_fields(module: Module) -> Iterator[UnwritableField]:
    """Give the numbers, flags and `None` in forms that are surely sent as multipart."""
    for call in module.calls_to(*SENDERS, FORM):
        given = call.argument("fields" if call.calls_only(FORM) else "data").value
        values = _display_values(module, given) if given is not None else []
        if any(module.is_instance(value, *_BINARY) and not _may_be_none(module, value) for value in values):
            if not fails_on_purpose(module, call.node, "TypeError"):
                yield from _unwritable(module, values)
    for call in module.calls_to(ADD_FIELD):
        value = call.argument("value").value
        if value is not None and _makes_multipart(call):
            yield from _unwritable(module, [value])
    for form, fields in _fields_by_form(module).items():
        multipart = [call for call in fields if _is_multipart_field(module, call)]
        for call in fields:
            value = call.argument("value").value
            if (
                value is not None
                and call not in multipart
                and _is_with_multipart(module, form, call, multipart)
            ):
                yield from _unwritable(module, [value])


def _display_values(module: Module, node: ast.expr) -> list[ast.expr]:
    """Give the values of a mapping, or of pairs, that is written out and changed by nobody."""
    if isinstance(node, ast.Name):
        scope = module.scope_at(node).binding_scope(node.id)
        value = module.only_value(node)
        if scope is None or value is None or module.uses(scope, node.id) != [node]:
            return []
        node = value
    if isinstance(node, ast.Dict):
        return node.values
    if isinstance(node, ast.List | ast.Tuple):
        pairs = [item.elts for item in node.elts if isinstance(item, ast.Tuple)]
        return [pair[1] for pair in pairs if len(pair) == 2]
    return []


def _unwritable(module: Module, values: list[ast.expr]) -> Iterator[UnwritableField]:
    for value in values:
        literal = module.constant(value)
        if literal is not None and (literal.value is None or isinstance(literal.value, bool)):
            yield UnwritableField(value, is_number=False)
        elif module.is_instance(value, *_UNWRITABLE):
            is_number = module.is_instance(value, *_NUMBERS) and not _may_be_none(module, value)
            yield UnwritableField(value, is_number)


def _may_be_none(module: Module, node: ast.expr) -> bool:
    return module.type_of(node).may_be_none


def _makes_multipart(call: CallSite) -> bool:
    """Tell whether a field surely makes its form multipart by how it is added."""
    for name in _MULTIPART_ARGUMENTS:
        given = call.argument(name).value
        if given is not None and not call.module.type_of(given).may_be_none:
            return True
    return False


def _is_multipart_field(module: Module, call: CallSite) -> bool:
    value = call.argument("value").value
    return _makes_multipart(call) or (
        value is not None and module.is_instance(value, *_BINARY) and not _may_be_none(module, value)
    )


def _makes_multipart_form(module: Module, made: ast.expr | None) -> bool:
    form = module.call_site(made) if isinstance(made, ast.Call) else None
    default = form.argument("default_to_multipart").value if form is not None else None
    literal = module.constant(default) if default is not None else None
    return literal is not None and literal.value is True


def _fields_by_form(module: Module) -> dict[Binding, list[CallSite]]:
    """Give the calls that add fields, by the form that the file makes and holds in a local name."""
    forms: dict[Binding, list[CallSite]] = {}
    for call in module.calls_to(ADD_FIELD):
        binding = module.only_binding(call.receiver, BindingKind.ASSIGNMENT)
        if binding is not None:
            forms.setdefault(binding, []).append(call)
    return forms


def _is_with_multipart(module: Module, form: Binding, call: CallSite, multipart: list[CallSite]) -> bool:
    """Tell whether some way adds one of the fields that make the form multipart along with this one."""
    if _makes_multipart_form(module, form.value):
        return True
    graph = module.graph_of(form.scope)
    if graph is None:
        return False
    nodes = graph.nodes_evaluating(call.node)
    others = tuple(node for other in multipart for node in graph.nodes_evaluating(other.node))
    return _leads(graph, nodes, others) or _leads(graph, others, nodes)


def _leads(graph: Graph, starts: tuple[Node, ...], goals: tuple[Node, ...]) -> bool:
    return any(graph.paths_avoiding(start, lambda _: False, goals) is not None for start in starts)


# Bodies that are sent again.


class OneShot(Enum):
    """What can be sent once only."""

    FILE = auto()
    """An open file, or bytes in memory: read to its end, or closed, by the first request."""
    GENERATOR = auto()
    """An asynchronous generator: exhausted by the first request."""
    FORM = auto()
    """A multipart form, before aiohttp 3.12."""
    FORM_WITH_FILE = auto()
    """A multipart form with an open file in it, which the first request closes."""


@dataclass(frozen=True, slots=True)
class SentAgain:
    """A body that a request sends after another, or the same one in an earlier turn, has used it up.

    `sent` is where the body stands in the request, `made` what it was made by.
    """

    sent: ast.expr
    made: ast.expr
    kind: OneShot


def bodies_sent_again(module: Module) -> Iterator[SentAgain]:
    """Give the bodies that are sent a second time, with nothing in between that makes or rewinds them."""
    forms = _fields_by_form(module)
    sends: dict[Binding, list[ast.Name]] = {}
    for call in module.calls_to(*SENDERS):
        given = call.argument("data").value
        for name in _names_sent(given):
            bound = module.only_binding(name, BindingKind.ASSIGNMENT, BindingKind.WITH)
            if bound is not None and not fails_on_purpose(module, call.node, "RuntimeError"):
                sends.setdefault(bound, []).append(name)
    for binding, names in sends.items():
        made = binding.value
        kind = _kind_of(module, binding, forms.get(binding, []))
        if made is None or kind is None or not _is_only_sent(module, binding, names, kind):
            continue
        again = _first_sent_again(module, binding, names)
        if again is not None:
            yield SentAgain(again, made, kind)


def _names_sent(given: ast.expr | None) -> list[ast.Name]:
    values = [given] if isinstance(given, ast.Name) else given.values if isinstance(given, ast.Dict) else []
    return [value for value in values if isinstance(value, ast.Name)]


def _kind_of(module: Module, binding: Binding, fields: list[CallSite]) -> OneShot | None:
    made = binding.value
    if not isinstance(made, ast.Call):
        return None
    if module.is_instance(made, *_FILES):
        return OneShot.FILE
    if module.is_instance(made, "async iterable", "async generator"):
        functions = module.call_site(made).functions
        return OneShot.GENERATOR if functions and all(one.is_generator for one in functions) else None
    if not module.is_instance(made, FORM):
        return None
    if any(_holds_open_file(module, call) for call in fields):
        return OneShot.FORM_WITH_FILE
    is_multipart = _makes_multipart_form(module, made) or any(
        _is_multipart_field(module, call) for call in fields
    )
    return OneShot.FORM if is_multipart and module.target.any_below(FORM_SENT_AGAIN_SINCE) else None


def _holds_open_file(module: Module, call: CallSite) -> bool:
    value = call.argument("value").value
    return value is not None and module.is_instance(value, "io.TextIOWrapper", "io.BufferedReader")


def _is_only_sent(module: Module, binding: Binding, names: list[ast.Name], kind: OneShot) -> bool:
    """Tell whether nothing else is done with a body: it is not rewound, handed on or looked at."""
    is_form = kind in (OneShot.FORM, OneShot.FORM_WITH_FILE)
    for name in module.uses(binding.scope, binding.name):
        if name in names or binding not in module.reaching(name):
            continue
        use = module.use_of(name)
        is_field = use.kind is UseKind.ATTRIBUTE and getattr(use.node, "attr", "") == "add_field"
        if not (is_form and is_field):
            return False
    return True


def _first_sent_again(module: Module, binding: Binding, names: list[ast.Name]) -> ast.Name | None:
    """Give the place where the body comes to a request again after one, before it is made anew."""
    graph = module.graph_of(binding.scope)
    if graph is None or any(module.scope_at(name) is not binding.scope for name in names):
        return None
    place = binding.node if isinstance(binding.node, ast.withitem) else binding.value
    if place is None:
        return None
    fresh = {*graph.nodes_of(place), *graph.nodes_evaluating(binding.value or place)}
    goals = {name: graph.nodes_evaluating(name) for name in names}
    for name in names:
        for start in goals[name]:
            for other in names:
                if start in graph.reachable() and graph.paths_avoiding(
                    start, fresh.__contains__, goals[other]
                ):
                    return other
    return None
