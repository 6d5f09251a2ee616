"""Control-flow graphs: the paths of tricky programs, and what can be asked of them."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from aiohttp_lint.semantics.flow import Edge, EdgeKind, Graph, Node, NodeKind, Policy, build_graph

if TYPE_CHECKING:
    from collections.abc import Callable

MARKS = {
    NodeKind.ENTER: "+",
    NodeKind.ITERATE: "*",
    NodeKind.HANDLER: "?",
    NodeKind.CASE: "?",
    NodeKind.REST: "&",
}


def graph_of(source: str, policy: Policy | None = None) -> Graph:
    graph = build_graph(ast.parse(dedent(source)).body, policy=policy)
    assert graph is not None
    return graph


def line_of(node: Node) -> int:
    syntax: ast.AST = node.ast
    if isinstance(syntax, ast.withitem):
        syntax = syntax.context_expr
    elif isinstance(syntax, ast.match_case):
        syntax = syntax.pattern
    return syntax.lineno


def label(node: Node) -> str:
    if node.kind is NodeKind.LEAVE:
        return f"{'~' if node.exceptional else '-'}{line_of(node)}"
    return f"{MARKS.get(node.kind, '')}{line_of(node)}"


def paths(source: str, *, raising: set[int] = frozenset(), policy: Policy | None = None) -> set[str]:
    """List the paths that take each edge at most once, as line numbers.

    `+` enters and `-` leaves a `with` (`~` because of an exception), `*` takes an item, `?` matches a handler
    or a case, `&` ends an `except*`. A `!` stands where a node raised: only what always raises and what stands
    on the lines in `raising` may.
    """
    graph = graph_of(source, policy)
    found: set[str] = set()

    def walk(node: Node, steps: tuple[str, ...], taken: frozenset[Edge]) -> None:
        if node in {graph.exit, graph.raises}:
            found.add(" ".join((*steps, node.kind.value)))
            return
        edges = graph.successors(node)
        for edge in edges:
            raised = edge.kind is EdgeKind.EXCEPTION
            if edge in taken or (raised and len(edges) > 1 and line_of(node) not in raising):
                continue
            step = () if node is graph.entry else (label(node) + "!" * raised,)
            walk(edge.target, (*steps, *step), taken | {edge})

    walk(graph.entry, (), frozenset())
    return found


def call_named(name: str) -> Policy:
    def is_it(syntax: ast.AST) -> bool:
        call = syntax.context_expr if isinstance(syntax, ast.withitem) else syntax
        return isinstance(call, ast.Call) and ast.unparse(call.func) == name

    return Policy(swallows=is_it, never_returns=is_it)


def test_return_in_try_runs_finally() -> None:
    source = """\
    try:
        return a()
    finally:
        b()
    """
    assert paths(source, raising={2}) == {"2 4 exit", "2! 4 raises"}


def test_return_in_finally_swallows() -> None:
    source = """\
    try:
        a()
    finally:
        return
    """
    assert paths(source, raising={2}) == {"2 4 exit", "2! 4 exit"}


def test_exception_in_finally_replaces_what_was_under_way() -> None:
    source = """\
    try:
        try:
            return a()
        finally:
            b()
    except E:
        c()
    """
    assert paths(source, raising={3, 5}) == {
        "3 5 exit",
        "3 5! ?6 7 exit",
        "3 5! ?6 raises",
        "3! 5 ?6 7 exit",
        "3! 5 ?6 raises",
        "3! 5! ?6 7 exit",
        "3! 5! ?6 raises",
    }


def test_break_goes_through_finally_but_not_through_the_with_around_the_loop() -> None:
    source = """\
    with a():
        for x in b:
            try:
                break
            finally:
                c()
        else:
            d()
    e()
    """
    assert paths(source) == {"+1 2 *2 4 6 -1 9 exit", "+1 2 *2 8 -1 9 exit"}
    assert "+1 2 *2 4 6! ~1 raises" in paths(source, raising={6})


def test_continue_leaves_the_with_in_the_loop() -> None:
    source = """\
    while a():
        with b():
            if c():
                continue
        d()
    """
    assert paths(source) == {"1 exit", "1 +2 3 4 -2 1 exit", "1 +2 3 -2 5 1 exit"}


def test_return_in_with_leaves_every_item_from_the_last() -> None:
    source = """\
    with a(), \\
         b():
        return c()
    """
    assert paths(source, raising={3}) == {"+1 +2 3 -2 -1 exit", "+1 +2 3! ~2 ~1 raises"}
    assert paths(source, raising={2}) == {
        "+1 +2 3 -2 -1 exit",
        "+1 +2! ~1 raises",
        "+1 +2 3 -2! ~1 raises",
    }


def test_edges_out_of_leaving_say_what_is_under_way() -> None:
    source = """\
    for x in y:
        with a():
            if b():
                break
            if c():
                continue
            if d():
                return
    """
    graph = graph_of(source)
    leaving = [node for node in graph.nodes if node.kind is NodeKind.LEAVE]
    assert Counter(
        (node.exceptional, edge.kind, edge.target.kind)
        for node in leaving
        for edge in graph.successors(node)
        if edge.kind is not EdgeKind.EXCEPTION
    ) == Counter(
        [
            (False, EdgeKind.NEXT, NodeKind.ITERATE),
            (False, EdgeKind.CONTINUE, NodeKind.ITERATE),
            (False, EdgeKind.BREAK, NodeKind.EXIT),
            (False, EdgeKind.RETURN, NodeKind.EXIT),
            (True, EdgeKind.PROPAGATE, NodeKind.RAISES),
        ]
    )


def test_unmatched_and_raised_again_go_to_the_outer_handlers() -> None:
    source = """\
    try:
        try:
            a()
        except ValueError:
            raise
        except KeyError:
            b()
    except OSError:
        pass
    c()
    """
    assert paths(source, raising={3}) == {
        "3 10 exit",
        "3! ?4 5! ?8 9 10 exit",
        "3! ?4 5! ?8 raises",
        "3! ?4 ?6 7 10 exit",
        "3! ?4 ?6 ?8 9 10 exit",
        "3! ?4 ?6 ?8 raises",
    }


@pytest.mark.parametrize("clause", ["except:", "except BaseException:", "except BaseException as error:"])
def test_nothing_passes_by_a_handler_that_catches_everything(clause: str) -> None:
    assert paths(f"try:\n    a()\n{clause}\n    b()\n", raising={2}) == {"2 exit", "2! ?3 4 exit"}


def test_policy_says_what_catches_everything() -> None:
    source = "try:\n    a()\nexcept Exception:\n    b()\n"
    assert "2! ?3 raises" in paths(source, raising={2})
    assert "2! ?3 raises" not in paths(source, raising={2}, policy=Policy(catches_everything=lambda _: True))


def test_else_and_handlers_are_not_guarded_by_their_own_try() -> None:
    source = """\
    try:
        a()
    except:
        b()
    else:
        c()
    finally:
        d()
    """
    assert paths(source, raising={2, 4, 6}) == {
        "2 6 8 exit",
        "2 6! 8 raises",
        "2! ?3 4 8 exit",
        "2! ?3 4! 8 raises",
    }


def test_handlers_are_reached_even_when_the_body_looks_safe() -> None:
    source = """\
    try:
        text = unicode
    except NameError:
        text = str
    """
    assert paths(source, raising={2}) == {"2 exit", "2! ?3 4 exit", "2! ?3 raises"}


def test_handler_around_a_try_that_catches_all_stays_unreached() -> None:
    source = """\
    try:
        try:
            a()
        except:
            pass
    except E:
        b()
    """
    assert paths(source, raising={3}) == {"3 exit", "3! ?4 5 exit"}


def test_else_of_loops_runs_unless_broken_out_of() -> None:
    source = """\
    for x in y:
        if a():
            break
    else:
        b()
    """
    assert paths(source) == {"1 *1 5 exit", "1 *1 2 3 exit", "1 *1 2 *1 5 exit"}
    source = """\
    while a():
        if b():
            break
    else:
        c()
    """
    assert paths(source) == {"1 5 exit", "1 2 3 exit", "1 2 1 5 exit"}


def test_break_in_else_of_a_loop_belongs_to_the_loop_around() -> None:
    source = """\
    for x in y:
        while a():
            b()
        else:
            break
    """
    assert paths(source) == {"1 *1 exit", "1 *1 2 5 exit", "1 *1 2 3 2 5 exit"}


def test_while_true_without_break_never_completes() -> None:
    graph = graph_of("while True:\n    a()\nb()\n")
    assert graph.exit not in graph.reachable()
    assert graph.raises in graph.reachable()
    assert [line_of(node) for node in graph.nodes if node.kind is NodeKind.STATEMENT] == [2, 3]
    assert paths("while True:\n    if a():\n        break\nb()\n") == {"1 2 3 4 exit"}
    assert paths("while 0:\n    a()\nb()\n") == {"1 3 exit"}


def test_policy_knows_more_about_truth() -> None:
    policy = Policy(truth=lambda test: False if ast.unparse(test) == "TYPE_CHECKING" else None)
    source = "if TYPE_CHECKING:\n    a()\nelse:\n    b()\n"
    assert paths(source, policy=policy) == {"1 4 exit"}


def test_assert_evaluates_its_message_only_when_it_fails() -> None:
    source = "assert a, b()\nc()\n"
    assert paths(source) == {"1 2 exit", "1 1! raises"}
    assert paths("assert False\na()\n") == {"1 1! raises"}
    graph = graph_of(source)
    message = graph.nodes_evaluating(next(n for n in ast.walk(graph.nodes[2].ast) if isinstance(n, ast.Call)))
    assert [node.kind for node in message] == [NodeKind.STATEMENT]


def test_match_without_wildcard_may_do_nothing() -> None:
    source = """\
    match a():
        case 1 if b():
            c()
        case [x]:
            d()
    e()
    """
    assert paths(source) == {
        "1 ?2 2 3 6 exit",
        "1 ?2 2 ?4 5 6 exit",
        "1 ?2 2 ?4 6 exit",
        "1 ?2 ?4 5 6 exit",
        "1 ?2 ?4 6 exit",
    }


@pytest.mark.parametrize("pattern", ["_", "other", "(1 | _)", "(_ as whole)"])
def test_match_with_wildcard_takes_a_case(pattern: str) -> None:
    source = f"match a():\n    case 1:\n        b()\n    case {pattern}:\n        c()\nd()\n"
    assert paths(source) == {"1 ?2 3 6 exit", "1 ?2 ?4 5 6 exit"}


def test_guarded_wildcard_may_be_refused() -> None:
    assert paths("match a():\n    case _ if b():\n        c()\n") == {"1 ?2 2 3 exit", "1 ?2 2 exit"}


def test_swallowing_context_manager_continues_after_its_block() -> None:
    source = """\
    with lock(), \\
         suppress(E), \\
         thing():
        a()
    b()
    """
    policy = call_named("suppress")
    assert paths(source, raising={4}, policy=policy) == {
        "+1 +2 +3 4 -3 -2 -1 5 exit",
        "+1 +2 +3 4! ~3 ~2 -1 5 exit",
        "+1 +2 +3 4! ~3 ~2 ~1 raises",
    }


def test_swallowed_raise_makes_what_follows_reachable() -> None:
    source = "with suppress(E):\n    raise E\na()\n"
    assert paths(source) == {"+1 2! ~1 raises"}
    assert paths(source, policy=call_named("suppress")) == {"+1 2! ~1 raises", "+1 2! ~1 3 exit"}


@pytest.mark.parametrize("statement", ["die()", "await die()", "return die()", "x = die()", "x: int = die()"])
def test_call_that_never_returns_only_raises(statement: str) -> None:
    source = f"if a():\n    {statement}\nb()\n"
    assert paths(source, policy=call_named("die")) == {"1 2! raises", "1 3 exit"}


def test_elif_chain_tests_in_order() -> None:
    source = """\
    if a():
        b()
    elif c():
        d()
    elif e():
        f()
    """
    assert paths(source) == {"1 2 exit", "1 3 4 exit", "1 3 5 6 exit", "1 3 5 exit"}


def test_nested_finally_copies_for_each_way_out() -> None:
    source = """\
    for x in y:
        try:
            try:
                if a():
                    continue
                if b():
                    return
            finally:
                c()
        finally:
            d()
    """
    graph = graph_of(source)
    copies = Counter(line_of(node) for node in graph.nodes if node.kind is NodeKind.STATEMENT)
    # Normally, by continue, by return, by exception; `c()` itself can raise into one shared copy of `d()`.
    assert copies == {5: 1, 7: 1, 9: 4, 11: 4}
    assert paths(source, raising={9}) >= {
        "1 *1 4 5 9 11 *1 exit",
        "1 *1 4 6 7 9 11 exit",
        "1 *1 4 6 7 9! 11 raises",
    }


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except* came with Python 3.11")
def test_except_group_runs_several_handlers() -> None:
    source = """\
    try:
        a()
    except* E:
        b()
    except* F:
        c()
    d()
    """
    assert paths(source, raising={2}) == {
        "2 7 exit",
        "2! ?3 ?5 raises",
        "2! ?3 ?5 6 &1 7 exit",
        "2! ?3 ?5 6 &1 raises",
        "2! ?3 4 ?5 &1 7 exit",
        "2! ?3 4 ?5 &1 raises",
        "2! ?3 4 ?5 6 &1 7 exit",
        "2! ?3 4 ?5 6 &1 raises",
    }
    assert "2! ?3 ?5 raises" not in paths(source.replace("F", "BaseException"), raising={2})


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type statements came with Python 3.12")
def test_type_statement_is_lazy() -> None:
    graph = graph_of("type X = a()\n")
    (statement,) = (node for node in graph.nodes if node.kind is NodeKind.STATEMENT)
    assert not statement.may_raise
    assert graph.nodes_evaluating(statement.ast.value) == ()


def test_jumps_outside_of_loops_do_not_crash() -> None:
    assert paths("break\n") == {"1 exit"}
    assert paths("continue\n") == {"1 exit"}


def test_body_of_a_lambda_returns() -> None:
    function = ast.parse("lambda: a()", mode="eval").body
    assert isinstance(function, ast.Lambda)
    graph = build_graph(function.body)
    assert graph is not None
    (body,) = graph.nodes_of(function.body)
    assert {(edge.kind, edge.target) for edge in graph.successors(body)} == {
        (EdgeKind.RETURN, graph.exit),
        (EdgeKind.EXCEPTION, graph.raises),
    }


def test_empty_body_completes() -> None:
    graph = build_graph([])
    assert graph is not None
    assert [edge.target for edge in graph.successors(graph.entry)] == [graph.exit]


@pytest.mark.parametrize(
    "source",
    [
        "pass",
        "break",
        "continue",
        "global x",
        "'text'",
        "x = 1",
        "x = y = z",
        "x: int = 1",
        "x: int",
        "return",
        "return x",
        "return not x and y is None or (1, [x], {'a': x})",
        "return x if y else f'z'",
        "(x := y)",
        "x = lambda y, z=1, *, w, v=2: a()",
        "del x",
        "def f(x=1): a()",
        "class A:\n    x = 1\n    def f(self): a()",
    ],
)
def test_statement_that_can_not_raise(source: str) -> None:
    graph = graph_of(source)
    assert [node.may_raise for node in graph.nodes if node.kind is NodeKind.STATEMENT] == [False]


@pytest.mark.parametrize(
    "source",
    [
        "a()",
        "await a",
        "a.b",
        "a[0]",
        "-a",
        "a + b",
        "a < b",
        "x, y = z",
        "x.y = 1",
        "x[0] = 1",
        "x += 1",
        "x: int = a()",
        "x.y: int",
        "f'{x}'",
        "[*a]",
        "{a: 1}",
        "{**a}",
        "{a}",
        "[x for x in y]",
        "yield",
        "import a",
        "from a import b",
        "del x.y",
        "return a()",
        "raise",
        "@a\ndef f(): pass",
        "def f(x=a()): pass",
        "async def f(*, x=a()): pass",
        "x = lambda y=a(): y",
        "@a\nclass A: pass",
        "class A(B): pass",
        "class A(metaclass=B): pass",
        "class A:\n    x = a()",
        "class A:\n    if x: pass",
    ],
)
def test_statement_that_may_raise(source: str) -> None:
    graph = graph_of(source)
    (node,) = (node for node in graph.nodes if node.kind is NodeKind.STATEMENT)
    assert node.may_raise
    assert EdgeKind.EXCEPTION in {edge.kind for edge in graph.successors(node)}


@pytest.mark.parametrize(
    ("source", "raising"),
    [
        ("for x in (1, 2): pass", set()),
        ("for x in [a()]: pass", {NodeKind.ITERABLE}),
        ("for x in y: pass", {NodeKind.ITERABLE, NodeKind.ITERATE}),
        ("for x.y in (1, 2): pass", {NodeKind.ITERATE}),
        ("async for x in y: pass", {NodeKind.ITERABLE, NodeKind.ITERATE}),
        ("with x: pass", {NodeKind.ENTER, NodeKind.LEAVE}),
        ("if x: pass", set()),
        ("if x.y: pass", {NodeKind.TEST}),
        ("match x:\n    case None | True | y: pass", set()),
        ("match x:\n    case (None as y): pass", set()),
        ("match x:\n    case 1: pass", {NodeKind.CASE}),
        ("try: a\nexcept (b.C, D): pass", {NodeKind.STATEMENT}),
        ("try: pass\nexcept a(): pass", {NodeKind.STATEMENT, NodeKind.HANDLER}),
    ],
)
def test_which_steps_of_compound_statements_may_raise(source: str, raising: set[NodeKind]) -> None:
    assert {node.kind for node in graph_of(source).nodes if node.may_raise} == raising


@pytest.mark.parametrize(
    ("source", "suspending"),
    [
        ("x = [await a() for b in c]", {"1"}),
        ("x = [a async for a in b]", {"1"}),
        ("x = (await a for b in c)", set()),
        ("x = (a for b in await c)", {"1"}),
        ("f(*(await a for b in c))", {"1"}),
        ("x = lambda: (yield)", set()),
        ("async def f(): await a", set()),
        ("async def f(x=await a): pass", {"1"}),
        ("async with a() as b:\n    c()", {"+1", "-1", "~1"}),
        ("with await a():\n    c()", {"+1"}),
        ("async for x in y:\n    a()", {"*1"}),
        ("for x in await y:\n    a()", {"1"}),
        ("for x[await y] in z:\n    await b", {"*1", "2"}),
        ("if await a:\n    b()", {"1"}),
        ("return await a", {"1"}),
        ("if (await a for b in c): pass", set()),
        ("if (a for b in await c): pass", {"1"}),
    ],
)
def test_steps_that_suspend(source: str, suspending: set[str]) -> None:
    assert {label(node) for node in graph_of(source).nodes if node.suspends} == suspending


def test_nodes_of_gives_every_copy() -> None:
    tree = ast.parse("try:\n    return a()\nfinally:\n    with b():\n        c()\n")
    graph = build_graph(tree.body)
    assert graph is not None
    (statement,) = tree.body
    assert isinstance(statement, ast.Try)
    (manager,) = statement.finalbody
    assert isinstance(manager, ast.With)
    copies = graph.nodes_of(manager.body[0])
    assert len(copies) == 3  # Normally (unreached), by return, by exception.
    assert sum(node in graph.reachable() for node in copies) == 2
    assert Counter(node.kind for node in graph.nodes_of(manager.items[0])) == {
        NodeKind.ENTER: 3,
        NodeKind.LEAVE: 6,
    }
    assert graph.nodes_of(manager) == ()


def test_nodes_evaluating_finds_the_step_of_an_expression() -> None:
    source = """\
    with one(two()) as three[four()]:
        for five[six()] in seven():
            eight(lambda x=nine(): ten())
    try:
        x = [eleven() for y in z]
    except (twelve(), E):
        y = (thirteen() for a in fourteen() if fifteen())
    def function(x=sixteen(), y: seventeen() = 1): eighteen()
    class Class(nineteen()):
        for z in twenty(): twentyone()
    match twentytwo():
        case twentythree(x=1) if twentyfour():
            await gather(*(twentyfive() for x in y))
    """
    tree = ast.parse(dedent(source))
    graph = build_graph(tree.body)
    assert graph is not None
    found = {
        call.func.id: [label(node) for node in graph.nodes_evaluating(call)]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
    assert found == {
        "one": ["+1"],
        "two": ["+1"],
        "four": ["+1"],
        "seven": ["2"],
        "six": ["*2"],
        "eight": ["3"],
        "nine": ["3"],
        "ten": [],
        "eleven": ["5"],
        "twelve": ["?6"],
        "thirteen": [],
        "fourteen": ["7"],
        "fifteen": [],
        "sixteen": ["8"],
        "seventeen": ["8"],
        "eighteen": [],
        "nineteen": ["9"],
        "twenty": ["9"],
        "twentyone": ["9"],
        "twentytwo": ["11"],
        "twentyfour": ["12"],
        "gather": ["13"],
        "twentyfive": ["13"],
    }
    pattern_name = next(n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "twentythree")
    assert [label(node) for node in graph.nodes_evaluating(pattern_name)] == ["?12"]


def test_nodes_show_their_place() -> None:
    assert [repr(node) for node in graph_of("a()\n").nodes] == [
        "<Node 0 entry>",
        "<Node 1 statement line 1>",
        "<Node 2 exit>",
        "<Node 3 raises>",
    ]


def test_predecessors_mirror_successors() -> None:
    graph = graph_of("while a():\n    try:\n        b()\n    finally:\n        c()\n")
    outgoing = {edge for node in graph.nodes for edge in graph.successors(node)}
    arriving = {edge for node in graph.nodes for edge in graph.predecessors(node)}
    assert outgoing == arriving
    assert all(edge.target is node for node in graph.nodes for edge in graph.predecessors(node))


def test_dominators() -> None:
    source = """\
    a()
    while b():
        if c():
            d()
        else:
            e()
        f()
    g()
    """
    graph = graph_of(source)
    immediate = {
        label(node): label(dominator)
        for node, dominator in graph.dominators().items()
        if dominator is not graph.entry and node not in {graph.exit, graph.raises}
    }
    assert immediate == {"2": "1", "3": "2", "4": "3", "6": "3", "7": "3", "8": "2"}
    by_label = {label(node): node for node in graph.nodes[1:-2]}
    assert graph.dominates(by_label["2"], by_label["7"])
    assert graph.dominates(by_label["7"], by_label["7"])
    assert not graph.dominates(by_label["4"], by_label["7"])
    assert not graph.dominates(by_label["7"], by_label["2"])


def test_dead_code_is_dominated_by_nothing() -> None:
    graph = graph_of("return\na()\n")
    (dead,) = (node for node in graph.nodes if node.may_raise)
    assert dead not in graph.reachable()
    assert dead not in graph.dominators()
    assert not graph.dominates(graph.entry, dead)


def test_paths_avoiding() -> None:
    source = """\
    x = make()
    if a():
        return
    close()
    """
    graph = graph_of(source)
    make, test, leave, close = graph.nodes[1:5]
    assert [label(make), label(test), label(close)] == ["1", "2", "4"]
    ends = {graph.exit, graph.raises}

    def closes(node: Node) -> bool:
        return node is close

    def completes(edge: Edge) -> bool:
        return edge.kind is not EdgeKind.EXCEPTION

    assert graph.paths_avoiding(make, closes, {graph.exit}) is graph.exit
    assert graph.paths_avoiding(make, closes, {graph.raises}) is graph.raises
    assert graph.paths_avoiding(make, closes, {graph.raises}, follow=completes) is None
    assert graph.paths_avoiding(test, lambda node: node in {close, leave}, {graph.exit}) is None
    assert graph.paths_avoiding(make, closes, {close}) is None
    assert graph.paths_avoiding(graph.exit, closes, ends) is None


def test_paths_avoiding_returns_to_its_start_only_by_a_loop() -> None:
    graph = graph_of("while a():\n    b()\n")
    (body,) = (node for node in graph.nodes if node.kind is NodeKind.STATEMENT)
    assert graph.paths_avoiding(body, lambda _: False, {body}) is body
    assert graph.paths_avoiding(body, lambda node: node.kind is NodeKind.TEST, {body}) is None


def test_too_large_is_unknown() -> None:
    body = ast.parse("a()\n" * 10).body
    assert build_graph(body, limit=12) is None
    assert build_graph(body, limit=13) is not None


def test_copies_do_not_blow_up() -> None:
    source = ""
    for depth in range(40):
        source += f"{' ' * depth}try:\n{' ' * (depth + 1)}a()\n{' ' * depth}finally:\n"
    assert build_graph(ast.parse(source + " " * 40 + "b()\n").body) is None


def test_long_elif_chain() -> None:
    statement = ast.parse("if a: b()\nelse: c()\n").body[0]
    assert isinstance(statement, ast.If)
    for _ in range(5_000):
        statement = ast.If(test=statement.test, body=statement.body, orelse=[statement])
    graph = build_graph([statement])
    assert graph is not None
    assert graph.exit in graph.reachable()


def test_deep_statements_are_unknown() -> None:
    statement: ast.stmt = ast.Pass()
    for _ in range(2_000):
        statement = ast.If(test=ast.Name("a"), body=[statement], orelse=[ast.Pass(), ast.Pass()])
    assert build_graph([statement]) is None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: ast.Call(func=inner, args=[], keywords=[]),
        lambda inner: ast.UnaryOp(op=ast.Not(), operand=inner),
        lambda inner: ast.Tuple(elts=[inner]),
    ],
    ids=["call", "not", "tuple"],
)
def test_deep_expressions(wrap: Callable[[ast.expr], ast.expr]) -> None:
    innermost: ast.expr = ast.Await(value=ast.Name("a"))
    expression = innermost
    for _ in range(2_000):
        expression = wrap(expression)
    graph = build_graph([ast.Expr(value=expression)])
    assert graph is not None
    (node,) = graph.nodes_evaluating(innermost)
    assert node.suspends
    assert node.may_raise
