"""What an expression's value holds of what a client sent, given what the names hold."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp_lint.semantics.syntax import COMPREHENSIONS, FUNCTIONS, children
from aiohttp_lint.semantics.taint_calls import is_markup, value_of_call
from aiohttp_lint.semantics.taint_checks import after_test
from aiohttp_lint.semantics.taint_data import (
    CLEAN_ATTRIBUTES,
    MASKED,
    NEUTRAL_TESTS,
    POSSIBLY_TEXTUAL,
    ROOTS,
    Danger,
    Form,
)
from aiohttp_lint.semantics.taint_labels import (
    ANY,
    NO_TEXT,
    NONE,
    SEPARATOR,
    SOME_KEY,
    UNKNOWN_TEXT,
    Label,
    Labels,
    State,
    Step,
    Text,
    as_text,
    as_verdict,
    escaped,
    put_inside,
    taken,
    union,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.taint_summaries import Summary

_MAXIMUM_DEPTH = 40
_EVERY_DANGER = frozenset(Danger)
_NAMES_OF_PATHS = frozenset(CLEAN_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Values:
    """The questions about the expressions of one function, at one of its steps.

    `summary` tells what a function of the project does with its arguments.
    """

    module: Module
    state: State
    summary: Callable[[Function], Summary]
    depth: int = 0

    def at(self, state: State) -> Values:
        """Ask in another state."""
        return self if state is self.state else Values(self.module, state, self.summary, self.depth)

    def labels(self, node: ast.expr) -> Labels:
        """Give what an expression's value holds; nothing where that is unknown."""
        if self.depth > _MAXIMUM_DEPTH or type(node) is ast.Constant:
            return NONE
        evaluate = _EXPRESSIONS.get(type(node))
        inner = Values(self.module, self.state, self.summary, self.depth + 1)
        found = inner._verdict(node) if evaluate is None else evaluate(inner, node)
        tested = self.state.tested
        if found and tested:
            found = frozenset(label for label in found if not any(map(label.is_under, tested)))
        return found

    def keys(self, node: ast.expr) -> set[str]:
        """Give the names of the data that an expression's value comes from."""
        return {label.key for label in self.labels(node)}

    # What text stands there.

    def text(self, node: ast.expr) -> Text:
        """Give what is known of the text that an expression gives."""
        if isinstance(node, ast.JoinedStr):
            result = NO_TEXT
            for part in node.values:
                result = result.then(self.text(part))
            return result
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and self.depth < _MAXIMUM_DEPTH:
            inner = Values(self.module, self.state, self.summary, self.depth + 1)
            return inner.text(node.left).then(inner.text(node.right))
        if isinstance(node, ast.Name) and node.id in self.state.texts:
            return self.state.texts[node.id]
        literal = self.module.constant(node)
        if literal is None or not isinstance(literal.value, str | bytes):
            return UNKNOWN_TEXT
        value = literal.value
        return Text.literal(value if isinstance(value, str) else value.decode("latin-1"))

    # Expressions.

    def _name(self, node: ast.Name) -> Labels:
        known = self.state.names.get(node.id)
        return known if known is not None else self._root(node)

    def _root(self, node: ast.expr) -> Labels:
        types = self.module.type_of(node)
        if types.is_open or not types.members:
            return NONE
        for name, form in ROOTS.items():
            if types.is_only(name):
                return frozenset({Label(ast.unparse(node), form)})
        return NONE

    def _attribute(self, node: ast.Attribute) -> Labels:
        receiver = self.labels(node.value)
        if not receiver:
            return self._root(node)
        found = taken(receiver, f".{node.attr}")
        rest = [label for label in receiver if label.form in POSSIBLY_TEXTUAL and not label.inside]
        if not found and rest:
            if node.attr in _NAMES_OF_PATHS:
                return frozenset(label.cleaned(CLEAN_ATTRIBUTES[node.attr]) for label in rest)
            return NONE if node.attr in NEUTRAL_TESTS else as_verdict(rest)
        return self.started(found, node)

    def _subscript(self, node: ast.Subscript) -> Labels:
        container = self.labels(node.value)
        if not container:
            # The entry of a table is the table's, whatever key was asked for.
            return as_verdict(self.labels(node.slice)) if isinstance(node.slice, ast.expr) else NONE
        if isinstance(node.slice, ast.Slice):
            return frozenset(label.cleaned(MASKED) for label in container)
        return self.started(taken(container, "[]", self.key(node.slice)), node)

    def key(self, node: ast.expr | None) -> str | None:
        """Give the text of the key that an expression is, None where it is unknown."""
        if node is None:
            return None
        name = self.module.qualified_name(node) or ""
        if name.startswith("aiohttp.hdrs."):
            return name.rpartition(".")[2].replace("_", "-").lower()
        literal = self.module.constant(node)
        return None if literal is None else str(literal.value)

    def started(self, labels: Labels, node: ast.expr) -> Labels:
        """Note where a client's data comes in for the first time, or is taken from what the caller gives."""
        return frozenset(map(partial(self._with_start, node=node), labels))

    def _with_start(self, label: Label, node: ast.expr) -> Label:
        if label.steps or label.form is Form.VERDICT:
            return label
        if label.form is Form.PARAMETER:
            return label.step(Step(self.module, node, f"is taken from `{label.parameter}` here"))
        if label.origin is None:
            return label
        return label.step(Step(self.module, node, f"{_shown(label)} comes in here"))

    def _await(self, node: ast.Await) -> Labels:
        return self.labels(node.value)

    def _starred(self, node: ast.Starred) -> Labels:
        return taken(self.labels(node.value), "*")

    def _walrus(self, node: ast.NamedExpr) -> Labels:
        return self.labels(node.value)

    def _conditional(self, node: ast.IfExp) -> Labels:
        inner = self.at(after_test(self, node.test))
        return union((inner.labels(node.body), inner.labels(node.orelse)))

    def _either(self, node: ast.BoolOp) -> Labels:
        found: list[Labels] = []
        values = self
        for value in node.values:
            found.append(values.labels(value))
            values = values.at(after_test(values, value))
        return union(found)

    def _not(self, node: ast.UnaryOp) -> Labels:
        return as_verdict(self.labels(node.operand))

    def _comparison(self, node: ast.Compare) -> Labels:
        return as_verdict(union(map(self.labels, (node.left, *node.comparators))))

    def _operation(self, node: ast.BinOp) -> Labels:
        if isinstance(node.op, ast.Mod):
            found = union((as_text(self.labels(node.left), NO_TEXT), self._percent(node)))
            return escaped(found) if is_markup(self, node.left) else found
        return self.added(self.labels(node.left), self.text(node.left), node.op, node.right)

    def added(self, left: Labels, before: Text, operator: ast.operator, node: ast.expr) -> Labels:
        """Give what `left + node` and `left / node` hold."""
        right = self.labels(node)
        if not left and not right:
            return NONE
        if isinstance(operator, ast.Add | ast.Div):
            if isinstance(operator, ast.Div):
                before = before.then(SEPARATOR)
            return union((as_text(left, NO_TEXT), as_text(right, before, node, self.module)))
        return as_verdict(left | right)

    def _percent(self, node: ast.BinOp) -> Labels:
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        head = self.text(node.left).head.partition("%")[0]
        found: list[Labels] = []
        for index, value in enumerate(given):
            if isinstance(value, ast.Dict):
                found += [
                    as_text(self.labels(entry), Text(head, is_whole=False), entry, self.module)
                    for entry in value.values
                ]
            before = Text.literal(head) if not index else Text(head, is_whole=False)
            found.append(as_text(self.labels(value), before, value, self.module))
        return union(found)

    def _joined(self, node: ast.JoinedStr) -> Labels:
        before, found = NO_TEXT, []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                plain = part.conversion == -1 and part.format_spec is None
                labels = as_text(self.labels(part.value), before, part.value if plain else None, self.module)
                found.append(labels if plain else _repr_of(labels, part))
            before = before.then(self.text(part))
        return union(found)

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set) -> Labels:
        return union(
            put_inside(self.labels(item), ANY if isinstance(item, ast.Starred) else str(index))
            for index, item in enumerate(node.elts)
        )

    def _mapping(self, node: ast.Dict) -> Labels:
        found: list[Labels] = []
        for key, value in zip(node.keys, node.values, strict=True):
            labels = self.labels(value)
            found.append(labels if key is None else put_inside(labels, self.key(key) or SOME_KEY))
        return union(found)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Labels:
        inner = self.inside_comprehension(node.generators)
        if isinstance(node, ast.DictComp):
            keys, held = inner.labels(node.key), inner.labels(node.value)
            return union((put_inside(keys, ANY), put_inside(held, SOME_KEY)))
        return put_inside(inner.labels(node.elt), ANY)

    def inside_comprehension(self, generators: list[ast.comprehension]) -> Values:
        """Ask inside of a comprehension, where its targets are bound and its conditions hold."""
        values = self
        for generator in generators:
            values = values.at(bound(values, generator.target, taken(values.labels(generator.iter), "*")))
            for condition in generator.ifs:
                values = values.at(after_test(values, condition))
        return values

    def _verdict(self, node: ast.expr) -> Labels:
        if isinstance(node, FUNCTIONS):
            return NONE
        return as_verdict(
            union(self.labels(child) for child in children(node) if isinstance(child, ast.expr))
        )

    # Calls.


def bound(values: Values, target: ast.expr, labels: Labels, text: Text = UNKNOWN_TEXT) -> State:
    """Give the state after an assignment target got a value."""
    state = values.state
    if isinstance(target, ast.Name):
        return state.bind(target.id, labels, text)
    if isinstance(target, ast.Tuple | ast.List):
        for index, item in enumerate(target.elts):
            if isinstance(item, ast.Starred):
                state = bound(values.at(state), item.value, put_inside(taken(labels, "*"), ANY))
            else:
                state = bound(values.at(state), item, taken(labels, "[]", str(index)))
        return state
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and labels:
        place = values.key(target.slice) or SOME_KEY
        held = state.names.get(target.value.id, NONE)
        return state.bind(target.value.id, union((held, put_inside(labels, place))))
    return state


def _repr_of(labels: Labels, part: ast.FormattedValue) -> Labels:
    """Give the labels of what is formatted in another way than as it is; `:d` and the like take no text."""
    spec = part.format_spec
    literal = spec.values[0] if isinstance(spec, ast.JoinedStr) and spec.values else None
    if isinstance(literal, ast.Constant) and str(literal.value)[-1:] in "bcdeEfFgGnoxX%":
        return NONE
    return frozenset(replace(label, before=label.before.then(UNKNOWN_TEXT)) for label in labels)


def _shown(label: Label) -> str:
    assert label.origin is not None, "only what has an origin comes in"
    return (
        f"{label.origin.value} of the request" if "request" not in label.origin.value else label.origin.value
    )


_EXPRESSIONS: dict[type[ast.expr], Callable[[Values, Any], Labels]] = {
    ast.Name: Values._name,
    ast.Attribute: Values._attribute,
    ast.Subscript: Values._subscript,
    ast.Await: Values._await,
    ast.Starred: Values._starred,
    ast.NamedExpr: Values._walrus,
    ast.IfExp: Values._conditional,
    ast.BoolOp: Values._either,
    ast.UnaryOp: Values._not,
    ast.Compare: Values._comparison,
    ast.BinOp: Values._operation,
    ast.JoinedStr: Values._joined,
    ast.Tuple: Values._sequence,
    ast.List: Values._sequence,
    ast.Set: Values._sequence,
    ast.Dict: Values._mapping,
    **dict.fromkeys(COMPREHENSIONS, Values._comprehension),
    ast.Call: value_of_call,
}
