"""Control-flow graphs against what Python does: real runs of random programs, and the standard library."""

from __future__ import annotations

import ast
import sys
import sysconfig
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiohttp_lint.semantics.flow import EdgeKind, Graph, Node, NodeKind, Policy, build_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A run is followed edge by edge: each call in a program tells its number and what it decided, which names the
# edges that the graph may take from the node of that call.
Event = tuple[str, frozenset[EdgeKind]]

COMPLETED = frozenset(EdgeKind) - {EdgeKind.EXCEPTION}
RAISED = frozenset({EdgeKind.EXCEPTION})


class FailureError(Exception):
    """What the programs raise."""


class OtherError(Exception):
    """What the programs don't raise."""


class Run:
    """The functions that a program calls; each does what the next of the decisions says."""

    def __init__(self, decisions: list[int]) -> None:
        self.decisions = iter(decisions)
        self.events: list[Event] = []

    def decide(self, options: int) -> int:
        return next(self.decisions, 0) % options

    def tell(self, step: str, ways: frozenset[EdgeKind] | EdgeKind) -> None:
        self.events.append((step, frozenset({ways}) if isinstance(ways, EdgeKind) else ways))

    def fail_perhaps(self, step: str) -> None:
        if self.decide(4) == 1:
            self.tell(step, RAISED)
            raise FailureError

    def step(self, number: int) -> None:
        self.fail_perhaps(f"{number}")
        self.tell(f"{number}", COMPLETED)

    def test(self, number: int) -> bool:
        self.fail_perhaps(f"{number}")
        outcome = self.decide(2) == 1
        self.tell(f"{number}", EdgeKind.TRUE if outcome else EdgeKind.FALSE)
        return outcome

    def fail(self, number: int) -> FailureError:
        self.tell(f"{number}", RAISED)
        return FailureError()

    def items(self, number: int) -> Iterator[int]:
        self.step(number)
        return self.iterate(number)

    def iterate(self, number: int) -> Iterator[int]:
        while True:
            self.fail_perhaps(f"iterate {number}")
            if self.decide(2) == 0:
                self.tell(f"iterate {number}", EdgeKind.EXHAUSTED)
                return
            self.tell(f"iterate {number}", EdgeKind.ITEM)
            yield number

    def handled(self, number: int) -> type[Exception]:
        if self.decide(2) == 1:
            self.tell(f"{number}", EdgeKind.TRUE)
            return FailureError
        self.tell(f"{number}", EdgeKind.FALSE)
        return OtherError

    def subject(self, number: int) -> int:
        self.step(number)
        return self.decide(3)

    def manager(self, number: int) -> Manager:
        return Manager(self, number, swallows=False)

    def swallower(self, number: int) -> Manager:
        return Manager(self, number, swallows=True)


class Manager:
    def __init__(self, run: Run, number: int, *, swallows: bool) -> None:
        self.run = run
        self.number = number
        self.swallows = swallows

    def __enter__(self) -> None:
        self.run.step(self.number)

    def __exit__(self, kind: object, *_: object) -> bool:
        step = f"{'leave' if kind is None else 'leave by exception'} {self.number}"
        self.run.fail_perhaps(step)
        if kind is None:
            self.run.tell(step, COMPLETED)
            return False
        swallow = self.swallows and self.run.decide(2) == 1
        self.run.tell(step, EdgeKind.NEXT if swallow else EdgeKind.PROPAGATE)
        return swallow


Lines = list[str]


def indented(lines: Lines) -> Lines:
    return ["    " + line for line in lines]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Draw the body of a function."""
    numbers = iter(range(1_000))

    def call(function: str) -> str:
        return f"run.{function}({next(numbers)})"

    def block(depth: int, in_loop: bool, in_handler: bool) -> Lines:
        lines: Lines = []
        for _ in range(draw(st.integers(1, 3))):
            lines += statement(depth, in_loop, in_handler)
        return lines

    def clause(head: str, depth: int, in_loop: bool, in_handler: bool) -> Lines:
        return [head, *indented(block(depth - 1, in_loop, in_handler))]

    def handlers(depth: int, in_loop: bool) -> Lines:
        lines: Lines = []
        for _ in range(draw(st.integers(1, 2))):
            lines += clause(f"except {call('handled')}:", depth, in_loop, True)
        if draw(st.booleans()):
            lines += clause("except:", depth, in_loop, True)
        return lines

    def statement(depth: int, in_loop: bool, in_handler: bool) -> Lines:
        simple = ["step", "return", "raise", "pass"]
        simple += ["break", "continue"] * in_loop + ["reraise"] * in_handler
        compound = ["if", "while", "for", "with", "try", "finally", "match"]
        kind = draw(st.sampled_from(simple + compound * 2 if depth > 0 else simple))
        surroundings = (depth, in_loop, in_handler)
        if kind == "step":
            return [call("step")]
        if kind == "return":
            return [f"return {call('step')}" if draw(st.booleans()) else "return"]
        if kind == "raise":
            return [f"raise {call('fail')}"]
        if kind == "reraise":
            return ["raise"]
        if kind == "if":
            lines = clause(f"if {call('test')}:", *surroundings)
            if draw(st.booleans()):
                lines += clause(f"elif {call('test')}:", *surroundings)
            return lines + (clause("else:", *surroundings) if draw(st.booleans()) else [])
        if kind in {"while", "for"}:
            head = f"while {call('test')}:" if kind == "while" else f"for _ in {call('items')}:"
            lines = clause(head, depth, True, in_handler)
            return lines + (clause("else:", *surroundings) if draw(st.booleans()) else [])
        if kind == "with":
            managers = [
                call(draw(st.sampled_from(["manager", "swallower"]))) for _ in range(draw(st.integers(1, 2)))
            ]
            return clause(f"with {', '.join(managers)}:", *surroundings)
        if kind == "try":
            lines = [*clause("try:", *surroundings), *handlers(depth, in_loop)]
            lines += clause("else:", *surroundings) if draw(st.booleans()) else []
            return lines + (clause("finally:", *surroundings) if draw(st.booleans()) else [])
        if kind == "finally":
            return [*clause("try:", *surroundings), *clause("finally:", *surroundings)]
        if kind == "match":
            # Patterns log nothing: a step at the head of each case tells which one matched.
            heads = ["case 1:", f"case 2 if {call('test')}:", *["case _:"] * draw(st.booleans())]
            lines = [f"match {call('subject')}:"]
            for head in heads:
                first, *rest = clause(head, *surroundings)
                lines += indented([first, f"    {call('step')}", *rest])
            return lines
        return [kind]

    return "\n".join(block(3, False, False)) + "\n"


def step_of(node: Node) -> str | None:
    """Name the event that a node gives rise to, if it calls anything."""
    syntax: Any = node.ast
    if node.kind is NodeKind.ITERATE:
        syntax, prefix = syntax.iter, "iterate "
    elif node.kind is NodeKind.LEAVE:
        syntax, prefix = syntax.context_expr, "leave by exception " if node.exceptional else "leave "
    else:
        prefix = ""
        if node.kind is NodeKind.ENTER:
            syntax = syntax.context_expr
        elif node.kind is NodeKind.HANDLER:
            syntax = syntax.type
        elif node.kind is NodeKind.CASE:
            syntax = syntax.pattern
    numbers = [
        found.args[0].value
        for found in ast.walk(syntax or ast.Pass())
        if isinstance(found, ast.Call) and isinstance(found.args[0], ast.Constant)
    ]
    return f"{prefix}{numbers[0]}" if numbers else None


def follow(graph: Graph, events: list[Event]) -> set[Node]:
    """Follow a run through the graph: give the ends that it may have come to."""
    position = {graph.entry}
    for step, ways in [*events, ("the end", frozenset())]:
        waiting, position = position, set()
        seen: set[Node] = set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            told = step_of(node)
            if told == step:
                position |= {edge.target for edge in graph.successors(node) if edge.kind in ways}
            elif told is None:
                if step == "the end" and not graph.successors(node):
                    position.add(node)
                # Patterns tell nothing; a step without a call can't fail, unless it raises for sure.
                edges = graph.successors(node)
                waiting |= {
                    edge.target for edge in edges if edge.kind is not EdgeKind.EXCEPTION or len(edges) == 1
                }
        assert position, f"the graph has no way to {step}"
    return position


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.lists(st.integers(0, 11), max_size=40))
def test_every_run_is_a_path(program: str, decisions: list[int]) -> None:
    graph = build_graph(
        ast.parse(program).body, policy=Policy(swallows=lambda item: "swallower" in ast.unparse(item))
    )
    assert graph is not None
    run = Run(decisions)
    namespace: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # Python 3.14 warns of jumps out of finally.
        exec("def function(run):\n" + "\n".join(indented(program.splitlines())), namespace)
    try:
        namespace["function"](run)
    except FailureError:
        end = graph.raises
    else:
        end = graph.exit
    assert follow(graph, run.events) == {end}
    check(graph)


def check(graph: Graph) -> None:
    """Check what holds of every graph."""
    assert [node.index for node in graph.nodes] == list(range(len(graph.nodes)))
    reachable = graph.reachable()
    assert graph.entry in reachable
    for node in graph.nodes:
        edges = graph.successors(node)
        kinds = [edge.kind for edge in edges]
        assert len(kinds) == len(set(kinds))
        assert all(edge.source is node for edge in edges)
        assert all(edge in graph.predecessors(edge.target) for edge in edges)
        assert (not edges) == (node in {graph.exit, graph.raises})
        assert node.may_raise == (EdgeKind.EXCEPTION in kinds)
        if node in reachable:
            assert all(edge.target in reachable for edge in edges)
            assert node is graph.entry or any(edge.source in reachable for edge in graph.predecessors(node))
            assert graph.dominates(graph.entry, node)
        for edge in edges:
            if edge.target.index <= node.index:
                assert edge.target.kind in {NodeKind.TEST, NodeKind.ITERATE}
                assert node not in reachable or graph.dominates(edge.target, node)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_dominators_are_what_no_path_avoids(program: str) -> None:
    graph = build_graph(ast.parse(program).body)
    assert graph is not None
    for node in graph.reachable() - {graph.entry}:
        dominators = {other for other in graph.reachable() if graph.dominates(other, node)}
        unavoidable = {
            other
            for other in graph.reachable() - {graph.entry, node}
            if graph.paths_avoiding(graph.entry, is_node(other), {node}) is None
        }
        assert dominators == unavoidable | {graph.entry, node}


def is_node(wanted: Node) -> Callable[[Node], bool]:
    return lambda node: node is wanted


@cache
def standard_library() -> list[Path]:
    root = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)
    return files[:: max(1, len(files) // 300)]


@pytest.mark.parametrize("part", range(4))
def test_standard_library(part: int) -> None:
    unknown = checked = 0
    for path in standard_library()[part::4]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        bodies = [tree.body] + [
            node.body
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        ]
        for body in bodies:
            graph = build_graph(body)
            checked += 1
            if graph is None:
                unknown += 1
            else:
                check(graph)
    assert checked > 500
    assert unknown * 1_000 <= checked, f"of {checked} bodies, {unknown} are unknown on {sys.version}"
