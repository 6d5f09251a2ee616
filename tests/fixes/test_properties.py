"""Any edits on any program: refused, or exact."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiohttp_lint.edits import (
    AddImport,
    Await,
    Edit,
    InsertAfter,
    InsertBefore,
    InsertExceptClause,
    InsertFirst,
    MakeAsync,
    NameArgument,
    RemoveKeyword,
    RemoveStatement,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExceptType,
    ReplaceExpression,
    ReplaceReturnByRaise,
    ReplaceStatement,
    SetKeyword,
    SplitWithItems,
    WrapFollowing,
)
from aiohttp_lint.findings import Applicability, Fix, Span
from aiohttp_lint.fixes import apply_fixes, apply_text_edits, text_edits

FRAGMENTS = (
    "x = aiohttp.ClientSession(timeout=5)  # comment {n}\n",
    "@décor(a, b=1)\nasync def f{n}(a=g(1), *b):\n    '''Doc {n}.'''\n    r = await s.get('ü', ssl=False)\n    # comment {n}\n    return r.json()['a']\n    # end {n}\n",
    "def f{n}():\n\tif a:\n\t\treturn web.Response(\n\t\t\ttext='ü',  # comment {n}\n\t\t)\n\n\telse: b; c(d)\n\tyield e\n",
    "async def f{n}():\n  with a(1) as b, c(2):\n    for d in e(): g(d)\n  try:\n    h('''\n text''')\n  except A:  # comment {n}\n    pass\n  except: i()\n",
    "class A{n}(b(c), metaclass=d):\n    e = f(g for g in h(1))\n    i = lambda: j(k=1)\n\n    async def l(self): await self.m(\n        1,\n        2)\n",
    "if a:\n    b(f'{{c(d)}} {n}')\nelif e(f):\n    x: int = g(h) ; i()\n    raise J(k) from l\n",
    "\x0cmatch a(b):\n    case C(d=1): e(f)\n    case _:\n        # comment {n}\n        g(*h, **i)\n",
    "a = b + \\\n  c(d) ; e = (f, g(1))\n",
    "async def f{n}():\n    session = S()\n    r = await session.get(1)\n\n    if r: # comment {n}\n        x = {{\n            'a': 1,\n\n            # comment {n}\n        }}\n    await session.close()\n",
)
TEMPLATES = ("1", "T({})", "{}.a", "{} or b", "await {}", "{} if c else d", "a b", "[{}, {}]")
STATEMENTS = ("new()", "if a:\n    b()", "await new()", "x = '''\n y'''", "async with a:\n    b", "return 1")
HEADERS = ("async with S() as session:", "with s:", "while True:", "try:", "x")


@st.composite
def programs(draw: st.DrawFn) -> str:
    chosen = draw(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4))
    blank = draw(st.sampled_from(["", "\n\n", "# between\n"]))
    source = blank.join(fragment.format(n=n) for n, fragment in enumerate(chosen))
    source = draw(st.sampled_from(["", "# top\n", "'''Doc.'''\nimport a\nfrom b import c\n"])) + source
    if draw(st.booleans()):
        source = source.removesuffix("\n")
    return source.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))


def span_of(lines: list[bytes], node: ast.stmt | ast.expr | ast.ExceptHandler) -> Span:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Span(
        node.lineno,
        len(lines[node.lineno - 1][: node.col_offset].decode()),
        node.end_lineno,
        len(lines[node.end_lineno - 1][: node.end_col_offset].decode()),
    )


@st.composite
def edits(draw: st.DrawFn, source: str) -> Edit:
    tree = ast.parse(source)
    lines = source.replace("\r\n", "\n").replace("\r", "\n").encode().split(b"\n")
    kinds: dict[type[ast.AST], list[Span]] = {ast.expr: [], ast.stmt: [], ast.Call: [], ast.ExceptHandler: []}
    for node in ast.walk(tree):
        for kind, spans in kinds.items():
            if isinstance(node, kind) and isinstance(node, ast.expr | ast.stmt | ast.ExceptHandler):
                spans.append(span_of(lines, node))
    statement = draw(st.sampled_from(kinds[ast.stmt]))
    choices: list[st.SearchStrategy[Edit]] = [
        st.builds(InsertBefore, st.just(statement), st.sampled_from(STATEMENTS)),
        st.builds(InsertAfter, st.just(statement), st.sampled_from(STATEMENTS)),
        st.builds(InsertFirst, st.just(statement), st.sampled_from(STATEMENTS)),
        st.builds(
            ReplaceStatement, st.just(statement), st.sampled_from((*STATEMENTS, "with a:\n    {}", "x = {}"))
        ),
        st.builds(RemoveStatement, st.just(statement)),
        st.builds(MakeAsync, st.just(statement)),
        st.builds(SplitWithItems, st.just(statement)),
        st.builds(ReplaceReturnByRaise, st.just(statement)),
        st.builds(
            WrapFollowing,
            st.just(statement),
            st.sampled_from(HEADERS),
            st.one_of(st.none(), st.sampled_from(kinds[ast.stmt])),
        ),
        st.builds(AddImport, st.sampled_from(["a", "b"]), st.sampled_from([None, "c", "d"])),
    ]
    if kinds[ast.expr]:
        expression = st.sampled_from(kinds[ast.expr])
        choices += [
            st.builds(Await, expression),
            st.builds(ReplaceExpression, expression, st.sampled_from(TEMPLATES)),
        ]
    if kinds[ast.Call]:
        call = st.sampled_from(kinds[ast.Call])
        names = st.sampled_from(["timeout", "ssl", "text", "k", "new"])
        choices += [
            st.builds(SetKeyword, call, names, st.sampled_from(["1", "(a, b)", "x := 1"])),
            st.builds(RemoveKeyword, call, names),
            st.builds(RenameKeyword, call, names, st.just("renamed")),
            st.builds(NameArgument, call, st.integers(0, 1), names),
            st.builds(ReplaceCallee, call, st.sampled_from(["a.b", "a or b"])),
        ]
    if kinds[ast.ExceptHandler]:
        handler = st.sampled_from(kinds[ast.ExceptHandler])
        choices += [
            st.builds(ReplaceExceptType, handler, st.just("(A, B)")),
            st.builds(InsertExceptClause, handler, st.just("except C:\n    raise")),
        ]
    return draw(st.one_of(choices))


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Fix]]:
    source = draw(programs())
    groups = draw(st.lists(st.lists(edits(source), min_size=1, max_size=3), min_size=1, max_size=4))
    return source, [Fix("test", Applicability.SAFE, tuple(group)) for group in groups]


def comments(source: str) -> Counter[str]:
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def touched_lines(source: str, applied: tuple[Fix, ...]) -> set[int]:
    """Return the lines of the top-level statements that the fixes may change."""
    tree = ast.parse(source)
    result: set[int] = set()
    for edit in (edit for fix in applied for edit in fix.edits):
        if isinstance(edit, AddImport):
            heads = (node for node in tree.body if isinstance(node, ast.ImportFrom))
            result.update(line for node in heads for line in range(node.lineno, (node.end_lineno or 0) + 1))
            continue
        span = next(getattr(edit, name) for name in edit.__slots__ if isinstance(getattr(edit, name), Span))
        for node in tree.body:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            if first <= span.line <= (node.end_lineno or 0) or (
                isinstance(edit, WrapFollowing) and span.column == 0 and first > span.line
            ):
                result.update(range(first, (node.end_lineno or 0) + 1))
    return result


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=300)
@given(cases())
def test_refused_or_exact(case: tuple[str, list[Fix]]) -> None:
    source, fixes = case
    outcome = apply_fixes(source, fixes)
    assert Counter(map(id, fixes)) == Counter(
        id(fix) for fix in (*outcome.applied, *outcome.deferred, *outcome.refused)
    )
    if not outcome.applied:
        assert outcome.source == source
        return
    ast.parse(outcome.source)
    missing = comments(source) - comments(outcome.source)
    assert not missing
    lines = source.split("\n")
    if "\r" not in source:
        touched = touched_lines(source, outcome.applied)
        untouched = [line for number, line in enumerate(lines, 1) if number not in touched and line.strip()]
        remaining = iter(outcome.source.split("\n"))
        if not any(isinstance(edit, WrapFollowing) for fix in outcome.applied for edit in fix.edits):
            assert all(line in remaining for line in untouched)
    assert apply_fixes(source, fixes) == outcome


@settings(max_examples=100)
@given(cases())
def test_text_edits_make_the_same_change(case: tuple[str, list[Fix]]) -> None:
    source, fixes = case
    outcome = apply_fixes(source, fixes[:1])
    made = text_edits(source, fixes)[0]
    if made is None:
        assert outcome.refused
    else:
        assert apply_text_edits(source, made) == outcome.source
        spans = [edit.span for edit in made]
        assert spans == sorted(spans)
