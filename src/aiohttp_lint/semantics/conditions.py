"""Conditions that go together along a path: `own = session is None` and `if own:` later, the same flag asked twice."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.dataflow import binds_along
from aiohttp_lint.semantics.graph import Edge, EdgeKind, Graph, Node, NodeKind
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import is_none

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Scope

Facts: TypeAlias = frozenset[tuple[str, bool]]
"""What is known on a path: plain conditions, each with its outcome."""

_NOTHING: Facts = frozenset()
_MAXIMUM_CONDITIONS = 10
_MAXIMUM_STATES = 20_000
_FOLLOWED = frozenset(
    {BindingKind.PARAMETER, BindingKind.ASSIGNMENT, BindingKind.UNPACKING, BindingKind.AUGMENTED,
     BindingKind.DECLARATION, BindingKind.LOOP, BindingKind.WITH, BindingKind.EXCEPT, BindingKind.DELETION}
)  # fmt: skip


class Conditions:
    """The conditions of a function that more than one place sets or asks, and what holds of them on its paths.

    A condition is a local name, whose truth and whose being there count as one, or its comparison with a constant.
    """

    def __init__(self, module: Module, scope: Scope, graph: Graph) -> None:
        self._module = module
        self._scope = scope
        self._graph = graph
        self._tracked = self._find_tracked()
        self._bound: dict[ast.AST, list[str]] = {}
        for name in {key.partition(" ")[0] for key in self._tracked}:
            for binding in scope.bindings.get(name, ()):
                if binding.kind is not BindingKind.PARAMETER:
                    self._bound.setdefault(binding.node, []).append(name)
        self._known: dict[Node, set[Facts]] | None = None

    def search(
        self,
        start: Node,
        acquisition: ast.AST,
        avoid: Callable[[Node], bool],
        goals: Collection[Node],
        follow: Callable[[Edge, bool], bool],
    ) -> Node | None:
        """Look for a path from a node to a goal that passes nothing to avoid and on which the conditions agree.

        Args:
            start: Where the path begins.
            acquisition: The expression in `start` from which on it counts.
            avoid: The nodes that the path must not enter.
            goals: The nodes looked for.
            follow: The edges that the path may take; it is told whether the path decides the test that it leaves.

        Returns:
            A goal that is reached; None where no path leads there, or where there are too many to settle.
        """
        return next((node for node, _ in self.walk(start, acquisition, avoid, follow) if node in goals), None)

    def walk(
        self,
        start: Node,
        acquisition: ast.AST,
        avoid: Callable[[Node], bool],
        follow: Callable[[Edge, bool], bool],
    ) -> Iterator[tuple[Node, Node | None]]:
        """Give the nodes on the paths that `search` looks at, nearest first, each with what raised on the way first."""
        states: list[tuple[Node, Facts, Node | None]] = [
            (start, facts, None) for facts in self._at(start, acquisition)
        ]
        seen: set[tuple[Node, Facts]] = set()
        for node, facts, failed in states:
            is_decided = bool(self._tracked) and node.kind is NodeKind.TEST and self._decide(node.ast, facts)
            for edge, after in self._leaving(node, facts):
                target = edge.target
                if (target, after) in seen or not follow(edge, is_decided):
                    continue
                seen.add((target, after))
                if len(seen) > _MAXIMUM_STATES:
                    return
                if avoid(target):
                    continue
                cause = node if edge.kind is EdgeKind.EXCEPTION and failed is None else failed
                yield target, cause
                states.append((target, after, cause))

    # Which conditions matter.

    def _find_tracked(self) -> frozenset[str]:
        asked: Counter[str] = Counter()
        for syntax in {node.ast for node in self._graph.nodes if node.kind is NodeKind.TEST}:
            asked.update(set(_conditions_in(syntax)))
        set_from: dict[str, set[str]] = {}
        for statement in self._scope.all_nodes(ast.Assign, ast.AnnAssign):
            for name, value in _assignments(statement):
                sources = set(_conditions_in(value))
                if sources or isinstance(value, ast.Constant):
                    set_from.setdefault(name, set()).update(sources)
        tracked = {key for key, count in asked.items() if count > 1 or key in set_from}
        tracked.update(source for key in list(tracked) for source in set_from.get(key, ()))
        tracked = {key for key in tracked if self._is_followed(key.partition(" ")[0])}
        return frozenset(tracked) if len(tracked) <= _MAXIMUM_CONDITIONS else _NO_CONDITIONS

    def _is_followed(self, name: str) -> bool:
        bindings = self._scope.bindings.get(name, [])
        return (
            bool(bindings)
            and name not in self._scope.global_names
            and name not in self._scope.nonlocal_names
            and all(
                binding.scope is self._scope
                and binding.kind in _FOLLOWED
                and not isinstance(binding.node, ast.NamedExpr)
                for binding in bindings
            )
        )

    # What holds where.

    def _at(self, start: Node, acquisition: ast.AST) -> list[Facts]:
        """Give what may hold when an expression is evaluated in a node."""
        if not self._tracked:
            return [_NOTHING]
        if self._known is None:
            self._known = self._explore()
        found = self._known.get(start, set())
        came_from = acquisition
        for ancestor in self._module.ancestors(acquisition):
            if isinstance(ancestor, ast.stmt | ast.withitem):
                break
            if isinstance(ancestor, ast.BoolOp):
                before = ancestor.values[: ancestor.values.index(came_from)]  # type: ignore[arg-type]
                outcome = isinstance(ancestor.op, ast.And)
                for value in before:
                    found = {after for facts in found for after in self._assume(value, outcome, facts)}
            elif isinstance(ancestor, ast.IfExp) and came_from is not ancestor.test:
                outcome = came_from is ancestor.body
                found = {after for facts in found for after in self._assume(ancestor.test, outcome, facts)}
            came_from = ancestor
        return sorted(found, key=sorted)

    def _explore(self) -> dict[Node, set[Facts]]:
        states: dict[Node, set[Facts]] = {self._graph.entry: {_NOTHING}}
        waiting = [(self._graph.entry, _NOTHING)]
        count = 0
        while waiting:
            node, facts = waiting.pop()
            for edge, after in self._leaving(node, facts):
                known = states.setdefault(edge.target, set())
                if after not in known:
                    known.add(after)
                    count += 1
                    if count > _MAXIMUM_STATES:
                        # Too much to settle: no path is known.
                        return {}
                    waiting.append((edge.target, after))
        return states

    def _leaving(self, node: Node, facts: Facts) -> Iterator[tuple[Edge, Facts]]:
        for edge in node.edges:
            if not self._tracked:
                yield edge, facts
            elif node.kind is NodeKind.TEST and edge.kind in (EdgeKind.TRUE, EdgeKind.FALSE):
                for after in self._assume(node.ast, edge.kind is EdgeKind.TRUE, facts):
                    yield edge, after
            elif node.ast in self._bound and binds_along(node, edge.kind):
                for after in self._bind(node.ast, facts):
                    yield edge, after
            else:
                yield edge, facts

    def _bind(self, syntax: ast.AST, facts: Facts) -> Iterator[Facts]:
        bound = self._bound[syntax]
        kept = frozenset(fact for fact in facts if fact[0].partition(" ")[0] not in bound)
        results = {(kept, facts)}
        for name, value in _assignments(syntax):
            if name not in self._tracked:
                continue
            following: set[tuple[Facts, Facts]] = set()
            for after, before in results:
                for outcome in (True, False):
                    if isinstance(value, ast.Constant):
                        assumed = [before] if bool(value.value) is outcome else []
                    elif any(key in self._tracked for key in _conditions_in(value)):
                        assumed = list(self._assume(value, outcome, before))
                    else:
                        following.add((after, before))
                        continue
                    for facts_before in assumed:
                        learned = {fact for fact in facts_before if fact[0].partition(" ")[0] not in bound}
                        following.add((after | learned | {(name, outcome)}, facts_before))
            results = following
        yield from {after for after, _ in results}

    def _decide(self, test: ast.AST, facts: Facts) -> bool:
        """Tell whether a test can have one outcome only."""
        return any(next(self._assume(test, outcome, facts), None) is None for outcome in (True, False))

    def _assume(self, test: ast.AST, outcome: bool, facts: Facts) -> Iterator[Facts]:
        """Give what is known when a test has an outcome; nothing where it can't have it."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yield from self._assume(test.operand, not outcome, facts)
        elif isinstance(test, ast.BoolOp):
            if isinstance(test.op, ast.And) is outcome:
                states = {facts}
                for value in test.values:
                    states = {after for state in states for after in self._assume(value, outcome, state)}
                yield from states
            else:
                states = {facts}
                for value in test.values:
                    yield from {after for state in states for after in self._assume(value, outcome, state)}
                    states = {after for state in states for after in self._assume(value, not outcome, state)}
        elif isinstance(test, ast.Constant):
            if bool(test.value) is outcome:
                yield facts
        else:
            condition = _condition(test)
            if condition is None or condition[0] not in self._tracked:
                yield facts
                return
            key, holds = condition
            fact = (key, holds is outcome)
            if (key, holds is not outcome) not in facts:
                yield facts | {fact}


_NO_CONDITIONS: frozenset[str] = frozenset()


def _condition(test: ast.AST) -> tuple[str, bool] | None:
    """Give the plain condition that a test is: its text, and the outcome that the test has where it holds."""
    if isinstance(test, ast.Name):
        return test.id, True
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.left, ast.Name):
        return None
    operator, other = test.ops[0], test.comparators[0]
    if is_none(other):
        return test.left.id, isinstance(operator, ast.IsNot | ast.NotEq)
    if isinstance(other, ast.Constant) and isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
        return f"{test.left.id} == {other.value!r}", isinstance(operator, ast.Eq | ast.Is)
    return None


def _conditions_in(test: ast.AST) -> Iterator[str]:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _conditions_in(test.operand)
    elif isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _conditions_in(value)
    else:
        condition = _condition(test)
        if condition is not None:
            yield condition[0]


def _assignments(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Give the names that a statement assigns, each with its value: `a = x`, `a, b = x, y`."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        pairs = [(statement.target, statement.value)]
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            value = statement.value
            if (
                isinstance(target, ast.Tuple)
                and isinstance(value, ast.Tuple)
                and len(target.elts) == len(value.elts)
            ):
                pairs.extend(zip(target.elts, value.elts, strict=True))
            else:
                pairs.append((target, value))
    for target, value in pairs:
        if isinstance(target, ast.Name):
            yield target.id, value
