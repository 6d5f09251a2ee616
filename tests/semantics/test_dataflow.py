"""The dataflow engine, and reaching definitions on it."""

from __future__ import annotations

import ast
from textwrap import dedent

from aiohttp_lint.semantics.dataflow import reaching_definitions, solve
from aiohttp_lint.semantics.flow import EdgeKind, Graph, Node, NodeKind, build_graph


def graph_of(source: str) -> Graph:
    graph = build_graph(ast.parse(dedent(source)).body)
    assert graph is not None
    return graph


def statement_on(graph: Graph, line: int) -> Node:
    (node,) = (
        node
        for node in graph.nodes
        if node.kind in {NodeKind.STATEMENT, NodeKind.TEST} and getattr(node.ast, "lineno", 0) == line
    )
    return node


def names_stored(node: Node) -> dict[str, int]:
    """Give the names that a node binds, with their line."""
    syntax: ast.AST | None = node.ast
    if isinstance(syntax, ast.For):
        syntax = syntax.target
    elif isinstance(syntax, ast.withitem):
        syntax = syntax.optional_vars
    elif isinstance(syntax, ast.ExceptHandler):
        return {syntax.name: syntax.lineno} if syntax.name else {}
    elif isinstance(syntax, ast.match_case):
        return {
            found.name: found.lineno
            for found in ast.walk(syntax.pattern)
            if isinstance(found, ast.MatchAs) and found.name
        }
    return {
        found.id: found.lineno
        for found in ast.walk(syntax or ast.Pass())
        if isinstance(found, ast.Name) and not isinstance(found.ctx, ast.Load)
    }


def called(node: Node) -> frozenset[str]:
    return frozenset(
        found.func.id
        for found in ast.walk(node.ast)
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Name)
    )


def test_facts_join_where_paths_meet() -> None:
    source = """\
    if a():
        b()
    else:
        c()
    d()
    """

    def add_calls(node: Node, kind: EdgeKind, state: frozenset[str]) -> frozenset[str]:
        return state if kind is EdgeKind.EXCEPTION else state | called(node)

    graph = graph_of(source)
    may = solve(graph, frozenset(), add_calls, frozenset.union)
    must = solve(graph, frozenset(), add_calls, frozenset.intersection)
    assert may is not None
    assert must is not None
    assert may[statement_on(graph, 5)] == {"a", "b", "c"}
    assert must[statement_on(graph, 5)] == {"a"}
    assert must[graph.exit] == {"a", "d"}
    assert must[graph.raises] == frozenset()
    assert may[graph.raises] == {"a", "b", "c"}


def test_facts_go_round_loops() -> None:
    graph = graph_of("while a():\n    b()\n    c()\n")

    def add_calls(node: Node, _: EdgeKind, state: frozenset[str]) -> frozenset[str]:
        return state | called(node)

    states = solve(graph, frozenset(), add_calls, frozenset.union)
    assert states is not None
    assert states[statement_on(graph, 2)] == {"a", "b", "c"}


def test_impossible_edges_are_not_taken() -> None:
    graph = graph_of("if a():\n    b()\nc()\n")

    def never_true(_: Node, kind: EdgeKind, state: int) -> int | None:
        return None if kind in {EdgeKind.TRUE, EdgeKind.EXCEPTION} else state

    states = solve(graph, 0, never_true, max)
    assert states is not None
    assert statement_on(graph, 2) not in states
    assert statement_on(graph, 3) in states
    assert graph.raises not in states


def test_what_does_not_settle_is_unknown() -> None:
    graph = graph_of("while a():\n    b()\n")
    assert solve(graph, 0, lambda _, __, state: state + 1, max) is None
    assert solve(graph, 0, lambda _, __, state: state, max, limit=3) is None
    assert reaching_definitions(graph, names_stored, limit=3) is None


def test_state_may_be_none_free_falsy() -> None:
    graph = graph_of("a\n")
    assert solve(graph, 0, lambda _, __, state: state, max) == dict.fromkeys(graph.reachable(), 0)


def reaching(source: str, line: int, name: str) -> set[int]:
    """Give the lines of the bindings of a name that reach a line; 0 for the entry."""
    graph = graph_of(source)
    definitions = reaching_definitions(graph, names_stored)
    assert definitions is not None
    found = definitions.at(statement_on(graph, line), name)
    return {0 if node is graph.entry else names_stored(node)[name] for node in found}


def test_definitions_of_branches_meet() -> None:
    source = """\
    if a():
        x = 1
    elif b():
        x = 2
    c()
    x = 3
    d()
    """
    assert reaching(source, 2, "x") == {0}
    assert reaching(source, 5, "x") == {0, 2, 4}
    assert reaching(source, 7, "x") == {6}
    assert reaching(source, 7, "y") == {0}


def test_failed_statements_bind_nothing() -> None:
    source = """\
    x = 1
    try:
        x = a()
        x = b()
    except E:
        c()
    """
    assert reaching(source, 6, "x") == {1, 3}


def test_loops_bind_when_there_is_an_item() -> None:
    source = """\
    for x in a():
        b()
        y = 1
    c()
    """
    assert reaching(source, 2, "x") == {1}
    assert reaching(source, 2, "y") == {0, 3}
    assert reaching(source, 4, "x") == {0, 1}


def test_items_bind_on_entering_and_keep_their_names_on_leaving() -> None:
    source = """\
    with a() as x:
        x = b()
    c()
    """
    assert reaching(source, 2, "x") == {1}
    assert reaching(source, 3, "x") == {2}


def test_handlers_and_patterns_bind_when_they_match() -> None:
    source = """\
    try:
        a()
    except E as x:
        b()
    except F:
        c()
    """
    assert reaching(source, 4, "x") == {3}
    assert reaching(source, 6, "x") == {0}
    source = """\
    match a:
        case 1 as x:
            b()
        case _:
            c()
    """
    assert reaching(source, 3, "x") == {2}
    assert reaching(source, 5, "x") == {0}


def test_deleting_can_count_as_binding() -> None:
    assert reaching("x = 1\ndel x\na()\n", 3, "x") == {2}


def test_several_names_at_once() -> None:
    source = "x, y = a()\nx = b()\nc()\n"
    assert reaching(source, 3, "x") == {2}
    assert reaching(source, 3, "y") == {1}


def test_nothing_reaches_dead_code() -> None:
    assert reaching("x = 1\nreturn\na()\n", 3, "x") == set()
