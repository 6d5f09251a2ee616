"""From what a client sends to where it does harm: the taint engine, on the control-flow graph of each function.

Forward dataflow: a state says which labels each local name holds, and which data was tested on the way there. A
function of the project is known by its summary: what of its parameters is in its result, which sinks they reach, and
which of them it checks. What an unknown function gives is not tainted any more.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.fixtures import takes_fixtures
from aiohttp_lint.semantics.routes import lets_everything_through, route_patterns
from aiohttp_lint.semantics.sinks import Sink, is_reached, may_log_secrets, sinks_of, sinks_of_assignment
from aiohttp_lint.semantics.syntax import walk
from aiohttp_lint.semantics.taint_calls import function_called
from aiohttp_lint.semantics.taint_data import REACHES, ROOTS, TEXTUAL, Danger, Form, Origin
from aiohttp_lint.semantics.taint_labels import Label
from aiohttp_lint.semantics.taint_summaries import Hit, Question, Summary

if TYPE_CHECKING:
    from aiohttp_lint.findings import Related
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding, Scope

_VIEW = aiohttp_api.class_named("aiohttp.web.View").name
TAINTED = frozenset({*ROOTS, _VIEW})
"""What a file has to do with if its functions get hold of what a client sends."""
_BEFORE_NAMES = re.compile(r"\b(SELECT|FROM|INTO|JOIN|TABLE|UPDATE|SET|BY)\s+[`\"\[]?$", re.IGNORECASE)

_WITHOUT_LINKS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Flow:
    """What a client sends reaches a sink."""

    danger: Danger
    sink: Sink
    label: Label
    place: ast.AST
    """The node of the linted file to report: the sink, or the last call on the way to it."""
    related: tuple[Related, ...]

    @property
    def source(self) -> str:
        """Where the text comes from, for messages."""
        label = self.label
        assert label.origin is not None, "only what a client sent flows"
        if label.name is not None and label.origin is not Origin.FILENAME:
            return f"`{label.name}` from {label.origin.value}"
        return label.origin.value

    @property
    def elsewhere(self) -> str:
        """The sink, as an insertion for a message, where it is in another file; empty where it is the place itself."""
        sink = self.sink
        if self.place is sink.node:
            return ""
        line = sink.module.span(sink.node).line
        return f", at `{sink.shown}` ({PurePath(sink.module.path).name}:{line})"

    @property
    def stands_for_name(self) -> bool:
        """Whether it stands in a statement of SQL where a table or column is named, which no parameter can be."""
        return _BEFORE_NAMES.search(self.label.before.tail) is not None


class Taint:
    """The memory of one file's taint: its flows, and the summaries of its functions."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._summaries: dict[Function, Summary] = {}
        self._flows: list[Flow] | None = None
        self._roots: dict[tuple[Scope, str], bool] = {}
        self._ways: dict[Function, tuple[bool, tuple[Function, ...]]] = {}
        self._origins: dict[Function, tuple[bool, tuple[Function, ...]]] = {}

    def flows(self) -> list[Flow]:
        """Give what a client sends to the functions of this file and where it does harm, in source order."""
        if self._flows is None:
            self._flows = list(self._find())
        return self._flows

    def _find(self) -> Iterator[Flow]:
        hits = list(self._harmful())
        kept: dict[str | None, list[Hit]] = {}
        for hit in hits:
            if hit.sink.danger is Danger.KEPT:
                kept.setdefault(hit.sink.shown, []).append(hit)
        for hit in hits:
            if hit.sink.danger is Danger.KEPT:
                continue
            if hit.label.origin is not Origin.SESSION:
                yield self._flow(hit)
            elif hit.label.name in kept:
                yield self._flow(hit, kept[hit.label.name])

    def _harmful(self) -> Iterator[Hit]:
        for function in self._module.functions() if self._module.can_hold(*TAINTED) else ():
            if not self._takes_request(function) or not _leads_to_sink(function):
                continue
            patterns = route_patterns(self._module, function)
            is_for_links = _answers_links(self._module, function)
            seen: set[tuple[object, ...]] = set()
            for hit in Question().analysed(function).hits:
                label = hit.label
                if label.parameter is not None or not _does_harm(hit, patterns):
                    continue
                if label.origin is Origin.MATCH and hit.sink.danger is Danger.REDIRECT and not is_for_links:
                    continue
                key = (hit.sink.node, hit.sink.danger, label.key)
                if key not in seen:
                    seen.add(key)
                    yield hit

    def _takes_request(self, function: Function) -> bool:
        """Tell whether a function gets hold of what a client sends by itself."""
        module = self._module
        is_plain = (
            function.class_scope is None and module.stub is None and not takes_fixtures(module, function)
        )
        for parameter in function.parameters:
            if parameter.annotation is None and is_plain and not module.roles_of(function):
                # Nothing else says what a function is given.
                continue
            if self._may_be_root(function, parameter):
                return True
        owner = function.class_around
        return owner is not None and _VIEW in owner.outside_bases

    def _may_be_root(self, function: Function, parameter: ast.arg) -> bool:
        """Tell whether a parameter, or what its name is bound to later, holds what a client sends."""
        bindings = function.scope.bindings.get(parameter.arg, ())
        annotation, around = parameter.annotation, function.scope.parent
        is_name = isinstance(annotation, ast.Name) and not getattr(function.node, "type_params", ())
        if len(bindings) != 1 or bindings[0].annotation is not annotation or not is_name or around is None:
            return any(map(self._is_root, bindings))
        assert isinstance(annotation, ast.Name), "asked before"
        # The same name means the same for all functions around which the same names are bound.
        key = (around, annotation.id)
        if key not in self._roots:
            self._roots[key] = self._is_root(bindings[0])
        return self._roots[key]

    def _is_root(self, binding: Binding) -> bool:
        return self._module.inference.type_of_binding(binding).is_only(*ROOTS)

    def ways(self, function: Function) -> tuple[bool, tuple[Function, ...]]:
        """Tell whether a function of this file has a sink of its own, and give the functions that it calls."""
        if function not in self._ways:
            module = self._module
            nodes = list(walk(function.node))
            calls = [node for node in nodes if isinstance(node, ast.Call)]
            has_sink = any(
                next(sinks_of_assignment(module, node), None) is not None
                for node in nodes
                if isinstance(node, ast.Assign)
            ) or any(self._may_do_harm(sink) for call in calls for sink in sinks_of(module, call))
            called = (
                () if has_sink else tuple(filter(None, (function_called(module, call) for call in calls)))
            )
            self._ways[function] = (has_sink, called)
        return self._ways[function]

    def _may_do_harm(self, sink: Sink) -> bool:
        return sink.danger is not Danger.LOG or self._may_log_secrets

    @cached_property
    def _may_log_secrets(self) -> bool:
        return may_log_secrets(self._module)

    def gives_client_data(self, function: Function) -> bool:
        """Tell whether the result of a function of this file can hold what a client sends if nothing given to it does."""
        return _leads_to(function, lambda current: current.owner.taint.origins(current))

    def origins(self, function: Function) -> tuple[bool, tuple[Function, ...]]:
        """Tell whether there is anything of a client's in a function of this file that gives a value, and what it calls."""
        if function not in self._origins:
            nodes = list(walk(function.node)) if _gives_value(function) else ()
            has_origin = any(
                self._module.type_of(node).is_only(*ROOTS)
                for node in nodes
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
            )
            calls = () if has_origin else [node for node in nodes if isinstance(node, ast.Call)]
            called = tuple(filter(None, (function_called(self._module, call) for call in calls)))
            self._origins[function] = (has_origin, called)
        return self._origins[function]

    def _flow(self, hit: Hit, kept: Iterable[Hit] = ()) -> Flow:
        """Make a flow; `kept` are the ways on which handlers put text into the session that it comes from here."""
        module, sink = self._module, hit.sink
        place: ast.AST = sink.node
        if sink.module is not module:
            place = next(step.node for step in reversed(hit.calls) if step.module is module)
        steps = [step for step in (*hit.label.steps, *hit.calls) if step.node is not place]
        related = [step.module.related(step.node, step.text) for step in dict.fromkeys(steps)]
        related[:0] = [place for keeping in kept for place in _keeping(keeping)]
        if place is not sink.node:
            related.append(sink.module.related(sink.node, f"reaches `{sink.shown}` here"))
        return Flow(sink.danger, sink, hit.label, place, tuple(related))

    def known(self, function: Function) -> Summary | None:
        """Give the summary of a function of this file if it is settled."""
        return self._summaries.get(function)

    def settle(self, function: Function, summary: Summary) -> None:
        """Remember the summary of a function of this file."""
        self._summaries[function] = summary


def _keeping(hit: Hit) -> list[Related]:
    """Give the steps from a request to the place where a handler keeps the client's text in a session."""
    steps = [step for step in dict.fromkeys((*hit.label.steps, *hit.calls)) if step.node is not hit.sink.node]
    text = f"the client's text is kept as `{hit.sink.shown}` here"
    return [
        *(step.module.related(step.node, step.text) for step in steps),
        hit.sink.module.related(hit.sink.node, text),
    ]


def _gives_value(function: Function) -> bool:
    """Tell whether a function gives anything but constants."""
    if isinstance(function.node, ast.Lambda):
        return True
    returned = (node.value for node in walk(function.node) if isinstance(node, ast.Return))
    return any(value is not None and not isinstance(value, ast.Constant) for value in returned)


def _leads_to_sink(function: Function) -> bool:
    """Tell whether there is a sink in a function, or in one of those that it leads to: where there is none, nothing flows."""
    return _leads_to(function, lambda current: current.owner.taint.ways(current))


def _leads_to(function: Function, ways: Callable[[Function], tuple[bool, tuple[Function, ...]]]) -> bool:
    """Tell whether a function, or one of those that it leads to, has what is looked for."""
    seen: set[Function] = set()
    pending = [function]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        has_it, called = ways(current)
        if has_it:
            return True
        pending.extend(called)
    return False


def _answers_links(module: Module, function: Function) -> bool:
    """Tell whether a handler may answer other requests than POST and the like, which no link sends."""
    methods = {
        registration.method for registration in module.registrations() if function in registration.functions
    }
    elsewhere = module.project is not None and bool(module.project.registrations.paths_of(function))
    return elsewhere or not methods or not methods <= _WITHOUT_LINKS


def _does_harm(hit: Hit, patterns: tuple[str | None, ...]) -> bool:
    """Tell whether a client's text can do at a sink what the sink is feared for."""
    label, danger = hit.label, hit.sink.danger
    if label.origin is None or label.origin not in REACHES[danger] or danger in label.clean or label.inside:
        return False
    if label.form not in TEXTUAL and not (label.is_all and label.form in (Form.MAPPING, Form.FIELDS)):
        return False
    if label.origin is Origin.MATCH and label.name is not None:
        if patterns and not any(lets_everything_through(pattern, label.name) for pattern in patterns):
            return False
    return is_reached(hit.sink, label)
