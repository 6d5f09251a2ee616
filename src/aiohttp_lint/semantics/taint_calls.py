"""What the value of a call holds of what a client sent."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.taint_data import (
    GETTERS,
    JOINING,
    MASKED,
    MASKING,
    MIXING_METHODS,
    NEUTRAL_TESTS,
    PASSING,
    POSSIBLY_TEXTUAL,
    SANITISERS,
    TEXT_METHODS,
    Danger,
    Form,
)
from aiohttp_lint.semantics.taint_labels import (
    NO_TEXT,
    NONE,
    SEPARATOR,
    UNKNOWN_TEXT,
    Labels,
    Step,
    Text,
    as_text,
    as_verdict,
    composed,
    escaped,
    taken,
    union,
)
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.taint_values import Values


def value_of_call(values: Values, node: ast.Call) -> Labels:
    """Give what the value of a call holds: of a method, of a known function, of one of the project, or a verdict."""
    if last_name(node) in NEUTRAL_TESTS:
        return NONE
    if isinstance(node.func, ast.Attribute):
        receiver = values.labels(node.func.value)
        found = _method(values, node, node.func, receiver)
        if found is not None:
            return found
    name = name_of(values, node)
    if name is not None:
        found = _named(values, node, name)
        if found is not None:
            return found
    function = function_called(values.module, node)
    if function is not None:
        return _result(values, node, function)
    return as_verdict(union(_given(values, node)))


def _given(values: Values, node: ast.Call) -> Iterator[Labels]:
    if isinstance(node.func, ast.Attribute):
        yield values.labels(node.func.value)
    for argument in node.args:
        yield values.labels(argument)
    for keyword in node.keywords:
        yield values.labels(keyword.value)


def name_of(values: Values, node: ast.Call) -> str | None:
    """Give the dotted name of the only thing that a call can call."""
    name = values.module.dotted_name(node.func)
    if name is None:
        names = values.module.call_site(node).names
        name = next(iter(names)) if len(names) == 1 else None
    return name


def _method(values: Values, node: ast.Call, func: ast.Attribute, receiver: Labels) -> Labels | None:
    """Give what a method of a labelled value gives, or None for a method that nothing is known of."""
    method = func.attr
    plain = frozenset(label for label in receiver if label.form in POSSIBLY_TEXTUAL)
    if receiver:
        if method in GETTERS:
            key = values.key(node.args[0]) if node.args else None
            found = taken(receiver, "[]", key)
            default = values.labels(node.args[1]) if len(node.args) > 1 else NONE
            if found:
                return values.started(union((found, default)), node)
        found = taken(receiver, f".{method}()")
        known = any(label.form is not Form.PARAMETER for label in found)
        if found and (known or method not in TEXT_METHODS | MIXING_METHODS):
            return values.started(found, node)
        if method in TEXT_METHODS and plain:
            # What has such a method is no mapping of a JSON document.
            labels = (replace(label, form=Form.TEXT) if label.form is Form.JSON else label for label in plain)
            return frozenset(label.cleaned(MASKED) if method in MASKING else label for label in labels)
    if method in MIXING_METHODS and (receiver or _is_text(values, func.value)):
        return _mixed(values, node, func, plain)
    if method in MIXING_METHODS and is_markup(values, func.value):
        return escaped(_mixed(values, node, func, plain))
    return None


def is_markup(values: Values, node: ast.expr) -> bool:
    """Tell whether a text escapes what is put into it."""
    return values.module.is_instance(node, "markupsafe.Markup")


def _is_text(values: Values, node: ast.expr) -> bool:
    return values.module.is_instance(node, "builtins.str", "builtins.bytes", "pathlib.Path") or (
        values.text(node).is_whole and not values.text(node).is_nothing
    )


def _mixed(values: Values, node: ast.Call, func: ast.Attribute, receiver: Labels) -> Labels:
    method, parts = func.attr, node.args
    if method == "joinpath":
        before = values.text(func.value).then(SEPARATOR)
        return union(
            (
                as_text(receiver, NO_TEXT),
                *(as_text(values.labels(item), before, item, values.module) for item in parts),
            )
        )
    if method == "join":
        items = [taken(values.labels(item), "*") for item in parts]
        return union(as_text(item, UNKNOWN_TEXT) for item in items)
    head = values.text(func.value).head
    if method == "replace":
        found = [frozenset(label.cleaned(MASKED) for label in receiver)]
        if len(parts) == 2:
            removed = values.module.constant(parts[0])
            if removed is not None and removed.value in ("/", "<"):
                danger = Danger.PATH if removed.value == "/" else Danger.HTML
                found = [frozenset(label.cleaned(frozenset({danger})) for label in found[0])]
            found.append(
                as_text(values.labels(parts[1]), Text(head, is_whole=False), parts[1], values.module)
            )
        return union(found)
    if method == "format":
        first = head.partition("{")[0]
        given = [*parts, *(keyword.value for keyword in node.keywords)]
        return union(
            as_text(values.labels(item), Text(first, first[-8:], not index), item, values.module)
            for index, item in enumerate(given)
        ) | as_text(receiver, NO_TEXT)
    return as_verdict(receiver)


def _named(values: Values, node: ast.Call, name: str) -> Labels | None:
    """Give what a function that is known by its name gives; None for all others."""
    first = values.labels(node.args[0]) if node.args else NONE
    if name in values.module.options.own_names.sanitisers:
        return NONE
    if name in SANITISERS:
        dangers = SANITISERS[name]
        if name == "urllib.parse.quote" and any(
            keyword.arg == "safe"
            and isinstance(keyword.value, ast.Constant)
            and "/" not in str(keyword.value.value)
            for keyword in node.keywords
        ):
            dangers |= {Danger.REDIRECT, Danger.PATH, Danger.FETCH}
        return frozenset(label.cleaned(dangers) for label in first)
    if name == "typing.cast" and len(node.args) == 2:
        return values.labels(node.args[1])
    if name in JOINING or (name in ("pathlib.Path", "pathlib.PurePath") and len(node.args) > 1):
        return _joined_arguments(values, node, name)
    if name in PASSING:
        labels = first
        if name in ("builtins.repr", "builtins.ascii"):
            return as_text(labels, UNKNOWN_TEXT)
        return as_text(labels, NO_TEXT) if name == "builtins.str" else labels
    return None


def _joined_arguments(values: Values, node: ast.Call, name: str) -> Labels:
    before, found = NO_TEXT, []
    for index, argument in enumerate(node.args):
        if isinstance(argument, ast.Starred):
            return as_verdict(union(_given(values, node)))
        # What `urljoin` joins can be a whole address, which then is the result.
        start = NO_TEXT if name.endswith("urljoin") else before
        found.append(as_text(values.labels(argument), start, argument if index else None, values.module))
        before = before.then(values.text(argument)).then(SEPARATOR)
    return union(found)


def _result(values: Values, node: ast.Call, function: Function) -> Labels:
    given = arguments(values, node, function)
    if given is None:
        return as_verdict(union(_given(values, node)))
    if not given and not function.owner.taint.gives_client_data(function):
        return NONE
    summary = values.summary(function)
    step = Step(values.module, node, f"passes through `{function.name}`")
    found: list[Labels] = []
    for label in summary.result:
        if label.parameter is None:
            found.append(frozenset({label}))
        else:
            labels = composed(label, given.get(label.parameter, NONE))
            found.append(frozenset(item.step(step) if item.origin else item for item in labels))
    tested = frozenset(as_verdict(union(given.values())))
    return union((*(values.started(labels, node) for labels in found), tested if not any(found) else NONE))


def arguments(values: Values, node: ast.Call, function: Function) -> dict[str, Labels] | None:
    """Give what each parameter of a function gets by a call; None where that can't be told."""
    site = values.module.call_site(node)
    if site.has_unknown_arguments:
        return None
    names = [parameter.arg for parameter in function.positional]
    given: dict[str, Labels] = {}
    if function.class_scope is not None and names and isinstance(node.func, ast.Attribute):
        owner = values.module.type_of(node.func.value)
        if not any(isinstance(member, ClassObject) for member in owner.values):
            names = names[1:]
    for name, argument in zip(names, node.args, strict=False):
        given[name] = values.labels(argument)
    for keyword in node.keywords:
        if keyword.arg is not None:
            given[keyword.arg] = values.labels(keyword.value)
    return {name: labels for name, labels in given.items() if labels}


def function_called(module: Module, node: ast.Call) -> Function | None:
    """Give the function of the project that a call surely calls, and that can be looked into."""
    site = module.call_site(node)
    if not site.is_certain or len(site.functions) != 1 or len(site.names) != 1 or site.callables:
        return None
    function = site.functions[0]
    return None if function.is_generator or function.is_stub else function


def last_name(call: ast.Call) -> str:
    """Give the last name of what a call calls."""
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
