"""What a function does with what a client sent: what it gives back, which sinks it reaches, what it checks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.dataflow import binds_along, solve
from aiohttp_lint.semantics.decorators import runs_by_wrappers
from aiohttp_lint.semantics.evaluation import running_nodes
from aiohttp_lint.semantics.graph import EdgeKind, Node, NodeKind
from aiohttp_lint.semantics.sinks import Sink, sinks_of, sinks_of_assignment
from aiohttp_lint.semantics.syntax import COMPREHENSIONS
from aiohttp_lint.semantics.taint_calls import arguments, function_called
from aiohttp_lint.semantics.taint_checks import (
    after_test,
    checked_by,
    known_by_parameters,
    refused_by,
    tested_by,
    without_text,
)
from aiohttp_lint.semantics.taint_data import ROOTS, Form
from aiohttp_lint.semantics.taint_labels import (
    ANY,
    NONE,
    UNKNOWN_TEXT,
    Label,
    Labels,
    State,
    Step,
    composed,
    in_order,
    put_inside,
    taken,
    union,
)
from aiohttp_lint.semantics.taint_values import Values, bound

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.graph import Graph

_MAXIMUM_ROUNDS = 8
_MAXIMUM_CHAIN = 12
_MAXIMUM_HITS = 24
_MAXIMUM_EDGES = 20_000
_PUTTING = frozenset({"append", "add", "extend", "insert", "update", "appendleft", "put_nowait"})


@dataclass(frozen=True, slots=True)
class Hit:
    """A sink that a label reaches, through the calls that lead to it from the function at hand."""

    sink: Sink
    label: Label
    calls: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What a function does with what it is given."""

    result: Labels = NONE
    hits: tuple[Hit, ...] = ()
    tested: frozenset[str] = frozenset()
    """The parameters that it checks: it does not return for every value of theirs."""


_NOTHING = Summary()


class Question:
    """One question for a function's flows: the summaries that it needs, solved together to a fixed point."""

    def __init__(self) -> None:
        self._found: dict[Function, Summary] = {}
        self._before: dict[Function, Summary] = {}
        self._under_way: list[Function] = []
        self._has_cycle = False

    def analysed(self, function: Function) -> Summary:
        """Analyse a function; the summaries of what it calls are settled with it."""
        for _ in range(_MAXIMUM_ROUNDS):
            self._found, self._has_cycle = {}, False
            result = self._analyse(function)
            if not self._has_cycle or self._found == self._before:
                for other, summary in self._found.items():
                    other.owner.taint.settle(other, summary)
                return result
            self._before = dict(self._found)
        return _NOTHING

    def summary(self, function: Function) -> Summary:
        """Give what a called function does; nothing where the chain of calls is too long."""
        known = function.owner.taint.known(function) or self._found.get(function)
        if known is not None:
            return known
        if function in self._under_way:
            self._has_cycle = True
            return self._before.get(function, _NOTHING)
        if len(self._under_way) >= _MAXIMUM_CHAIN:
            return _NOTHING
        result = self._analyse(function)
        self._found[function] = result
        return result

    def tested_at(self, wrapper: Function, call: ast.Call) -> frozenset[str]:
        """Give the data that a wrapper tests before a call of what it wraps."""
        if wrapper in self._under_way or len(self._under_way) >= _MAXIMUM_CHAIN:
            return frozenset()
        self._under_way.append(wrapper)
        try:
            return _Analysis(wrapper, self).tested_at(call)
        finally:
            self._under_way.pop()

    def _analyse(self, function: Function) -> Summary:
        self._under_way.append(function)
        try:
            return _Analysis(function, self).run()
        finally:
            self._under_way.pop()


class _Analysis:
    """The dataflow of one function."""

    def __init__(self, function: Function, question: Question) -> None:
        self._function = function
        self._module = function.owner
        self._question = question

    def run(self) -> Summary:
        graph = self._module.graph(self._function)
        if graph is None:
            return _NOTHING
        states = self._solved(graph)
        if states is None:
            return _NOTHING
        hits: dict[Hit, None] = {}
        result: Labels = NONE
        for node, state in states.items():
            values = self._values(state)
            for hit in self._hits(node, values):
                if len(hits) < _MAXIMUM_HITS:
                    hits[hit] = None
            returned = _returned(node)
            if returned is not None:
                result = union((result, values.labels(returned)))
        return Summary(result, tuple(hits), self._tested(graph, states))

    def _tested(self, graph: Graph, states: dict[Node, State]) -> frozenset[str]:
        state = states.get(graph.exit)
        if state is None or not any(edge.source in states for edge in graph.predecessors(graph.raises)):
            return frozenset()
        names = {parameter.arg for parameter in self._function.parameters}
        raises = any(isinstance(node.ast, ast.Raise | ast.Assert) for node in states)
        return frozenset(name for name in names if f"<{name}>" in state.tested) if raises else frozenset()

    def _values(self, state: State) -> Values:
        return Values(self._module, state, self._question.summary)

    def _initial(self) -> State:
        names: dict[str, Labels] = {}
        parameters = self._function.parameters
        if self._function.class_scope is not None and self._function.positional:
            parameters = [item for item in parameters if item is not self._function.positional[0]]
        for parameter in parameters:
            bindings = self._function.scope.bindings.get(parameter.arg, ())
            types = [self._module.inference.type_of_binding(binding) for binding in bindings[:1]]
            # What is proven to be a request is one; what is a number can't hold text.
            if not any(known.is_only(*ROOTS, "builtins.int", "builtins.bool") for known in types):
                names[parameter.arg] = frozenset(
                    {Label(f"<{parameter.arg}>", Form.PARAMETER, parameter=parameter.arg)}
                )
        return State(names, self._tested_before())

    def _tested_before(self) -> frozenset[str]:
        """Give what the wrappers of the project's own decorators test before they run the function."""
        found: set[str] = set()
        for wrapper, call in runs_by_wrappers(self._function):
            found |= known_by_parameters(self._function, call, self._question.tested_at(wrapper, call))
        return frozenset(found)

    def tested_at(self, call: ast.Call) -> frozenset[str]:
        """Give the data that is tested wherever a call is reached."""
        graph = self._module.graph(self._function)
        states = None if graph is None else self._solved(graph)
        found = [state.tested for node, state in (states or {}).items() if call in running_nodes(node.ast)]
        return frozenset.intersection(*found) if found else frozenset()

    def _solved(self, graph: Graph) -> dict[Node, State] | None:
        return solve(graph, self._initial(), self._transfer, State.join, limit=_MAXIMUM_EDGES)

    # Steps.

    def _transfer(self, node: Node, kind: EdgeKind, state: State) -> State | None:
        if kind is EdgeKind.EXCEPTION or node.kind in (NodeKind.LEAVE, NodeKind.ENTRY):
            return state
        step, values = node.ast, self._values(state)
        for inner in running_nodes(step):
            if isinstance(inner, ast.NamedExpr):
                state = state.bind(inner.target.id, values.labels(inner.value))
        values = values.at(state)
        if node.kind is NodeKind.TEST and isinstance(step, ast.expr):
            state = state.test(tested_by(values, step) | refused_by(values, step))
            for name in without_text(step, kind is EdgeKind.TRUE):
                state = state.bind(name, NONE)
            return state
        if node.kind is NodeKind.SUBJECT and isinstance(step, ast.expr):
            return state.test(values.keys(step))
        if node.kind is NodeKind.STATEMENT and isinstance(step, ast.stmt):
            return self._statement(step, values)
        if not binds_along(node, kind):
            return state
        if node.kind is NodeKind.ITERATE and isinstance(step, ast.For | ast.AsyncFor):
            return bound(values, step.target, taken(values.labels(step.iter), "*"))
        if node.kind is NodeKind.ENTER and isinstance(step, ast.withitem) and step.optional_vars is not None:
            return bound(values, step.optional_vars, NONE)
        if node.kind in (NodeKind.HANDLER, NodeKind.CASE):
            for name in _captured(step):
                state = state.bind(name, NONE)
        return state

    def _statement(self, statement: ast.stmt, values: Values) -> State:
        state = values.state
        refused = refused_by(values, statement)
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                state = _assigned(values.at(state), target, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            state = _assigned(values, statement.target, statement.value)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            name, before = statement.target.id, values.text(statement.target)
            labels = values.added(state.names.get(name, NONE), before, statement.op, statement.value)
            text = UNKNOWN_TEXT
            if isinstance(statement.op, ast.Add):
                text = before.then(values.text(statement.value))
            state = state.bind(name, labels, text)
        elif isinstance(statement, ast.Expr):
            state = self._called(statement.value, values)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            state = state.bind(statement.name, NONE)
        elif isinstance(statement, ast.Delete):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    state = state.bind(target.id, NONE)
        return state.test(refused)

    def _called(self, node: ast.expr, values: Values) -> State:
        state = values.state
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _PUTTING:
            holder = node.func.value
            if isinstance(holder, ast.Name):
                added = [values.labels(argument) for argument in node.args]
                put = [
                    labels if node.func.attr in ("extend", "update") else put_inside(labels, ANY)
                    for labels in added
                ]
                return state.bind(holder.id, union((values.labels(holder), *put))) if any(put) else state
        call = node.value if isinstance(node, ast.Await) else node
        if isinstance(call, ast.Call) and any(True for _ in sinks_of(self._module, call)):
            return state
        return state.test(checked_by(values, node))

    # Sinks.

    def _hits(self, node: Node, values: Values) -> Iterator[Hit]:
        step = node.ast
        if node.kind in (NodeKind.LEAVE, NodeKind.ENTRY, NodeKind.EXIT, NodeKind.RAISES):
            return
        if isinstance(step, ast.Assign):
            for sink in sinks_of_assignment(self._module, step):
                yield from self._reaching(sink, values)
        for call in running_nodes(step):
            if isinstance(call, ast.Call):
                for sink in sinks_of(self._module, call):
                    yield from self._reaching(sink, self._inside(call, step, values))
                function = function_called(values.module, call)
                if function is not None:
                    yield from self._through(call, function, self._inside(call, step, values))

    def _reaching(self, sink: Sink, values: Values) -> Iterator[Hit]:
        for label in in_order(values.labels(sink.value)):
            if label.form is not Form.VERDICT and (label.origin is not None or label.parameter is not None):
                yield Hit(sink, label)

    def _through(self, call: ast.Call, function: Function, values: Values) -> Iterator[Hit]:
        given = arguments(values, call, function)
        if not given:
            return
        step = Step(self._module, call, f"`{self._function.name}` calls `{function.name}`")
        for hit in self._question.summary(function).hits:
            name = hit.label.parameter
            if name is None or len(hit.calls) >= _MAXIMUM_CHAIN:
                continue
            for label in in_order(composed(hit.label, given.get(name, NONE))):
                if label.form is not Form.VERDICT:
                    yield replace(hit, label=label, calls=(step, *hit.calls))

    def _inside(self, node: ast.AST, step: ast.AST, values: Values) -> Values:
        """Ask at a node inside of a step, where conditions of the same expression hold already."""
        around: list[tuple[ast.AST, ast.AST]] = []
        came_from = node
        for ancestor in self._module.ancestors(node):
            if came_from is step:
                break
            around.append((ancestor, came_from))
            came_from = ancestor
        for ancestor, child in reversed(around):
            if isinstance(ancestor, ast.IfExp) and child is not ancestor.test:
                values = values.at(after_test(values, ancestor.test))
            elif isinstance(ancestor, ast.BoolOp):
                for value in ancestor.values:
                    if value is child:
                        break
                    values = values.at(after_test(values, value))
            elif isinstance(ancestor, COMPREHENSIONS) and not isinstance(child, ast.comprehension):
                values = values.inside_comprehension(ancestor.generators)
        return values


def _assigned(values: Values, target: ast.expr, value: ast.expr) -> State:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        if len(target.elts) == len(value.elts):
            given = [values.labels(item) for item in value.elts]
            state = values.state
            for item, labels in zip(target.elts, given, strict=True):
                state = bound(values.at(state), item, labels)
            return state
    return bound(values, target, values.labels(value), values.text(value))


def _returned(node: Node) -> ast.expr | None:
    if node.kind is not NodeKind.STATEMENT:
        return None
    if isinstance(node.ast, ast.Return):
        return node.ast.value
    return node.ast if isinstance(node.ast, ast.expr) else None


def _captured(step: ast.AST) -> Iterator[str]:
    if isinstance(step, ast.ExceptHandler):
        if step.name is not None:
            yield step.name
        return
    if isinstance(step, ast.match_case):
        for node in ast.walk(step.pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                yield name
