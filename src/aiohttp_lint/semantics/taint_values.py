"""What an expression's value holds of what a client sent, given what the names hold."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aiohttp_lint.semantics.syntax import COMPREHENSIONS, FUNCTIONS, children
from aiohttp_lint.semantics.taint_data import (
    CLEAN_ATTRIBUTES,
    CONVERSIONS,
    GETTERS,
    JOINING,
    MASKING,
    MIXING_METHODS,
    NEUTRAL_TESTS,
    PASSING,
    ROOTS,
    SANITISERS,
    TEXT_METHODS,
    UNCHECKED,
    Danger,
    Form,
)
from aiohttp_lint.semantics.taint_labels import (
    ANY,
    NONE,
    NO_TEXT,
    UNKNOWN_TEXT,
    Label,
    Labels,
    Step,
    Text,
    as_text,
    composed,
    put_inside,
    taken,
    union,
)
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.taint import Summary

_MAXIMUM_DEPTH = 40
_EVERY_DANGER = frozenset(Danger)
_MASKED = frozenset({Danger.LOG})
_SEPARATOR = Text("", "/", False)
_NAMES_OF_PATHS = frozenset(CLEAN_ATTRIBUTES)
_LAST_OF_CONVERSIONS = frozenset(name.rpartition(".")[2] for name in CONVERSIONS)
_TEXTUAL_FORMS = frozenset({Form.TEXT, Form.JSON, Form.FIELD, Form.PARAMETER})


@dataclass(frozen=True, slots=True)
class State:
    """What is known before a step: what the names hold, and which data was tested on the way."""

    names: dict[str, Labels] = field(default_factory=dict)
    tested: frozenset[str] = frozenset()

    def bind(self, name: str, labels: Labels) -> State:
        """Give the state after a name got a value."""
        if self.names.get(name, NONE) == labels:
            return self
        names = dict(self.names)
        names[name] = labels
        return State(names, self.tested)

    def test(self, keys: Iterable[str]) -> State:
        """Give the state after some data was tested: nothing that comes from it is untrusted any more."""
        new = frozenset(keys) - self.tested
        if not new:
            return self
        names = {
            name: frozenset(label for label in labels if not any(map(label.is_under, new)))
            for name, labels in self.names.items()
        }
        return State(names, self.tested | new)

    def join(self, other: State) -> State:
        """Give the state where two paths meet."""
        names = dict(self.names)
        for name, labels in other.names.items():
            mine = names.get(name)
            names[name] = labels if mine is None else union((mine, labels))
        return State(names, self.tested & other.tested)


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
        rest = [label for label in receiver if label.form in (Form.TEXT, Form.JSON) and not label.inside]
        if not found and rest:
            if node.attr in _NAMES_OF_PATHS:
                return frozenset(label.cleaned(CLEAN_ATTRIBUTES[node.attr]) for label in rest)
            return NONE if node.attr in NEUTRAL_TESTS else _as_verdict(rest)
        return self._started(found, node)

    def _subscript(self, node: ast.Subscript) -> Labels:
        container = self.labels(node.value)
        if not container:
            # The entry of a table is the table's, whatever key was asked for.
            return _as_verdict(self.labels(node.slice)) if isinstance(node.slice, ast.expr) else NONE
        if isinstance(node.slice, ast.Slice):
            return frozenset(label.cleaned(_MASKED) for label in container)
        return self._started(taken(container, "[]", self._key(node.slice)), node)

    def _key(self, node: ast.expr | None) -> str | None:
        if node is None:
            return None
        name = self.module.qualified_name(node) or ""
        if name.startswith("aiohttp.hdrs."):
            return name.rpartition(".")[2].replace("_", "-").lower()
        literal = self.module.constant(node)
        return None if literal is None else str(literal.value)

    def _started(self, labels: Labels, node: ast.expr) -> Labels:
        """Note where text of a client's comes in for the first time."""
        if not labels:
            return labels
        return frozenset(
            label
            if label.steps or label.form is Form.VERDICT or label.origin is None
            else label.step(Step(self.module, node, f"{_shown(label)} comes in here"))
            for label in labels
        )

    def _await(self, node: ast.Await) -> Labels:
        return self.labels(node.value)

    def _starred(self, node: ast.Starred) -> Labels:
        return taken(self.labels(node.value), "*")

    def _walrus(self, node: ast.NamedExpr) -> Labels:
        return self.labels(node.value)

    def _conditional(self, node: ast.IfExp) -> Labels:
        inner = self.at(self.after_test(node.test))
        return union((inner.labels(node.body), inner.labels(node.orelse)))

    def _either(self, node: ast.BoolOp) -> Labels:
        found: list[Labels] = []
        values = self
        for value in node.values:
            found.append(values.labels(value))
            values = values.at(values.after_test(value))
        return union(found)

    def _not(self, node: ast.UnaryOp) -> Labels:
        return _as_verdict(self.labels(node.operand))

    def _comparison(self, node: ast.Compare) -> Labels:
        return _as_verdict(union(map(self.labels, (node.left, *node.comparators))))

    def _operation(self, node: ast.BinOp) -> Labels:
        left, right = self.labels(node.left), self.labels(node.right)
        if not left and not right:
            return NONE
        if isinstance(node.op, ast.Add):
            return union((as_text(left, NO_TEXT), as_text(right, self.text(node.left), node.right)))
        if isinstance(node.op, ast.Div):
            before = self.text(node.left).then(_SEPARATOR)
            return union((as_text(left, NO_TEXT), as_text(right, before, node.right)))
        if isinstance(node.op, ast.Mod):
            return union((as_text(left, NO_TEXT), self._percent(node)))
        return _as_verdict(left | right)

    def _percent(self, node: ast.BinOp) -> Labels:
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        head = self.text(node.left).head.partition("%")[0]
        found: list[Labels] = []
        for index, value in enumerate(given):
            if isinstance(value, ast.Dict):
                found += [
                    as_text(self.labels(entry), Text(head, is_whole=False), entry) for entry in value.values
                ]
            before = Text.literal(head) if not index else Text(head, is_whole=False)
            found.append(as_text(self.labels(value), before, value))
        return union(found)

    def _joined(self, node: ast.JoinedStr) -> Labels:
        before, found = NO_TEXT, []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                plain = part.conversion == -1 and part.format_spec is None
                labels = as_text(self.labels(part.value), before, part.value if plain else None)
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
            found.append(labels if key is None else put_inside(labels, self._key(key) or ANY))
        return union(found)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Labels:
        inner = self.inside_comprehension(node.generators)
        elements = (
            (inner.labels(node.value), inner.labels(node.key))
            if isinstance(node, ast.DictComp)
            else (inner.labels(node.elt),)
        )
        return put_inside(union(elements), ANY)

    def inside_comprehension(self, generators: list[ast.comprehension]) -> Values:
        """Ask inside of a comprehension, where its targets are bound and its conditions hold."""
        values = self
        for generator in generators:
            values = values.at(bound(values, generator.target, taken(values.labels(generator.iter), "*")))
            for condition in generator.ifs:
                values = values.at(values.after_test(condition))
        return values

    def _verdict(self, node: ast.expr) -> Labels:
        if isinstance(node, FUNCTIONS):
            return NONE
        return _as_verdict(
            union(self.labels(child) for child in children(node) if isinstance(child, ast.expr))
        )

    # Calls.

    def _call(self, node: ast.Call) -> Labels:
        if _last_name(node) in NEUTRAL_TESTS:
            return NONE
        if isinstance(node.func, ast.Attribute):
            receiver = self.labels(node.func.value)
            found = self._method(node, node.func, receiver)
            if found is not None:
                return found
        name = self.name_of(node)
        if name is not None:
            found = self._named(node, name)
            if found is not None:
                return found
        function = self.function(node)
        if function is not None:
            return self._result(node, function)
        return _as_verdict(union(self._given(node)))

    def _given(self, node: ast.Call) -> Iterator[Labels]:
        if isinstance(node.func, ast.Attribute):
            yield self.labels(node.func.value)
        for argument in node.args:
            yield self.labels(argument)
        for keyword in node.keywords:
            yield self.labels(keyword.value)

    def name_of(self, node: ast.Call) -> str | None:
        """Give the dotted name of the only thing that a call can call."""
        name = self.module.dotted_name(node.func)
        if name is None:
            names = self.module.call_site(node).names
            name = next(iter(names)) if len(names) == 1 else None
        return name

    def _method(self, node: ast.Call, func: ast.Attribute, receiver: Labels) -> Labels | None:
        """Give what a method of a labelled value gives, or None for a method that nothing is known of."""
        method = func.attr
        plain = frozenset(label for label in receiver if label.form in _TEXTUAL_FORMS)
        if receiver:
            if method in GETTERS:
                key = self._key(node.args[0]) if node.args else None
                found = taken(receiver, "[]", key)
                default = self.labels(node.args[1]) if len(node.args) > 1 else NONE
                if found:
                    return self._started(union((found, default)), node)
            found = taken(receiver, f".{method}()")
            known = any(label.form is not Form.PARAMETER for label in found)
            if found and (known or method not in TEXT_METHODS | MIXING_METHODS):
                return self._started(found, node)
            if method in TEXT_METHODS and plain:
                labels = plain if method not in MASKING else (label.cleaned(_MASKED) for label in plain)
                return frozenset(labels)
        if method in MIXING_METHODS and (receiver or self._is_text(func.value)):
            return self._mixed(node, func, plain)
        return None

    def _is_text(self, node: ast.expr) -> bool:
        return self.module.is_instance(node, "builtins.str", "builtins.bytes", "pathlib.Path") or not self.text(
            node
        ).is_nothing and self.text(node).is_whole

    def _mixed(self, node: ast.Call, func: ast.Attribute, receiver: Labels) -> Labels:
        method, arguments = func.attr, node.args
        if method == "joinpath":
            before = self.text(func.value).then(_SEPARATOR)
            return union(
                (as_text(receiver, NO_TEXT), *(as_text(self.labels(item), before, item) for item in arguments))
            )
        if method == "join":
            items = [taken(self.labels(item), "*") for item in arguments]
            return union(as_text(item, UNKNOWN_TEXT) for item in items)
        head = self.text(func.value).head
        if method == "replace":
            found = [frozenset(label.cleaned(_MASKED) for label in receiver)]
            if len(arguments) == 2:
                removed = self.module.constant(arguments[0])
                if removed is not None and removed.value in ("/", "<"):
                    danger = Danger.PATH if removed.value == "/" else Danger.HTML
                    found = [frozenset(label.cleaned(frozenset({danger})) for label in found[0])]
                found.append(as_text(self.labels(arguments[1]), Text(head, is_whole=False), arguments[1]))
            return union(found)
        if method == "format":
            first = head.partition("{")[0]
            given = [*arguments, *(keyword.value for keyword in node.keywords)]
            return union(
                as_text(self.labels(item), Text(first, first[-8:], not index), item)
                for index, item in enumerate(given)
            ) | as_text(receiver, NO_TEXT)
        return _as_verdict(receiver)

    def _named(self, node: ast.Call, name: str) -> Labels | None:
        """Give what a function that is known by its name gives; None for all others."""
        first = self.labels(node.args[0]) if node.args else NONE
        if name in self.module.options.own_names.sanitisers:
            return NONE
        if name in SANITISERS:
            dangers = SANITISERS[name]
            if name == "urllib.parse.quote" and any(
                keyword.arg == "safe" and isinstance(keyword.value, ast.Constant) and "/" not in str(keyword.value.value)
                for keyword in node.keywords
            ):
                dangers |= {Danger.REDIRECT, Danger.PATH, Danger.FETCH}
            return frozenset(label.cleaned(dangers) for label in first)
        if name == "typing.cast" and len(node.args) == 2:
            return self.labels(node.args[1])
        if name in ("pathlib.Path", "pathlib.PurePath") and len(node.args) > 1 or name in JOINING:
            return self._joined_arguments(node, name)
        if name in PASSING:
            labels = first
            if name in ("builtins.repr", "builtins.ascii"):
                return as_text(labels, UNKNOWN_TEXT)
            return as_text(labels, NO_TEXT) if name == "builtins.str" else labels
        return None

    def _joined_arguments(self, node: ast.Call, name: str) -> Labels:
        before, found = NO_TEXT, []
        for index, argument in enumerate(node.args):
            if isinstance(argument, ast.Starred):
                return _as_verdict(union(self._given(node)))
            # What `urljoin` joins can be a whole address, which then is the result.
            start = NO_TEXT if name.endswith("urljoin") else before
            found.append(as_text(self.labels(argument), start, argument if index else None))
            before = before.then(self.text(argument)).then(_SEPARATOR)
        return union(found)

    def function(self, node: ast.Call) -> Function | None:
        """Give the function of the project that a call surely calls, and that can be looked into."""
        site = self.module.call_site(node)
        if not site.is_certain or len(site.functions) != 1 or len(site.names) != 1 or site.callables:
            return None
        function = site.functions[0]
        return None if function.is_generator or function.is_stub else function

    def _result(self, node: ast.Call, function: Function) -> Labels:
        summary = self.summary(function)
        given = self.arguments(node, function)
        if given is None:
            return _as_verdict(union(self._given(node)))
        step = Step(self.module, node, f"passes through `{function.name}`")
        found: list[Labels] = []
        for label in summary.result:
            if label.parameter is None:
                found.append(frozenset({label}))
            else:
                labels = composed(label, given.get(label.parameter, NONE))
                found.append(frozenset(item.step(step) if item.origin else item for item in labels))
        tested = frozenset(_as_verdict(union(given.values())))
        return union((*(self._started(labels, node) for labels in found), tested if not any(found) else NONE))

    def arguments(self, node: ast.Call, function: Function) -> dict[str, Labels] | None:
        """Give what each parameter of a function gets by a call; None where that can't be told."""
        site = self.module.call_site(node)
        if site.has_unknown_arguments:
            return None
        names = [parameter.arg for parameter in function.positional]
        given: dict[str, Labels] = {}
        if function.class_scope is not None and names and isinstance(node.func, ast.Attribute):
            owner = self.module.type_of(node.func.value)
            if not any(isinstance(member, ClassObject) for member in owner.values):
                names = names[1:]
        for name, argument in zip(names, node.args, strict=False):
            given[name] = self.labels(argument)
        for keyword in node.keywords:
            if keyword.arg is not None:
                given[keyword.arg] = self.labels(keyword.value)
        return {name: labels for name, labels in given.items() if labels}

    # Tests.

    def after_test(self, test: ast.expr) -> State:
        """Give the state after a condition was looked at, whichever way it went."""
        return self.state.test(self.tested_by(test))

    def tested_by(self, test: ast.expr) -> set[str]:
        """Give the data that a condition is about: more than whether there is any."""
        if isinstance(test, ast.BoolOp):
            return {key for value in test.values for key in self.tested_by(value)}
        if isinstance(test, ast.UnaryOp):
            return self.tested_by(test.operand)
        if isinstance(test, ast.NamedExpr | ast.Await):
            return self.tested_by(test.value)
        if isinstance(test, ast.Compare):
            return self._compared(test)
        return {label.key for label in self.labels(test) if label.form is Form.VERDICT}

    def _compared(self, test: ast.Compare) -> set[str]:
        found: set[str] = set()
        left = test.left
        for operator, right in zip(test.ops, test.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                found |= {label.key for label in self.labels(left)}
                # `"x" in request.query` asks for a key; `".." in name` is about the name.
                found |= {label.key for label in self.labels(right) if label.form in (*_TEXTUAL_FORMS, Form.VERDICT)
                          and not label.inside and not (label.form is Form.JSON)}  # fmt: skip
            elif not isinstance(operator, ast.Is | ast.IsNot) and not (_is_empty(left) or _is_empty(right)):
                found |= self.keys(left) | self.keys(right)
            left = right
        return found

    def checked_by(self, node: ast.expr) -> set[str]:
        """Give the data that a statement checks by calling something: what it doesn't like it refuses."""
        call = node.value if isinstance(node, ast.Await) else node
        if not isinstance(call, ast.Call):
            return set()
        found: set[str] = set()
        function = self.function(call)
        if function is not None:
            given = self.arguments(call, function) or {}
            tested = self.summary(function).tested
            return {label.key for name in tested for label in given.get(name, ())}
        if _last_name(call) in UNCHECKED or _last_name(call) in NEUTRAL_TESTS:
            return set()
        site = self.module.call_site(call)
        if site.callables or self.name_of(call) in SANITISERS:
            return set()
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            found |= {label.key for label in self.labels(argument)}
        return found

    def refused_by(self, statement: ast.AST) -> set[str]:
        """Give the data that a step would have refused by an exception, had it not been as expected."""
        found: set[str] = set()
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "relative_to":
                found |= self.keys(node.func.value)
            elif _last_name(node) in _LAST_OF_CONVERSIONS and self.name_of(node) in CONVERSIONS and node.args:
                found |= self.keys(node.args[0])
        return found


def bound(values: Values, target: ast.expr, labels: Labels) -> State:
    """Give the state after an assignment target got a value."""
    state = values.state
    if isinstance(target, ast.Name):
        return state.bind(target.id, labels)
    if isinstance(target, ast.Tuple | ast.List):
        for index, item in enumerate(target.elts):
            if isinstance(item, ast.Starred):
                state = bound(values.at(state), item.value, put_inside(taken(labels, "*"), ANY))
            else:
                state = bound(values.at(state), item, taken(labels, "[]", str(index)))
        return state
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and labels:
        place = values._key(target.slice) or ANY
        held = state.names.get(target.value.id, NONE)
        return state.bind(target.value.id, union((held, put_inside(labels, place))))
    return state


def _as_verdict(labels: Iterable[Label]) -> Labels:
    return frozenset(
        Label(label.key, Form.VERDICT, label.origin, parameter=label.parameter, accesses=label.accesses)
        for label in labels
        if label.form not in (Form.REQUEST, Form.SOCKET, Form.ADDRESS)
    )


def _repr_of(labels: Labels, part: ast.FormattedValue) -> Labels:
    """Give the labels of what is formatted in another way than as it is; `:d` and the like take no text."""
    spec = part.format_spec
    literal = spec.values[0] if isinstance(spec, ast.JoinedStr) and spec.values else None
    if isinstance(literal, ast.Constant) and str(literal.value)[-1:] in "bcdeEfFgGnoxX%":
        return NONE
    return frozenset(replace(label, before=label.before.then(UNKNOWN_TEXT)) for label in labels)


def _shown(label: Label) -> str:
    assert label.origin is not None, "only what has an origin comes in"
    return f"{label.origin.value} of the request" if "request" not in label.origin.value else label.origin.value


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _last_name(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


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
    ast.Call: Values._call,
}
