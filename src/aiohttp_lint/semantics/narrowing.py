"""What tests prove of a name on the way to its use: `isinstance`, `None`, truth, patterns, type guards."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.dataflow import binds_along, solve
from aiohttp_lint.semantics.graph import EdgeKind, Graph, Node, NodeKind
from aiohttp_lint.semantics.reaching import binding_syntax
from aiohttp_lint.semantics.scopes import Binding, BindingKind, Scope, ScopeKind
from aiohttp_lint.semantics.syntax import COMPREHENSIONS, is_none
from aiohttp_lint.semantics.types import (
    NONE,
    NONE_VALUE,
    NOTHING,
    UNKNOWN,
    FunctionObject,
    Instance,
    Member,
    Types,
    is_instance_of,
    union,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.inference import Inference

_GUARDS = frozenset(
    f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("TypeGuard", "TypeIs")
)
_ONE_WAY_GUARDS = frozenset({"typing.TypeGuard", "typing_extensions.TypeGuard"})
_MAXIMUM_STATES = 24
_FRAMES = (ScopeKind.FUNCTION, ScopeKind.MODULE)


@dataclass(frozen=True, slots=True)
class Fact:
    """What one test says of a name: that it is None or of a class, or that it is not.

    `classes` are the expressions that name the classes; none of them: the test is for `None`.
    """

    name: str
    classes: tuple[ast.expr, ...]
    holds: bool
    guard: ast.expr | None = None
    """The declared result of a type guard, in the file of `guarded_by`."""
    guarded_by: FunctionObject | None = None


_State = frozenset[tuple[ast.AST | None, frozenset[Fact]]]
"""What can have bound a name (None: nothing in this frame), each with what was proven since."""


class Narrowing:
    """What a file's tests prove; each name of a scope is settled when it is first asked for."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._module = inference.module
        self._tested: dict[Scope, dict[str, bool]] = {}
        self._solved: dict[tuple[Scope, str], dict[Node, _State] | None] = {}
        self._facts: dict[tuple[ast.AST, bool], tuple[Fact, ...]] = {}

    def of_name(self, node: ast.Name, bindings: list[Binding]) -> Types:
        """Give the types of a name at a use.

        Args:
            node: The use.
            bindings: The bindings that can be in force there.

        Returns:
            What the bindings give, less what the tests on the way rule out.
        """
        scope = self._module.scope_at(node)
        frame = scope.function
        plain = union(map(self._inference.type_of_binding, bindings))
        of_class = self._tested_names(frame).get(node.id)
        if of_class is None or (not of_class and NONE_VALUE not in plain.members):
            return plain
        types = plain
        if frame.kind in _FRAMES and scope.binding_scope(node.id) in _frames_around(frame):
            types = self._along_paths(node, frame, plain)
        for fact in self._facts_around(node):
            types = self.applied(fact, types)
        # Where tests leave nothing, what the bindings say is not what comes here.
        return UNKNOWN if types == NOTHING != plain else types

    def captured(self, pattern: ast.AST) -> Types | None:
        """Give what the capture of a whole `case` has; None for a capture in the inside of a pattern."""
        case = self._module.parent(pattern)
        match = self._module.parent(case) if case is not None else None
        if not isinstance(case, ast.match_case) or not isinstance(match, ast.Match):
            return None
        types = self._inference.type_of(match.subject)
        for earlier in match.cases:
            if earlier is case:
                break
            if earlier.guard is None:
                for fact in _pattern_facts(earlier.pattern, "", False):
                    types = self.applied(fact, types)
        for fact in _pattern_facts(case.pattern, "", True):
            types = self.applied(fact, types)
        return types

    def applied(self, fact: Fact, types: Types) -> Types:
        """Give what remains of the types where a fact is known."""
        if not fact.classes and fact.guard is None:
            return NONE if fact.holds else types.without_none()
        tested = self._tested_classes(fact)
        if tested.is_open or not tested.members:
            return types
        names = tuple(member.name for member in tested.members if isinstance(member, Instance))
        if not fact.holds:
            kept = frozenset(member for member in types.members if not _is_one_of(member, tested, names))
            return Types(kept, types.is_open)
        fitting = {member for member in types.members if _is_one_of(member, tested, names)}
        for member in types.members - fitting:
            if isinstance(member, Instance):
                # A class that derives from what the value was known to be.
                alone = Types(frozenset({member}))
                fitting |= {part for part in tested.members if _is_one_of(part, alone, (member.name,))}
        if fitting and not types.is_open:
            return Types(frozenset(fitting))
        return tested if types.is_open or _is_in_sight(tested) else types

    def _tested_classes(self, fact: Fact) -> Types:
        if fact.guard is not None and fact.guarded_by is not None:
            return fact.guarded_by.function.owner.inference.annotated(fact.guard)
        return union(map(self._inference.instances_of, fact.classes))

    # Which names are tested at all.

    def _tested_names(self, frame: Scope) -> dict[str, bool]:
        """Give the names that a frame tests, and whether any of the tests is for a class."""
        known = self._tested.get(frame)
        if known is None:
            known = self._tested[frame] = {}
            facts: list[Fact] = []
            for node in frame.all_nodes(ast.If, ast.While, ast.IfExp, ast.Assert, ast.Match):
                if isinstance(node, ast.Match):
                    if isinstance(node.subject, ast.Name):
                        for case in node.cases:
                            facts += _pattern_facts(case.pattern, node.subject.id, True)
                            if case.guard is not None:
                                facts += self._of_test(case.guard, True)
                else:
                    test: ast.expr = node.test  # type: ignore[attr-defined]
                    facts += (*self._of_test(test, True), *self._of_test(test, False))
            for expression in frame.all_nodes(*COMPREHENSIONS):
                for clause in expression.generators:  # type: ignore[attr-defined]
                    for condition in clause.ifs:
                        facts += self._of_test(condition, True)
            for node in frame.all_nodes(ast.Return, ast.Assign, ast.AnnAssign, ast.Expr):
                value = getattr(node, "value", None)
                if isinstance(value, ast.BoolOp):
                    for part in value.values:
                        facts += (*self._of_test(part, True), *self._of_test(part, False))
            for fact in facts:
                known[fact.name] = known.get(fact.name, False) or bool(fact.classes or fact.guard)
        return known

    # Tests.

    def _of_test(self, test: ast.expr, holds: bool) -> tuple[Fact, ...]:
        """Give what is known of names where a test holds, or where it fails."""
        key = (test, holds)
        if key not in self._facts:
            self._facts[key] = ()
            self._facts[key] = tuple(self._read(test, holds))
        return self._facts[key]

    def _read(self, test: ast.expr, holds: bool) -> list[Fact]:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return [*self._of_test(test.operand, not holds)]
        if isinstance(test, ast.BoolOp):
            if isinstance(test.op, ast.And) is not holds:
                return []
            return [fact for value in test.values for fact in self._of_test(value, holds)]
        if isinstance(test, ast.Compare):
            return self._read_comparison(test, holds)
        if isinstance(test, ast.Call):
            return self._read_call(test, holds)
        name = _named(test)
        # What is false is None, or anything that is empty.
        return [Fact(name, (), False)] if name is not None and holds else []

    def _read_comparison(self, test: ast.Compare, holds: bool) -> list[Fact]:
        name = _named(test.left)
        if name is None or len(test.ops) != 1 or not is_none(test.comparators[0]):
            return []
        if isinstance(test.ops[0], ast.Is | ast.Eq):
            return [Fact(name, (), holds)]
        return [Fact(name, (), not holds)] if isinstance(test.ops[0], ast.IsNot | ast.NotEq) else []

    def _read_call(self, test: ast.Call, holds: bool) -> list[Fact]:
        if not test.args or test.keywords:
            return []
        name = _named(test.args[0])
        if name is None:
            return []
        called = self._module.qualified_name(test.func)
        if called == "builtins.isinstance":
            return [Fact(name, _alternatives(test.args[1]), holds)] if len(test.args) == 2 else []
        if (called is not None and called.startswith("builtins.")) or not self._is_defined(test.func):
            return []
        callee = self._inference.type_of(test.func)
        (member,) = callee.members if len(callee.members) == 1 and not callee.is_open else (None,)
        returns = (
            getattr(member.function.node, "returns", None) if isinstance(member, FunctionObject) else None
        )
        if not isinstance(member, FunctionObject) or not isinstance(returns, ast.Subscript):
            return []
        kind = member.function.owner.qualified_name(returns.value)
        if kind not in _GUARDS or (kind in _ONE_WAY_GUARDS and not holds):
            return []
        return [Fact(name, (), holds, returns.slice, member)]

    def _is_defined(self, node: ast.expr) -> bool:
        """Tell whether a plain name is a function's, of this file or an imported one."""
        bindings = self._module.scope_at(node).lookup(node.id) if isinstance(node, ast.Name) else []
        return len(bindings) == 1 and bindings[0].kind in (BindingKind.FUNCTION, BindingKind.IMPORT)

    # In an expression.

    def _facts_around(self, node: ast.Name) -> list[Fact]:
        """Give what the conditions around a use, in its own statement, prove of it."""
        found: list[Fact] = []
        came_from: ast.AST = node
        for ancestor in self._module.ancestors(node):
            if isinstance(ancestor, ast.stmt | ast.Lambda):
                break
            if isinstance(ancestor, ast.IfExp) and came_from is not ancestor.test:
                found += self._of_test(ancestor.test, came_from is ancestor.body)
            elif isinstance(ancestor, ast.BoolOp):
                for value in ancestor.values:
                    if value is came_from:
                        break
                    found += self._of_test(value, isinstance(ancestor.op, ast.And))
            elif isinstance(ancestor, COMPREHENSIONS) and not isinstance(came_from, ast.comprehension):
                for clause in ancestor.generators:
                    for condition in clause.ifs:
                        found += self._of_test(condition, True)
            came_from = ancestor
        return [fact for fact in found if fact.name == node.id]

    # Along the paths.

    def _along_paths(self, node: ast.Name, frame: Scope, plain: Types) -> Types:
        graph = self._module.graph_of(frame)
        steps = graph.nodes_evaluating(node) if graph is not None else ()
        if graph is None or not steps:
            return plain
        key = (frame, node.id)
        if key not in self._solved:
            self._solved[key] = self._settle(graph, frame, node.id)
        solved = self._solved[key]
        if solved is None:
            return plain
        home = self._module.scope_at(node).binding_scope(node.id)
        made = self._bindings_made(frame, node.id)
        parts: list[Types] = []
        for step in steps:
            for definition, facts in solved.get(step, ()):
                if definition is not None:
                    bindings = made[definition]
                elif home is frame:
                    bindings = [
                        binding
                        for binding in frame.bindings[node.id]
                        if binding.kind is BindingKind.PARAMETER
                    ]
                else:
                    bindings = home.bindings[node.id] if home is not None else []
                if not bindings:
                    continue
                types = union(map(self._inference.type_of_binding, bindings))
                for fact in sorted(facts, key=_order):
                    types = self.applied(fact, types)
                parts.append(types)
        return union(parts) if parts else plain

    def _may_be_passed_over(self, syntax: ast.AST) -> bool:
        """Tell whether an expression's statement can run without it: behind `and`, `or`, `if`, `for`."""
        came_from = syntax
        for ancestor in self._module.ancestors(syntax):
            if isinstance(ancestor, ast.stmt | ast.match_case):
                break
            first = {ast.BoolOp: "values", ast.IfExp: "test", ast.Compare: "left"}.get(type(ancestor))
            if isinstance(ancestor, COMPREHENSIONS):
                return True
            if first is not None:
                part = getattr(ancestor, first)
                if came_from is not (part[0] if isinstance(part, list) else part):
                    return True
            came_from = ancestor
        return False

    def _bindings_made(self, frame: Scope, name: str) -> dict[ast.AST, list[Binding]]:
        home = frame.binding_scope(name)
        made: dict[ast.AST, list[Binding]] = {}
        for binding in home.bindings.get(name, ()) if home is not None else ():
            if binding.scope.function is frame and binding.kind is not BindingKind.PARAMETER:
                made.setdefault(binding_syntax(self._module, binding), []).append(binding)
        return made

    def _settle(self, graph: Graph, frame: Scope, name: str) -> dict[Node, _State] | None:
        """Find out what each step knows of a name; None where that has no bounds."""
        made = self._bindings_made(frame, name)
        inside: dict[Node, list[ast.AST]] = {}
        for syntax in made:
            if isinstance(syntax, ast.NamedExpr):
                for step in graph.nodes_evaluating(syntax):
                    inside.setdefault(step, []).append(syntax)
        subjects = {
            case: match.subject
            for match in frame.all_nodes(ast.Match)
            if isinstance(match, ast.Match)
            for case in match.cases
        }

        def transfer(node: Node, kind: EdgeKind, state: _State) -> _State | None:
            if node in inside and kind is not EdgeKind.EXCEPTION:
                for syntax in inside[node]:
                    is_passed_over = self._may_be_passed_over(syntax)
                    state = (state if is_passed_over else frozenset()) | {(syntax, frozenset())}
            elif node.ast in made and binds_along(node, kind):
                state = frozenset({(node.ast, frozenset())})
            facts: tuple[Fact, ...] = ()
            if kind in (EdgeKind.TRUE, EdgeKind.FALSE):
                holds = kind is EdgeKind.TRUE
                if node.kind is NodeKind.TEST and isinstance(node.ast, ast.expr):
                    facts = self._of_test(node.ast, holds)
                elif node.kind is NodeKind.CASE and isinstance(node.ast, ast.match_case):
                    subject = _named(subjects[node.ast])
                    facts = tuple(_pattern_facts(node.ast.pattern, subject or "", holds))
            added = frozenset(fact for fact in facts if fact.name == name)
            if not added:
                return state
            return frozenset((definition, known | added) for definition, known in state)

        start: _State = frozenset({(None, frozenset())})
        too_many = False

        def join(left: _State, right: _State) -> _State:
            nonlocal too_many
            joined = _merged(left | right)
            if len(joined) > _MAXIMUM_STATES:
                too_many = True
                joined = frozenset((definition, frozenset()) for definition, _ in joined)
            return joined

        states = solve(graph, start, transfer, join)
        return None if too_many else states


def _order(fact: Fact) -> tuple[bool, int, int]:
    """Sort what is ruled out before what holds, then by place: the outcome must not change from run to run."""
    first = fact.classes[0] if fact.classes else fact.guard
    return (fact.holds, getattr(first, "lineno", 0), getattr(first, "col_offset", 0))


def _frames_around(frame: Scope) -> list[Scope]:
    """Give a frame and the scopes around it whose names its code can use."""
    found: list[Scope] = []
    scope: Scope | None = frame
    while scope is not None:
        found.append(scope)
        scope = scope.parent
    return found


def _named(node: ast.expr) -> str | None:
    """Give the name that an expression is, or assigns on the spot."""
    if isinstance(node, ast.NamedExpr):
        node = node.target
    return node.id if isinstance(node, ast.Name) else None


def _alternatives(node: ast.expr) -> tuple[ast.expr, ...]:
    """Give the classes of the second argument of `isinstance`: one, a tuple, or `A | B`."""
    if isinstance(node, ast.Tuple):
        return tuple(part for item in node.elts for part in _alternatives(item))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return (*_alternatives(node.left), *_alternatives(node.right))
    return (node,)


def _pattern_facts(pattern: ast.pattern, name: str, holds: bool) -> list[Fact]:
    """Give what is known of the subject where a pattern matches, or where it does not."""
    if isinstance(pattern, ast.MatchAs):
        return [] if pattern.pattern is None else _pattern_facts(pattern.pattern, name, holds)
    if isinstance(pattern, ast.MatchSingleton):
        return [Fact(name, (), holds)] if pattern.value is None else []
    parts = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    classes: list[ast.expr] = []
    for part in parts:
        if not isinstance(part, ast.MatchClass):
            return []
        if not holds and (part.patterns or part.kwd_patterns):
            return []
        classes.append(part.cls)
    return [Fact(name, tuple(classes), holds)]


def _is_in_sight(tested: Types) -> bool:
    """Tell whether all that derives from the classes is known to: they are the project's or aiohttp's."""
    return all(
        isinstance(member, Instance)
        and (member.definition is not None or aiohttp_api.find_class(member.name) is not None)
        for member in tested.members
    )


def _is_one_of(member: Member, tested: Types, names: tuple[str, ...]) -> bool:
    if member in tested.members:
        return True
    if not isinstance(member, Instance):
        return False
    if member.definition is None:
        return is_instance_of(member, names) or f"builtins.{member.name}" in names
    definitions = [part.definition for part in tested.members if isinstance(part, Instance)]
    if any(ancestor in definitions for ancestor in member.definition.lineage()):
        return True
    outside = tuple(
        part.name for part in tested.members if isinstance(part, Instance) and part.definition is None
    )
    return any(base in outside for base in member.definition.outside_bases)


def _merged(state: _State) -> _State:
    """Leave out what a weaker alternative covers, and tests that came out either way."""
    current = set(state)
    changed = True
    while changed:
        changed = False
        for definition, facts in list(current):
            if (definition, facts) not in current:
                continue
            for fact in facts:
                opposite = Fact(fact.name, fact.classes, not fact.holds, fact.guard, fact.guarded_by)
                other = (definition, (facts - {fact}) | {opposite})
                if other in current:
                    current -= {other, (definition, facts)}
                    current.add((definition, facts - {fact}))
                    changed = True
                    break
        for definition, facts in list(current):
            if any(other == definition and weaker < facts for other, weaker in current):
                current.discard((definition, facts))
                changed = True
    return frozenset(current)
