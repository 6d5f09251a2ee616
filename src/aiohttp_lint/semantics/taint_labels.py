"""What the taint engine knows of a value: labels that say where its text comes from and what stands before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.taint_data import MEMBERS, TEXTUAL, Danger, Form, Origin

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from aiohttp_lint.semantics.module import Module

_MAXIMUM_LABELS = 12
_MAXIMUM_STEPS = 12
_MAXIMUM_DEPTH = 3
_MAXIMUM_ACCESSES = 6
_MAXIMUM_HEAD = 80
_MAXIMUM_TAIL = 8
_ACCESSES = frozenset(access for members in MEMBERS.values() for access in members)
ANY = "*"
"""The place in a container of which only the container is known."""
SOME_KEY = "{}"
"""The place of a value in a mapping whose key is unknown."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is known of the text before a place: how it begins, how it ends, and whether that is all of it."""

    head: str = ""
    tail: str = ""
    is_whole: bool = True

    @staticmethod
    def literal(text: str) -> Text:
        """Give the knowledge of a text that is written out."""
        return Text(text[:_MAXIMUM_HEAD], text[-_MAXIMUM_TAIL:], True)

    def then(self, other: Text) -> Text:
        """Give what is known of both, one after the other."""
        head = (self.head + other.head)[:_MAXIMUM_HEAD] if self.is_whole else self.head
        tail = (self.tail + other.tail)[-_MAXIMUM_TAIL:] if other.is_whole else other.tail
        return Text(head, tail, self.is_whole and other.is_whole)

    def meet(self, other: Text) -> Text:
        """Give what is known of a text that is one or the other."""
        if self == other:
            return self
        pairs = zip(self.head, other.head, strict=False)
        return Text("".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)), "", False)

    @property
    def is_nothing(self) -> bool:
        """Whether surely nothing stands there."""
        return self.is_whole and not self.head


NO_TEXT = Text()
UNKNOWN_TEXT = Text(is_whole=False)
SEPARATOR = Text("", "/", False)


@dataclass(frozen=True, slots=True)
class Step:
    """A place on the way of a client's text."""

    module: Module
    node: ast.AST
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """One way in which a value holds what a client sent.

    Attributes:
        key: What the data is called where it comes from; a test of it is a test of everything under that key.
        form: What it looks like here.
        origin: The part of the request; None for what no text was taken from yet.
        name: The field, header or part of the path, where it is known.
        is_all: Whether it is a whole mapping.
        parameter: For what the caller gives: the parameter, and in `accesses` what was taken from it.
        before: The text before it in this value.
        clean: What it can't do any more.
        inside: Where in a container it lies, from the outside.
        is_built: Whether it was made a part of a text.
        place: The expression that became a part of a longer text, in the file `maker`.
        steps: The way here.
    """

    key: str
    form: Form
    origin: Origin | None = None
    name: str | None = None
    is_all: bool = False
    parameter: str | None = None
    accesses: tuple[str, ...] = ()
    before: Text = NO_TEXT
    clean: frozenset[Danger] = frozenset()
    inside: tuple[str, ...] = ()
    is_built: bool = False
    place: ast.expr | None = field(default=None, compare=False)
    maker: Module | None = field(default=None, compare=False)
    steps: tuple[Step, ...] = field(default=(), compare=False)

    def step(self, step: Step) -> Label:
        """Give the label after one more step of its way."""
        if len(self.steps) >= _MAXIMUM_STEPS:
            return self
        return replace(self, steps=(*self.steps, step))

    def cleaned(self, dangers: frozenset[Danger]) -> Label:
        """Give the label of a value that can't do some things any more."""
        return self if dangers <= self.clean else replace(self, clean=self.clean | dangers)

    def is_under(self, key: str) -> bool:
        """Tell whether it is the data of that key, or a part of it."""
        return self.key == key or (self.key.startswith(key) and self.key[len(key)] in ".[")


Labels: TypeAlias = frozenset[Label]
NONE: Labels = frozenset()


def union(parts: Iterable[Labels]) -> Labels:
    """Give all labels of several values; of too many, some are let go."""
    result: Labels = NONE
    for part in parts:
        if part and part is not result:
            result = result | part if result else part
    if len(result) > _MAXIMUM_LABELS:
        return frozenset(in_order(result)[:_MAXIMUM_LABELS])
    return result


def in_order(labels: Labels) -> list[Label]:
    """Give labels in the same order in every run."""
    return sorted(labels, key=_order) if len(labels) > 1 else list(labels)


def _order(label: Label) -> tuple[str, str, str, str, int]:
    return (label.key, label.form.name, label.before.head, label.before.tail, len(label.clean))


def put_inside(labels: Labels, place: str) -> Labels:
    """Give the labels of a container that holds a value at a place."""
    return frozenset(
        replace(label, inside=(place, *label.inside))
        for label in labels
        if len(label.inside) < _MAXIMUM_DEPTH
    )


def taken(labels: Labels, access: str, name: str | None = None) -> Labels:
    """Give the labels of what is taken out of a value.

    Args:
        labels: Of the value.
        access: `.name`, `.name()`, `[]` for an element, `*` for what iteration gives.
        name: The key or index of the element where it is known.
    """
    return frozenset(found for label in labels if (found := _taken(label, access, name)) is not None)


def _taken(label: Label, access: str, name: str | None) -> Label | None:
    if label.form is Form.VERDICT:
        return label
    if label.inside:
        if access not in ("[]", "*", ".values()"):
            return None
        place = label.inside[0]
        if access == "*":
            # Iteration gives a mapping's keys; what lies under a key that is no index is a value of one.
            fits = place == ANY or place.lstrip("-").isdecimal()
        else:
            fits = access == ".values()" or place in (ANY, SOME_KEY, name)
        return replace(label, inside=label.inside[1:]) if fits else None
    if label.form is Form.PARAMETER:
        if len(label.accesses) >= _MAXIMUM_ACCESSES or access not in _ACCESSES:
            return None
        spelled = f"[{name}]" if access == "[]" and name is not None else access
        return replace(label, key=label.key + _suffix(access, name), accesses=(*label.accesses, spelled))
    found = MEMBERS.get(label.form, {}).get(access)
    if found is None:
        return None
    form, origin = found
    taken_name = name if access == "[]" and label.form not in (Form.TEXT, Form.FIELD) else label.name
    is_whole_text = label.form in (Form.TEXT, Form.FIELD) and access in ("[]", "*")
    return replace(
        label,
        key=label.key if label.form is Form.TEXT else label.key + _suffix(access, name),
        form=form,
        origin=origin or label.origin,
        name=taken_name,
        is_all=(origin is not None and form in (Form.MAPPING, Form.FIELDS))
        or (label.is_all and access != "[]"),
        clean=label.clean | {Danger.LOG} if is_whole_text else label.clean,
        before=label.before if label.before.is_nothing else UNKNOWN_TEXT,
    )


def _suffix(access: str, name: str | None) -> str:
    if access == "[]":
        return f"[{ANY if name is None else name}]"
    return f"[{ANY}]" if access in (ANY, ".values()", ".items()", ".keys()") else access


def as_text(
    labels: Labels, before: Text, place: ast.expr | None = None, maker: Module | None = None
) -> Labels:
    """Give the labels of a text that the values are a part of, after other text."""
    found: set[Label] = set()
    for label in labels:
        if label.form is Form.VERDICT:
            found.add(label)
            continue
        built = _built(label)
        if built is not None:
            inner = built.before if not built.inside else UNKNOWN_TEXT
            found.add(
                replace(
                    built,
                    before=before.then(inner),
                    inside=(),
                    place=built.place or place,
                    maker=built.maker if built.place is not None else maker,
                )
            )
    return frozenset(found)


def _built(label: Label) -> Label | None:
    if label.form is Form.PARAMETER:
        return replace(label, is_built=True)
    if label.form in TEXTUAL or label.form in (Form.MAPPING, Form.FIELDS):
        return replace(label, form=Form.TEXT, is_built=True)
    return None


def composed(inner: Label, given: Labels) -> Labels:
    """Give what a label of a called function's parameter means for the labels of the argument."""
    labels = given
    for access in inner.accesses:
        if access.startswith("[") and access != "[]":
            labels = taken(labels, "[]", access[1:-1])
        else:
            labels = taken(labels, access)
    found: set[Label] = set()
    for label in labels:
        outer = _built(label) if inner.is_built and label.form is not Form.VERDICT else label
        if outer is None:
            continue
        found.add(
            replace(
                outer,
                before=inner.before.then(outer.before),
                clean=outer.clean | inner.clean,
                inside=(*inner.inside, *outer.inside)[:_MAXIMUM_DEPTH],
                form=Form.VERDICT if inner.form is Form.VERDICT else outer.form,
                place=inner.place or outer.place,
                maker=inner.maker if inner.place is not None else outer.maker,
                steps=(*outer.steps, *inner.steps)[:_MAXIMUM_STEPS],
            )
        )
    return frozenset(found)


def as_verdict(labels: Iterable[Label]) -> Labels:
    """Give the labels of what is only found out about values: it holds none of them."""
    return frozenset(
        Label(label.key, Form.VERDICT, label.origin, parameter=label.parameter, accesses=label.accesses)
        for label in labels
        if label.form not in (Form.REQUEST, Form.SOCKET, Form.ADDRESS)
    )


def escaped(labels: Labels) -> Labels:
    """Give the labels of values whose text is escaped for HTML."""
    return frozenset(label.cleaned(frozenset({Danger.HTML})) for label in labels)


@dataclass(frozen=True, slots=True)
class State:
    """What is known before a step: what the names hold, and which data was tested on the way."""

    names: dict[str, Labels] = field(default_factory=dict)
    tested: frozenset[str] = frozenset()
    texts: dict[str, Text] = field(default_factory=dict)

    def bind(self, name: str, labels: Labels, text: Text = UNKNOWN_TEXT) -> State:
        """Give the state after a name got a value, which is a text that begins so."""
        if self.names.get(name, NONE) == labels and self.texts.get(name, UNKNOWN_TEXT) == text:
            return self
        return State({**self.names, name: labels}, self.tested, {**self.texts, name: text})

    def test(self, keys: Iterable[str]) -> State:
        """Give the state after some data was tested: nothing that comes from it is untrusted any more."""
        new = frozenset(keys) - self.tested
        if not new:
            return self
        names = {
            name: frozenset(label for label in labels if not any(map(label.is_under, new)))
            for name, labels in self.names.items()
        }
        return State(names, self.tested | new, self.texts)

    def join(self, other: State) -> State:
        """Give the state where two paths meet."""
        names = dict(self.names)
        for name, labels in other.names.items():
            mine = names.get(name)
            names[name] = labels if mine is None else union((mine, labels))
        texts = {name: text.meet(other.texts.get(name, UNKNOWN_TEXT)) for name, text in self.texts.items()}
        return State(names, self.tested & other.tested, texts)
